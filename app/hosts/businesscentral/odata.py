"""Questions in OData as Business Central understands them: quoted texts, instants, addresses with their query; pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import quote

_SAFE = "$=,()':/-._~"


def text(value: str) -> str:
    """A literal; a quote in it is doubled."""
    return "'" + value.replace("'", "''") + "'"


def instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:23] + "Z"


def one_of(field: str, values: Iterable[str]) -> str:
    """Alternatives are understood of one field alone."""
    return " or ".join(f"{field} eq {text(value)}" for value in values)


def any_of(field: str, ids: Iterable[str]) -> str:
    """The same of ids, which no quotes stand around."""
    return " or ".join(f"{field} eq {each}" for each in ids)


def path(name: str, **query: str | int) -> str:
    """`filter`, `expand`, `select`, `orderby`, `top` become what they are called in an address."""
    said = "&".join(f"${key}={quote(str(value), safe=_SAFE)}" for key, value in query.items() if value != "")
    return f"{name}?{said}" if said else name
