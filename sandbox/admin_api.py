"""The Admin API's door: token, version, price, bucket, faults, execution, and a line in the ledger for each call."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLError, OperationDefinitionNode, OperationType
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response

from sandbox import api_answers, keyed
from sandbox.api_answers import Turn
from sandbox.cost import MAX_SINGLE, Pricer
from sandbox.documents import Document, Documents, known
from sandbox.faults import Ordered
from sandbox.ledger import THROTTLED_INJECTED, THROTTLED_NATURAL, Call
from sandbox.resolve import Request
from sandbox.schema import AdminSchema, schema_for, served_version
from sandbox.world import World


@dataclass(frozen=True, kw_only=True)
class _Call:
    """What was asked, read and priced."""

    documents: Documents
    document: Document
    operation: OperationDefinitionNode
    variables: Mapping[str, Any]
    pricer: Pricer


class AdminApi:
    def __init__(self, world: World, schemas: Mapping[str, AdminSchema]) -> None:
        self._world, self._schemas = world, schemas

    async def handle(self, http: HttpRequest) -> Response:
        shop = self._world.shops.get(http.path_params["shop"])
        version = served_version(http.path_params["version"])
        if shop is None:
            return JSONResponse({"errors": "Not Found"}, 404)
        turn = Turn(shop=shop, version=version, address=f"{http.url.scheme}://{http.url.netloc}")
        token = shop.tokens.check(http.headers.get("X-Shopify-Access-Token", "")) if shop.installed else None
        turn.scope = token.scope if token else ""
        refusal = api_answers.refusal(shop, known=token is not None)
        answer = refusal or await self._answered(http, turn)
        answer.headers["X-Shopify-API-Version"] = version
        answer.headers["X-Request-Id"] = str(uuid.uuid4())
        self._note(turn, answer.status_code)
        return answer

    async def _answered(self, http: HttpRequest, turn: Turn) -> Response:
        try:
            sent = orjson.loads(await http.body())
            text, variables = str(sent["query"]), dict(sent.get("variables") or {})
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return JSONResponse({"errors": {"query": "Required parameter missing or invalid"}}, 400)
        documents = known(schema_for(turn.version, self._schemas))
        document = await self._world.run(documents.read, text)
        if document.errors:
            return api_answers.failed(turn, *document.errors)
        operation = document.operation(sent.get("operationName"))
        if operation is None:
            return api_answers.failed(turn, GraphQLError("An operation name is required"))
        turn.document = operation.name.value if operation.name else "(unnamed)"
        call = _Call(
            documents=documents,
            document=document,
            operation=operation,
            variables=variables,
            pricer=documents.pricer(document, operation, variables),
        )
        return await self._charged(call, turn)

    async def _charged(self, http: _Call, turn: Turn) -> Response:
        turn.requested = http.pricer.requested(http.operation)
        if turn.requested > MAX_SINGLE:
            return api_answers.too_dear(turn)
        writes = http.operation.operation is OperationType.MUTATION
        ordered = self._fault(turn, writes=writes)
        if turn.fault == "before":
            return api_answers.broken()
        turn.level = turn.shop.bucket.available
        if turn.fault == "throttled" or not turn.shop.bucket.take(turn.requested):
            turn.throttled = THROTTLED_INJECTED if turn.fault == "throttled" else THROTTLED_NATURAL
            return api_answers.throttled(turn)
        keys = turn.shop.keys
        mine = keys.hold(keyed.carried(http.operation, http.variables), id(turn)) if writes else frozenset()
        if turn.fault == "late":
            return self._late(http, turn, mine, ordered.seconds if ordered else self._late_seconds())
        try:
            await self._dawdle(turn)
            result = await self._world.run(self._executed, http, turn, mine)
        finally:
            keys.release(mine)
        return await self._told(http, turn, result, ordered)

    async def _told(
        self, http: _Call, turn: Turn, result: ExecutionResult, ordered: Ordered | None
    ) -> Response:
        turn.actual = http.pricer.actual(http.operation, result.data)
        assert turn.requested is not None
        turn.shop.bucket.give_back(turn.requested - turn.actual)
        if turn.fault == "lost":
            await asyncio.sleep(ordered.seconds if ordered else 0)
        if turn.fault in ("after", "lost"):
            return api_answers.broken()
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            turn.errors = tuple(api_answers.code(error) for error in result.errors)
            body["errors"] = [api_answers.formatted(error) for error in result.errors]
        return api_answers.as_json(body | {"extensions": {"cost": api_answers.cost(turn)}})

    def _late(self, http: _Call, turn: Turn, mine: frozenset[str], seconds: float) -> Response:
        """Hang up at once and do the work later; until then its keys are taken."""
        turn.actual = turn.requested

        def commit() -> None:
            try:
                self._executed(http, turn, mine)
            finally:
                turn.shop.keys.release(mine)

        self._world.background(_after(seconds, self._world, commit))
        return api_answers.broken()

    def _late_seconds(self) -> float:
        faults = self._world.faults
        return faults.between(0.1, max(0.1, faults.rates.api_late_seconds))

    def _executed(self, http: _Call, turn: Turn, mine: frozenset[str]) -> ExecutionResult:
        request = Request(
            world=self._world,
            shop=turn.shop,
            admin=http.documents.admin,
            scope=turn.scope,
            denied=http.documents.admin.denied(turn.scope),
            address=turn.address,
            documents=http.documents,
            holds=mine,
            breaks=turn.fault == "failed",
        )
        name = http.operation.name.value if http.operation.name else None
        return http.documents.execute(http.document, name, http.variables, request)

    def _fault(self, turn: Turn, *, writes: bool) -> Ordered | None:
        faults = self._world.faults
        ordered = faults.next_ordered("graphql", turn.document)
        if ordered is not None and ordered.kind != "slow":
            turn.fault = ordered.kind
        elif faults.happens("api_error_before"):
            turn.fault = "before"
        elif faults.happens("api_error_after"):
            turn.fault = "after"
        elif faults.happens("api_throttled"):
            turn.fault = "throttled"
        elif writes and faults.happens("api_late"):
            turn.fault = "late"
        return ordered

    async def _dawdle(self, turn: Turn) -> None:
        faults = self._world.faults
        ordered = faults.next_ordered("slow", turn.document)
        if ordered is not None:
            await asyncio.sleep(ordered.seconds)
        elif faults.happens("api_slow"):
            await asyncio.sleep(faults.rates.api_slow_seconds)

    def _note(self, turn: Turn, status: int) -> None:
        ended = time.time()
        self._world.ledger.note(
            Call(
                at=turn.started,
                ended=ended,
                shop=turn.shop.domain,
                document=turn.document,
                version=turn.version,
                status=status,
                requested=turn.requested,
                actual=turn.actual,
                level=turn.level,
                throttled=turn.throttled,
                fault=turn.fault,
                errors=turn.errors,
                milliseconds=round((ended - turn.started) * 1000, 2),
            )
        )


async def _after(seconds: float, world: World, work: Callable[[], None]) -> None:
    await asyncio.sleep(seconds)
    await world.run(work)
