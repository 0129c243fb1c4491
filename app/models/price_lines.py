"""The plans of prices line by line: kept, taken up product by product, moved on, read by people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import cast
from uuid import UUID

from app.domain.ids import StoreKey
from app.domain.price import PriceKey
from app.domain.stock_plan import LineState
from app.errors import Reason
from app.models.database import Row, Tx

FLOW = "prices"
START = ("", "", "")
EACH_PRICE = """CROSS JOIN LATERAL (SELECT x.ctid AS place FROM price_line x WHERE x.tenant_id = $1 AND x.run_id = $2
    AND x.list_key = n.list_key AND x.product_key = n.product_key AND x.variant_key = n.variant_key OFFSET 0) AS k
    WHERE l.ctid = k.place"""
"""Looks each line of a run up by its key. A plain join reads the whole run while nobody has gathered statistics of it.

Its lines are changed by who holds the pen alone, so that none moves meanwhile.
"""


@dataclass(frozen=True, kw_only=True)
class PriceLine:
    """One price of a plan. `sale`: the struck-through price is meant, as the variant is on sale in the store.

    `old` None: the list had no price of its own. `observed_at`: the ERP's word behind `new`.
    """

    key: PriceKey
    product: StoreKey
    sku: str
    old: Decimal | None
    new: Decimal
    observed_at: datetime
    sale: bool = False
    state: LineState = LineState.PLANNED
    code: str | None = None
    sentence: str | None = None

    @property
    def place(self) -> tuple[str, str, str]:
        return (self.key.list, self.product, self.key.variant)


async def add(tx: Tx, *, tenant: UUID, run: UUID, lines: Sequence[PriceLine]) -> None:
    ordered = sorted(lines, key=lambda line: line.place)
    await tx.run(
        """
        INSERT INTO price_line (tenant_id, run_id, list_key, product_key, variant_key, sku, old, new, sale, observed_at,
            state, code, sentence)
        SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::numeric[], $8::numeric[],
            $9::bool[], $10::timestamptz[], $11::text[], $12::text[], $13::text[]) ON CONFLICT DO NOTHING
        """,
        tenant,
        run,
        *_columns(ordered),
        [line.sku for line in ordered],
        [line.old for line in ordered],
        [line.new for line in ordered],
        [line.sale for line in ordered],
        [line.observed_at for line in ordered],
        [line.state.value for line in ordered],
        [line.code for line in ordered],
        [line.sentence for line in ordered],
    )


async def groups(tx: Tx, *, tenant: UUID, run: UUID) -> int:
    """How many calls the planned lines ask for, at one for each product or 250 of another list."""
    found = await tx.value(
        "SELECT coalesce(sum(ceil(n / 250.0)), 0) FROM (SELECT count(*) AS n FROM price_line WHERE tenant_id = $1"
        " AND run_id = $2 AND state = 'planned' GROUP BY list_key, CASE WHEN list_key = '' THEN product_key END) AS g",
        tenant,
        run,
    )
    return int(str(found))


async def next_lines(
    tx: Tx, *, tenant: UUID, run: UUID, after: tuple[str, str, str], most: int
) -> list[PriceLine]:
    """Planned lines, by list and product; none of a run that somebody stopped."""
    rows = await tx.rows(
        "SELECT * FROM price_line WHERE tenant_id = $1 AND run_id = $2 AND state = 'planned'"
        " AND (list_key, product_key, variant_key) > ($3, $4, $5)"
        " AND EXISTS (SELECT 1 FROM run r WHERE r.tenant_id = $1 AND r.id = $2 AND r.state = 'running')"
        " ORDER BY list_key, product_key, variant_key LIMIT $6",
        tenant,
        run,
        *after,
        most,
    )
    return [line_of(row) for row in rows]


async def left(tx: Tx, *, tenant: UUID, run: UUID, most: int = 1_000_000, base: bool = False) -> int:
    """How many lines of a run are still to be written, counted no further than that. `base`: of the store's own prices."""
    found = await tx.value(
        "SELECT count(*) FROM (SELECT 1 FROM price_line WHERE tenant_id = $1 AND run_id = $2 AND state = 'planned'"
        " AND (NOT $4 OR list_key = '') LIMIT $3) AS few",
        tenant,
        run,
        most,
        base,
    )
    return cast(int, found)


async def any_open(tx: Tx, *, tenant: UUID, run: UUID) -> bool:
    """Whether any line is neither written nor held."""
    return bool(
        await tx.value(
            "SELECT EXISTS (SELECT 1 FROM price_line WHERE tenant_id = $1 AND run_id = $2 AND state IN ('planned', 'sent'))",
            tenant,
            run,
        )
    )


async def any_in(tx: Tx, *, tenant: UUID, run: UUID, state: LineState) -> bool:
    return bool(
        await tx.value(
            "SELECT EXISTS (SELECT 1 FROM price_line WHERE tenant_id = $1 AND run_id = $2 AND state = $3)",
            tenant,
            run,
            state.value,
        )
    )


async def mark(
    tx: Tx, *, tenant: UUID, run: UUID, lines: Mapping[tuple[str, str, str], tuple[LineState, Reason | None]]
) -> None:
    """Moves single lines on, sorted."""
    ordered = sorted(lines.items())
    await tx.run(
        "UPDATE price_line l SET state = n.state, code = n.code, sentence = n.sentence, effect_id = NULL"  # noqa: S608  literals
        " FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])"
        f" AS n (list_key, product_key, variant_key, state, code, sentence) {EACH_PRICE}",
        tenant,
        run,
        [place[0] for place, _ in ordered],
        [place[1] for place, _ in ordered],
        [place[2] for place, _ in ordered],
        [state.value for _, (state, _) in ordered],
        [reason.code if reason else None for _, (_, reason) in ordered],
        [reason.sentence if reason else None for _, (_, reason) in ordered],
    )


async def replan(tx: Tx, *, tenant: UUID, run: UUID, lines: Sequence[PriceLine]) -> None:
    """What the lines say now, from what was just read."""
    ordered = sorted(lines, key=lambda line: line.place)
    await tx.run(
        "UPDATE price_line l SET old = n.old, new = n.new, sale = n.sale, observed_at = n.at"  # noqa: S608  literals
        " FROM unnest($3::text[], $4::text[], $5::text[], $6::numeric[], $7::numeric[], $8::bool[], $9::timestamptz[])"
        f" AS n (list_key, product_key, variant_key, old, new, sale, at) {EACH_PRICE}",
        tenant,
        run,
        *_columns(ordered),
        [line.old for line in ordered],
        [line.new for line in ordered],
        [line.sale for line in ordered],
        [line.observed_at for line in ordered],
    )


async def of_effect(tx: Tx, *, tenant: UUID, effect: UUID) -> list[PriceLine]:
    """The lines bound to a call, as many as a call holds at most."""
    rows = await tx.rows(
        "SELECT * FROM price_line WHERE tenant_id = $1 AND effect_id = $2"
        " ORDER BY list_key, product_key, variant_key",
        tenant,
        effect,
    )
    return [line_of(row) for row in rows]


async def page(
    tx: Tx, *, tenant: UUID, run: UUID, after: tuple[str, str, str] = START, most: int = 100,
    state: LineState | None = None,
) -> list[PriceLine]:  # fmt: skip
    """A page of a plan for people."""
    found = await pages(tx, tenant=tenant, runs=[run], after=after, most=most, state=state)
    return found.get(run, [])


async def pages(
    tx: Tx,
    *,
    tenant: UUID,
    runs: Sequence[UUID],
    after: tuple[str, str, str],
    most: int,
    state: LineState | None,
) -> dict[UUID, list[PriceLine]]:
    """A page of each of these plans, in one statement."""
    rows = await tx.rows(
        "SELECT l.* FROM unnest($2::uuid[]) AS o (id) CROSS JOIN LATERAL (SELECT * FROM price_line"
        " WHERE tenant_id = $1 AND run_id = o.id AND (list_key, product_key, variant_key) > ($3, $4, $5)"
        " AND ($7::text IS NULL OR state = $7) ORDER BY list_key, product_key, variant_key LIMIT $6) AS l"
        " ORDER BY l.run_id, l.list_key, l.product_key, l.variant_key",
        tenant,
        list(runs),
        *after,
        most,
        state.value if state else None,
    )
    found: dict[UUID, list[PriceLine]] = {}
    for row in rows:
        found.setdefault(row["run_id"], []).append(line_of(row))
    return found


def line_of(row: Row) -> PriceLine:
    return PriceLine(
        key=PriceKey(list=row["list_key"], variant=row["variant_key"]),
        product=row["product_key"],
        sku=row["sku"],
        old=row["old"],
        new=row["new"],
        observed_at=row["observed_at"],
        sale=row["sale"],
        state=LineState(row["state"]),
        code=row["code"],
        sentence=row["sentence"],
    )


def _columns(lines: Sequence[PriceLine]) -> tuple[list[str], list[str], list[str]]:
    return (
        [line.key.list for line in lines],
        [line.product for line in lines],
        [line.key.variant for line in lines],
    )
