"""How the pages of a list follow each other, as the connection document says it; pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import urlsplit

from app.errors import Retry
from app.hosts.rest.parts import Listing, Paging
from app.hosts.rest.paths import Steps, Unreadable, read
from app.ports import Answer, Json

_PLAIN = re.compile(r"[@\w.-]+")
"""A path to all rows of a page, not to some of them."""
_MARKED = "~"
"""Between what is behind a page and the mark of the page before it."""
_LINKS = re.compile(r"<([^<>]{1,2000})>([^<]{0,500})")
_NAMED = re.compile(r"\brel\s*=", re.IGNORECASE)
_NEXT = re.compile(r"""\brel\s*=\s*(next\b|"[^"]*\bnext\b[^"]*"|'[^']*\bnext\b[^']*')""", re.IGNORECASE)
_LONGEST_PLACE, _LONGEST_HEADER = 2_000, 10_000


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a page begins. `link`: its whole address, where the ERP gives it. `mark`: what the page before it is known by."""

    number: int
    offset: int
    size: int
    cursor: str = ""
    link: str = ""
    mark: str = ""

    @classmethod
    def of(cls, paging: Paging | None, place: str | None) -> Place:
        """The beginning where nothing is said. A place that is none of ours begins anew."""
        if paging is None:
            return cls(number=1, offset=0, size=0)
        gone, _, mark = (place or "").partition(_MARKED)
        count = int(gone) if gone.isascii() and gone.isdigit() else 0
        match paging.by:
            case "page":
                return cls(
                    number=paging.first + count, offset=count * paging.size, size=paging.size, mark=mark
                )
            case "offset":
                return cls(number=paging.first, offset=count, size=paging.size, mark=mark)
            case "cursor":
                return cls(number=paging.first, offset=0, size=paging.size, cursor=place or "")
            case "link":
                link = place if place and place.startswith("/") else ""
                return cls(number=paging.first, offset=0, size=paging.size, link=link)

    @property
    def tree(self) -> dict[str, object]:
        return {"number": self.number, "offset": self.offset, "size": self.size, "cursor": self.cursor}


def following(call: Listing, at: Place, answer: Answer, data: Json) -> tuple[list[Json], str | None]:
    """The rows, and the next place. Raises Retry where no rows stand where they should: that is no empty list."""
    steps = Steps()
    try:
        found = read(call.rows, data, steps)
        alone: list[Json] | None = [found] if isinstance(found, dict) else None
        rows = found if isinstance(found, list) else alone
        if rows is None:
            raise Unreadable(call.rows)
        mark = _mark(rows) if guessed(call.paging) else ""
        if mark and mark == at.mark:
            return _again(call, at, rows), None
        return rows, _next(call, at, rows, mark, {"body": data, "headers": dict(answer.headers)}, steps)
    except Unreadable as cause:
        raise Retry(
            "answer.unreadable",
            f"Where the connection document looks for rows, “{call.rows[:80]}”, there are none.",
        ) from cause


def guessed(paging: Paging | None) -> bool:
    """Nothing says whether there is another page, so that only a page without rows is the end: an ERP may give fewer rows

    than it was asked for on every page.
    """
    return paging is not None and paging.by in {"page", "offset"} and paging.more is None and not paging.full


def _mark(rows: list[Json]) -> str:
    return blake2b(json.dumps(rows).encode(), digest_size=8).hexdigest() if rows else ""


def _again(call: Listing, at: Place, rows: list[Json]) -> list[Json]:
    """The page before came again, as behind an end that the ERP does not pass. Raises Retry where it never left its beginning."""
    second = call.paging is not None and (at.number - call.paging.first == 1 or at.offset == len(rows))
    if second and len(rows) == at.size:
        raise Retry(
            "answer.unreadable",
            "The ERP gives the same full page of a list again and again: its call must ask for the page that is wanted.",
        )
    return []


def _next(call: Listing, at: Place, rows: list[Json], mark: str, whole: Json, steps: Steps) -> str | None:
    paging = call.paging
    if paging is None:
        return None
    if paging.by in {"page", "offset"}:
        more = read(paging.more, whole, steps) if paging.more else _likely(paging, rows)
        if not isinstance(more, bool):
            raise Unreadable(paging.more or "")
        gone = str(_gone(call, paging, at, len(rows)))
        return (f"{gone}{_MARKED}{mark}" if mark else gone) if more else None
    told = read(paging.next, whole, steps) if paging.next else None
    if told in (None, "", False):
        return None
    if not isinstance(told, str | int) or len(str(told)) > _LONGEST_HEADER:
        raise Unreadable(paging.next or "")
    place = _named_next(str(told)) if paging.by == "link" else str(told)
    if place is not None and len(place) > _LONGEST_PLACE:
        raise Unreadable(paging.next or "")
    return _link(place) if place is not None and paging.by == "link" else place


def _likely(paging: Paging, rows: list[Json]) -> bool:
    return len(rows) >= paging.size if paging.full else bool(rows)


def _gone(call: Listing, paging: Paging, at: Place, told: int) -> int:
    """What is behind us: pages, or rows. An ERP may give fewer than were asked for: what it did not give is not passed over."""
    if paging.by == "page":
        return at.number - paging.first + 1
    plain = _PLAIN.fullmatch(call.rows) is not None
    return at.offset + (told if plain and told else paging.size)


def _named_next(told: str) -> str | None:
    """Of a `Link` header (RFC 8288) the page that it calls the next one, None on the last; anything else as it stands."""
    if not told.lstrip().startswith("<"):
        return told
    links = [(link[1], link[2]) for link in _LINKS.finditer(told)]
    if not links or not all(_NAMED.search(said) for _, said in links):
        raise Unreadable("Link")
    return next((place for place, said in links if _NEXT.search(said)), None)


def _link(told: str) -> str:
    """Of a link its path alone: it is followed at the connection's own address and nowhere else."""
    try:
        parts = urlsplit(told)
    except ValueError as cause:
        raise Unreadable(told[:80]) from cause
    if not parts.path.startswith("/"):
        raise Unreadable(told[:80])
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
