"""Back-filling a range of orders: begun here, counted and carried on by a worker, approved where it reaches before go-live."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from app.errors import Refused
from app.models import runs, shops
from app.models.connections import Connection
from app.ports import Flow, Span
from app.sync import owners
from app.wiring import Core, utc_now

_A_DAY_OFF = timedelta(hours=1)
"""Room for whoever asks for exactly as far back as the platform shows."""


async def start(core: Core, connection: Connection, span: Span, *, by: str, ask: bool = False) -> UUID:
    """The run; `ask`: it waits for a word once it has counted.

    Raises Refused for a range that can't be read, Misconfigured where the orders are the ERP's own."""
    if connection.state == "setup":
        raise Refused("connection.not_live", "This connection is not live: go live first, with its own plan.")
    owners.may_write(connection.owners, Flow.ORDERS.value, to="host")
    if span.since >= span.until:
        raise Refused("span.empty", "The span must end after it begins.")
    await _reachable(core, connection, span)
    run = uuid4()
    async with core.database.tenant(connection.tenant) as tx:
        await runs.begin(
            tx, tenant=connection.tenant, run=run, connection=connection.id, flow=Flow.ORDERS.value,
            kind="backfill", started_by=by,
            request={"since": span.since.isoformat(), "until": span.until.isoformat()} | ({"ask": "yes"} if ask else {}),
        )  # fmt: skip
    return run


async def oldest(core: Core, connection: Connection) -> datetime | None:
    """The oldest instant that the platform shows orders of; None: all of them."""
    history = core.stores[connection.platform].history
    if history is None:
        return None
    async with core.database.tenant(connection.tenant) as tx:
        shop = await shops.read(tx, tenant=connection.tenant, shop=connection.shop)
    return None if shop and history.unless in shop.scopes else utc_now() - history.kept


async def _reachable(core: Core, connection: Connection, span: Span) -> None:
    """A list that leaves out what is older would look complete, so it is not begun."""
    first, spec = await oldest(core, connection), core.stores[connection.platform]
    if first is None or span.since >= first - _A_DAY_OFF or spec.history is None:
        return
    days = spec.history.kept.days
    raise Refused(
        "backfill.too_old",
        f"{spec.label} shows this app orders of the last {days} days only, since {first:%Y-%m-%d}. Begin the range there,"
        f" or have the app granted “{spec.history.unless}” by {spec.label} and open it once more, so that the shop grants it"
        " too; then the whole range can be sent.",
        facts={"since": first.isoformat(timespec="seconds"), "scope": spec.history.unless},
    )
