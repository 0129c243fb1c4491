"""What goes wrong on purpose: rates drawn from a seeded generator, and single faults ordered for the next call."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass(kw_only=True)
class Rates:
    """Shares between 0 and 1, and seconds. `default` in `PROFILES` is what the demo's default faults mean."""

    webhooks_dropped: float = 0.0
    webhooks_doubled: float = 0.0
    webhooks_reordered: float = 0.0
    webhook_delay_seconds: float = 0.0
    api_error_before: float = 0.0
    api_error_after: float = 0.0
    api_throttled: float = 0.0
    # A write whose answer never comes is done up to `api_late_seconds` afterwards.
    api_late: float = 0.0
    api_late_seconds: float = 2.0
    api_slow: float = 0.0
    api_slow_seconds: float = 1.0
    token_error_before: float = 0.0
    token_error_after: float = 0.0
    list_lag_seconds: float = 0.0
    # A new order that its webhook already told of is not there yet when it is asked for.
    object_lag_seconds: float = 0.0


PROFILES: dict[str, dict[str, float]] = {
    "none": {},
    "default": {
        "webhooks_dropped": 0.02,
        "webhooks_doubled": 0.10,
        "webhooks_reordered": 0.10,
        "api_error_before": 0.005,
        "api_error_after": 0.005,
        "list_lag_seconds": 3.0,
    },
}


@dataclass(kw_only=True)
class Ordered:
    """The next `times` calls that match fail in this way.

    before: nothing is done; after: done, and a 502; lost: done, and a 502 after `seconds`; late: a 502, and done
    after `seconds`; failed: the attempt breaks down and its key is used up; throttled; slow: done after `seconds`.
    """

    where: str
    kind: str
    times: int = 1
    document: str | None = None
    seconds: float = 1.0


@dataclass(kw_only=True)
class Faults:
    seed: int = 0
    rates: Rates = field(default_factory=Rates)
    ordered: list[Ordered] = field(default_factory=list)
    injected: dict[str, int] = field(default_factory=dict)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def reseed(self, seed: int) -> None:
        self.seed = seed
        self._random.seed(seed)

    def change(self, wanted: dict[str, Any]) -> None:
        """Set rates by name; a profile starts from its values. An unknown name is an error, not a typo ignored."""
        names = {entry.name for entry in fields(Rates)}
        profile = wanted.pop("profile", None)
        values = PROFILES[profile] | wanted if profile else wanted
        unknown = set(values) - names
        if unknown:
            raise ValueError(f"unknown fault: {', '.join(sorted(unknown))}")
        self.rates = Rates(**((asdict(Rates()) if profile else asdict(self.rates)) | values))

    def happens(self, name: str) -> bool:
        """Draw once for a rate and remember what was injected."""
        rate: float = getattr(self.rates, name)
        hit = rate > 0 and self._random.random() < rate
        if hit:
            self.count(name)
        return hit

    def between(self, low: float, high: float) -> float:
        return self._random.uniform(low, high)

    def count(self, name: str) -> None:
        self.injected[name] = self.injected.get(name, 0) + 1

    def next_ordered(self, where: str, document: str | None) -> Ordered | None:
        for entry in self.ordered:
            if entry.where == where and entry.document in (None, document):
                entry.times -= 1
                if entry.times <= 0:
                    self.ordered.remove(entry)
                self.count(f"ordered_{where}_{entry.kind}")
                return entry
        return None
