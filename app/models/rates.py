"""Rows of exchange rates: no part of a mapping version, as they change daily; a version's rules ask for one by its day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, TypeAlias
from uuid import UUID

import orjson

from app.mapping import rates
from app.mapping.rates import NONE, Rate, Rates
from app.models.anew import Pending, those
from app.models.database import Row, Tx

Origin: TypeAlias = Literal["hand", "host"]
NEWEST = 2_000
"""So many are looked in: a year of eight currencies, daily on working days."""
_OF_CONNECTION = f"""
    (SELECT jsonb_agg(jsonb_build_array(x.source, x.target, x.rate::text, x.day::text, x.good_for, x.made_by,
        x.per::text))
     FROM (SELECT * FROM rate WHERE tenant_id = c.tenant_id AND connection_id = c.id ORDER BY day DESC LIMIT {NEWEST}) x)
"""  # noqa: S608  a number of ours
"""What `_read` takes, for a statement that has the connection as `c`."""
_PRINT = f"""
    (SELECT 'r' || count(*) || '/' || coalesce(sum(extract(epoch FROM x.made_at)), 0)
     FROM (SELECT made_at FROM rate WHERE tenant_id = c.tenant_id AND connection_id = c.id
         ORDER BY day DESC LIMIT {NEWEST}) x)
"""  # noqa: S608  a number of ours
"""Another one as soon as any of them is new or another."""
COLUMNS = f"""
    p.print || '@' || c.id AS rates_key, CASE WHEN p.print || '@' || c.id = ANY ($3::text[]) THEN NULL ELSE {_OF_CONNECTION} END
    AS rates
"""
JOINED = f"CROSS JOIN LATERAL (SELECT {_PRINT} AS print) p"
"""What a statement selects that has the connection as `c` and the keys of what is kept as `$3`, and what it joins for that."""


@dataclass(frozen=True, kw_only=True)
class Entered:
    """A rate with who said so last. `origin`: `hand`, whoever entered it, or `host`, as the ERP says."""

    rate: Rate
    made_by: str
    made_at: datetime
    origin: Origin = "hand"


def of_row(tx: Tx, row: Row, known: Mapping[str, object], *, tenant: UUID, connection: UUID) -> Rates:
    """Of a row with COLUMNS: what is known of them, or what came with it, which is kept."""
    found = known.get(row["rates_key"])
    if isinstance(found, Rates):
        return found
    made = _read(row["rates"])
    size = sum(map(len, made.pairs.values()))
    tx.kept.keep(tenant, slot=f"rates@{connection}", key=row["rates_key"], value=made, weight=size)
    return made


def _read(stored: str | None) -> Rates:
    return rates.of(
        Rate(
            source=source,
            target=target,
            rate=Decimal(number),
            day=date.fromisoformat(day),
            good_for=good_for,
            by=by,
            per=Decimal(per),
        )
        for source, target, number, day, good_for, by, per in orjson.loads(stored or "[]")
    )


async def of_connection(tx: Tx, *, tenant: UUID, connection: UUID) -> Rates:
    known = tx.kept.of(tenant)
    row = await tx.row(
        f"SELECT {COLUMNS} FROM connection c {JOINED} WHERE c.tenant_id = $1 AND c.id = $2",  # noqa: S608  literals
        tenant,
        connection,
        list(known),
    )
    return NONE if row is None else of_row(tx, row, known, tenant=tenant, connection=connection)


async def save(
    tx: Tx, *, tenant: UUID, connection: UUID, entered: Sequence[Rate], by: str, origin: Origin = "hand"
) -> int:
    """A rate of the same pair and day takes the old one's place; answers with how many are new or another.

    What was entered by hand stays, whatever the ERP says of that day: who enters one means to know better.
    """
    ordered = sorted(entered, key=lambda each: (each.day, each.source, each.target))
    return await tx.run(
        "INSERT INTO rate AS r (tenant_id, connection_id, day, source, target, rate, good_for, per, made_by, origin)"
        " SELECT $1, $2, *, $9, $10 FROM unnest($3::date[], $4::text[], $5::text[], $6::numeric[], $7::int[], $8::numeric[])"
        " ON CONFLICT (tenant_id, connection_id, day, source, target) DO UPDATE SET rate = excluded.rate,"
        " good_for = excluded.good_for, per = excluded.per, made_by = excluded.made_by, origin = excluded.origin,"
        " made_at = now()"
        " WHERE (r.rate, r.per, r.good_for, r.origin) IS DISTINCT FROM"
        " (excluded.rate, excluded.per, excluded.good_for, excluded.origin)"
        " AND (excluded.origin = 'hand' OR r.origin = 'host')",
        tenant,
        connection,
        [each.day for each in ordered],
        [each.source for each in ordered],
        [each.target for each in ordered],
        [each.rate for each in ordered],
        [each.good_for for each in ordered],
        [each.per for each in ordered],
        by,
        origin,
    )


async def page(
    tx: Tx, *, tenant: UUID, connection: UUID, after: tuple[date, str, str] | None, most: int
) -> list[Entered]:
    """The newest day first, and within a day the pairs backwards."""
    day, source, target = after or (None, "", "")
    rows = await tx.rows(
        "SELECT * FROM rate WHERE tenant_id = $1 AND connection_id = $2 AND ($3::date IS NULL OR"
        " (day, source, target) < ($3, $4, $5)) ORDER BY day DESC, source DESC, target DESC LIMIT $6",
        tenant,
        connection,
        day,
        source,
        target,
        most,
    )
    return [
        Entered(
            rate=Rate(
                source=row["source"],
                target=row["target"],
                rate=row["rate"],
                day=row["day"],
                good_for=row["good_for"],
                per=row["per"],
            ),
            made_by=row["made_by"],
            made_at=row["made_at"],
            origin=row["origin"],
        )
        for row in rows
    ]


def waiting(codes: Sequence[str]) -> Pending:
    """What is held for want of a rate, to be decided anew, each under its own version."""
    return those("state = 'held' AND reason_code = ANY ($3::text[])", list(codes), replay=0)
