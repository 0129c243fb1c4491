"""Practice connections: the demo ERP beside the merchant's own shop, which is read and never written to; faults on a switch."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from app.errors import Refused
from app.models import connection_lists
from app.models.connections import Connection
from app.operations import connecting
from app.operations.connecting import Wish
from app.ports import Faults, HostSpec
from app.registry import HOSTS
from app.wiring import Core

NAME = "Practice"


@dataclass(frozen=True, kw_only=True)
class Offer:
    """`connection`: the one that the organisation has. `offered`: whether this server has a demo ERP to practise with."""

    offered: bool
    connection: UUID | None


async def offer(core: Core, tenant: UUID) -> Offer:
    async with core.database.tenant(tenant) as tx:
        rows = await connection_lists.listed(tx, tenant=tenant)
    there = next((row.id for row in rows if row.practice), None)
    return Offer(offered=_room(core) is not None, connection=there)


async def start(core: Core, *, tenant: UUID, shop: UUID, by: str) -> UUID:
    """Makes the organisation's one practice connection, mapped so that orders pass; nothing is live yet."""
    room = _room(core)
    if room is None:
        raise Refused("practice.not_offered", "This server has no demo ERP to practise with.")
    if (await offer(core, tenant)).connection is not None:
        raise Refused("practice.begun", "There is a practice connection already.")
    spec, address, secret = room
    assert spec.practice is not None
    books = uuid4()
    wish = Wish(
        host=spec.key,
        fields=spec.practice(address, secret, books.hex),
        name=NAME,
        tables=spec.codes,
        practice=True,
    )
    made, _ = await connecting.connect(core, tenant=tenant, shop=shop, wish=wish, by=by, id=books)
    return made


async def faults(core: Core, connection: Connection) -> bool | None:
    """Whether calls of its ERP go wrong now and then; None: it is not for practice."""
    found = await _switch(core, connection)
    return None if found is None else await found.on()


async def set_faults(core: Core, connection: Connection, *, on: bool) -> None:
    found = await _switch(core, connection)
    if found is None:
        raise Refused("practice.not_practice", "Faults are for practice connections alone.")
    await found.set(on)


async def _switch(core: Core, connection: Connection) -> Faults | None:
    return (await core.open_sides(connection)).host.faults if connection.practice else None


def _room(core: Core) -> tuple[HostSpec, str, str] | None:
    """The ERP that can be practised with, and where this server has one."""
    address, secret = core.settings.practice_url, core.settings.practice_secret
    spec = next((each for each in HOSTS.values() if each.practice is not None), None)
    return (spec, address, secret) if spec is not None and address and secret else None
