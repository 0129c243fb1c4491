"""Orders that a rule of the merchant's holds: its reason names the rule, by which they are found once that one is another."""

from __future__ import annotations

from collections.abc import Sequence

from app.mapping.lacks import CODE, TABLE
from app.models.anew import Pending, those

RULE = "rule"
"""What a reason's facts name the rule by."""


def waiting(rules: Sequence[str], *, mapping: int) -> Pending:
    """Orders that one of these holds, to be decided anew under this mapping version.

    What is due already, or under way, is left alone: its run sees the rules of today, or `unmapped.overtaken` does.
    """
    return those(
        "kind = 'order' AND state = 'held' AND reason_facts ->> 'rule' = ANY ($3::text[])",
        list(rules),
        order="first_seen_at, id",
        replay=mapping,
    )


def refused(*, mapping: int) -> Pending:
    """Orders whose codes the ERP refused, to be decided anew under this mapping version.

    A rule may have given the code, and says nothing of it: an item's alone comes from a table or is the SKU. What the ERP was
    told of stays under the rules it was told by.
    """
    return those(
        "kind = 'order' AND state = 'held' AND reason_facts ? $3::text AND reason_facts ->> $4::text IS DISTINCT FROM 'items'"
        " AND told IS NULL",
        CODE,
        TABLE,
        order="first_seen_at, id",
        replay=mapping,
    )
