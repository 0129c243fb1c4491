"""Takes a buyer's words out of a text: what an ERP says about a refusal may repeat whatever it was sent."""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.domain.order import Order

_SHORTEST = 4
"""Shorter words (a country, a house number) say nothing about anyone and occur everywhere."""


def words_of(order: Order) -> tuple[str, ...]:
    """What names the buyer or leads to them, longest first, so that a whole name goes before its parts."""
    buyer = order.buyer
    found: set[str] = {w for w in (buyer.name, buyer.email, buyer.phone) if w}
    for place in filter(None, (order.bill_to, order.ship_to)):
        parts = (place.name, place.street, place.street2, place.city, place.postal_code, place.phone)
        found.update(w for w in parts if w)
    names = {buyer.name, *(place.name for place in (order.bill_to, order.ship_to) if place)}
    found.update(_parts(name for name in names if name))
    return tuple(sorted((w for w in found if len(w) >= _SHORTEST), key=lambda w: (-len(w), w)))


def without(text: str, words: Iterable[str]) -> str:
    """The text with each of the words, in whatever case, replaced by an ellipsis."""
    for word in words:
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", "…", text, flags=re.IGNORECASE)
    return text


def _parts(names: Iterable[str]) -> set[str]:
    return {part for name in names for part in name.split()}
