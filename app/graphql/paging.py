"""Pages of a list: opaque cursors that say where a page ended, and how many rows a page may have."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import orjson
import strawberry

from app.errors import Refused
from app.graphql.instants import instant
from app.graphql.texts import readable

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


def opened(text: str | None, count: int | None) -> tuple[str, ...] | None:
    """The values of a cursor of ours, `count` of them unless it has as many as it has; None for None. Raises Refused for
    anything else.
    """
    if text is None:
        return None
    try:
        values = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError) as cause:
        raise Refused("page.cursor", "That is not a cursor of this list.") from cause
    if not isinstance(values, list) or not all(_is_text(each) for each in values):
        raise Refused("page.cursor", "That is not a cursor of this list.")
    if count is not None and len(values) != count:
        raise Refused("page.cursor", "That is not a cursor of this list.")
    return tuple(values)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and readable(value)


def cut(rows: Sequence[T], first: int) -> tuple[Sequence[T], bool]:
    """The page's own rows, and whether one more came with them."""
    return rows[:first], len(rows) > first


def moment(values: tuple[str, ...] | None) -> tuple[datetime, UUID] | None:
    """An instant and an id out of a cursor's values."""
    found = place(values, sorted_by_time=True)
    return (instant(found[0]), found[1]) if found else None


def number(values: tuple[str, ...] | None) -> int | None:
    """A line's number out of a cursor's only value."""
    if values is None:
        return None
    if not (values[0].isascii() and values[0].isdigit() and len(values[0]) < 19):
        raise Refused("page.cursor", "That is not a cursor of this list.")
    return int(values[0])


def place(values: tuple[str, ...] | None, *, sorted_by_time: bool) -> tuple[str, UUID] | None:
    """A text or an instant, and an id, out of a cursor's values."""
    if values is None:
        return None
    try:
        if sorted_by_time:
            instant(values[0])
        return values[0], UUID(values[1])
    except ValueError as cause:
        raise Refused("page.cursor", "That is not a cursor of this list.") from cause
