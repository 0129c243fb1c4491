"""Rows of a what-if: what would become of each order it looked at; differences are sealed, as they show what people bought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from app.models.database import Row, Tx


@dataclass(frozen=True, kw_only=True)
class Line:
    """`place`: the newest order has 1. `code`: the first reason; `sealed`: all reasons and the differing fields."""

    place: int
    record: UUID
    reference: str | None
    outcome: str
    code: str | None
    sealed: bytes | None


@dataclass(frozen=True, kw_only=True)
class Count:
    """`code` None: of the outcome in all."""

    outcome: str
    code: str | None
    count: int


async def add(tx: Tx, *, tenant: UUID, run: UUID, lines: Sequence[Line]) -> None:
    await tx.run(
        "INSERT INTO what_if_line (tenant_id, run_id, place, record_id, reference, outcome, code, sealed)"
        " SELECT $1, $2, * FROM unnest($3::int[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::bytea[])",
        tenant,
        run,
        [line.place for line in lines],
        [line.record for line in lines],
        [line.reference for line in lines],
        [line.outcome for line in lines],
        [line.code for line in lines],
        [line.sealed for line in lines],
    )


async def page(
    tx: Tx, *, tenant: UUID, run: UUID, outcomes: Sequence[str], after: int, most: int
) -> list[Line]:
    """The newest orders first. Each outcome is one range of an index; the page is merged from their first rows."""
    rows = await tx.rows(
        "SELECT l.* FROM unnest($3::text[]) AS o (outcome) CROSS JOIN LATERAL (SELECT * FROM what_if_line"
        " WHERE tenant_id = $1 AND run_id = $2 AND outcome = o.outcome AND place > $4 ORDER BY place LIMIT $5) AS l"
        " ORDER BY l.place LIMIT $5",
        tenant,
        run,
        list(outcomes),
        after,
        most,
    )
    return [_line(row) for row in rows]


async def counts(tx: Tx, *, tenant: UUID, run: UUID) -> list[Count]:
    """By outcome, and by outcome and first reason; a run has five thousand rows at most."""
    rows = await tx.rows(
        "SELECT outcome, code, count(*) AS count, grouping(code) AS whole FROM what_if_line"
        " WHERE tenant_id = $1 AND run_id = $2 GROUP BY GROUPING SETS ((outcome), (outcome, code)) ORDER BY 1, 2 NULLS FIRST",
        tenant,
        run,
    )
    return [
        Count(outcome=row["outcome"], code=row["code"], count=row["count"])
        for row in rows
        if row["whole"] or row["code"] is not None
    ]


async def known(tx: Tx, *, tenant: UUID, connection: UUID, most: int) -> int:
    """How many orders of the connection there are to look at, up to `most`."""
    found = await tx.value(
        "SELECT count(*) FROM (SELECT 1 FROM record WHERE tenant_id = $1 AND connection_id = $2 AND kind = 'order'"
        " LIMIT $3) AS r",
        tenant,
        connection,
        most,
    )
    return cast(int, found)


async def under_way(tx: Tx, *, tenant: UUID, connection: UUID) -> bool:
    """Whether a what-if of the connection is not over yet."""
    found = await tx.value(
        "SELECT EXISTS (SELECT 1 FROM run WHERE tenant_id = $1 AND connection_id = $2 AND flow = 'orders'"
        " AND kind = 'what_if' AND state IN ('planned', 'running'))",
        tenant,
        connection,
    )
    return cast(bool, found)


def _line(row: Row) -> Line:
    return Line(
        place=row["place"],
        record=row["record_id"],
        reference=row["reference"],
        outcome=row["outcome"],
        code=row["code"],
        sealed=row["sealed"],
    )
