"""What the ERP of one connection declares: what its kind does, unless the connection's own form says more."""

from __future__ import annotations

from uuid import UUID

from app.errors import Misconfigured
from app.models import connections
from app.models.connections import Connection
from app.ports import HostSpec
from app.registry import HOSTS
from app.sync.sides import borne
from app.wiring import Core


async def declared(core: Core, connection: Connection) -> HostSpec | None:
    """None: this server no longer knows the ERP. A form that can't be used any more declares nothing of its own."""
    spec = HOSTS.get(connection.host)
    if spec is None or spec.terms is None:
        return spec
    try:
        return await borne(spec, core.credentials(connection))
    except Misconfigured:
        return spec


async def declared_by(core: Core, tenant: UUID, connection: UUID, host: str) -> HostSpec | None:
    """The same by its id; what a form has no say in is not read for."""
    spec = HOSTS.get(host)
    if spec is None or spec.terms is None:
        return spec
    async with core.database.tenant(tenant) as tx:
        found = await connections.one(tx, tenant=tenant, connection=connection)
    return await declared(core, found) if found else spec
