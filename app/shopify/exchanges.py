"""Goods that went out for others, found in an order's agreements: told with a refund, or alone where none was made. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.domain.ids import StoreKey
from app.shopify import story_wire as wire
from app.shopify.gids import key_of

_ALONE = "x"
"""Between an order's number and that of the agreement by which its goods were exchanged."""
_ONE_ACT = timedelta(seconds=30)
"""A refund that settles an exchange is made together with it; one that comes later is another matter."""


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One act of exchange. `refund`: the one that was made with it, None: there is none.

    `sent`: lines that went out; `taken`: units of lines that came back. Lines are named as the store names them.
    """

    order: StoreKey
    agreement: wire.Agreement
    refund: StoreKey | None
    sent: frozenset[str]
    taken: Mapping[str, int]

    @property
    def alone(self) -> StoreKey:
        """What it is known by where no refund tells of it."""
        return StoreKey(f"{self.order}{_ALONE}{key_of(self.agreement.id)}")

    @property
    def key(self) -> StoreKey:
        return self.refund or self.alone

    @property
    def back(self) -> str | None:
        """The return it belongs to, as the store names it."""
        return self.agreement.returned.id if self.agreement.returned else None


def order_of(key: str) -> StoreKey | None:
    """The order of an exchange that is told alone; None for the key of a refund."""
    order, found, _ = key.partition(_ALONE)
    return StoreKey(order) if found else None


def exchanges(
    order: StoreKey,
    agreements: Sequence[wire.Agreement],
    refunds: Sequence[wire.RefundMade],
    bought: frozenset[str],
) -> tuple[Exchange, ...]:
    """`bought`: lines that were bought, so that more of them is no exchange."""
    found = []
    for each in agreements:
        sales = [(s.line_item.id, s.quantity or 0) for s in each.sales.nodes if s.line_item]
        sent = frozenset(line for line, units in sales if units > 0) - bought
        if each.reason == "RETURN" and sent:
            taken = {line: -units for line, units in sales if units < 0}
            refund = made_with(each, refunds)
            found.append(Exchange(order=order, agreement=each, refund=refund, sent=sent, taken=taken))
    return tuple(found)


def made_with(agreement: wire.Agreement, refunds: Sequence[wire.RefundMade]) -> StoreKey | None:
    """The refund of the same return in the same act."""

    def apart(refund: wire.RefundMade) -> timedelta:
        return abs((refund.created_at or agreement.happened_at) - agreement.happened_at)

    back = agreement.returned.id if agreement.returned else None
    near = [
        each
        for each in refunds
        if back and each.returned and each.returned.id == back and apart(each) <= _ONE_ACT
    ]
    return key_of(min(near, key=lambda each: (apart(each), each.id)).id) if near else None
