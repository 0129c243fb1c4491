"""What makes records due: hints of the store, lists of either side, and people; what says nothing new raises nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import cast
from uuid import UUID

from app.models.anew import Pending, those
from app.models.database import Tx
from app.models.record_locks import LOCKED, lock
from app.ports import Hint

_ECHO_ON_ITS_WAY = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What hints did: records raised, echoes of our own write-back, and hints of what was demanded or read already."""

    raised: int = 0
    echoes: int = 0
    known: int = 0


async def want(
    tx: Tx,
    *,
    tenant: UUID,
    connection: UUID,
    shop: UUID,
    kind: str,
    hints: Sequence[Hint],
    echo_within: timedelta,
) -> Wanted:
    """Raises `wanted` for every hinted record, in one sorted statement; an echo of our own write-back raises nothing.

    An echo has the fingerprint of the last event and is dated within `echo_within` of our write (rule 25): what it
    shows has been read, so its version counts as read. A record that waits for a person, or was left out, has none: what moved
    may be a tag or a risk, which no body shows and a rule may go by.

    Known is a version older than the one a finished run has read, and a body like the last one that demands no newer version
    than the run that is due or under way, or has read. Equal versions alone prove nothing: they are whole seconds.
    """
    if not hints:
        return Wanted()
    latest = sorted(_latest(hints), key=lambda h: h.key)
    rows = await tx.rows(
        f"""
        WITH hint AS (
            SELECT * FROM unnest($5::text[], $6::timestamptz[], $7::bytea[], $9::text[])
                AS h (source_key, version, fingerprint, parent_key)),
        mine AS MATERIALIZED (
            SELECT h.source_key, h.version, h.fingerprint = r.fingerprint AS same, r.state, r.wanted, r.done, r.mark_sent_at,
                r.read_version, r.min_version
            FROM hint h JOIN record r ON r.tenant_id = $1 AND r.connection_id = $2 AND r.kind = $4
              AND r.source_key = h.source_key {LOCKED}),
        echo AS (
            SELECT source_key FROM mine
            WHERE same AND mark_sent_at IS NOT NULL AND wanted = done AND state = 'settled'
              AND version BETWEEN mark_sent_at - interval '5 seconds' AND mark_sent_at + $8),
        heard AS (
            UPDATE record r SET read_version = greatest(r.read_version, h.version),
                read_soon = r.read_soon AND r.read_version >= h.version FROM hint h
            WHERE r.tenant_id = $1 AND r.connection_id = $2 AND r.kind = $4 AND r.source_key = h.source_key
              AND r.source_key IN (SELECT source_key FROM echo)),
        known AS (
            SELECT source_key FROM mine
            WHERE source_key NOT IN (SELECT source_key FROM echo)
              AND ((wanted = done AND version < read_version)
                OR (same AND version <= CASE WHEN wanted > done THEN min_version ELSE read_version END))),
        raised AS (
            INSERT INTO record AS r (tenant_id, connection_id, shop_id, kind, source_key, parent_key, wanted, min_version,
                fingerprint, due_at)
            SELECT $1, $2, $3, $4, h.source_key, h.parent_key, 1, h.version, h.fingerprint, now() FROM hint h
            WHERE h.source_key NOT IN (SELECT source_key FROM echo UNION ALL SELECT source_key FROM known)
            ORDER BY h.source_key
            ON CONFLICT (tenant_id, connection_id, kind, source_key) DO UPDATE SET
                parent_key = coalesce(r.parent_key, excluded.parent_key),
                wanted = r.wanted + 1, min_version = greatest(r.min_version, excluded.min_version),
                fingerprint = coalesce(excluded.fingerprint, r.fingerprint), due_at = least(r.due_at, now()), low = false
            RETURNING 1)
        SELECT (SELECT count(*) FROM raised) AS raised, (SELECT count(*) FROM echo) AS echoes,
            (SELECT count(*) FROM known) AS known
        """,  # noqa: S608  literals
        tenant,
        connection,
        shop,
        kind,
        [h.key for h in latest],
        [h.version for h in latest],
        [h.fingerprint for h in latest],
        echo_within,
        [h.parent for h in latest],
    )
    counts = {name: cast(int, rows[0][name]) for name in ("raised", "echoes", "known")}
    return Wanted(**counts)


def _latest(hints: Sequence[Hint]) -> list[Hint]:
    """One hint per key: its highest version, whoever names it, and the fingerprint that came with it.

    A hint that says not when, or not what, is never an echo and never known, so it takes the fingerprint away.
    """
    best: dict[str, Hint] = {}
    for hint in hints:
        known = best.get(hint.key)
        best[hint.key] = hint if known is None else _merged(known, hint)
    return list(best.values())


def _merged(one: Hint, other: Hint) -> Hint:
    if one.version is None or other.version is None:
        return replace(one, version=one.version or other.version, fingerprint=None)
    newer = other if other.version >= one.version else one
    return newer if one.fingerprint and other.fingerprint else replace(newer, fingerprint=None)


async def unseen(tx: Tx, *, tenant: UUID, connection: UUID, kind: str, hints: Sequence[Hint]) -> list[Hint]:
    """Those of the listed changes that no run has read yet (compared by key and version, rule 24).

    Versions are whole seconds, so one that was read within its own second may name a later change: it is read once more.
    A change right after our write-back is most likely that: its echo gets a while to come and say so, no longer.
    """
    rows = await tx.rows(
        """
        SELECT h.source_key FROM unnest($4::text[], $5::timestamptz[]) AS h (source_key, version)
        LEFT JOIN record r ON r.tenant_id = $1 AND r.connection_id = $2 AND r.kind = $3 AND r.source_key = h.source_key
        WHERE r.id IS NULL OR ((coalesce(greatest(r.read_version, r.min_version), '-infinity') < h.version
                OR (r.read_soon AND r.read_version = h.version AND r.wanted = r.done))
            AND NOT coalesce(r.mark_sent_at > now() - $6::interval AND r.wanted = r.done
                AND h.version BETWEEN r.mark_sent_at - interval '5 seconds' AND r.mark_sent_at + interval '10 seconds', false))
        """,
        tenant,
        connection,
        kind,
        [h.key for h in hints],
        [h.version for h in hints],
        _ECHO_ON_ITS_WAY,
    )
    wanted = {row["source_key"] for row in rows}
    return [h for h in hints if h.key in wanted]


async def want_listed(
    tx: Tx, *, tenant: UUID, connection: UUID, shop: UUID, kind: str, listed: Sequence[Hint]
) -> int:
    """Raises `wanted` for the listed changes that no run has read yet; answers with how many there were."""
    news = await unseen(tx, tenant=tenant, connection=connection, kind=kind, hints=listed)
    wanted = await want(
        tx,
        tenant=tenant,
        connection=connection,
        shop=shop,
        kind=kind,
        hints=news,
        echo_within=timedelta(0),
    )
    return wanted.raised


async def ask(tx: Tx, *, tenant: UUID, records: Sequence[UUID]) -> int:
    """A person wants these run again now, and what hangs on them and is held; answers with how many there were.

    Who skipped them has thought better of it. What was let go of is looked up as if nobody had asked, so that a document
    that looks like it is told first; what was adopted stays so.
    """
    await tx.rows(
        "SELECT FROM record r WHERE r.tenant_id = $1 AND (r.id = ANY ($2::uuid[]) OR r.id IN (SELECT c.id FROM record p"  # noqa: S608  literals
        " JOIN record c ON c.tenant_id = $1 AND c.connection_id = p.connection_id AND c.parent_key = p.source_key"
        f" AND c.kind <> p.kind AND c.state = 'held' WHERE p.tenant_id = $1 AND p.id = ANY ($2::uuid[]))) {LOCKED}",
        tenant,
        sorted(records),
    )
    await tx.run(
        "UPDATE record c SET asked = true, wanted = c.wanted + 1, due_at = now() FROM record p WHERE p.tenant_id = $1"
        " AND p.id = ANY ($2::uuid[]) AND c.tenant_id = $1 AND c.connection_id = p.connection_id"
        " AND c.parent_key = p.source_key AND c.kind <> p.kind AND c.state = 'held'",
        tenant,
        sorted(records),
    )
    return await tx.run(
        "UPDATE record SET asked = word IS DISTINCT FROM 'unlink', wanted = wanted + 1, due_at = now(),"
        " held_runs = CASE WHEN word = 'unlink' THEN 0 ELSE held_runs END, word = CASE WHEN word = 'adopt' THEN word END"
        " WHERE tenant_id = $1 AND id = ANY ($2::uuid[])",
        tenant,
        sorted(records),
    )


async def again(tx: Tx, *, tenant: UUID, records: Sequence[UUID]) -> int:
    """Runs these once more, though nobody asked: what only a person may decide stays theirs."""
    await lock(tx, tenant=tenant, records=records)
    return await tx.run(
        "UPDATE record SET wanted = wanted + 1, due_at = now() WHERE tenant_id = $1 AND id = ANY ($2::uuid[])",
        tenant,
        sorted(records),
    )


def left_out(codes: Sequence[str]) -> Pending:
    """What was left out for these causes, to be decided anew, though nobody asked."""
    return those("state = 'skipped' AND reason_code = ANY ($3::text[])", list(codes))


async def skipped_for(
    tx: Tx, *, tenant: UUID, connection: UUID, kinds: Sequence[str], code: str, most: int
) -> list[UUID]:
    """Records of these kinds that were left out for this reason, by id."""
    rows = await tx.rows(
        "SELECT id FROM record WHERE tenant_id = $1 AND connection_id = $2 AND kind = ANY ($3::text[])"
        " AND state = 'skipped' AND reason_code = $4 ORDER BY id LIMIT $5",
        tenant,
        connection,
        list(kinds),
        code,
        most,
    )
    return [row["id"] for row in rows]


async def waiting_for(tx: Tx, *, tenant: UUID, connection: UUID, code: str) -> int:
    """What waits, or was held, for this reason alone is due: the reason is gone. Answers with how many there were."""
    return await tx.run(
        f"""
        WITH chosen AS MATERIALIZED (
            SELECT r.id FROM record r WHERE r.tenant_id = $1 AND r.connection_id = $2 AND r.state IN ('waiting', 'held')
                AND r.reason_code = $3 {LOCKED})
        UPDATE record SET wanted = wanted + 1, due_at = now()
        WHERE tenant_id = $1 AND id = ANY (ARRAY (SELECT id FROM chosen))
        """,  # noqa: S608  literals
        tenant,
        connection,
        code,
    )


async def anew(tx: Tx, *, tenant: UUID, connection: UUID, code: str) -> int:
    """What was left out for this reason runs once more: what decides about it has changed."""
    return await tx.run(
        "UPDATE record SET wanted = wanted + 1, due_at = now() WHERE tenant_id = $1 AND id = ANY (ARRAY ("  # noqa: S608  literals
        "SELECT r.id FROM record r WHERE r.tenant_id = $1 AND r.connection_id = $2 AND r.state = 'skipped'"
        f" AND r.reason_code = $3 {LOCKED}))",
        tenant,
        connection,
        code,
    )


async def approve(tx: Tx, *, tenant: UUID, connection: UUID, kind: str, keys: Sequence[str]) -> int:
    """Orders older than go-live that a person approved in a plan may be sent."""
    return await tx.run(
        "UPDATE record SET approved = true WHERE tenant_id = $1 AND id = ANY (ARRAY ("  # noqa: S608  literals
        "SELECT r.id FROM record r WHERE r.tenant_id = $1 AND r.connection_id = $2 AND r.kind = $3"
        f" AND r.source_key = ANY ($4::text[]) {LOCKED}))",
        tenant,
        connection,
        kind,
        sorted(keys),
    )


async def to_retry(
    tx: Tx, *, tenant: UUID, connection: UUID, names: Sequence[str], code: str | None, most: int
) -> list[UUID]:
    """Records by their references (lower case), or held ones of one cause that nobody has asked for yet."""
    rows = await tx.rows(
        "SELECT id FROM record WHERE tenant_id = $1 AND connection_id = $2 AND (reference_search = ANY ($3::text[])"
        " OR (state = 'held' AND reason_code = $4 AND NOT asked)) ORDER BY id LIMIT $5",
        tenant,
        connection,
        list(names),
        code,
        most,
    )
    return [row["id"] for row in rows]
