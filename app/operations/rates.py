"""Exchange rates as they are entered, by a file, one by one or by whatever else knows them; orders that waited run again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.errors import Refused
from app.mapping import rate_csv
from app.mapping.csv_rows import Fault
from app.mapping.rates import WAITING, Rate
from app.models import rates
from app.models.answers import Answer
from app.models.callers import audited
from app.models.connections import Connection
from app.operations import answering
from app.wiring import Core, utc_now

_MOST = 1_000


@dataclass(frozen=True, kw_only=True)
class Entered:
    """`changed`: how many are new or another. `records`: how many run again. With `faults` nothing was entered."""

    changed: int = 0
    records: int = 0
    faults: tuple[Fault, ...] = ()


def today() -> date:
    return utc_now().date()


async def enter(core: Core, connection: Connection, entered: Sequence[Rate], *, by: str) -> Entered:
    """Keeps every rate; what was held for want of one is decided anew."""
    tenant = connection.tenant
    async with core.database.tenant(tenant) as tx:
        changed = await rates.save(tx, tenant=tenant, connection=connection.id, entered=entered, by=by)
        begun = await answering.begin(tx, connection, Answer(codes=frozenset(WAITING)))
        facts = {"rates": str(len(entered)), "changed": str(changed), "records": str(begun.count)}
        await audited(
            tx, tenant=tenant, actor=by, action="rates.enter", subject=str(connection.id), facts=facts
        )
    return Entered(changed=changed, records=await answering.go_on(core, connection, begun))


async def enter_file(core: Core, connection: Connection, text: str, *, by: str) -> Entered:
    """The whole file, or nothing of it where any line is wrong."""
    sheet = rate_csv.read(text, today=today())
    if sheet.faults:
        return Entered(faults=tuple(sheet.faults))
    return await enter(core, connection, sheet.rates, by=by)


def checked(given: Sequence[dict[str, str]]) -> list[Rate]:
    """Rates by the names of a file's columns; raises Refused for the first that is none."""
    if not 1 <= len(given) <= _MOST:
        raise Refused("rate.malformed", f"Between 1 and {_MOST:,} rates can be entered at once.")
    made: dict[tuple[str, str, date], Rate] = {}
    for place, cells in enumerate(given, start=1):
        rate, wrong = rate_csv.one(cells, today=today())
        if rate is None:
            raise Refused("rate.malformed", f"Rate {place}: {wrong[0]}")
        if made.setdefault((rate.source, rate.target, rate.day), rate) is not rate:
            raise Refused("rate.malformed", f"Rate {place}: Its pair has a rate of this day already.")
    return list(made.values())
