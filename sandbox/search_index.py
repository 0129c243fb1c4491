"""The search index behind the orders list: it sees changes some seconds after the objects themselves.

A list is found and sorted by what the index knows; the objects it then returns are the fresh ones.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.clock import parsed

Record = dict[str, Any]
_INDEXED = (
    "id", "legacyResourceId", "name", "createdAt", "processedAt", "updatedAt", "cancelledAt", "closed",
    "displayFinancialStatus", "displayFulfillmentStatus", "test", "tags", "sourceName", "poNumber", "email",
)  # fmt: skip
_TIMES = ("createdAt", "updatedAt", "processedAt")


@dataclass(kw_only=True)
class SearchIndex:
    lag: float = 0.0
    clock: Callable[[], float] = time.time
    # Per object, oldest first: when each state was written and what it was (None: deleted).
    _states: dict[str, list[tuple[float, Record | None]]] = field(default_factory=dict)

    def note(self, record: Record) -> None:
        entry = {name: record.get(name) for name in _INDEXED}
        entry["_moments"] = {name: parsed(record[name]) for name in _TIMES}
        entry["tags"] = list(record.get("tags", ()))
        entry["customerId"] = (record.get("customer") or {}).get("id")
        entry["skus"] = [item["sku"] for item in record.get("lineItems", ())]
        self._write(record["id"], entry)

    def forget(self, gid: str) -> None:
        self._write(gid, None)

    def _write(self, gid: str, entry: Record | None) -> None:
        states = self._states.setdefault(gid, [])
        states.append((self.clock(), entry))
        self._drop_old(states)

    def visible(self) -> Iterator[Record]:
        """Every object as the index shows it now."""
        horizon = self.clock() - self.lag
        for states in self._states.values():
            for at, entry in reversed(states):
                if at <= horizon:
                    if entry is not None:
                        yield entry
                    break

    def _drop_old(self, states: list[tuple[float, Record | None]]) -> None:
        """Keep the newest state that is already visible and everything after it."""
        horizon = self.clock() - self.lag
        while len(states) > 1 and states[1][0] <= horizon:
            states.pop(0)
