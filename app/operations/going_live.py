"""Going live with a plan: what would become of the last days' orders, then the cut-over and the approved ones."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.ids import StoreKey
from app.errors import Refused
from app.models.connections import Connection
from app.ports import Span
from app.sync import first_contact
from app.sync.first_contact import Planned
from app.wiring import Core, utc_now

APPROVABLE = frozenset({"create", "adopt"})


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`whole` is False when there were more orders than were asked for, or they took too long to read."""

    cut_over: datetime
    orders: tuple[Planned, ...]
    whole: bool


async def plan(
    core: Core,
    connection: Connection,
    *,
    cut_over: datetime | None = None,
    most: int | None = None,
    within: timedelta | None = None,
) -> Plan:
    """Orders of the last days before the cut-over, newest first. Reads both sides and writes nothing."""
    sides = await core.open_sides(connection)
    now = utc_now()
    # Stores date their orders to the second: one placed right after this must not look older than it.
    at = cut_over or now.replace(microsecond=0)
    since = now - first_contact.LOOK_BACK
    span = Span(since=since, until=max(at, since + timedelta(seconds=1)))
    found: list[Planned] = []
    try:
        async with asyncio.timeout(within.total_seconds() if within else None):
            async for each in first_contact.plan(sides, span, now=now):
                if most is not None and len(found) == most:
                    return Plan(cut_over=at, orders=tuple(found), whole=False)
                found.append(each)
    except TimeoutError:
        return Plan(cut_over=at, orders=tuple(found), whole=False)
    return Plan(cut_over=at, orders=tuple(found), whole=True)


async def go_live(
    core: Core, connection: Connection, *, cut_over: datetime, approved: Sequence[StoreKey]
) -> None:
    """Starts the connection; older orders are sent only where they were approved."""
    sides = await core.open_sides(connection)
    if not await first_contact.go_live(core.database, sides, at=cut_over, approved=list(approved)):
        raise Refused("connection.live", "This connection is live already.")
    await core.queue.poke(connection.tenant, connection.shop)
