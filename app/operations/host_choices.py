"""The codes that an ERP takes in a look-up table, where it lists them; an ERP that does not answer has no say."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from app.errors import Bug, StockbridgeError
from app.models.connections import Connection
from app.ports import Choice, Missing
from app.wiring import Core

_FIELDS = {"taxes": "tax", "payments": "method", "locations": "location", "shipping": "shipping_method"}
"""By table. Items are left out: they are too many to be listed, and an ERP lists those for charges alone."""
_PATIENCE = 10.0


async def codes(core: Core, connection: Connection, table: str) -> frozenset[str] | None:
    """None: anything goes, or nobody can tell just now."""
    found = await choices(core, connection, table)
    return frozenset(choice.code for choice in found) if found else None


async def choices(core: Core, connection: Connection, table: str) -> Sequence[Choice] | None:
    """The codes with their names for people, as the ERP lists them; None as `codes`."""
    field = _FIELDS.get(table)
    if field is None:
        return None
    try:
        async with asyncio.timeout(_PATIENCE):
            return await _listed(core, connection, field)
    except Bug:
        raise
    except (StockbridgeError, TimeoutError):
        return None


async def _listed(core: Core, connection: Connection, field: str) -> Sequence[Choice] | None:
    sides = await core.open_sides(connection)
    orders = sides.host.orders
    if isinstance(orders, Missing) or not any(each.choices for each in orders.fields() if each.name == field):
        return None
    return await sides.ask(lambda: orders.choices(field)) or None
