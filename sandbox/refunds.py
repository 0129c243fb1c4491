"""Refunds of a placed order: lines, shipping, duties and money, together or each alone.

The lines leave the order first; what the shop then owes the buyer is what the refund is expected to give back,
and an adjustment stands for the difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox import order_shares, refund_lines, refund_money
from sandbox.clock import iso, now
from sandbox.gids import number_of
from sandbox.money import NOTHING, Exchange, money, money_bag, read_bag, total
from sandbox.shop import Shop
from sandbox.world import World

Record = dict[str, Any]
_PARTS = ("refundLineItems", "refundShippingLines", "duties", "transactions")


def apply(
    world: World, shop: Shop, order: Record, act: Mapping[str, Any], back: Record | None = None
) -> Record:
    """One refund; `back` is the return it settles."""
    if not any(name in act for name in ("lines", "shipping", "duties", "amount")):
        raise ValueError("a refund names lines, shipping, duties or an amount")
    refund = _made(world, order, act, back)
    refund["refundLineItems"] = refund_lines.take_lines(shop, order, act.get("lines", ()), world.minter)
    if "shipping" in act:
        refund["refundShippingLines"] = refund_lines.take_shipping(order, act["shipping"], world.minter)
    if "duties" in act:
        refund["duties"] = refund_lines.take_duties(order, act["duties"])
    due = refund_money.due_back(order)
    amount = refund_money.amount_back(order, act, due)
    refund["transactions"] = refund_money.give_back(order, act, amount, world.minter)
    reason = str(act.get("reason", "REFUND_DISCREPANCY"))
    refund["orderAdjustments"] = refund_money.adjustments(refund, due, reason, world.minter)
    if not any(refund[name] for name in _PARTS):
        raise ValueError(f"nothing of that is left of {order['name']} to refund")
    order["refunds"].append(refund)
    settle(refund)
    return refund


def _made(world: World, order: Record, act: Mapping[str, Any], back: Record | None) -> Record:
    gid, at = world.minter.gid("Refund"), iso(now())
    return {
        "__typename": "Refund",
        "id": gid,
        "legacyResourceId": str(number_of(gid)),
        "order": order,
        "createdAt": at,
        "processedAt": at,
        "updatedAt": at,
        "note": act.get("note"),
        "staffMember": None,
        "return": back,
        "duties": [],
        "refundLineItems": [],
        "refundShippingLines": [],
        "orderAdjustments": [],
        "transactions": [],
    }


def settle(refund: Record) -> None:
    """The refund's own total, and what its order says of cash that was rounded on its way back."""
    order, back = refund["order"], refund_money.moved(refund)
    exchange: Exchange = order["_exchange"]
    refund["totalRefundedSet"] = money_bag(back, exchange)
    refund["totalRefunded"] = money(back.shop, exchange.shop)
    roundings = [
        read_bag(t["amountRoundingSet"])
        for t in order["transactions"]
        if t["kind"] == "REFUND" and t["status"] == "SUCCESS" and t["amountRoundingSet"]
    ]
    order["totalCashRoundingAdjustment"]["refundSet"] = money_bag(total(roundings), exchange)


def arrive(order: Record, act: Mapping[str, Any]) -> Record:
    """Money that was on its way back arrives, or with `fail` never does."""
    waiting = [r for r in order["refunds"] if any(t["status"] == "PENDING" for t in r["transactions"])]
    if not waiting:
        raise ValueError(f"{order['name']} has no refund on its way")
    refund: Record = waiting[0]
    at = iso(now())
    for transaction in refund["transactions"]:
        if transaction["status"] == "PENDING":
            transaction |= {"status": "FAILURE" if act.get("fail") else "SUCCESS", "processedAt": at}
    if not act.get("fail"):
        refund["orderAdjustments"] = [
            entry for entry in refund["orderAdjustments"] if entry["reason"] != "PENDING_REFUND_DISCREPANCY"
        ]
    refund["updatedAt"] = at
    settle(refund)
    return refund


def anything_left(order: Record) -> bool:
    """Whether a refund could still take something out of an order or give money back."""
    shares = [order_shares.left(line).net for line in order["shippingLines"]]
    shares += [refund_lines.duty_left(duty) for item in order["lineItems"] for duty in item["duties"]]
    units = sum(item["currentQuantity"] for item in order["lineItems"])
    return bool(units) or any(bag != NOTHING for bag in (*shares, refund_money.refundable(order)))


def of_cancellation(order: Record, act: Mapping[str, Any]) -> Record:
    """The refund that comes with a cancelled order: everything, with all its money unless it says otherwise."""
    wanted = act["refund"]
    restock = None if act.get("restock", True) else "NO_RESTOCK"
    lines = []
    for index, item in enumerate(order["lineItems"]):
        unsent = refund_lines.unsent(item)
        sent = item["currentQuantity"] - unsent
        lines += [{"line": index, "quantity": unsent, "restock": restock or "CANCEL"}] if unsent else []
        lines += [{"line": index, "quantity": sent, "restock": "NO_RESTOCK"}] if sent else []
    everything: Record = {"lines": lines, "shipping": "full", "duties": "full", "note": act.get("note")}
    if refund_money.refundable(order) == NOTHING or wanted is False:
        return everything | {"amount": "0"}
    return everything | {"amount": "all"} | (dict(wanted) if isinstance(wanted, Mapping) else {})
