"""The one door to the Admin API: a document's name and variables go in, its data or one of our errors comes out.

The official package's client is not used here: it hands HTTP 200 with THROTTLED back as a plain error, knows no
shared bucket, and opens connections of its own.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from app.errors import Retry
from app.ports import Answer, Http, Lane, Limiter, Request, TokenProvider
from app.settings import API_VERSION
from app.shopify import answers
from app.shopify.addresses import address
from app.shopify.alarms import Count, alarm, silent
from app.shopify.documents import Document, document

_DEADLINE = timedelta(seconds=30)
_MOST_BYTES = 20_000_000
_PATIENCE = 3
_USUAL_SECONDS = 0.4
_WEIGHT = 0.1
"""What one answer's time counts for beside those before it."""


class Client:
    """Speaks to one shop. Paces itself by the limiter; a THROTTLED answer is told to it and waited out there."""

    def __init__(
        self,
        *,
        shop: str,
        http: Http,
        tokens: TokenProvider,
        limiter: Limiter,
        template: str = "https://{shop}",
        count: Count = silent,
    ) -> None:
        self.shop = shop
        self._url = f"{address(template, shop)}/admin/api/{API_VERSION}/graphql.json"
        self._http, self._tokens, self._limiter, self._count = http, tokens, limiter, count
        self._latency = _USUAL_SECONDS

    def at_once(self, cost: float) -> int:
        """How many calls of this cost are under way when all that the bucket is given is spent, and half as many more."""
        return math.ceil(self._limiter.rate / cost * self._latency * 1.5)

    async def run(
        self, name: str, variables: Mapping[str, Any], lane: Lane, *, by: float | None = None
    ) -> answers.Data:
        """Runs one document of `queries/`. May raise every error but Refused; Unclear for mutations only.

        `by`, on the monotonic clock: what could not leave before does not leave at all.
        """
        asked = document(name)
        for left in reversed(range(_PATIENCE)):
            body = await self._once(asked, variables, lane, by)
            if not (body.throttled and left):
                break
        return answers.data_of(body, asked)

    async def _once(
        self, asked: Document, variables: Mapping[str, Any], lane: Lane, by: float | None
    ) -> answers.Body:
        reserved = await self._limiter.take(document=asked.name, lane=lane)
        if by is not None and time.monotonic() > by:
            raise Retry("store.too_late", "The shop's limits let this wait until it was too old to be sent.")
        body = answers.read(await self._sent(asked, variables), asked)
        if body.cost is None:
            return body
        cost = body.cost
        if body.throttled:
            await self._limiter.throttled(
                document=asked.name,
                reserved=reserved,
                requested=cost.requested,
                available=cost.available,
                maximum=cost.maximum,
                rate=cost.rate,
            )
        else:
            await self._limiter.settle(
                document=asked.name,
                reserved=reserved,
                requested=cost.requested,
                actual=cost.actual,
                available=cost.available,
                maximum=cost.maximum,
                rate=cost.rate,
            )
        return body

    async def _sent(self, asked: Document, variables: Mapping[str, Any]) -> Answer:
        """A refused token is renewed once: 401 comes before anything runs, so a mutation may be sent again too."""
        for _ in range(2):
            token = await self._tokens.token()
            began = time.monotonic()
            answer = await self._http.send(self._request(asked, variables, token))
            self._latency += (time.monotonic() - began - self._latency) * _WEIGHT
            self._compare_version(answer)
            answers.refuse_status(answer, asked)
            if answer.status == 200:
                return answer
            await self._tokens.refused(token)
        raise answers.token_refused()

    def _request(self, asked: Document, variables: Mapping[str, Any], token: str) -> Request:
        return Request(
            method="POST",
            url=self._url,
            headers={
                "content-type": "application/json",
                "accept": "application/json",
                "x-shopify-access-token": token,
            },
            body=msgspec.json.encode({"query": asked.text, "variables": variables}),
            deadline=_DEADLINE,
            most_bytes=_MOST_BYTES,
            writes=asked.writes,
        )

    def _compare_version(self, answer: Answer) -> None:
        """A version we did not ask for means that ours was retired: it works until it does not."""
        served = answer.headers.get("x-shopify-api-version", API_VERSION)
        if served != API_VERSION:
            alarm(self._count, "api_version", shop=self.shop, asked=API_VERSION, served=served)
