"""What was told, and what was found to differ, are paged through their indexes among many tenants' rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
import pytest

from app.models import alert_signs, notifications, order_hours, reconciliations
from app.ports import Span
from tests.conftest import Addresses
from tests.models.test_explain import Explaining, Full, assert_indexed, full

if TYPE_CHECKING:
    from app.models.database import Tx

__all__ = ["full"]

_TOLD = """
INSERT INTO notification (tenant_id, at, kind, phase, cause, recipient_id, channel, title, state, due_at)
SELECT t.id, now() - n * interval '1 minute', 'held', 'alarm', 'c', gen_random_uuid(), 'email', 'x', 'done', NULL
FROM tenant t CROSS JOIN generate_series(1, 3000) n
"""
_REPORTS = """
INSERT INTO reconciliation (tenant_id, connection_id, kind, since, until, started_by, started_at)
SELECT c.tenant_id, c.id, 'orders', now(), now(), 'clock', now() - n * interval '1 hour'
FROM connection c CROSS JOIN generate_series(1, 2000) n
"""
_FOUND = """
INSERT INTO reconciliation_finding (tenant_id, reconciliation_id, kind, key)
SELECT tenant_id, id, 'missing', n::text FROM (SELECT tenant_id, id FROM reconciliation ORDER BY started_at DESC LIMIT 6) r
CROSS JOIN generate_series(1, 2000) n
"""
_FAILING = (
    "UPDATE record SET failing_since = now() - interval '1 day', state = 'waiting' WHERE source_key = '77'"
)


@pytest.fixture
async def filled(full: Full, addresses: Addresses) -> UUID:
    """The newest report of the first tenant, among many."""
    owner = await asyncpg.connect(addresses.owner)
    for statement in (_TOLD, _REPORTS, _FOUND, _FAILING, "ANALYZE"):
        await owner.execute(statement)
    found = await owner.fetchval(
        "SELECT id FROM reconciliation WHERE tenant_id = $1 ORDER BY started_at DESC LIMIT 1", full.one.tenant
    )
    await owner.close()
    assert isinstance(found, UUID)
    return found


async def explained(full: Full, ask: str, report: UUID) -> list[object]:
    async with full.database.tenant(full.one.tenant) as tx:
        seen = Explaining(tx)
        await ASKED[ask](seen, full, report)
    return list(seen.plans)  # type: ignore[attr-defined]


def long_ago() -> tuple[datetime, UUID]:
    return datetime.now(UTC) - timedelta(hours=30), UUID(int=2**127)


async def told(tx: Tx, full: Full, report: UUID) -> None:
    await notifications.page(tx, tenant=full.one.tenant, after=None, most=21)
    await notifications.page(tx, tenant=full.one.tenant, after=long_ago(), most=21)
    await notifications.page(tx, tenant=full.one.tenant, after=None, most=21, newest_first=False)
    await notifications.page(tx, tenant=full.one.tenant, after=long_ago(), most=21, newest_first=False)


async def reports(tx: Tx, full: Full, report: UUID) -> None:
    for after in (None, long_ago()):
        await reconciliations.page(
            tx, tenant=full.one.tenant, connection=full.one.connection, after=after, most=21
        )


async def findings(tx: Tx, full: Full, report: UUID) -> None:
    for after in (None, 50):
        await reconciliations.findings(tx, tenant=full.one.tenant, report=report, after=after, most=21)


async def failing(tx: Tx, full: Full, report: UUID) -> None:
    await alert_signs.failing(tx, tenant=full.one.tenant, longer=timedelta(hours=1))


async def held(tx: Tx, full: Full, report: UUID) -> None:
    await alert_signs.held(tx, tenant=full.one.tenant, longer=timedelta(hours=1))


ASKED = {"told": told, "reports": reports, "findings": findings, "failing": failing, "held": held}
TABLES = {
    "told": "notification",
    "reports": "reconciliation",
    "findings": "reconciliation_finding",
    "failing": "record",
    "held": "record",
}


@pytest.mark.parametrize("ask", list(ASKED))
async def test_each_question_reads_little_more_than_it_shows(full: Full, filled: UUID, ask: str) -> None:
    for plan in await explained(full, ask, filled):
        assert_indexed(plan, TABLES[ask])


async def test_a_span_of_thirty_days_is_compared_in_a_moment(full: Full, addresses: Addresses) -> None:
    """Seven thousand orders on each side: two statements, not one for each."""
    owner = await asyncpg.connect(addresses.owner)
    await owner.execute(
        "UPDATE record SET external_id = 'x-' || source_key, first_seen_at = now() - interval '1 day',"
        " state_since = now() - interval '1 day'"
    )
    span = Span(since=datetime.now(UTC) - timedelta(days=30), until=datetime.now(UTC))
    async with full.database.tenant(full.one.tenant) as tx:
        report = await reconciliations.start(
            tx, tenant=full.one.tenant, connection=full.one.connection, kind="orders", span=span, by="test"
        )
    for side, key in (("store", "source_key"), ("host", "external_id")):
        await owner.execute(
            "INSERT INTO reconciliation_listed (tenant_id, reconciliation_id, side, key, document)"
            f" SELECT tenant_id, $2, '{side}', {key}, '' FROM record WHERE tenant_id = $1 AND source_key <> '77'",
            full.one.tenant,
            report,
        )
    await owner.execute("ANALYZE")
    await owner.close()
    async with full.database.tenant(full.one.tenant) as tx:
        began = datetime.now(UTC)
        await reconciliations.compare(
            tx,
            tenant=full.one.tenant,
            report=report,
            connection=full.one.connection,
            span=span,
            kind="order",
        )
        assert datetime.now(UTC) - began < timedelta(seconds=5)
        found = await reconciliations.findings(tx, tenant=full.one.tenant, report=report, after=None, most=9)
        days = await reconciliations.days(tx, tenant=full.one.tenant, report=report)
        last = await order_hours.last(tx, tenant=full.one.tenant, connection=full.one.connection)
    assert found == []
    assert sum(row.count for row in days if row.side == "store") == 6_999
    assert last is not None
