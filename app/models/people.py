"""People: leases under which one is found or made, and the one record that stands for a person on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import cast
from uuid import UUID

import asyncpg

from app.errors import Throttled
from app.models.database import Tx
from app.models.record_locks import LOCKED
from app.models.records import Claim
from app.ports import Hint

BORN_IN_HOST = "erp-"
"""How the key of a customer begins that the ERP told of and no store's customer is known for yet."""


class Joined(StrEnum):
    """What came of naming a store's customer. TAKEN: another ERP customer has it; GIVEN: another record goes on."""

    OURS = "ours"
    GIVEN = "given"
    TAKEN = "taken"


async def take(tx: Tx, claim: Claim, *, prints: Sequence[bytes], within: timedelta) -> bool:
    """Leases the person to this record, all prints or (in a transaction that is given up) none.

    A lease outlives its holder by `within`: until then what it sent may still make somebody. The record's own heir has it.
    """
    taken = await tx.run(
        """
        INSERT INTO person_lease AS l (tenant_id, connection_id, print, record_id, until)
        SELECT $1, $2, p, $4, now() + $5 FROM unnest($3::bytea[]) AS p ORDER BY p
        ON CONFLICT (tenant_id, connection_id, print) DO UPDATE SET record_id = excluded.record_id, until = excluded.until
        WHERE l.record_id = excluded.record_id OR l.until < now()
        """,
        claim.tenant,
        claim.connection,
        sorted(set(prints)),
        claim.record,
        within,
    )
    return taken == len(set(prints))


async def let_go(tx: Tx, claim: Claim, *, found: bool) -> None:
    """Whoever waits for the person may go on. Not `found`: only if nothing that was sent can still make somebody."""
    await tx.run(
        """
        DELETE FROM person_lease WHERE tenant_id = $1 AND record_id = $2 AND ($3 OR NOT EXISTS (SELECT 1 FROM effect e
            WHERE e.tenant_id = $1 AND e.record_id = $2 AND e.state IN ('sent', 'unclear') AND e.settle_at > now()))
        """,
        claim.tenant,
        claim.record,
        found,
    )


async def host_key(tx: Tx, *, tenant: UUID, connection: UUID, store_key: str) -> str | None:
    """What the ERP knows a store's customer by, once they are linked."""
    value = await tx.value(
        "SELECT sink_key FROM record WHERE tenant_id = $1 AND connection_id = $2 AND kind = 'customer' AND source_key = $3",
        tenant,
        connection,
        store_key,
    )
    return cast("str | None", value)


async def want_listed(
    tx: Tx, *, tenant: UUID, connection: UUID, shop: UUID, kind: str, listed: Sequence[Hint]
) -> int:
    """What the ERP lists as changed: the linked record is raised, or one begins that knows the ERP's key alone.

    A version that a finished run has read raises nothing: our own write's echo.
    """
    latest: dict[str, Hint] = {}
    for hint in listed:
        known = latest.get(hint.key)
        if known is None or (hint.version and known.version and hint.version > known.version):
            latest[hint.key] = hint
    keys = sorted(latest)
    rows = await tx.rows(
        f"""
        WITH hint AS (SELECT * FROM unnest($4::text[], $5::timestamptz[]) AS h (host_key, version)),
        known AS MATERIALIZED (
            SELECT h.host_key, h.version, r.id FROM hint h JOIN record r ON r.tenant_id = $1 AND r.connection_id = $2
              AND r.kind = $7 AND (r.sink_key = h.host_key OR r.source_key = $6 || h.host_key) {LOCKED}),
        raised AS (
            UPDATE record r SET wanted = r.wanted + 1, due_at = least(r.due_at, now())
            FROM known k WHERE r.tenant_id = $1 AND r.id = k.id
              AND (r.wanted > r.done OR k.version IS NULL OR r.told IS NULL
                   OR coalesce((r.told ->> 'host_at')::timestamptz, '-infinity') < k.version)
            RETURNING 1),
        born AS (
            INSERT INTO record (tenant_id, connection_id, shop_id, kind, source_key, sink_key, wanted, due_at)
            SELECT $1, $2, $3, $7, $6 || h.host_key, h.host_key, 1, now() FROM hint h
            WHERE h.host_key NOT IN (SELECT host_key FROM known) ORDER BY h.host_key
            ON CONFLICT DO NOTHING RETURNING 1)
        SELECT (SELECT count(*) FROM raised) + (SELECT count(*) FROM born) AS raised
        """,  # noqa: S608  literals
        tenant,
        connection,
        shop,
        keys,
        [latest[key].version for key in keys],
        BORN_IN_HOST,
        kind,
    )
    return cast(int, rows[0]["raised"])


async def name_store(tx: Tx, claim: Claim, *, store_key: str, host_key: str) -> Joined:
    """A record that began in the ERP learns which of the store's customers it stands for.

    Where another record stands for that one already and is linked to nobody, it gets the link and this one ends.
    Throttled: somebody told of one of them at this very moment.
    """
    await _both_locked(tx, claim, store_key)
    moved = await _only_one(
        tx,
        "UPDATE record r SET source_key = $4 WHERE r.tenant_id = $1 AND r.id = $2 AND r.epoch = $3 AND NOT EXISTS ("
        "SELECT 1 FROM record o WHERE o.tenant_id = $1 AND o.connection_id = $5 AND o.kind = 'customer'"
        " AND o.source_key = $4)",
        claim.tenant,
        claim.record,
        claim.epoch,
        store_key,
        claim.connection,
    )
    if moved:
        return Joined.OURS
    await _without_link(tx, claim)
    given = await _only_one(
        tx,
        "UPDATE record SET sink_key = $4, wanted = wanted + 1, due_at = now() WHERE tenant_id = $1 AND connection_id = $2"
        " AND kind = 'customer' AND source_key = $3 AND (sink_key IS NULL OR sink_key = $4)",
        claim.tenant,
        claim.connection,
        store_key,
        host_key,
    )
    return Joined.GIVEN if given else Joined.TAKEN


async def name_host(tx: Tx, claim: Claim, *, host_key: str) -> bool:
    """A record of a store's customer takes the ERP's customer, also from a record that began there and found nobody.

    False: another of the store's customers is linked to it. Throttled: as for `name_store`.
    """
    await _both_locked(tx, claim, BORN_IN_HOST + host_key)
    await tx.run(
        "UPDATE record SET sink_key = NULL WHERE tenant_id = $1 AND connection_id = $2 AND kind = 'customer'"
        " AND sink_key = $3 AND id <> $4 AND source_key = $5 || $3",
        claim.tenant,
        claim.connection,
        host_key,
        claim.record,
        BORN_IN_HOST,
    )
    taken = await tx.value(
        "SELECT 1 FROM record WHERE tenant_id = $1 AND connection_id = $2 AND kind = 'customer' AND sink_key = $3 AND id <> $4",
        claim.tenant,
        claim.connection,
        host_key,
        claim.record,
    )
    if taken:
        return False
    await _only_one(
        tx,
        "UPDATE record SET sink_key = $4 WHERE tenant_id = $1 AND id = $2 AND epoch = $3",
        claim.tenant,
        claim.record,
        claim.epoch,
        host_key,
    )
    return True


async def remember(tx: Tx, claim: Claim, *, fingerprint: bytes) -> None:
    """What the store shows by now: an event that shows the same, and is no newer, raises nothing."""
    await tx.run(
        "UPDATE record SET fingerprint = $4 WHERE tenant_id = $1 AND id = $2 AND epoch = $3",
        claim.tenant,
        claim.record,
        claim.epoch,
        fingerprint,
    )


async def _only_one(tx: Tx, query: str, *values: object) -> int:
    """A change after which a record stands for a customer; one that another transaction has just begun stands in its way."""
    try:
        return await tx.run(query, *values)
    except asyncpg.UniqueViolationError as cause:
        raise Throttled("customer.busy", "This customer is being looked at already.") from cause


async def _both_locked(tx: Tx, claim: Claim, other: str) -> None:
    """The claim's record, and the one that may stand for the same customer."""
    await tx.rows(
        "SELECT FROM record r WHERE r.tenant_id = $1 AND r.connection_id = $2 AND r.kind = 'customer'"
        f" AND (r.id = $3 OR r.source_key = $4) {LOCKED}",
        claim.tenant,
        claim.connection,
        claim.record,
        other,
    )


async def _without_link(tx: Tx, claim: Claim) -> None:
    await tx.run(
        "UPDATE record SET sink_key = NULL WHERE tenant_id = $1 AND id = $2 AND epoch = $3",
        claim.tenant,
        claim.record,
        claim.epoch,
    )
