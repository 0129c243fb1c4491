"""A connection's small store, kept in memory."""

from __future__ import annotations


class KeptState:
    """Implements `ports.HostState`."""

    def __init__(self) -> None:
        self.values: dict[str, tuple[str, int]] = {}

    async def read(self, name: str) -> tuple[str, int] | None:
        return self.values.get(name)

    async def write(self, name: str, value: str, *, version: int) -> bool:
        current = self.values.get(name)
        if (current[1] if current else 0) != version:
            return False
        self.values[name] = (value, version + 1)
        return True
