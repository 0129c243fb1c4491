"""Instants as callers give them: with their time zone, and in years that anything of a shop can be of."""

from __future__ import annotations

from datetime import datetime
from operator import methodcaller

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

FIRST, LAST = 1970, 2200


def instant(text: str) -> datetime:
    """Raises ValueError for what is none: one without its zone is another instant on each machine."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("its time zone is missing")
    if not FIRST < found.year < LAST:
        raise ValueError("no shop is of that year")
    return found


def _parsed(value: object) -> datetime:
    try:
        if isinstance(value, str):
            return instant(value)
    except ValueError as cause:
        raise GraphQLError(f"That is no instant: {cause}. Write it as 2026-11-20T10:00:00Z.") from cause
    raise GraphQLError("That is no instant. Write it as 2026-11-20T10:00:00Z.")


DATE_TIME: ScalarDefinition = strawberry.scalar(
    name="DateTime",
    description="An instant in ISO 8601 with its time zone, such as 2026-11-20T10:00:00Z.",
    serialize=methodcaller("isoformat"),
    parse_value=_parsed,
)
