"""Who is behind an order or a customer: named, and their account read, at the time of asking; kept nowhere."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from app.domain.customer import Buyer, Customer
from app.domain.debtor import Debtor
from app.domain.ids import SinkKey, StoreKey
from app.errors import Bug, Reason, StockbridgeError, Verdict
from app.models import connections, record_search
from app.models.order_lists import OrderRow
from app.models.people import BORN_IN_HOST
from app.ports import Missing
from app.sync.sides import TOO_SLOW, Sides
from app.wiring import Core

_PATIENCE = timedelta(seconds=15)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What both sides say of a person now. `silent`: why the store names nobody; `untold`: why the ERP tells of no account."""

    buyer: Buyer | None = None
    debtor: Debtor | None = None
    silent: Reason | None = None
    untold: Reason | None = None


async def behind(core: Core, tenant: UUID, record: UUID) -> OrderRow | None:
    """The order or the customer of this id; None: there is none, or it is of a kind that nobody is behind."""
    async with core.database.tenant(tenant) as tx:
        found = (await record_search.some(tx, tenant=tenant, ids=[record])).get(record)
    return found if found is not None and found.kind in {"order", "customer"} else None


def store_key(row: OrderRow) -> str | None:
    """What the store knows them by; a guest, and who only the ERP knows, has no key there."""
    key = row.buyer_key if row.kind == "order" else row.source_key
    return None if key is None or key.startswith(BORN_IN_HOST) else key


async def asked(core: Core, tenant: UUID, row: OrderRow, customer: OrderRow | None) -> Told:
    """Reads both sides. `customer`: their own record, where there is one. What speaks against an answer is its reason."""
    try:
        async with asyncio.timeout(_PATIENCE.total_seconds()):
            return await _told(core, tenant, row, customer)
    except TimeoutError:
        slow = Reason(code=TOO_SLOW, sentence="The store and the ERP did not answer in time.")
        return Told(silent=slow, untold=slow)
    except StockbridgeError as error:
        return Told(silent=_of(error), untold=_of(error))


async def _told(core: Core, tenant: UUID, row: OrderRow, customer: OrderRow | None) -> Told:
    async with core.database.tenant(tenant) as tx:
        connection = await connections.one(tx, tenant=tenant, connection=row.connection)
    assert connection is not None
    sides = await core.open_sides(connection)
    buyer = await _buyer(sides, row, customer)
    if buyer is not None:
        return await _with_account(sides, buyer)
    nobody = Reason(code="customer.deleted", sentence="The store has no such customer any more.")
    return Told(silent=nobody, untold=nobody)


async def _with_account(sides: Sides, buyer: Buyer) -> Told:
    debtors = sides.host.debtors
    if isinstance(debtors, Missing):
        missing = Reason(code="debtor.not_told", sentence=debtors.sentence, verdict=Verdict.NEEDS_MAPPING)
        return Told(buyer=buyer, untold=missing)
    try:
        return Told(buyer=buyer, debtor=await sides.ask(lambda: debtors.of(buyer)))
    except StockbridgeError as error:
        return Told(buyer=buyer, untold=_of(error))


async def _buyer(sides: Sides, row: OrderRow, customer: OrderRow | None) -> Buyer | None:
    """An order's own buyer, as it would be booked; of a customer, as the side has them that knows them."""
    linked = SinkKey(customer.sink_key) if customer is not None and customer.sink_key else None
    if row.kind == "order":
        order = await sides.store.orders.get(row.source_key)
        return replace(order.buyer, host_key=linked or order.buyer.host_key) if order else None
    known = await _customer(sides, row)
    if known is None:
        return None
    return Buyer(
        key=StoreKey(key) if (key := store_key(row)) else None,
        name=known.name,
        email=known.email,
        company=known.company,
        host_key=linked,
    )


async def _customer(sides: Sides, row: OrderRow) -> Customer | None:
    key = store_key(row)
    side = sides.store.customers if key else sides.host.customers
    if isinstance(side, Missing) or (key is None and row.sink_key is None):
        return None
    if key is not None:
        return await side.get(key)
    return await sides.ask(lambda: side.get(row.sink_key or ""))


def _of(error: StockbridgeError) -> Reason:
    if isinstance(error, Bug):
        raise error
    return error.reason
