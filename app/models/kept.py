"""What was built of rows that never change, kept in the process so that it is built once: bounded, the least used go first."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID

MOST = 250_000
"""Rows of tables, and rates, of all tenants together: some tens of megabytes."""


@dataclass(frozen=True, kw_only=True)
class _One:
    key: str
    value: object
    weight: int


class Kept:
    """By tenant and slot. A slot holds one value, and `key` says of which rows it was built."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._tenants: OrderedDict[UUID, OrderedDict[str, _One]] = OrderedDict()
        self._weight = 0
        self.built = 0
        """How many values it was given: what was not there."""

    def of(self, tenant: UUID) -> dict[str, object]:
        """Everything of a tenant, by key. It stays whole for the caller, whatever makes room meanwhile."""
        slots = self._tenants.get(tenant)
        if slots is None:
            return {}
        self._tenants.move_to_end(tenant)
        return {each.key: each.value for each in slots.values()}

    def keep(self, tenant: UUID, *, slot: str, key: str, value: object, weight: int) -> None:
        slots = self._tenants.setdefault(tenant, OrderedDict())
        self._tenants.move_to_end(tenant)
        old = slots.pop(slot, None)
        slots[slot] = _One(key=key, value=value, weight=weight + 1)
        self._weight += weight + 1 - (old.weight if old else 0)
        self.built += 1
        while self._weight > self._most:
            self._drop()

    def _drop(self) -> None:
        tenant, slots = next(iter(self._tenants.items()))
        _, gone = slots.popitem(last=False)
        self._weight -= gone.weight
        if not slots:
            del self._tenants[tenant]
