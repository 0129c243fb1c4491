"""Reconciliations as rows: both lists staged page by page, compared in SQL, and the report that stays of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import cast
from uuid import UUID

import orjson

from app.models.database import Row, Tx
from app.ports import Change, Listed, Span

_KEPT = timedelta(days=90)
_LONGEST = timedelta(hours=6)
_NO_DOCUMENTS = ("draft", "cancelled")


@dataclass(frozen=True, kw_only=True)
class ReportRow:
    """One comparison. `raised`: how many records it had looked at again by itself."""

    id: UUID
    connection: UUID
    kind: str
    since: datetime
    until: datetime
    started_by: str
    state: str
    started_at: datetime
    ended_at: datetime | None
    counts: Mapping[str, int]
    raised: int
    healed_at: datetime | None
    code: str | None
    sentence: str | None


@dataclass(frozen=True, kw_only=True)
class DayRow:
    """One side's day in one currency; orders that nobody has read yet have none, and no amount."""

    day: date
    side: str
    currency: str
    count: int
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class FindingRow:
    """One thing that differs. unheard: the store has an order we do not know. missing, duplicate: none or several documents
    for a settled order. unknown: a document with our key for no order of ours. drift: a value is not what it should be."""

    id: int
    kind: str
    key: str
    record: UUID | None
    reference: str | None
    ours: str | None
    theirs: str | None
    healed_at: datetime | None


async def start(tx: Tx, *, tenant: UUID, connection: UUID, kind: str, span: Span, by: str) -> UUID:
    """A new report; those of three months ago go, and one whose worker died with it is given up."""
    await tx.run(
        "UPDATE reconciliation SET state = 'failed', ended_at = now(), code = 'reconciliation.cut_off',"
        " sentence = 'It was cut off before its end.' WHERE tenant_id = $1 AND connection_id = $2 AND state = 'running'"
        " AND started_at < now() - $3::interval",
        tenant,
        connection,
        _LONGEST,
    )
    await tx.run(
        "DELETE FROM reconciliation_listed l USING reconciliation r WHERE r.tenant_id = $1 AND r.connection_id = $2"
        " AND r.state <> 'running' AND l.tenant_id = $1 AND l.reconciliation_id = r.id",
        tenant,
        connection,
    )
    await tx.run(
        "DELETE FROM reconciliation WHERE tenant_id = $1 AND connection_id = $2 AND started_at < now() - $3::interval",
        tenant,
        connection,
        _KEPT,
    )
    made = await tx.value(
        "INSERT INTO reconciliation (tenant_id, connection_id, kind, since, until, started_by) VALUES ($1, $2, $3, $4, $5, $6)"
        " RETURNING id",
        tenant,
        connection,
        kind,
        span.since,
        span.until,
        by,
    )
    return cast(UUID, made)


async def in_store(tx: Tx, *, tenant: UUID, report: UUID, page: Sequence[Change]) -> None:
    """A page of the store's list; an order that is listed twice counts once."""
    ordered = sorted({each.key: each for each in page}.values(), key=lambda each: each.key)
    await tx.run(
        "INSERT INTO reconciliation_listed (tenant_id, reconciliation_id, side, key, version)"
        " SELECT $1, $2, 'store', * FROM unnest($3::text[], $4::timestamptz[])"
        " ON CONFLICT (tenant_id, reconciliation_id, side, key, document) DO NOTHING",
        tenant,
        report,
        [each.key for each in ordered],
        [each.version for each in ordered],
    )


async def in_host(tx: Tx, *, tenant: UUID, report: UUID, page: Sequence[Listed]) -> None:
    """A page of the ERP's documents by our keys; drafts and cancelled ones are none, one that is listed twice is one."""
    found = {
        (each.external_id, str(each.sink_key)): each
        for each in page
        if each.external_id is not None and each.state not in _NO_DOCUMENTS
    }
    ordered = [(key, found[key]) for key in sorted(found)]
    await tx.run(
        "INSERT INTO reconciliation_listed (tenant_id, reconciliation_id, side, key, document, amount, currency)"
        " SELECT $1, $2, 'host', * FROM unnest($3::text[], $4::text[], $5::numeric[], $6::text[])"
        " ON CONFLICT (tenant_id, reconciliation_id, side, key, document) DO NOTHING",
        tenant,
        report,
        [key for (key, _), _ in ordered],
        [document for (_, document), _ in ordered],
        [each.total for _, each in ordered],
        [each.currency for _, each in ordered],
    )


async def compare(tx: Tx, *, tenant: UUID, report: UUID, connection: UUID, span: Span, kind: str) -> None:
    """Writes the findings and the days from what was listed, in a few statements whatever the size.

    An ERP's list may hold documents of other shops, whose keys begin another way: they are nothing of ours. A record that
    we sent nothing for was adopted: its document may be older than the ERP's list goes back.
    """
    await tx.run(
        """
        DELETE FROM reconciliation_listed WHERE tenant_id = $1 AND reconciliation_id = $2 AND side = 'host'
          AND substring(key from '^.*-') IS DISTINCT FROM (SELECT substring(external_id from '^.*-') FROM record
            WHERE tenant_id = $1 AND connection_id = $3 AND kind = $4 AND external_id IS NOT NULL LIMIT 1)
        """,
        tenant,
        report,
        connection,
        kind,
    )
    await tx.run(
        """
        WITH h AS (SELECT key, count(*)::int AS documents FROM reconciliation_listed
            WHERE tenant_id = $1 AND reconciliation_id = $2 AND side = 'host' GROUP BY key)
        INSERT INTO reconciliation_finding (tenant_id, reconciliation_id, kind, key, record_id, reference, ours, theirs)
        SELECT $1, $2, f.kind, f.key, f.record_id, f.reference, f.ours, f.theirs FROM (
            SELECT 'unheard' AS kind, s.key, NULL::uuid AS record_id, NULL AS reference, NULL AS ours, NULL AS theirs
            FROM reconciliation_listed s WHERE s.tenant_id = $1 AND s.reconciliation_id = $2 AND s.side = 'store'
              AND NOT EXISTS (SELECT 1 FROM record r WHERE r.tenant_id = $1 AND r.connection_id = $3 AND r.kind = $4
                AND r.source_key = s.key)
            UNION ALL
            SELECT CASE WHEN h.key IS NULL THEN 'missing' ELSE 'duplicate' END, r.source_key, r.id, r.reference, '1',
                coalesce(h.documents, 0)::text
            FROM record r LEFT JOIN h ON h.key = r.external_id
            WHERE r.tenant_id = $1 AND r.connection_id = $3 AND r.kind = $4 AND r.state = 'settled'
              AND r.external_id IS NOT NULL AND coalesce(h.documents, 0) <> 1
              AND r.first_seen_at BETWEEN $5 AND $6 AND r.state_since < $6
              AND (h.documents > 1 OR EXISTS (SELECT 1 FROM effect e WHERE e.tenant_id = $1 AND e.record_id = r.id
                AND e.target = 'host' AND e.sent_at IS NOT NULL))
            UNION ALL
            SELECT 'unknown', h.key, NULL, NULL, '0', h.documents::text FROM h
            WHERE NOT EXISTS (SELECT 1 FROM connection c JOIN record r ON r.tenant_id = $1 AND r.connection_id = c.id
                AND r.external_id = h.key WHERE c.tenant_id = $1)) AS f
        ORDER BY f.kind, f.key
        """,
        tenant,
        report,
        connection,
        kind,
        span.since,
        span.until,
    )
    await _days(tx, tenant, report, connection, kind)


async def _days(tx: Tx, tenant: UUID, report: UUID, connection: UUID, kind: str) -> None:
    """Both sides by the day the order was placed, UTC, so that the same orders stand on the same day."""
    await tx.run(
        """
        INSERT INTO reconciliation_day (tenant_id, reconciliation_id, day, side, currency, count, amount)
        SELECT $1, $2, (placed AT TIME ZONE 'UTC')::date AS day, side, coalesce(currency, '') AS currency, count(*),
            coalesce(sum(amount), 0)
        FROM (
            SELECT l.side, coalesce(r.placed_at, r.first_seen_at, l.version, now()) AS placed, r.currency, r.amount
            FROM reconciliation_listed l LEFT JOIN record r ON r.tenant_id = $1 AND r.connection_id = $3 AND r.kind = $4
                AND r.source_key = l.key
            WHERE l.tenant_id = $1 AND l.reconciliation_id = $2 AND l.side = 'store'
            UNION ALL
            SELECT l.side, coalesce(r.placed_at, r.first_seen_at), l.currency, l.amount
            FROM reconciliation_listed l JOIN record r ON r.tenant_id = $1 AND r.connection_id = $3 AND r.kind = $4
                AND r.external_id = l.key
            WHERE l.tenant_id = $1 AND l.reconciliation_id = $2 AND l.side = 'host') AS both_sides
        GROUP BY 3, 4, 5 ORDER BY 3, 4, 5
        """,
        tenant,
        report,
        connection,
        kind,
    )


async def end(
    tx: Tx, *, tenant: UUID, report: UUID, raised: int, code: str | None = None, sentence: str | None = None
) -> None:
    """Counts what was found and lets the lists go; a code means that it came to nothing."""
    await tx.run(
        """
        UPDATE reconciliation SET state = CASE WHEN $4::text IS NULL THEN 'done' ELSE 'failed' END, ended_at = now(),
            raised = $3, code = $4, sentence = $5, counts = (
                SELECT coalesce(jsonb_object_agg(name, count), '{}') FROM (
                    SELECT side AS name, count(*) FROM reconciliation_listed WHERE tenant_id = $1 AND reconciliation_id = $2
                    GROUP BY side UNION ALL
                    SELECT kind, count(*) FROM reconciliation_finding WHERE tenant_id = $1 AND reconciliation_id = $2
                    GROUP BY kind) AS n)
        WHERE tenant_id = $1 AND id = $2
        """,
        tenant,
        report,
        raised,
        code,
        sentence,
    )
    await tx.run(
        "DELETE FROM reconciliation_listed WHERE tenant_id = $1 AND reconciliation_id = $2", tenant, report
    )


async def forget(tx: Tx, *, tenant: UUID, report: UUID) -> None:
    """A comparison that could not be made says nothing."""
    await tx.run("DELETE FROM reconciliation WHERE tenant_id = $1 AND id = $2", tenant, report)


# --- what is shown ---------------------------------------------------------------------------------------------------

_REPORT = (
    "SELECT id, connection_id AS connection, kind, since, until, started_by, state, started_at, ended_at, counts, raised,"
    " healed_at, code, sentence FROM reconciliation WHERE tenant_id = $1"
)


async def page(
    tx: Tx, *, tenant: UUID, connection: UUID, after: tuple[datetime, UUID] | None, most: int
) -> list[ReportRow]:
    """A connection's reports, the newest first."""
    rows = await tx.rows(
        f"{_REPORT} AND connection_id = $2 AND ($3::timestamptz IS NULL OR (started_at, id) < ($3, $4::uuid))"
        " ORDER BY started_at DESC, id DESC LIMIT $5",
        tenant,
        connection,
        after[0] if after else None,
        after[1] if after else None,
        most,
    )
    return [_report(row) for row in rows]


async def one(tx: Tx, *, tenant: UUID, report: UUID) -> ReportRow | None:
    row = await tx.row(f"{_REPORT} AND id = $2", tenant, report)
    return _report(row) if row else None


def _report(row: Row) -> ReportRow:
    return ReportRow(**{**dict(row), "counts": orjson.loads(row["counts"])})


async def findings(tx: Tx, *, tenant: UUID, report: UUID, after: int | None, most: int) -> list[FindingRow]:
    found = await findings_pages(tx, tenant=tenant, reports=[report], after=after, most=most)
    return found.get(report, [])


async def findings_pages(
    tx: Tx, *, tenant: UUID, reports: Sequence[UUID], after: int | None, most: int
) -> dict[UUID, list[FindingRow]]:
    """A page of each report's findings, in one statement."""
    rows = await tx.rows(
        "SELECT o.id AS report, f.* FROM unnest($2::uuid[]) AS o (id) CROSS JOIN LATERAL ("
        " SELECT id, kind, key, record_id AS record, reference, ours, theirs, healed_at FROM reconciliation_finding"
        " WHERE tenant_id = $1 AND reconciliation_id = o.id AND id > $3 ORDER BY id LIMIT $4) AS f ORDER BY o.id, f.id",
        tenant,
        list(reports),
        after or 0,
        most,
    )
    found: dict[UUID, list[FindingRow]] = {}
    for values in map(dict, rows):
        found.setdefault(values.pop("report"), []).append(FindingRow(**values))
    return found


async def days(tx: Tx, *, tenant: UUID, report: UUID) -> list[DayRow]:
    return (await days_of(tx, tenant=tenant, reports=[report])).get(report, [])


async def days_of(tx: Tx, *, tenant: UUID, reports: Sequence[UUID]) -> dict[UUID, list[DayRow]]:
    """Both sides of each report, day by day: as many rows as its span has days, times the currencies."""
    rows = await tx.rows(
        "SELECT reconciliation_id AS report, day, side, currency, count, amount FROM reconciliation_day"
        " WHERE tenant_id = $1 AND reconciliation_id = ANY ($2::uuid[]) ORDER BY report, day, side, currency",
        tenant,
        list(reports),
    )
    found: dict[UUID, list[DayRow]] = {}
    for values in map(dict, rows):
        found.setdefault(values.pop("report"), []).append(DayRow(**values))
    return found


# --- healing ---------------------------------------------------------------------------------------------------------


async def unhealed(
    tx: Tx, *, tenant: UUID, report: UUID, kinds: Sequence[str], most: int
) -> list[FindingRow]:
    """Findings of these kinds that nobody has healed yet, locked until the transaction ends."""
    rows = await tx.rows(
        "SELECT id, kind, key, record_id AS record, reference, ours, theirs, healed_at FROM reconciliation_finding"
        " WHERE tenant_id = $1 AND reconciliation_id = $2 AND healed_at IS NULL AND kind = ANY ($3::text[])"
        " ORDER BY id LIMIT $4 FOR UPDATE",
        tenant,
        report,
        list(kinds),
        most,
    )
    return [FindingRow(**dict(row)) for row in rows]


async def healed(tx: Tx, *, tenant: UUID, report: UUID, ids: Sequence[int], by: str) -> None:
    await tx.run(
        "UPDATE reconciliation_finding SET healed_at = now() WHERE tenant_id = $1 AND reconciliation_id = $2"
        " AND id = ANY ($3::bigint[])",
        tenant,
        report,
        sorted(ids),
    )
    await tx.run(
        "UPDATE reconciliation SET healed_at = now(), healed_by = $3 WHERE tenant_id = $1 AND id = $2",
        tenant,
        report,
        by,
    )
