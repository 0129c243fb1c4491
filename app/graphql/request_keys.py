"""The same change asked for twice is made once: a request's `Idempotency-Key`, from its header to the answer that is kept."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import orjson
from graphql import ExecutionResult as CoreResult
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types.execution import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

from app.errors import Refused, Retry, StockbridgeError, Verdict
from app.graphql.context import Context
from app.models import request_keys
from app.models.database import AWAY, Database, Tx, ending
from app.models.request_keys import LEASE, Found, Held, Standing

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_PURPOSE = "answer"
_MALFORMED = Refused("api.key_malformed", f"{HEADER} has between 1 and 255 letters, digits and signs.")
_ANOTHER = Refused("api.key_reused", "This key was used for another call. Each call has its own key.")
_UNFINISHED = Refused(
    "api.key_unfinished",
    "The first call under this key took effect and was cut off before its answer was kept. Look at what stands.",
    verdict=Verdict.LOOK_FIRST,
)


class Keyed(SchemaExtension):
    """Stands outside `Masked`: what is kept is what its caller was told."""

    running: _Running | None = None

    async def on_operation(self) -> AsyncIterator[None]:
        try:
            yield
            if self.running is not None:
                await self.running.over(self.execution_context.result)
        finally:
            if self.running is not None:
                self.running.beat.cancel()

    async def on_execute(self) -> AsyncIterator[None]:
        asked = self.execution_context
        key = getattr(asked.context, "key", None)
        if key is None or asked.operation_type is not OperationType.MUTATION:
            yield
            return
        try:
            found = await _found(asked.context, asked)
        except StockbridgeError as refusal:
            asked.result = CoreResult(None, [GraphQLError(refusal.sentence, original_error=refusal)])
            yield
            return
        if found.held is None:
            asked.result = _told(asked.context, found.answer or b"")
            yield
            return
        self.running = running = _Running.of(asked.context, found.held)
        ending.set(running.mark)
        yield
        ending.set(None)


@dataclass(frozen=True, kw_only=True)
class _Running:
    context: Context
    held: Held
    beat: asyncio.Task[None]

    @classmethod
    def of(cls, context: Context, held: Held) -> _Running:
        beat = asyncio.create_task(_beat(context.core.database, held))
        return cls(context=context, held=held, beat=beat)

    async def mark(self, tx: Tx) -> None:
        await request_keys.mark(tx, self.held)

    async def over(self, result: object) -> None:
        """Keeps what was answered if anything was done; else the same call may be made as if it never was."""
        if not isinstance(result, CoreResult | ExecutionResult):
            return
        answer = {"data": result.data, "errors": [error.formatted for error in result.errors or ()]}
        packed = self.context.core.vault.pack(orjson.dumps(answer), tenant=self.held.tenant, purpose=_PURPOSE)
        with suppress(*AWAY):
            async with self.context.core.database.tenant(self.held.tenant) as tx:
                if not await request_keys.free(tx, self.held):
                    await request_keys.answered(tx, self.held, packed)


async def _found(context: Context, asked: ExecutionContext) -> Found:
    """The key for this call, or the answer it had. Raises Refused and Retry."""
    key = (context.key or "").strip().strip('"')
    if not _KEY.fullmatch(key):
        raise _MALFORMED
    async with context.core.database.tenant(context.tenant) as tx:
        found = await request_keys.take(tx, tenant=context.tenant, key=key, digest=_digest(context, asked))
    match found.standing:
        case Standing.ANOTHER:
            raise _ANOTHER
        case Standing.UNFINISHED:
            raise _UNFINISHED
        case Standing.RUNNING:
            raise Retry(
                "api.key_in_use",
                "The same call is under way. Ask again shortly.",
                after=timedelta(seconds=1),
            )
        case Standing.MINE | Standing.ANSWERED:
            return found


def _digest(context: Context, asked: ExecutionContext) -> bytes:
    """Of what is asked for, by whom, and of what they may do: an answer is for nobody who could not have had it himself."""
    said = [
        asked.query,
        asked.operation_name,
        asked.variables,
        context.caller.actor,
        sorted([*context.caller.scopes, *context.caller.permissions]),
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).digest()


def _told(context: Context, packed: bytes) -> CoreResult:
    answer = orjson.loads(context.core.vault.unpack(packed, tenant=context.tenant, purpose=_PURPOSE))
    errors = [
        GraphQLError(each["message"], path=each.get("path"), extensions=each.get("extensions"))
        for each in answer["errors"]
    ]
    return CoreResult(answer["data"], errors or None)


async def _beat(database: Database, held: Held) -> None:
    """Says that the call is still under way, for as long as it is."""
    while True:
        await asyncio.sleep(LEASE.total_seconds() / 4)
        with suppress(*AWAY):
            async with database.tenant(held.tenant) as tx:
                await request_keys.extend(tx, held)
