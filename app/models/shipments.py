"""Shipments of one order: whose turn it is among them, and which of the store's fulfillments are whose (rule 12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain.ids import ExternalId, StoreKey, parts_of
from app.models import parcels
from app.models.database import Row, Tx
from app.models.records import Claim


@dataclass(frozen=True, kw_only=True)
class OrderSent:
    """The order that goods were sent for: what people call it, and which mapping it was sent with."""

    key: StoreKey
    reference: str
    mapping_version: int | None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What a shipment's decision stands on. `busy`: another shipment of the order has the turn; `free_at`: a call of
    another one may still take effect until then.

    `ours` are fulfillments on file for this shipment, `others` for the order's other ones, or known in the ERP as something
    of their own. `open_until`: a call of this one may still take effect. `made_for`: the store's parcel that the ERP's
    shipment was made for.
    """

    order: OrderSent | None
    made_for: str | None = None
    busy: bool = False
    free_at: datetime | None = None
    ours: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    open_until: datetime | None = None


async def stand(tx: Tx, claim: Claim, *, order: ExternalId) -> Standing:
    """Takes the order's turn for this shipment, or says when to come back. The order's row is locked meanwhile."""
    parts = parts_of(order)
    row = await tx.row(
        "SELECT source_key, reference, mapping_version FROM record WHERE tenant_id = $1"
        " AND connection_id = $2 AND kind = 'order' AND source_key = $3 AND external_id = $4 FOR UPDATE",
        claim.tenant,
        claim.connection,
        parts[2] if parts else "",
        order,
    )
    if row is None:
        return Standing(order=None)
    sent = OrderSent(
        key=StoreKey(row["source_key"]),
        reference=row["reference"] or row["source_key"],
        mapping_version=row["mapping_version"],
    )
    if not await _take_turn(tx, claim, sent.key):
        return Standing(order=sent, busy=True)
    await _expect_echo(tx, claim, sent.key)
    made = await _made(tx, claim, sent.key)
    mine = [each for each in made if each["record_id"] == claim.record]
    theirs = [each for each in made if each["record_id"] != claim.record]
    own = {claim.sink_key} if claim.sink_key else set()
    return Standing(
        order=sent,
        made_for=await parcels.made_for(tx, claim),
        free_at=max((each["open_until"] for each in theirs if each["open_until"]), default=None),
        ours=frozenset(own | {each["sink_key"] for each in mine if each["sink_key"]}),
        others=frozenset(each["sink_key"] for each in theirs if each["sink_key"])
        | await parcels.carried(tx, claim, order=sent.key),
        open_until=max((each["open_until"] for each in mine if each["open_until"]), default=None),
    )


async def _take_turn(tx: Tx, claim: Claim, order: StoreKey) -> bool:
    """The turn is the claim's for as long as its lease: whoever dies in it leaves it to the next."""
    count = await tx.run(
        """
        UPDATE record r SET parent_key = $4, turn_epoch = r.epoch
        WHERE r.tenant_id = $1 AND r.id = $3 AND r.epoch = $5 AND NOT EXISTS (
            SELECT 1 FROM record s WHERE s.tenant_id = $1 AND s.connection_id = $2 AND s.parent_key = $4
              AND s.kind = r.kind AND s.id <> r.id AND s.state = 'running' AND s.turn_epoch = s.epoch
              AND s.lease_until > now())
        """,
        claim.tenant,
        claim.connection,
        claim.record,
        order,
        claim.epoch,
    )
    return count == 1


async def _expect_echo(tx: Tx, claim: Claim, order: StoreKey) -> None:
    """A fulfillment moves its order: the event that says so, and nothing else of the order, is an echo (rule 25)."""
    await tx.run(
        "UPDATE record SET mark_sent_at = now() WHERE tenant_id = $1 AND connection_id = $2 AND kind = 'order'"
        " AND source_key = $3",
        claim.tenant,
        claim.connection,
        order,
    )


async def _made(tx: Tx, claim: Claim, order: StoreKey) -> list[Row]:
    """What the order's shipments are known to have made, and until when their open calls may still take effect."""
    return await tx.rows(
        """
        SELECT s.id AS record_id, k.sink_key, k.open_until FROM record s CROSS JOIN LATERAL (
            SELECT s.sink_key, NULL::timestamptz AS open_until
            UNION ALL SELECT e.sink_key,
                CASE WHEN e.state IN ('sent', 'unclear') AND e.settle_at > now() THEN e.settle_at END
            FROM effect e WHERE e.tenant_id = $1 AND e.record_id = s.id) k
        WHERE s.tenant_id = $1 AND s.connection_id = $2 AND s.parent_key = $3 AND s.kind = $4
        """,
        claim.tenant,
        claim.connection,
        order,
        claim.kind,
    )
