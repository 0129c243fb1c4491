"""What every resolver is given: who asks, the core of the process, and the loaders of this one request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeAlias
from uuid import UUID

import strawberry
from strawberry.extensions import FieldExtension, SchemaExtension
from strawberry.types.graphql import OperationType

from app.domain.access import ASKED_BY, Permission
from app.errors import Refused, Throttled
from app.graphql.caller import Caller, Scope
from app.graphql.documents import Documents
from app.graphql.ids import Kind, uuid_of
from app.graphql.loaders import Loaders
from app.models import connections
from app.models.callers import audited, denied
from app.models.connections import Connection
from app.models.database import AWAY, aside
from app.operations.stock import StockDesk
from app.wiring import Core


@dataclass(kw_only=True)
class Watching:
    """How many streams each caller has open in this process: each asks PostgreSQL twice a second."""

    most: int = 30
    open: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def one(self, actor: str) -> Iterator[None]:
        """Raises Throttled for a caller that watches too much already."""
        if self.open[actor] >= self.most:
            raise Throttled(
                "api.rate_limited",
                "Too many streams are open at once. Close one, or wait for one to end.",
                after=timedelta(seconds=5),
            )
        self.open[actor] += 1
        try:
            yield
        finally:
            self.open[actor] -= 1
            self.open += Counter()  # forgets whoever has none open


@dataclass(kw_only=True)
class Context:
    """`known` is None on a websocket until its first message, with `connection_params`, has said who it is.

    `key`: the one that a change was asked for under. `documents`: all that a session may send; None: whatever it likes.
    `alone`: one operation has it to itself, as over HTTP.
    """

    core: Core
    stock: StockDesk
    loaders: Loaders
    known: Caller | None
    watching: Watching
    count: Callable[[Caller], Awaitable[object]]
    still: Callable[[Caller], Awaitable[bool]]
    ended: bool = False
    """Whether a stream of this caller's was ended because they may something else by now."""
    connection_params: dict[str, object] | None = None
    key: str | None = None
    documents: Documents | None = None
    alone: bool = False
    reads: bool = False
    """Whether the operation it is alone with changes nothing: what it read once is not read again."""

    @property
    def caller(self) -> Caller:
        if self.known is None:
            raise Refused("session.missing", "The request carries no session.")
        return self.known

    async def counted(self) -> None:
        """Counts an operation. Raises Throttled when its token made too many."""
        await self.count(self.caller)

    async def need(self, scope: Scope, field: str, permission: Permission | None = None) -> None:
        """Raises Refused for a caller who may not; that they tried stands in the audit log."""
        caller = self.caller
        try:
            caller.need(scope, permission)
        except Refused:
            with aside():
                await self._denied(scope, field, permission)
            raise

    async def _denied(self, scope: Scope, field: str, permission: Permission | None) -> None:
        caller, wanted = self.caller, permission or ASKED_BY[scope]
        facts = {"role": caller.role, "permission": wanted} if caller.role else {"scope": scope}
        async with self.core.database.tenant(self.tenant) as tx:
            await denied(tx, tenant=self.tenant, actor=caller.actor, field=field, facts=facts)

    async def stands(self) -> bool:
        """Whether the caller may still what they might when they came in; while nobody can say it, they may."""
        try:
            return await self.still(self.caller)
        except AWAY:
            return True

    @property
    def tenant(self) -> UUID:
        return self.caller.tenant

    async def connection(self, id: str) -> Connection:
        """The connection of a global id. Another tenant's is as unknown as one that never was."""
        found = await self.found(id)
        if found is None:
            raise Refused("connection.unknown", "There is no such connection.")
        return found

    async def found(self, id: str) -> Connection | None:
        chosen = uuid_of(Kind.CONNECTION, id)
        if chosen is None:
            return None
        async with self.core.database.tenant(self.tenant) as tx:
            return await connections.one(tx, tenant=self.tenant, connection=chosen)

    async def audit(self, action: str, subject: str, **facts: str) -> None:
        async with self.core.database.tenant(self.tenant) as tx:
            await audited(
                tx, tenant=self.tenant, actor=self.caller.actor, action=action, subject=subject, facts=facts
            )


Info: TypeAlias = strawberry.Info[Context, None]


class Once(SchemaExtension):
    """What is loaded for a query over HTTP is loaded once, at whatever depth and moment it is asked for; what a change answers
    with is read after it.
    """

    def on_execute(self) -> Iterator[None]:
        context = self.execution_context.context
        if isinstance(context, Context):
            context.reads = context.alone and self.execution_context.operation_type is OperationType.QUERY
        yield
        if isinstance(context, Context):
            context.loaders.forget()


class Needs(FieldExtension):
    """Opens a root field to tools with the scope, and to people with the permission, by default the scope's own."""

    def __init__(self, scope: Scope, permission: Permission | None = None) -> None:
        self.scope, self.permission = scope, permission

    async def resolve_async(self, next_: Any, source: Any, info: Info, **given: Any) -> Any:
        await info.context.need(self.scope, info.field_name, self.permission)
        return await next_(source, info, **given)
