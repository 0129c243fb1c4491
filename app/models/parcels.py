"""Parcels of the store beside the ERP's shipments of the same order: which were made from one, and which may have been."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.models.database import Tx
from app.models.records import Claim, State
from app.steps.points import RecordKind

_SHIPMENT: RecordKind = "shipment"
_PARCEL: RecordKind = "parcel"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What a parcel's decision stands on besides its order.

    `made_from`: the ERP's shipment that it was made from, so that it goes nowhere. `perhaps_from`: one whose call nobody
    knows the outcome of, which may have made it; it can take effect until `perhaps_until`, and is `stuck` where a person
    has to find out. `open_until`: a call of this parcel may still take effect. `others`: shipments of the
    ERP that stand for another fulfillment already.
    """

    made_from: str | None = None
    perhaps_from: str | None = None
    perhaps_until: datetime | None = None
    stuck: bool = False
    open_until: datetime | None = None
    others: frozenset[str] = frozenset()


async def stand(tx: Tx, claim: Claim, *, order: str) -> Standing:
    """The effect of a call is committed before the call: whatever the store shows, what made it is on file here.

    A call that is past its time, of a shipment that is done with, has made nothing that is not on file.
    """
    rows = await tx.rows(
        """
        SELECT coalesce(s.reference, s.source_key) AS name, s.state, k.sink_key, k.open, k.settle_at FROM record s
        CROSS JOIN LATERAL (
            SELECT s.sink_key, false AS open, NULL::timestamptz AS settle_at
            UNION ALL SELECT e.sink_key, e.state IN ('sent', 'unclear') AND e.kind = 'create'
                AND (e.settle_at > now() OR s.state IN ('waiting', 'running', 'held')), e.settle_at
            FROM effect e WHERE e.tenant_id = $1 AND e.record_id = s.id) k
        WHERE s.tenant_id = $1 AND s.connection_id = $2 AND s.parent_key = $3 AND s.kind = $4
          AND (k.open OR k.sink_key = $5)
        ORDER BY k.settle_at NULLS LAST
        """,
        claim.tenant,
        claim.connection,
        order,
        _SHIPMENT,
        claim.source_key,
    )
    made = next((row["name"] for row in rows if row["sink_key"] == claim.source_key), None)
    perhaps = [row for row in rows if row["open"]]
    return Standing(
        made_from=made,
        perhaps_from=perhaps[0]["name"] if perhaps else None,
        perhaps_until=max((row["settle_at"] for row in perhaps if row["settle_at"]), default=None),
        stuck=any(row["state"] == State.HELD for row in perhaps),
        open_until=await _own(tx, claim),
        others=await _others(tx, claim, order),
    )


async def _own(tx: Tx, claim: Claim) -> datetime | None:
    found = await tx.value(
        "SELECT max(settle_at) FROM effect WHERE tenant_id = $1 AND record_id = $2 AND state IN ('sent', 'unclear')"
        " AND settle_at > now()",
        claim.tenant,
        claim.record,
    )
    return found if isinstance(found, datetime) else None


async def _others(tx: Tx, claim: Claim, order: str) -> frozenset[str]:
    """The ERP's shipments that stand for another fulfillment already, whichever side that began on."""
    rows = await tx.rows(
        "SELECT CASE WHEN kind = $4 THEN sink_key ELSE source_key END AS key FROM record WHERE tenant_id = $1"
        " AND connection_id = $2 AND parent_key = $3 AND kind IN ($4, $5) AND id <> $6 AND sink_key IS NOT NULL",
        claim.tenant,
        claim.connection,
        order,
        _PARCEL,
        _SHIPMENT,
        claim.record,
    )
    return frozenset(row["key"] for row in rows)


async def carried(tx: Tx, claim: Claim, *, order: str) -> frozenset[str]:
    """The store's fulfillments of an order that the ERP has a shipment for already."""
    rows = await tx.rows(
        "SELECT source_key FROM record WHERE tenant_id = $1 AND connection_id = $2 AND parent_key = $3 AND kind = $4"
        " AND sink_key IS NOT NULL",
        claim.tenant,
        claim.connection,
        order,
        _PARCEL,
    )
    return frozenset(row["source_key"] for row in rows)


async def made_for(tx: Tx, claim: Claim) -> str | None:
    """What the parcel is called that the ERP's shipment in hand was made for; None: it is the ERP's own."""
    found = await tx.value(
        "SELECT coalesce(reference, source_key) FROM record WHERE tenant_id = $1 AND connection_id = $2 AND kind = $3"
        " AND sink_key = $4",
        claim.tenant,
        claim.connection,
        _PARCEL,
        claim.source_key,
    )
    return found if isinstance(found, str) else None
