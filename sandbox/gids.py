"""Object ids of the simulated shops: global ids, the number at their end, and a counter that never repeats."""

from __future__ import annotations

from collections.abc import Callable


class Minter:
    """Hands out ids that are unique over all shops, in an order that a seed repeats."""

    def __init__(self, first: int = 5_000_000_000_001) -> None:
        self.last = first

    def number(self) -> int:
        self.last += 1
        return self.last

    def gid(self, kind: str) -> str:
        return f"gid://shopify/{kind}/{self.number()}"


Mint = Callable[[str], str]


def number_of(gid: str) -> int:
    return int(gid.rsplit("/", 1)[1].split("?", maxsplit=1)[0])


def kind_of(gid: str) -> str:
    parts = gid.split("/")
    return parts[3] if gid.startswith("gid://shopify/") and len(parts) == 5 else ""
