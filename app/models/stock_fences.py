"""Lines of a stock run that are not written as they were decided: their place, another call, or a gain stands against it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from app.errors import Reason
from app.models.database import Tx, Value
from app.models.stock_effects import EACH_LINE


async def hold_elsewhere(
    tx: Tx, *, tenant: UUID, run: UUID, locations: Sequence[str], reason: Reason
) -> None:
    """What is still to be written outside of these locations is held."""
    await _hold(tx, tenant, run, reason, "location_key <> ALL ($5::text[])", list(locations))


async def hold_at(tx: Tx, *, tenant: UUID, run: UUID, locations: Sequence[str], reason: Reason) -> None:
    """What is still to be written at these locations is held."""
    await _hold(tx, tenant, run, reason, "location_key = ANY ($5::text[])", list(locations))


async def hold_fenced(tx: Tx, *, tenant: UUID, run: UUID, reason: Reason) -> None:
    """What may not be written because a call of another run is still open about it is held, so that this run ends."""
    await _hold(tx, tenant, run, reason, _UNDER_WAY_ELSEWHERE)


_UNDER_WAY_ELSEWHERE = """EXISTS (SELECT 1 FROM stock_line s WHERE s.tenant_id = $1 AND s.item_key = l.item_key
    AND s.location_key = l.location_key AND s.state = 'sent' AND s.run_id <> $2)"""


async def _hold(tx: Tx, tenant: UUID, run: UUID, reason: Reason, which: str, *values: Value) -> None:
    """`which`: a condition of ours, about a line `l` and the values from $5 on."""
    await tx.run(
        "UPDATE stock_line l SET state = 'held', code = $3, sentence = $4, effect_id = NULL WHERE tenant_id = $1"  # noqa: S608  literals
        f" AND run_id = $2 AND state IN ('planned', 'stale') AND {which}",
        tenant,
        run,
        reason.code,
        reason.sentence,
        *values,
    )


async def outrun(tx: Tx, *, tenant: UUID, shop: UUID, run: UUID) -> None:
    """What was decided before its level gained, by us or by others, is stale, even where it shows that number again.

    What it gained may have been sold since, and no compare-and-set can tell.
    """
    await tx.run(
        """
        WITH late AS MATERIALIZED (
            SELECT p.location_key, p.item_key FROM stock_line p CROSS JOIN LATERAL (
                SELECT x.gains FROM stock_level x WHERE x.tenant_id = $1 AND x.shop_id = $3 AND x.item_key = p.item_key
                    AND x.location_key = p.location_key OFFSET 0) AS v
            WHERE p.tenant_id = $1 AND p.run_id = $2 AND p.state = 'planned' AND v.gains <> p.gains)
        UPDATE stock_line l SET state = 'stale' FROM late n
        """  # noqa: S608  literals
        + EACH_LINE,
        tenant,
        run,
        shop,
    )
