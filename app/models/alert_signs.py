"""What is wrong in an organisation at this moment, read from the rows that the flows keep anyway."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from app.models.database import Row, Tx

_NAMED = 5
"""So many orders are named in a message; the page lists them all."""


@dataclass(frozen=True, kw_only=True)
class ConnectionSign:
    """A connection as an alarm sees it. `sealed_credentials` opens with purpose `credentials`."""

    id: UUID
    name: str
    host: str
    domain: str
    state: str
    shop_state: str
    paused_code: str | None
    paused_sentence: str | None
    breaker_failures: int
    takes_orders: bool
    practice: bool
    credentials_at: datetime
    sealed_credentials: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Stuck:
    """Records of one connection that stand for one reason, and the names of those orders that have stood longest."""

    connection: UUID
    code: str
    sentence: str
    count: int
    since: datetime
    orders: tuple[str, ...]


async def now(tx: Tx) -> datetime:
    """The database's clock: the one that every worker shares."""
    return cast(datetime, await tx.value("SELECT now()"))


async def organisation(tx: Tx, *, tenant: UUID) -> str:
    return cast(str, await tx.value("SELECT name FROM tenant WHERE id = $1", tenant) or "")


async def connections(tx: Tx, *, tenant: UUID) -> list[ConnectionSign]:
    """Those that have been live, of shops that still have the app; few by nature."""
    rows = await tx.rows(
        """
        SELECT c.id, c.name, c.host, s.domain, c.state, s.state AS shop_state, c.paused_code, c.paused_sentence,
            c.breaker_failures, coalesce((c.flows->>'orders')::boolean, true) AS takes_orders, c.practice,
            coalesce(c.credentials_at, c.created_at) AS credentials_at, c.sealed_credentials
        FROM connection c JOIN shop s ON s.tenant_id = c.tenant_id AND s.id = c.shop_id
        WHERE c.tenant_id = $1 AND c.state <> 'setup' AND s.state <> 'uninstalled' ORDER BY c.created_at, c.id
        """,
        tenant,
    )
    return [ConnectionSign(**dict(row)) for row in rows]


async def failing(tx: Tx, *, tenant: UUID, longer: timedelta) -> list[Stuck]:
    """Records that nothing but failures have happened to for so long, by connection."""
    rows = await tx.rows(
        f"""
        SELECT connection_id AS connection, '' AS code, '' AS sentence, count(*) AS count, min(failing_since) AS since,
            {_named("failing_since")} AS orders
        FROM record WHERE tenant_id = $1 AND failing_since < now() - $2::interval AND state IN ('waiting', 'running')
        GROUP BY connection_id ORDER BY connection_id
        """,  # noqa: S608  literals
        tenant,
        longer,
    )
    return [_stuck(row) for row in rows]


async def held(tx: Tx, *, tenant: UUID, longer: timedelta) -> list[Stuck]:
    """Records that have waited for a person for so long, by connection and reason."""
    rows = await tx.rows(
        f"""
        SELECT connection_id AS connection, coalesce(reason_code, '') AS code, count(*) AS count, min(state_since) AS since,
            coalesce((array_agg(reason_sentence ORDER BY state_since DESC))[1], '') AS sentence, {_named("state_since")} AS orders
        FROM record WHERE tenant_id = $1 AND state = 'held' AND state_since < now() - $2::interval
        GROUP BY connection_id, reason_code ORDER BY connection_id, reason_code
        """,  # noqa: S608  literals
        tenant,
        longer,
    )
    return [_stuck(row) for row in rows]


async def failed_runs(tx: Tx, *, tenant: UUID) -> list[tuple[UUID, str, str, datetime]]:
    """Flows whose last run ended in a failure: connection, flow, its sentence, when."""
    rows = await tx.rows(
        """
        SELECT c.id, f.flow, coalesce(last.sentence, '') AS sentence, last.ended_at FROM connection c
        CROSS JOIN (SELECT DISTINCT flow FROM run WHERE tenant_id = $1) f
        CROSS JOIN LATERAL (SELECT state, sentence, ended_at FROM run r WHERE r.tenant_id = $1 AND r.connection_id = c.id
            AND r.flow = f.flow AND r.ended_at IS NOT NULL ORDER BY r.started_at DESC, r.id DESC LIMIT 1) last
        WHERE c.tenant_id = $1 AND c.state = 'live' AND last.state = 'failed' ORDER BY c.id, f.flow
        """,
        tenant,
    )
    return [(row["id"], row["flow"], row["sentence"], row["ended_at"]) for row in rows]


async def lacking(tx: Tx, *, tenant: UUID) -> list[Stuck]:
    """What each connection's newest comparison of orders found missing or doubled in the ERP and nobody has healed."""
    rows = await tx.rows(
        f"""
        SELECT c.id AS connection, '' AS code, '' AS sentence, count(*) AS count, last.started_at AS since,
            (array_agg(f.reference ORDER BY f.id) FILTER (WHERE f.reference IS NOT NULL))[1:{_NAMED}] AS orders
        FROM connection c CROSS JOIN LATERAL (SELECT id, started_at FROM reconciliation r WHERE r.tenant_id = $1
            AND r.connection_id = c.id AND r.kind = 'orders' AND r.state = 'done'
            ORDER BY r.started_at DESC, r.id DESC LIMIT 1) last
        JOIN reconciliation_finding f ON f.tenant_id = $1 AND f.reconciliation_id = last.id
            AND f.kind IN ('missing', 'duplicate') AND f.healed_at IS NULL
        WHERE c.tenant_id = $1 AND c.state = 'live' GROUP BY c.id, last.started_at ORDER BY c.id
        """,  # noqa: S608  literals
        tenant,
    )
    return [_stuck(row) for row in rows]


def _named(by: str) -> str:
    return f"(array_agg(reference ORDER BY {by}) FILTER (WHERE kind = 'order' AND reference IS NOT NULL))[1:{_NAMED}]"


def _stuck(row: Row) -> Stuck:
    return Stuck(**{**dict(row), "orders": tuple(row["orders"] or ())})
