"""Pages of a list: opaque cursors that say where a page ended, and how many rows a page may have."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

import orjson
import strawberry

from app.errors import Refused

MOST = 100
T = TypeVar("T")


@strawberry.type(description="Where a page of a list stands in it.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether the list goes on after this page.")
    end_cursor: str | None = strawberry.field(
        description="The cursor of the page's last entry: the next page's `after`."
    )


def asked(first: int) -> int:
    """How many rows a page is to have. Raises Refused for a number no page has."""
    if not 1 <= first <= MOST:
        raise Refused("page.size", f"A page has between 1 and {MOST} entries.")
    return first


def cursor(*values: str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


def opened(text: str | None, count: int) -> tuple[str, ...] | None:
    """The values of a cursor of ours; None for None. Raises Refused for anything else."""
    if text is None:
        return None
    try:
        values = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError) as cause:
        raise Refused("page.cursor", "That is not a cursor of this list.") from cause
    if not isinstance(values, list) or len(values) != count or not all(isinstance(v, str) for v in values):
        raise Refused("page.cursor", "That is not a cursor of this list.")
    return tuple(values)


def cut(rows: Sequence[T], first: int) -> tuple[Sequence[T], bool]:
    """The page's own rows, and whether one more came with them."""
    return rows[:first], len(rows) > first
