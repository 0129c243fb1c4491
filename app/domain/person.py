"""Takes a buyer's words out of a text: what an ERP says about a refusal may repeat whatever it was sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from app.domain.address import Address
from app.domain.customer import Customer
from app.domain.order import Order

_SHORTEST = 4
"""Shorter words (a country, a house number) say nothing about anyone and occur everywhere."""
_CUT = 200
"""No refusal is kept longer than some hundred characters; a text shorter than this was not cut."""


def words_of(order: Order) -> tuple[str, ...]:
    """What names the buyer or leads to them, longest first, so that a whole name goes before its parts."""
    buyer = order.buyer
    places = [place for place in (order.bill_to, order.ship_to) if place]
    return _words([buyer.name], [buyer.email, buyer.phone, order.note], places)


def words_of_customers(*customers: Customer | None) -> tuple[str, ...]:
    """The same of customers."""
    known = [customer for customer in customers if customer]
    own = [word for c in known for word in (c.email, c.phone, c.company)]
    return _words([c.name for c in known], own, [place for customer in known for place in customer.addresses])


def _words(
    names: Iterable[str | None], own: Iterable[str | None], places: Sequence[Address]
) -> tuple[str, ...]:
    called = {name for name in (*names, *(place.name for place in places)) if name}
    found: set[str] = {*called, *_parts(called), *(w for w in own if w)}
    for place in places:
        parts = (place.name, place.street, place.street2, place.city, place.postal_code, place.phone)
        found.update(w for w in parts if w)
    return _sorted(found)


def _sorted(found: Iterable[str]) -> tuple[str, ...]:
    plain = {word.strip() for word in found}
    return tuple(sorted((w for w in plain if len(w) >= _SHORTEST), key=lambda w: (-len(w), w)))


def words_among(texts: Iterable[str]) -> tuple[str, ...]:
    """The same of whatever was said of somebody."""
    return _sorted(set(texts))


def without(text: str, words: Iterable[str]) -> str:
    """The text with each of the words, in whatever case and with whatever blanks, replaced by an ellipsis.

    A long text may have been cut inside a word: what is left of it at the end goes too.
    """
    known = tuple(words)
    if len(text) >= _CUT:
        text = _uncut(text, known)
    for word in known:
        spaced = r"\s+".join(re.escape(part) for part in word.split())
        text = re.sub(rf"(?<!\w){spaced}(?!\w)", "…", text, flags=re.IGNORECASE)
    return text


def _uncut(text: str, words: Iterable[str]) -> str:
    end = text.rstrip(".…")
    for word in words:
        plain = " ".join(word.split()).lower()
        for size in range(min(len(plain), len(end)) - 1, _SHORTEST - 1, -1):
            begins = len(end) - size
            if end[begins:].lower() == plain[:size] and not end[begins - 1].isalnum():
                return f"{end[:begins]}…"
    return text


def _parts(names: Iterable[str]) -> set[str]:
    return {part for name in names for part in name.split()}
