"""Orders that a rule of the merchant's holds: its reason names the rule, by which they are found once that one is another."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.mapping.lacks import CODE, TABLE
from app.models.database import Tx

RULE = "rule"
"""What a reason's facts name the rule by."""


async def due(
    tx: Tx, *, tenant: UUID, connection: UUID, rules: Sequence[str], mapping: int, most: int
) -> int:
    """Has orders that one of these holds decided anew under this mapping version; answers with how many.

    What is due already, or under way, is left alone: its run sees the rules of today, or `unmapped.overtaken` does.
    """
    return await tx.run(
        """
        WITH chosen AS MATERIALIZED (
            SELECT id FROM record WHERE tenant_id = $1 AND connection_id = $2 AND kind = 'order' AND state = 'held'
                AND reason_facts ->> 'rule' = ANY ($3::text[]) AND wanted = done
            ORDER BY first_seen_at, id LIMIT $5 FOR UPDATE SKIP LOCKED)
        UPDATE record SET wanted = wanted + 1, due_at = now(), replay = $4
        WHERE tenant_id = $1 AND id = ANY (ARRAY (SELECT id FROM chosen))
        """,
        tenant,
        connection,
        list(rules),
        mapping,
        most,
    )


async def refused(tx: Tx, *, tenant: UUID, connection: UUID, mapping: int, most: int) -> int:
    """Has orders whose codes the ERP refused decided anew under this mapping version; answers with how many.

    A rule may have given the code, and says nothing of it: an item's alone comes from a table or is the SKU. What the ERP was
    told of stays under the rules it was told by.
    """
    return await tx.run(
        """
        WITH chosen AS MATERIALIZED (
            SELECT id FROM record WHERE tenant_id = $1 AND connection_id = $2 AND kind = 'order' AND state = 'held'
                AND reason_facts ? $3::text AND reason_facts ->> $4::text IS DISTINCT FROM 'items'
                AND told IS NULL AND wanted = done
            ORDER BY first_seen_at, id LIMIT $6 FOR UPDATE SKIP LOCKED)
        UPDATE record SET wanted = wanted + 1, due_at = now(), replay = $5
        WHERE tenant_id = $1 AND id = ANY (ARRAY (SELECT id FROM chosen))
        """,
        tenant,
        connection,
        CODE,
        TABLE,
        mapping,
        most,
    )
