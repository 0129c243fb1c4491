"""The book of every Admin API call: what it asked for, what it cost, and whether it was turned away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

THROTTLED_NATURAL = "natural"
THROTTLED_INJECTED = "injected"


@dataclass(frozen=True, kw_only=True)
class Call:
    at: float
    shop: str
    document: str
    version: str
    status: int
    requested: float | None = None
    actual: float | None = None
    throttled: str | None = None
    fault: str | None = None
    errors: tuple[str, ...] = ()
    milliseconds: float = 0.0
    ended: float = 0.0
    level: float | None = None
    # `app`, or `other` for another process of the same app that spends from the same bucket.
    consumer: str = "app"


@dataclass(kw_only=True)
class Ledger:
    calls: list[Call] = field(default_factory=list)

    def note(self, call: Call) -> None:
        self.calls.append(call)

    def of(self, shop: str | None, since: float = 0.0, consumer: str | None = "app") -> list[Call]:
        return [
            call
            for call in self.calls
            if (shop is None or call.shop == shop) and call.at >= since and consumer in (None, call.consumer)
        ]

    def rate(
        self, shop: str, restore_rate: float, *, since: float, until: float, floor: float
    ) -> dict[str, object]:
        """How much of what the bucket gave was spent, from the first call's arrival to the last one's end."""
        calls = [call for call in self.of(shop, since, None) if call.requested and call.ended <= until]
        if not calls:
            return {"points": 0, "calls": 0, "rate_used": None}
        first, last = min(call.at for call in calls), max(call.ended for call in calls)
        arrived = [call for call in calls if call.level is not None]
        held = min(arrived, key=lambda call: call.at).level if arrived else 0.0
        points = sum(call.actual or 0 for call in calls)
        given = max(0.0, (held or 0.0) - floor) + restore_rate * (last - first)
        return {
            "points": points,
            "points_of_others": sum(call.actual or 0 for call in calls if call.consumer != "app"),
            "calls": len(calls),
            "first_at": first,
            "last_ended": last,
            "seconds": round(last - first, 3),
            "level_at_first": held,
            "given": round(given, 1),
            "rate_used": round(points / given, 4) if given else None,
            "throttled": _throttled(calls, THROTTLED_NATURAL),
            "throttled_injected": _throttled(calls, THROTTLED_INJECTED),
        }

    def rows(self, shop: str | None, limit: int) -> list[dict[str, object]]:
        return [asdict(call) for call in self.of(shop, consumer=None)[-limit:]]

    def summary(self, shop: str | None, since: float = 0.0) -> dict[str, object]:
        calls = self.of(shop, since)
        return {
            "calls": len(calls),
            "points": sum(call.actual or 0 for call in calls),
            "requested_points": sum(call.requested or 0 for call in calls if not call.throttled),
            "throttled": _throttled(calls, THROTTLED_NATURAL),
            "throttled_injected": _throttled(calls, THROTTLED_INJECTED),
            "errors_injected": sum(1 for call in calls if call.fault and not call.throttled),
            "by_document": dict(Counter(call.document for call in calls)),
            "by_status": {str(status): n for status, n in Counter(call.status for call in calls).items()},
            "first_at": calls[0].at if calls else None,
            "last_at": calls[-1].at if calls else None,
        }


def _throttled(calls: Sequence[Call], kind: str) -> int:
    return sum(1 for call in calls if call.throttled == kind)
