"""The money of a refund: how much goes back, through which payments, and what its lines do not explain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from sandbox import order_totals, transactions
from sandbox.gids import Minter
from sandbox.money import NOTHING, ZERO, Bag, Exchange, money_bag, read_bag, total

Record = dict[str, Any]
STORE_CREDIT = "shopify_store_credit"
# Ways that give money back without having taken it.
_WITHOUT_PARENT = frozenset({STORE_CREDIT, "manual", "cash"})
REASONS = frozenset(
    {"CUSTOMER", "DAMAGE", "RESTOCK", "REFUND_DISCREPANCY", "FULL_RETURN_BALANCING_ADJUSTMENT"}
)


def due_back(order: Record) -> Bag:
    """What the shop owes the buyer now that the refund's lines are out of the order."""
    owed = order_totals.outstanding(order)
    return Bag(shop=max(-owed.shop, ZERO), presentment=max(-owed.presentment, ZERO))


def refundable(order: Record) -> Bag:
    """Money that came in and was not given back, nor is on its way back."""
    return transactions.received(order) - total([read_bag(t["amountSet"]) for t in _back(order)])


def amount_back(order: Record, act: Mapping[str, Any], due: Bag) -> Bag:
    """`amount` in the buyer's money, "all" that came in, or without a word what is due."""
    there, wanted = refundable(order), act.get("amount")
    if wanted is None:
        return Bag(shop=min(due.shop, there.shop), presentment=min(due.presentment, there.presentment))
    if wanted == "all":
        return there
    amount = Decimal(str(wanted))
    if not ZERO <= amount <= there.presentment:
        raise ValueError(f"{amount} cannot be refunded: {there.presentment} is left of what was paid")
    if amount == due.presentment and due.shop <= there.shop:
        return due
    exchange: Exchange = order["_exchange"]
    return exchange.part(amount, there)


def give_back(order: Record, act: Mapping[str, Any], amount: Bag, minter: Minter) -> list[Record]:
    """REFUND transactions over the payments: in their order, or as `gateway` or `split` say."""
    status = "PENDING" if act.get("pending") else "SUCCESS"
    made = []
    for gateway, part in _split(order, act, amount):
        made += _through(order, gateway, part, status, minter)
    return made


def _split(order: Record, act: Mapping[str, Any], amount: Bag) -> Iterator[tuple[str | None, Bag]]:
    """`split` is a list of `gateway` and `amount`; the last one takes what is left."""
    exchange: Exchange = order["_exchange"]
    rest = amount
    for entry in act.get("split", ()):
        part = exchange.part(Decimal(str(entry["amount"])), rest) if "amount" in entry else rest
        yield str(entry["gateway"]), part
        rest -= part
    if rest.presentment > ZERO and "split" in act:
        raise ValueError(f"the split leaves {rest.presentment} that no gateway gives back")
    if rest.presentment > ZERO:
        yield act.get("gateway"), rest


def _through(order: Record, gateway: str | None, amount: Bag, status: str, minter: Minter) -> list[Record]:
    parents = [
        t for t in transactions.successful(order, "SALE", "CAPTURE") if gateway in (None, t["gateway"])
    ]
    if not parents and gateway in _WITHOUT_PARENT:
        return [
            transactions.add(order, minter, kind="REFUND", gateway=str(gateway), amount=amount, status=status)
        ]
    made = []
    for parent in parents:
        part, whole = _from_parent(order, parent, amount)
        if part.presentment == ZERO:
            continue
        made.append(_refund_of(order, parent, part, status, minter, whole=whole))
        amount -= part
    if amount.presentment > ZERO:
        raise ValueError(f"{gateway or 'the payments'} cannot give back {amount.presentment} more")
    return made


def _from_parent(order: Record, parent: Record, amount: Bag) -> tuple[Bag, bool]:
    """What one payment can give of an amount, and whether that is all of it."""
    back = total([read_bag(t["amountSet"]) for t in _back(order) if t["parentTransaction"] is parent])
    there = read_bag(parent["amountSet"]) - back
    if amount.presentment >= there.presentment and amount.shop >= there.shop:
        return there, back == NOTHING
    presentment = min(amount.presentment, there.presentment)
    shop = min(max(amount.shop, ZERO), there.shop)
    return Bag(shop=shop, presentment=max(presentment, ZERO)), False


def _refund_of(
    order: Record, parent: Record, amount: Bag, status: str, minter: Minter, *, whole: bool
) -> Record:
    """Cash that was rounded when it came in is rounded alike when all of it goes back."""
    rounding = (
        read_bag(parent["amountRoundingSet"]).presentment if whole and parent["amountRoundingSet"] else ZERO
    )
    return transactions.add(
        order,
        minter,
        kind="REFUND",
        gateway=parent["gateway"],
        amount=amount,
        status=status,
        parent=parent,
        rounding=rounding,
    )


def _back(order: Record) -> list[Record]:
    return [
        t for t in order["transactions"] if t["kind"] == "REFUND" and t["status"] in ("SUCCESS", "PENDING")
    ]


def adjustments(refund: Record, due: Bag, reason: str, minter: Minter) -> list[Record]:
    """What the refund's lines explain and its money does not give (above zero), or the other way round."""
    if reason not in REASONS:
        raise ValueError(f"unknown reason {reason!r}: one of {', '.join(sorted(REASONS))}")
    exchange: Exchange = refund["order"]["_exchange"]
    moved = _amount(refund["transactions"], "SUCCESS")
    waiting = _amount(refund["transactions"], "PENDING")
    found = ((waiting, "PENDING_REFUND_DISCREPANCY"), (due - moved - waiting, reason))
    return [_adjustment(bag, named, exchange, minter) for bag, named in found if bag != NOTHING]


def _adjustment(amount: Bag, reason: str, exchange: Exchange, minter: Minter) -> Record:
    return {
        "__typename": "OrderAdjustment",
        "id": minter.gid("OrderAdjustment"),
        "reason": reason,
        "amountSet": money_bag(amount, exchange),
        "taxAmountSet": money_bag(NOTHING, exchange),
    }


def _amount(made: list[Record], status: str) -> Bag:
    return total([read_bag(t["amountSet"]) for t in made if t["status"] == status])


def moved(refund: Record) -> Bag:
    """Money that did go back: only what succeeded counts."""
    return _amount(refund["transactions"], "SUCCESS")
