"""First contact: before go-live, what of the last days' orders would be created, adopted or skipped; nothing is written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.document import SalesDocument
from app.domain.ids import StoreKey
from app.domain.order import Order
from app.errors import Retry, StockbridgeError
from app.models import connections, cursors, demand, timeline
from app.models.database import Database
from app.ports import Change, Flow, Hint, Missing, Span
from app.sync import writes
from app.sync.consulting import decided
from app.sync.flow import Cancelled, Hold, Put, Rules, Skip, Trace, Wait
from app.sync.orders import decide
from app.sync.sides import Sides

LOOK_BACK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What would become of one order. `action` is create, adopt, look, wait, hold or skip; `why` says more."""

    key: StoreKey
    name: str
    placed_at: datetime
    action: str
    why: str = ""
    code: str | None = None


async def plan(sides: Sides, span: Span, *, now: datetime) -> AsyncIterator[Planned]:
    """Every order placed in the span, newest first, with what the engine would do about it. Reads only."""
    connection = sides.connection
    rules = Rules(
        tables=connection.tables,
        options=connection.options,
        go_live_at=span.since,
        timing=sides.timing,
        targets=sides.spec.targets_by_name,
    )
    async for page in sides.store.orders.between(span):
        for change in page.items:
            try:
                order = await sides.store.orders.get(change.key)
            except Retry as wait:
                yield _not_yet(change, wait)
                continue
            if order is not None:
                yield await _one(sides, order, rules, now)


def _not_yet(change: Change, wait: Retry) -> Planned:
    """The store has no details of the order yet, so it has no name either."""
    return Planned(
        key=StoreKey(change.key),
        name=change.key,
        placed_at=change.version,
        action="wait",
        why=wait.sentence,
        code=wait.code,
    )


async def _one(sides: Sides, order: Order, rules: Rules, now: datetime) -> Planned:
    def planned(action: str, why: str = "", code: str | None = None) -> Planned:
        return Planned(
            key=order.key, name=order.name, placed_at=order.created_at, action=action, why=why, code=code
        )

    try:
        decision = await decided(
            lambda _, known, at: decide(order, None, known, at), None, rules, lambda: now, sides
        )
    except Retry as wait:
        return planned("wait", wait.sentence, wait.code)
    except StockbridgeError as error:
        return planned("hold", error.sentence, error.code)
    match decision:
        case Put() as put:
            try:
                action, why = await _look(sides, put)
            except StockbridgeError as error:
                return planned("hold", error.sentence, error.code)
            return planned(action, why)
        case Trace(found=reason) | Skip(reason=reason) | Cancelled(reason=reason):
            return planned("skip", reason.sentence, reason.code)
        case Wait(reason=reason):
            return planned("wait", reason.sentence, reason.code)
        case Hold(reasons=reasons):
            return planned("hold", reasons[0].sentence, reasons[0].code)


async def _look(sides: Sides, put: Put[SalesDocument]) -> tuple[str, str]:
    sink = sides.host.orders
    if isinstance(sink, Missing):
        return "hold", sink.sentence
    found = await sides.ask(lambda: sink.find(put.document, likely=True))
    if found.documents:
        return "adopt", f"The ERP has document {found.documents[0].number} for it."
    if found.likely:
        return "look", f"The ERP has document {found.likely[0].number} that looks like it."
    return (
        "create",
        f"{put.document.kind.value.replace('_', ' ')} over {put.document.total} {put.document.currency}",
    )


async def go_live(database: Database, sides: Sides, *, at: datetime, approved: list[StoreKey]) -> bool:
    """Starts the connection at the cut-over `at`; approved older orders are sent too. False: it was live already."""
    tenant, connection = sides.connection.tenant, sides.connection.id
    cursor = await sides.store.orders.cursor_at(at)
    if sides.store.prepare is not None and writes.shut(sides.connection, "store") is None:
        await sides.store.prepare()
    async with database.tenant(tenant) as tx:
        if not await connections.go_live(tx, tenant=tenant, connection=connection, at=at):
            return False
        await cursors.move(tx, tenant=tenant, connection=connection, name="orders", value=cursor)
        hints = [Hint(flow=Flow.ORDERS, key=key) for key in approved]
        await demand.want(
            tx,
            tenant=tenant,
            connection=connection,
            shop=sides.connection.shop,
            kind="order",
            hints=hints,
            echo_within=timedelta(0),
        )
        await demand.approve(tx, tenant=tenant, connection=connection, kind="order", keys=approved)
        await timeline.note(
            tx,
            tenant=tenant,
            connection=connection,
            record=None,
            kind="live",
            sentence=f"The connection went live; {len(approved)} older orders were approved.",
        )
    return True
