"""The door to one NetSuite account: questions in SuiteQL, records over REST, each signed, counted and told apart."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec

from app.errors import AccessLost, Misconfigured, Retry, Throttled, Unclear
from app.hosts.netsuite.access import Access, Token
from app.hosts.netsuite.features import Feature, Features, Question, written
from app.hosts.netsuite.gate import Gate
from app.hosts.netsuite.refusals import Denied, Problem, problem_of, query_refused, refusal_of
from app.hosts.netsuite.signing import TOKEN_PATH, Method, exchange, header
from app.outbound import failure_of, is_key, json_of, read_as, used_for
from app.ports import Answer, HostState, Http, Request

T = TypeVar("T")

# Scripts of the account run with every save; 5 to 30 s are common there.
CALL_DEADLINE = timedelta(seconds=30)
PAGE = 1_000
"""The most rows of an answer (Oracle, SuiteQL paging)."""
_MOST_PAGES = 20
_DENIED_MOST = 3
_DENIED_WAIT = 5.0
_ID = re.compile(r"/(\d+)/?$")
_DONE = 204
_TOKEN = "token"  # noqa: S105 - a name
_ENCODER = msgspec.json.Encoder(decimal_format="number")

Body: TypeAlias = Mapping[str, Any]
"""A record as NetSuite takes it; amounts are Decimals and leave as numbers."""


class _Rows(msgspec.Struct, Generic[T], frozen=True):
    items: list[T]
    hasMore: bool = False  # noqa: N815 - NetSuite's own name


@dataclass(frozen=True, kw_only=True)
class Rows(Generic[T]):
    items: list[T]
    more: bool


class NetSuite:
    """Whatever is no success raises one of our errors; `Exists` where NetSuite has it already."""

    def __init__(
        self, http: Http, access: Access, state: HostState, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._http, self.access, self.state, self._clock = http, access, state, clock
        self.gate = Gate(access.at_once)
        self.features = Features(clock)
        self._bearer: tuple[str, float] | None = None
        self._signing = asyncio.Lock()
        self._denied, self._closed_until = 0, 0.0

    # --- questions ---------------------------------------------------------------------------------------------------

    async def page(self, kind: type[T], query: Question, *, limit: int = PAGE, offset: int = 0) -> Rows[T]:
        """One page. `query` ends in an ORDER BY that is unique, else pages repeat and leave out.

        Refused for a feature that the account lacks, it is written anew without that one and asked again.
        """
        path = f"/services/rest/query/v1/suiteql?limit={limit}&offset={offset}"
        for _ in range(1 + len(Feature)):
            words = written(query, self.features)
            answer = await self._send(
                "POST", path, _ENCODER.encode({"q": words}), writes=False, headers={"prefer": "transient"}
            )
            problem = problem_of(answer) if answer.status == 400 else None
            if problem is None:
                break
            if full := self._full(answer, problem):
                raise full
            self.features.learn(problem)
            if written(query, self.features) == words:
                raise query_refused(problem)
        if error := refusal_of(answer, writes=False):
            raise error
        found = read_as(_Rows[kind], answer)  # type: ignore[valid-type]  # msgspec takes the type at run time
        if found.hasMore and not found.items:
            raise Retry("answer.unreadable", "NetSuite says that a list goes on, and told nothing of it.")
        return Rows(items=list(found.items), more=found.hasMore)

    async def rows(self, kind: type[T], query: Question) -> list[T]:
        """To the end; for what is known to be little."""
        found: list[T] = []
        for number in range(_MOST_PAGES):
            page = await self.page(kind, query, offset=number * PAGE)
            found += page.items
            if not page.more:
                return found
        raise Retry("answer.too_many", "NetSuite has more of this than can be read at once.")

    async def rows_of(self, feature: Feature, kind: type[T], query: str) -> list[T] | None:
        """None: the account does not have the feature that the question is about."""
        if not self.features.has(feature):
            return None
        try:
            return await self.rows(kind, query)
        except Misconfigured:
            if self.features.has(feature):
                raise
            return None

    # --- records -----------------------------------------------------------------------------------------------------

    async def get(self, kind: type[T], path: str) -> T | None:
        """None: it is not there."""
        answer = await self._send("GET", f"/services/rest/record/v1/{path}", None, writes=False)
        if answer.status == 404 and problem_of(answer) is not None:
            return None
        if error := refusal_of(answer, writes=False, personal="customer" in path):
            raise error
        return read_as(kind, answer)

    async def write(self, method: Method, path: str, body: Body | None = None) -> str | None:
        """The internal id of what was made, where the answer names one. Raises Unclear where NetSuite did not say this."""
        sent = None if body is None else _ENCODER.encode(body)
        answer = await self._send(method, f"/services/rest/record/v1/{path}", sent, writes=True)
        if error := refusal_of(answer, writes=True, personal=path.startswith("customer")):
            raise error
        place = _ID.search(answer.headers.get("location", ""))
        if method == "POST" and place is None:
            # Something that is no NetSuite may stand between: whether it was made, only a look tells.
            raise Unclear("answer.unreadable", "NetSuite did not say what it made.")
        if method != "POST" and answer.status != _DONE:
            json_of(answer, writes=True)
        return place.group(1) if place else None

    async def catalog(self, record: str) -> Mapping[str, Any]:
        """What fields a kind of record has in this account."""
        path = f"/services/rest/record/v1/metadata-catalog?select={record}"
        answer = await self._send(
            "GET", path, None, writes=False, headers={"accept": "application/swagger+json"}
        )
        if error := refusal_of(answer, writes=False):
            raise error
        read = json_of(answer)
        return read if isinstance(read, dict) else {}

    async def system(self, kind: type[T], name: str) -> T:
        answer = await self._send("GET", f"/services/rest/system/v1/{name}", None, writes=False)
        if error := refusal_of(answer, writes=False):
            raise error
        return read_as(kind, answer)

    # --- one call ----------------------------------------------------------------------------------------------------

    async def _send(
        self,
        method: Method,
        path: str,
        body: bytes | None,
        *,
        writes: bool,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """An answer that says the account is full makes the gate narrower; a sign-in that was refused is made once anew."""
        url = f"{self.access.root}{path}"
        async with self.gate.open():
            self._not_closed()
            answer = await self._signed(method, url, body, writes=writes, headers=headers or {})
            if answer.status == 401:
                await self._forget()
                answer = await self._signed(method, url, body, writes=writes, headers=headers or {})
            problem = problem_of(answer) if answer.status in {400, 429} else None
            if answer.status == 401:
                self._refused_sign_in()
            elif answer.status == 429 or (problem is not None and self._full(answer, problem)):
                self.gate.refused()
            elif answer.status < 500:
                self._denied, self._closed_until = 0, 0.0
                self.gate.answered()
        return answer

    def _refused_sign_in(self) -> None:
        """A full account may answer like this: to tokens at any time, else while other calls are under way.

        A sign-in that is bad is refused for ever. What was under way together counts once, and the next call waits.
        """
        self._not_closed()
        self._denied += 1
        if (isinstance(self.access.sign, Token) or self.gate.busy > 1) and self._denied <= _DENIED_MOST:
            self.gate.refused()
            self._closed_until = self._clock() + _DENIED_WAIT
            self._not_closed()

    def _not_closed(self) -> None:
        left = self._closed_until - self._clock()
        if left > 0:
            raise Denied(
                "connection.slow_down",
                "NetSuite refused the sign-in, as it also does when it is asked too much.",
                after=timedelta(seconds=left),
            )

    def _full(self, answer: Answer, problem: Problem) -> Throttled | None:
        error = refusal_of(answer, writes=False)
        return error if isinstance(error, Throttled) else None

    async def _signed(
        self, method: Method, url: str, body: bytes | None, *, writes: bool, headers: Mapping[str, str]
    ) -> Answer:
        sign = self.access.sign
        if isinstance(sign, Token):
            _complete(sign.consumer_key, sign.consumer_secret, sign.token_id, sign.token_secret)
            authorization = header(sign, self.access.account, method, url)
        else:
            authorization = f"Bearer {await self._token()}"
        fixed = {
            "authorization": authorization,
            "accept": "application/json",
            "content-type": "application/json",
            # A field this account does not have is refused instead of left out in silence.
            "x-netsuite-propertynamevalidation": "Error",
            "x-netsuite-propertyvaluevalidation": "Error",
        }
        return await self._http.send(
            Request(
                method=method,
                url=url,
                headers={**fixed, **headers},
                body=body,
                deadline=CALL_DEADLINE,
                writes=writes,
            )
        )

    # --- the access token --------------------------------------------------------------------------------------------

    async def _token(self) -> str:
        async with self._signing:
            if self._bearer is None or self._bearer[1] <= time.time():
                self._bearer = await self._kept() or await self._exchanged()
            return self._bearer[0]

    async def _kept(self) -> tuple[str, float] | None:
        """What another process got, while it is good and of the same certificate."""
        kept = await self.state.read(_TOKEN)
        match kept[0].split(" ") if kept else []:
            case [token, until, signed_by] if signed_by == self._signed_by() and float(until) > time.time():
                return token, float(until)
            case _:
                return None

    def _signed_by(self) -> str:
        machine = self.access.sign
        return "" if isinstance(machine, Token) else f"{machine.client_id}/{machine.certificate_id}"

    async def _forget(self) -> None:
        if isinstance(self.access.sign, Token):
            return
        self._bearer = None
        kept = await self.state.read(_TOKEN)
        if kept is not None:
            await self.state.write(_TOKEN, "", version=kept[1])

    async def _exchanged(self) -> tuple[str, float]:
        machine = self.access.sign
        assert not isinstance(machine, Token)
        _complete(machine.client_id, machine.certificate_id, machine.private_key)
        url = f"{self.access.root}{TOKEN_PATH}"
        request = Request(
            method="POST",
            url=url,
            headers={"content-type": "application/x-www-form-urlencoded", "accept": "application/json"},
            body=exchange(machine, url),
            deadline=CALL_DEADLINE,
            writes=False,
        )
        answer = await self._http.send(request)
        if answer.status in {400, 401}:
            raise _not_signed_in(answer)
        if error := failure_of(answer, writes=False):
            raise error
        match json_of(answer):
            case {"access_token": str(token), "expires_in": (int() | str()) as life} if is_key(token):
                bearer = token, time.time() + used_for(life)
            case _:
                raise Retry("answer.unreadable", "NetSuite answered a sign-in with something else.")
        kept = await self.state.read(_TOKEN)
        value = f"{bearer[0]} {bearer[1]} {self._signed_by()}"
        await self.state.write(_TOKEN, value, version=kept[1] if kept else 0)
        return bearer


def _not_signed_in(answer: Answer) -> AccessLost | Throttled:
    problem = problem_of(answer)
    error = refusal_of(answer, writes=False) if problem else None
    if isinstance(error, Throttled):
        return error
    return AccessLost(
        "access.refused",
        "NetSuite does not accept the certificate: look at Setup > Integration > OAuth 2.0 Client Credentials"
        " (M2M) Setup; a refreshed sandbox has lost its mapping, and one that ended needs a new certificate ID.",
        facts={"status": str(answer.status)},
    )


def _complete(*values: str) -> None:
    if not all(values):
        raise Misconfigured("form.incomplete", "The connection's form is not filled in completely.")
