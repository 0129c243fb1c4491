"""What the hosts bench demands; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

MOST: Mapping[str, tuple[float, float]] = {
    "netsuite": (4, 2),
    "odoo": (5, 3),
    "businesscentral": (4, 2),
}
"""Calls for a sales order of a known customer without any posting, and for a list of 1,000 items; none is set for others."""
LEAST_USED = 0.9
_BEGINS, _ENDS = 0.15, 0.75


@dataclass(frozen=True, kw_only=True)
class Sample:
    """How the ERP stood at a moment: calls so far, and for how many seconds calls were under way, added up."""

    at: float
    calls: int
    busy: float


@dataclass(frozen=True, kw_only=True)
class Row:
    """One ERP. `plain`, `posted`: calls for an order, by what they are; `lists`: calls for each list of 1,000 items.

    `allowed`: how many calls at once, by the ERP and by the connection's form; `used`: the share of it while there was a backlog.
    """

    erp: str
    plain: Mapping[str, float]
    posted: Mapping[str, float]
    lists: Mapping[str, float]
    allowed: int
    used: float
    over_limit: int
    missing: int

    def shown(self) -> dict[str, object]:
        return {
            "calls_per_order": round(sum(self.plain.values()), 2),
            "calls_per_posted_order": round(sum(self.posted.values()), 2),
            "calls_per_1000_items": max(self.lists.values(), default=None),
            "by_verb": dict(self.plain),
            "posted_by_verb": dict(self.posted),
            "by_list": dict(self.lists),
            "allowed_at_once": self.allowed,
            "used_under_backlog": round(self.used, 3),
            "over_limit": self.over_limit,
            "orders_without_document": self.missing,
        }


def used(samples: Sequence[Sample], allowed: int) -> float:
    """The share of what is allowed that was under way on average, between the first and the last orders of a backlog."""
    first, last = samples[0].calls, samples[-1].calls
    span = [each for each in samples if _BEGINS <= (each.calls - first) / max(1, last - first) <= _ENDS]
    if len(span) < 2:
        return 0.0
    return (span[-1].busy - span[0].busy) / (span[-1].at - span[0].at) / allowed


def per_order(before: Mapping[str, int], after: Mapping[str, int], orders: int) -> dict[str, float]:
    """By verb; signing in is no order's."""
    counts = {verb: count - before.get(verb, 0) for verb, count in after.items() if verb != "token"}
    return {verb: round(count / orders, 2) for verb, count in counts.items() if count}


def failures(rows: Sequence[Row]) -> list[str]:
    """The demands that these rows do not meet, each in a sentence."""
    return [said for row in rows for said in _of_row(row)]


def _of_row(row: Row) -> Iterator[str]:
    order, items = MOST.get(row.erp, (None, None))
    calls = sum(row.plain.values())
    if order is not None and calls > order:
        yield f"{row.erp}: {calls:.2f} calls for an order; {order:g} are allowed"
    for name, count in row.lists.items():
        if items is not None and count > items:
            yield f"{row.erp}: {count:g} calls for 1,000 items ({name}); {items:g} are allowed"
    if row.used < LEAST_USED:
        yield f"{row.erp}: {row.used:.0%} of {row.allowed} calls at once were used; {LEAST_USED:.0%} are demanded"
    if row.over_limit:
        yield f"{row.erp}: {row.over_limit} calls were over its limits"
    if row.missing:
        yield f"{row.erp}: {row.missing} orders have no document"
