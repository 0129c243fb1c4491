"""Listening: what the ERP lists as changed since the last time becomes wanted, page by page; stores send events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from app.errors import Misconfigured, StockbridgeError
from app.logs import get
from app.models import cursors, demand
from app.models.database import Database, Tx
from app.ports import Change, Flow, Hint, Missing, Page
from app.steps import step as passes
from app.steps.points import RecordKind
from app.sync import owners
from app.sync.sides import Sides


class Wants(Protocol):
    """Raises `wanted` for what was listed; answers with how many records that were."""

    async def __call__(
        self, tx: Tx, *, tenant: UUID, connection: UUID, shop: UUID, kind: str, listed: Sequence[Hint]
    ) -> int: ...


class Lists(Protocol):
    """What of a `Source` is needed here: its list, and where to begin."""

    def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]: ...

    async def cursor_at(self, at: datetime) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Listened:
    """A kind of record that the ERP is asked for. One line of `flows.LISTENED` for each; nothing else is needed.

    `source` is the ERP's list of them; a list that is Missing is passed over.
    `wants`: for a kind whose records the ERP's key is not the first to name.
    `begins`: what counts on the first time. `go_live`: what changed since then. `ever`: everything that there is.
    """

    kind: RecordKind
    flow: Flow
    source: Callable[[Sides], Lists | Missing]
    begins: Literal["go_live", "ever"] = "go_live"
    wants: Wants = demand.want_listed


@dataclass(frozen=True, kw_only=True)
class Listening:
    """Reads lists and raises `wanted`; the records are read one by one and sent by the engine, as any other.

    A page's records are wanted in the transaction that moves the cursor `listen:KIND` behind it, so nothing is lost and
    what was listed twice is wanted once: only versions that no run has read count. A flow that is switched off, or whose
    data the store owns, keeps its cursor and is listed from there when it comes back.
    """

    database: Database
    listened: Sequence[Listened]

    async def run(self, sides: Sides, over: Callable[[], bool] = lambda: False) -> tuple[int, bool]:
        """One pass over every list, until the slice is `over`: how many records became wanted, and whether there is more.

        A list that fails holds up no other. Raises Misconfigured and AccessLost, which are about the whole connection.
        """
        raised, more = 0, False
        for each in self.listened:
            source = each.source(sides)
            if isinstance(source, Missing) or not _wished(sides, each.flow):
                continue
            try:
                found, left = await self._listen(sides, each, source, over)
            except Misconfigured:
                raise
            except StockbridgeError as error:
                get("listen").warning("listen.failed", kind=each.kind, code=error.code)
                continue
            raised, more = raised + found, more or left
        return raised, more

    async def _listen(
        self, sides: Sides, each: Listened, source: Lists, over: Callable[[], bool]
    ) -> tuple[int, bool]:
        connection, name = sides.connection, f"listen:{each.kind}"
        async with self.database.tenant(connection.tenant) as tx:
            cursor = await cursors.read(tx, tenant=connection.tenant, connection=connection.id, name=name)
        since = connection.go_live_at
        if cursor is None and each.begins == "go_live" and since is not None:
            cursor = await sides.ask(lambda: source.cursor_at(since))
        pages, raised = source.changes(cursor), 0
        while (page := await sides.ask(lambda: anext(pages, None))) is not None:
            raised += await self._want(sides, each, page, name)
            await passes("listen.wanted")
            # A list that can't be broken off here would begin anew.
            if over() and page.cursor != (cursor or ""):
                return raised, True
        return raised, False

    async def _want(self, sides: Sides, each: Listened, page: Page[Change], name: str) -> int:
        connection = sides.connection
        listed = [Hint(flow=each.flow, key=change.key, version=change.version) for change in page.items]
        async with self.database.tenant(connection.tenant) as tx:
            raised = await each.wants(
                tx,
                tenant=connection.tenant,
                connection=connection.id,
                shop=connection.shop,
                kind=each.kind,
                listed=listed,
            )
            await cursors.move(
                tx, tenant=connection.tenant, connection=connection.id, name=name, value=page.cursor
            )
        return raised


def _wished(sides: Sides, flow: Flow) -> bool:
    """Switched on, and not against the owner."""
    connection = sides.connection
    try:
        owners.may_write(connection.owners, flow.value, to="store")
    except Misconfigured:
        return False
    return connection.flows.get(flow.value, True)
