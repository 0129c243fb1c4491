"""Streams end when whoever opened them may something else by now: their role, its permissions or their token changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from typing import Any

from graphql import GraphQLError
from strawberry.types.execution import ExecutionResult
from strawberry.utils.aio import aclosing

from app.errors import Refused
from app.graphql.answers import told
from app.graphql.context import Context

EVERY = 1.0
"""Seconds between two looks. PostgreSQL is asked, so it works across processes and while Valkey is away."""
CLOSED = 4403
"""How a websocket is closed then: its client comes back and says who it is."""
_OVER = object()


def changed() -> Refused:
    return Refused("access.changed", "What you may do was changed. Open the stream again.")


async def guarded(results: Any, context: Context, *, every: float = EVERY) -> AsyncGenerator[Any, None]:
    """The same results, until their caller may something else: then one error, and the end."""
    looked, step = time.monotonic(), None
    try:
        async with aclosing(results):
            while True:
                step = step or asyncio.ensure_future(_next(results))
                await asyncio.wait({step}, timeout=max(0.0, looked + every - time.monotonic()))
                if time.monotonic() - looked >= every:
                    if not await context.stands():
                        await _stopped(step)
                        context.ended = True
                        yield _said(changed())
                        return
                    looked = time.monotonic()
                if step.done():
                    found, step = step.result(), None
                    if found is _OVER:
                        return
                    yield found
    finally:
        if step is not None:
            await _stopped(step)


async def _next(results: AsyncIterator[Any]) -> Any:
    return await anext(results, _OVER)


async def _stopped(step: asyncio.Future[Any]) -> None:
    step.cancel()
    with suppress(asyncio.CancelledError, Exception):
        await step


def _said(refusal: Refused) -> ExecutionResult:
    error = GraphQLError(refusal.sentence, extensions=dict(told(refusal)))
    return ExecutionResult(data=None, errors=[error])
