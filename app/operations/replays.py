"""Replaying stored events: how many there are, a dry run of what would be sent, and the run that a worker carries on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from app.errors import Reason, Refused
from app.models import connections, events, records, runs
from app.models.connections import Connection
from app.models.database import Tx
from app.models.events import Chosen, Spot
from app.models.records import Claim
from app.ports import Flow
from app.steps.points import RecordKind
from app.sync import flows, owners
from app.sync.engine import Carrier
from app.sync.rehearsal import Rehearsed, rehearse, unheard
from app.sync.replaying import heard
from app.wiring import Core, utc_now

CURRENT = "current"
MOST = 100
_PAGE = 200
_BOTH_WAYS = Reason(
    code="replay.not_rehearsed",
    sentence="What is kept in step both ways is decided when both sides were read; a replay looks at it once more.",
)


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """`count` is of events. `after`: where to go on; None: that was all."""

    count: int
    records: tuple[Rehearsed, ...]
    after: Spot | None


async def start(core: Core, connection: Connection, chosen: Chosen, *, mapping: str | None, by: str) -> UUID:
    """A worker carries it on. Raises Refused, or Misconfigured where the orders are the ERP's own."""
    if connection.state == "setup":
        raise Refused("connection.not_live", "This connection is not live.")
    owners.may_write(connection.owners, Flow.ORDERS.value, to="host")
    number, run = await _mapping(core, connection, mapping), uuid4()
    request = {
        "since": chosen.since.isoformat(),
        "until": chosen.until.isoformat(),
        **({"topic": chosen.topic} if chosen.topic else {}),
        **({"held": "true"} if chosen.held else {}),
        **({"event": str(chosen.event)} if chosen.event is not None else {}),
        **({"mapping": str(number)} if number else {}),
    }
    async with core.database.tenant(connection.tenant) as tx:
        await runs.begin(
            tx, tenant=connection.tenant, run=run, connection=connection.id, flow=Flow.ORDERS.value,
            kind="replay", started_by=by, request=request,
        )  # fmt: skip
    return run


async def count(core: Core, connection: Connection, chosen: Chosen) -> int:
    """How many events these are."""
    async with core.database.tenant(connection.tenant) as tx:
        return await events.count(tx, tenant=connection.tenant, chosen=chosen)


async def dry(
    core: Core, connection: Connection, chosen: Chosen, *, mapping: str | None, after: Spot | None, most: int
) -> Rehearsal:
    """What would become of the records that the events name, `most` at a time. Reads both sides and writes nothing."""
    if not 1 <= most <= MOST:
        raise Refused("page.size", f"A page has between 1 and {MOST} entries.")
    number = await _mapping(core, connection, mapping)
    claims, end = await _claims(core, connection, chosen, number, after, most)
    found = await _rehearsed(core, connection, claims) if claims else []
    return Rehearsal(count=await count(core, connection, chosen), records=tuple(found), after=end)


async def _rehearsed(core: Core, connection: Connection, claims: Sequence[Claim]) -> list[Rehearsed]:
    carriers = flows.engine(core.database, core.vault, utc_now).carriers
    sides = (await core.open_sides(connection)).low
    found = []
    for claim in claims:
        carrier = carriers[claim.kind]
        if isinstance(carrier, Carrier):
            found.append(await rehearse(carrier, core.vault, claim, sides))
        else:
            found.append(Rehearsed(kind=claim.kind, key=claim.source_key, action="look", reason=_BOTH_WAYS))
    return found


async def _claims(
    core: Core, connection: Connection, chosen: Chosen, number: int, after: Spot | None, most: int
) -> tuple[list[Claim], Spot | None]:
    """Each record once, by the oldest event that names it; a page of events is never cut in two."""
    found: dict[tuple[str, str], Claim] = {}
    while len(found) < most:
        async with core.database.tenant(connection.tenant) as tx:
            page = await events.page(tx, tenant=connection.tenant, chosen=chosen, after=after, most=_PAGE)
            if not page:
                return list(found.values()), None
            taken = []
            for event in page:
                taken.append(event)
                said = heard(core.stores[connection.platform], core.vault, connection.tenant, [event])
                for kind, hints in said.hints.items():
                    for hint in hints:
                        if (kind, hint.key) not in found:
                            found[kind, hint.key] = await _looked_up(tx, connection, kind, hint.key, number)
                if len(found) >= most:
                    break
            after = (taken[-1].received_on, taken[-1].id)
    return list(found.values()), after


async def _looked_up(tx: Tx, connection: Connection, kind: RecordKind, key: str, number: int) -> Claim:
    about = {"tenant": connection.tenant, "connection": connection.id}
    known = await records.peek(tx, **about, kind=kind, key=key)
    claim = known or unheard(connection, kind=kind, key=key, at=utc_now())
    return replace(claim, replay=number)


async def _mapping(core: Core, connection: Connection, said: str | None) -> int:
    """0: each record by its own. Raises Refused for a version that never was."""
    if said is None:
        return 0
    number = connection.tables.number if said == CURRENT else int(said) if said.isdecimal() else 0
    async with core.database.tenant(connection.tenant) as tx:
        known = number and await connections.mapping(
            tx, tenant=connection.tenant, connection=connection.id, number=number
        )
    if not known:
        raise Refused("mapping.unknown", f"This connection has no mapping version “{said}”.")
    return number
