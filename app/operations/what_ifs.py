"""What-if: begun here, carried on by a worker, looked at by anyone who may read orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import get_args
from uuid import UUID, uuid4

import orjson

from app.domain.stock_plan import RunView
from app.errors import Refused
from app.models import mapping_versions, run_lists, runs, what_if_lines
from app.models.connections import Connection
from app.models.what_if_lines import Count, Line
from app.operations import mappings
from app.ports import Flow
from app.sync import owners
from app.sync.outlook import Outcome
from app.sync.rehearsal import Differs
from app.sync.what_if import PURPOSE
from app.wiring import Core

USUAL = 200
MOST = 5_000
OUTCOMES: tuple[str, ...] = get_args(Outcome)


@dataclass(frozen=True, kw_only=True)
class Told:
    """One order of a what-if, opened. `reasons`: codes and sentences."""

    line: Line
    reasons: tuple[tuple[str, str], ...] = ()
    differs: tuple[Differs, ...] = field(default=(), repr=False)


async def start(core: Core, connection: Connection, *, which: str, orders: int, by: str) -> UUID:
    """Compares version `which` with the one in force, over so many of the last orders; the run.

    Raises Refused for what can't be compared, Misconfigured where the orders are the ERP's own.
    """
    if connection.state == "setup":
        raise Refused("connection.not_live", "This connection is not live: go live first, with its own plan.")
    if not 1 <= orders <= MOST:
        raise Refused("what_if.size", f"A what-if looks at 1 to {MOST} orders.")
    owners.may_write(connection.owners, Flow.ORDERS.value, to="host")
    now = await mappings.named(core, connection, which)
    was = await mappings.named(core, connection, mappings.CURRENT)
    tenant, run = connection.tenant, uuid4()
    async with core.database.tenant(tenant) as tx:
        await mapping_versions.lock(tx, tenant=tenant, connection=connection.id)
        if await what_if_lines.under_way(tx, tenant=tenant, connection=connection.id):
            raise Refused(
                "what_if.under_way", "A what-if of this connection is under way. Wait for it, or stop it."
            )
        await runs.begin(
            tx, tenant=tenant, run=run, connection=connection.id, flow=Flow.ORDERS.value, kind="what_if", started_by=by,
            request={
                "orders": str(orders),
                "version": which,
                "compared_with": str(was.head.number),
                "was": str(was.head.revision),
                "now": str(now.head.revision),
            },
        )  # fmt: skip
    return run


async def run_of(core: Core, tenant: UUID, run: UUID) -> RunView | None:
    """The run, where it is a what-if."""
    async with core.database.tenant(tenant) as tx:
        found = (await run_lists.some(tx, tenant=tenant, ids=[run])).get(run)
    return found if found is not None and found.kind == "what_if" else None


async def counts(core: Core, tenant: UUID, run: UUID) -> list[Count]:
    async with core.database.tenant(tenant) as tx:
        return await what_if_lines.counts(tx, tenant=tenant, run=run)


async def page(
    core: Core, tenant: UUID, run: UUID, *, outcomes: Sequence[str], after: int, most: int
) -> list[Told]:
    """Orders with these outcomes, the newest first."""
    async with core.database.tenant(tenant) as tx:
        lines = await what_if_lines.page(
            tx, tenant=tenant, run=run, outcomes=outcomes or OUTCOMES, after=after, most=most
        )
    return [_told(core, tenant, line) for line in lines]


def _told(core: Core, tenant: UUID, line: Line) -> Told:
    if line.sealed is None:
        return Told(line=line)
    kept = orjson.loads(core.vault.unpack(line.sealed, tenant=tenant, purpose=PURPOSE))
    return Told(
        line=line,
        reasons=tuple((each["code"], each["sentence"]) for each in kept["reasons"]),
        differs=tuple(Differs(**each) for each in kept["differs"]),
    )
