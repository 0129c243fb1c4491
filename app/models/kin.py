"""Records that hang on another one: refunds on their order. The parent's run makes them due, a child reads its parent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from app.domain.ids import StoreKey
from app.models.database import Tx
from app.models.records import Claim, State
from app.ports import Json

_ORPHANED = ("not_sent", "unknown")
"""How a child's code ends that was given up because its parent was not in the ERP."""
_HELD_UP = (
    "parcel.not_in_document",
    "parcel.order_first",
    "parcel.shipment_first",
    "refund.order_first",
    "refund.pending",
    "connection.no_writes",
)
"""What a child that is not under way waits for: among that, what one that comes after it may bring."""


@dataclass(frozen=True, kw_only=True)
class Parent:
    """What a child must know of its parent: how it stands, whether the ERP has it, and what it was told.

    `due`: it is to be looked at, and nobody does yet.
    """

    state: State
    sink_key: str | None
    sink_number: str | None
    told: Mapping[str, Json] | None
    mapping_version: int | None
    due: bool = False


async def parent(tx: Tx, claim: Claim, *, kind: str, key: str) -> Parent | None:
    """The record a child hangs on; None while nobody has heard of it."""
    row = await tx.row(
        "SELECT state, sink_key, sink_number, told, mapping_version, coalesce(due_at <= now(), false) AS due FROM record"
        " WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3 AND source_key = $4",
        claim.tenant,
        claim.connection,
        kind,
        key,
    )
    if row is None:
        return None
    return Parent(
        state=State(row["state"]),
        sink_key=row["sink_key"],
        sink_number=row["sink_number"],
        told=orjson.loads(row["told"]) if row["told"] else None,
        mapping_version=row["mapping_version"],
        due=row["due"],
    )


@dataclass(frozen=True, kw_only=True)
class Sibling:
    """A record of the same kind that may tell the same: how it stands, and whether anything was told for it."""

    state: State
    told: bool


async def siblings(tx: Tx, claim: Claim, keys: Sequence[str]) -> list[Sibling]:
    rows = await tx.rows(
        "SELECT state, told IS NOT NULL AS told FROM record WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3"
        " AND source_key = ANY ($4::text[]) ORDER BY source_key",
        claim.tenant,
        claim.connection,
        claim.kind,
        sorted(keys),
    )
    return [Sibling(state=State(row["state"]), told=row["told"]) for row in rows]


async def elder(tx: Tx, claim: Claim, *, parent: str, after: str | None = None) -> str | None:
    """The kind of a child of the same parent that comes before this one and is under way, or due; None: there is none.

    Those of the same kind by their numbers; a key of several numbers (an exchange that no refund tells of) is longer and
    comes before all others. What was tried in vain, or was not let in, is under way still. `after`: a kind of which every
    child comes before this one, until the other side has it.
    """
    found = await tx.value(
        """
        SELECT kind FROM record WHERE tenant_id = $1 AND connection_id = $2 AND parent_key = $4
            AND (state = 'running' OR due_at <= now()
                OR (state = 'waiting' AND coalesce(reason_code, '') <> ALL ($7::text[])))
            AND ((kind = $3 AND (-length(source_key), source_key) < (-length($5::text), $5::text))
                OR (kind = $6 AND sink_key IS NULL))
        ORDER BY kind LIMIT 1
        """,
        claim.tenant,
        claim.connection,
        claim.kind,
        parent,
        claim.source_key,
        after,
        _HELD_UP,
    )
    return str(found) if found is not None else None


async def raise_children(
    tx: Tx, claim: Claim, *, kind: str, named: Mapping[StoreKey, datetime | None]
) -> None:
    """Children nobody has heard of become wanted, and those that wait for their parent are due now (rule 9).

    `named`: their keys, each with its version where the parent tells it; one that no run has read is wanted as well.

    One that is under way may have read its parent before this, so it runs once more. One that was given up for its
    parent's sake is looked at anew once the parent is there after all.
    """
    await tx.run(
        """
        INSERT INTO record AS r (tenant_id, connection_id, shop_id, kind, source_key, parent_key, wanted, due_at, min_version)
        SELECT $1, $2, $3, $4, c.key, $5, 1, now(), c.version FROM unnest($6::text[], $9::timestamptz[]) AS c (key, version)
        ORDER BY c.key
        ON CONFLICT (tenant_id, connection_id, kind, source_key) DO UPDATE SET parent_key = excluded.parent_key,
            due_at = CASE WHEN r.state = 'running' THEN r.due_at ELSE now() END,
            wanted = r.wanted + CASE WHEN r.state = 'running' OR excluded.min_version > coalesce(r.read_version, '-infinity')
                OR (r.read_soon AND r.read_version = excluded.min_version) THEN 1 ELSE 0 END,
            min_version = greatest(r.min_version, excluded.min_version), held_runs = 0
        WHERE excluded.min_version > coalesce(greatest(r.min_version, r.read_version), '-infinity')
           OR (r.read_soon AND r.read_version = excluded.min_version AND r.wanted = r.done)
           OR (r.state = 'waiting' AND (r.due_at IS NULL OR r.due_at > now()))
           OR (r.state = 'running' AND r.sink_key IS NULL)
           OR (r.state IN ('held', 'skipped') AND r.reason_code = ANY ($7::text[]) AND EXISTS (SELECT 1 FROM record p
               WHERE p.tenant_id = $1 AND p.id = $8 AND p.sink_key IS NOT NULL))
        """,
        claim.tenant,
        claim.connection,
        claim.shop,
        kind,
        claim.source_key,
        sorted(named),
        [f"{kind}.{claim.kind}_{why}" for why in _ORPHANED],
        claim.record,
        [named[key] for key in sorted(named)],
    )


async def locked(tx: Tx, claim: Claim, *, kind: str, keys: Sequence[str]) -> Mapping[str, UUID]:
    """Which records these children are; nobody ends one of them until this transaction does."""
    if not keys:
        return {}
    rows = await tx.rows(
        "SELECT id, source_key FROM record WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3"
        " AND source_key = ANY ($4::text[]) ORDER BY source_key FOR UPDATE",
        claim.tenant,
        claim.connection,
        kind,
        sorted(keys),
    )
    return {row["source_key"]: row["id"] for row in rows}
