"""Where a connection's exchange rates come from: entered by hand, or read from its ERP as well, by the clock or at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain import cadence as cadences
from app.domain.cadence import Cadence, Every
from app.errors import Refused
from app.mapping.rates import USUAL_DAYS
from app.models import rate_sources, schedules
from app.models.callers import audited
from app.models.connections import Connection
from app.models.database import Tx
from app.models.rate_sources import RateSource
from app.operations.declaring import declared
from app.operations.flows import AS_USUAL
from app.ports import NO_RATES
from app.sync.rate_turns import USUAL
from app.wiring import Core

_MOST_DAYS = 366


@dataclass(frozen=True, kw_only=True)
class Standing:
    """`source` None: by hand alone. `unavailable`: why the ERP can't be asked; None: it can. `cadence` as flows show theirs."""

    source: RateSource | None
    unavailable: str | None
    cadence: str | None = None
    next_at: datetime | None = None
    running: bool = False


@dataclass(frozen=True, kw_only=True)
class Wish:
    """`cadence` None leaves it; `usual` is daily."""

    from_host: bool
    good_for: int = USUAL_DAYS
    cadence: str | None = None


async def standing(core: Core, connection: Connection) -> Standing:
    async with core.database.tenant(connection.tenant) as tx:
        source = await rate_sources.one(tx, tenant=connection.tenant, connection=connection.id)
        known = await schedules.of_connection(tx, tenant=connection.tenant, connection=connection.id)
    row = known.get(schedules.RATES) if source is not None else None
    paced = (row.cadence if row else None) or Every(gap=USUAL)
    return Standing(
        source=source,
        unavailable=await unavailable(core, connection),
        cadence=_named(paced) if row else None,
        next_at=row.due_at if row else None,
        running=bool(row and row.running),
    )


async def unavailable(core: Core, connection: Connection) -> str | None:
    """Why this ERP tells no rates; None: it does."""
    spec = await declared(core, connection)
    return spec.no_rates if spec is not None else NO_RATES


async def choose(core: Core, connection: Connection, wish: Wish, *, by: str) -> None:
    """From the ERP: a worker reads them at once, and as often as is wished. What is there of either source stays.

    Raises Refused where the ERP tells none, and for what can't be meant.
    """
    chosen = None if wish.cadence in {None, AS_USUAL} else cadences.cadence(wish.cadence or "")
    if wish.from_host:
        await _possible(core, connection, wish)
    async with core.database.tenant(connection.tenant) as tx:
        if wish.from_host:
            await _begin(tx, connection, wish, chosen, by)
        else:
            about = {"tenant": connection.tenant, "connection": connection.id}
            await rate_sources.remove(tx, **about)
            await schedules.remove(tx, **about, flow=schedules.RATES)
        facts = {"source": "host" if wish.from_host else "hand"}
        facts |= {"good_for": str(wish.good_for)} if wish.from_host else {}
        facts |= {"cadence": wish.cadence} if wish.cadence else {}
        await _audit(tx, connection, by, "rates.source", **facts)


async def read_now(core: Core, connection: Connection, *, by: str) -> None:
    """The next reading comes at once; a worker does it. Raises Refused where rates are entered by hand alone."""
    async with core.database.tenant(connection.tenant) as tx:
        tenant = connection.tenant
        if await rate_sources.one(tx, tenant=tenant, connection=connection.id) is None:
            raise Refused(
                "rate.by_hand", "The rates of this connection are entered by hand; there is nothing to read."
            )
        await schedules.hurry(tx, tenant=tenant, connection=connection.id, flow=schedules.RATES, by=by)
        await _audit(tx, connection, by, "rates.read")


async def _possible(core: Core, connection: Connection, wish: Wish) -> None:
    why = await unavailable(core, connection)
    if why is not None:
        raise Refused("rate.not_told", why)
    if not 1 <= wish.good_for <= _MOST_DAYS:
        raise Refused("rate.malformed", f"A rate is good for 1 to {_MOST_DAYS} days.")


async def _begin(tx: Tx, connection: Connection, wish: Wish, chosen: Cadence | None, by: str) -> None:
    about = {"tenant": connection.tenant, "connection": connection.id}
    await rate_sources.save(tx, **about, good_for=wish.good_for, by=by)
    await schedules.wake(tx, tenant=connection.tenant, connection=connection.id, flow=schedules.RATES)
    if wish.cadence is not None:
        await schedules.set_cadence(tx, **about, flow=schedules.RATES, cadence=chosen, usual=USUAL)


def _named(cadence: Cadence) -> str:
    return cadences.preset_of(cadence) or cadences.stored(cadence)


async def _audit(tx: Tx, connection: Connection, by: str, action: str, **facts: str) -> None:
    await audited(
        tx, tenant=connection.tenant, actor=by, action=action, subject=str(connection.id), facts=facts
    )
