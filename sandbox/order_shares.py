"""What of a line is still part of its order: every removal takes a share, and the last one takes the rest.

A share is taken from what is left and never worked out anew, so the shares of a line that is refunded bit by bit
always sum to the whole line, on both sides and for every single tax.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.money import NOTHING, ZERO, Bag, Exchange, read_bag, rounded, total

Record = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Share:
    """What the buyer pays for the goods or the shipping, what was taken off before, and each tax."""

    net: Bag
    off: Bag
    taxes: tuple[Bag, ...]

    @property
    def tax(self) -> Bag:
        return total(self.taxes)

    def __add__(self, other: Share) -> Share:
        taxes = tuple(one + more for one, more in zip(self.taxes, other.taxes, strict=True))
        return Share(net=self.net + other.net, off=self.off + other.off, taxes=taxes)

    def __sub__(self, other: Share) -> Share:
        taxes = tuple(one - less for one, less in zip(self.taxes, other.taxes, strict=True))
        return Share(net=self.net - other.net, off=self.off - other.off, taxes=taxes)

    def part(self, parts: int, of: int, exchange: Exchange) -> Share:
        return Share(
            net=_part(self.net, parts, of, exchange),
            off=_part(self.off, parts, of, exchange),
            taxes=tuple(_part(tax, parts, of, exchange) for tax in self.taxes),
        )


def whole(line: Record) -> Share:
    """A line or shipping line as it was sold, with what edits added to it since."""
    name = "originalTotalSet" if "originalTotalSet" in line else "originalPriceSet"
    off = total([read_bag(entry["allocatedAmountSet"]) for entry in line["discountAllocations"]])
    taxes = tuple(read_bag(tax["priceSet"]) for tax in line["taxLines"])
    return Share(net=read_bag(line[name]) - off, off=off, taxes=taxes)


def left(line: Record) -> Share:
    """What is left of it after edits and refunds."""
    gone: Share | None = line.get("_gone")
    return whole(line) - gone if gone else whole(line)


def take_units(item: Record, units: int) -> Share:
    """Take units out of a line: they count no longer, and what they were worth is handed back."""
    before, current = left(item), item["currentQuantity"]
    kept = before.part(current - units, max(current, 1), item["_exchange"])
    item["currentQuantity"] = item["refundableQuantity"] = current - units
    return _gone(item, before - kept)


def take_amount(line: Record, wanted: Decimal | None, exchange: Exchange) -> Share:
    """Take an amount in the buyer's money out of a shipping line with the tax that belongs to it; None takes all."""
    before = left(line)
    if wanted is None or wanted >= before.net.presentment:
        return _gone(line, before)
    net = exchange.part(wanted, before.net)
    taxes = tuple(_like(tax, net, before.net, exchange) for tax in before.taxes)
    return _gone(line, Share(net=net, off=NOTHING, taxes=taxes))


def _gone(line: Record, share: Share) -> Share:
    line["_gone"] = line["_gone"] + share if line.get("_gone") else share
    return share


def _part(bag: Bag, parts: int, of: int, exchange: Exchange) -> Bag:
    return Bag(
        shop=rounded(bag.shop * parts / of, exchange.shop),
        presentment=rounded(bag.presentment * parts / of, exchange.presentment),
    )


def _like(bag: Bag, some: Bag, of: Bag, exchange: Exchange) -> Bag:
    """As much of an amount as `some` is of `of`, each side by itself."""
    return Bag(
        shop=rounded(bag.shop * some.shop / of.shop, exchange.shop) if of.shop else ZERO,
        presentment=rounded(bag.presentment * some.presentment / of.presentment, exchange.presentment)
        if of.presentment
        else ZERO,
    )
