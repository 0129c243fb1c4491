"""What an operator must hear of: an answer of Shopify that should never occur, logged here and counted by the caller."""

from __future__ import annotations

from collections.abc import Callable

from app import logs

Count = Callable[[str], None]


def silent(_name: str) -> None:
    """For those who count nothing."""


def alarm(count: Count, name: str, **facts: str) -> None:
    """`facts` are short and never secret or personal."""
    count(name)
    logs.get("shopify").error(f"shopify.{name}", **facts)
