"""Takes a buyer's words out of a text: what an ERP says about a refusal may repeat whatever it was sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from app.domain.address import Address
from app.domain.customer import Customer
from app.domain.order import Order

_SHORTEST = 4
"""Shorter words (a country, a house number) say nothing about anyone and occur everywhere."""


def words_of(order: Order) -> tuple[str, ...]:
    """What names the buyer or leads to them, longest first, so that a whole name goes before its parts."""
    buyer = order.buyer
    places = [place for place in (order.bill_to, order.ship_to) if place]
    return _words([buyer.name], [buyer.email, buyer.phone], places)


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
    return tuple(sorted((w for w in found if len(w) >= _SHORTEST), key=lambda w: (-len(w), w)))


def without(text: str, words: Iterable[str]) -> str:
    """The text with each of the words, in whatever case, replaced by an ellipsis."""
    for word in words:
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", "…", text, flags=re.IGNORECASE)
    return text


def _parts(names: Iterable[str]) -> set[str]:
    return {part for name in names for part in name.split()}
