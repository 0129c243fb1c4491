"""What happens to orders: they are placed, paid, captured, let go, edited, refunded, cancelled and deleted, with webhooks."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from sandbox import (
    agreements,
    bodies,
    commitments,
    echoes,
    fulfillment_acts,
    order_edits,
    order_totals,
    order_undo,
    refund_bodies,
    refunds,
    returns,
    transactions,
)
from sandbox.clock import iso, now
from sandbox.gids import number_of
from sandbox.money import ZERO, read_bag
from sandbox.order_record import make_order
from sandbox.shop import Shop
from sandbox.world import World

Record = dict[str, Any]


def place(world: World, shop: Shop, described: Mapping[str, Any]) -> Record:
    """A new order, as if a buyer had just finished; `acts` of its description happen by themselves a little later."""
    order = make_order(described, shop, world.minter)
    agreements.placed(order, world.minter)
    shop.add_order(order)
    commitments.follow(world, shop, order)
    event = str(uuid.uuid4())
    topics = ["orders/create"]
    if order["displayFinancialStatus"] == "PAID":
        topics.append("orders/paid")
    if order["cancelledAt"]:
        topics.append("orders/cancelled")
    if not described.get("silent"):
        echoes.fired(world, shop, order, [*topics, "orders/updated"], event)
        for transaction in order["transactions"]:
            world.emit(shop, "order_transactions/create", bodies.transaction_body(transaction), event)
    for act in described.get("acts", ()):
        if "after" in act:
            world.later(float(act["after"]), perform, world, shop, order["id"], dict(act))
    return order


def perform(world: World, shop: Shop, gid: str, act: Mapping[str, Any]) -> Record | None:
    """One later act by its name; an order deleted meanwhile has nothing left to happen to."""
    order = shop.orders.get(gid)
    if order is None:
        return None
    name = str(act["act"])
    if name not in ACTS:
        raise ValueError(f"unknown act {name!r}: one of {', '.join(sorted(ACTS))}")
    order |= {"_coming_back": [], "_told": []}
    payments, backs, before = len(order["transactions"]), len(order["refunds"]), agreements.look(order)
    with order_undo.whole_or_nothing(order):
        topics = ACTS[name](world, shop, order, act)
    if name == "delete":
        return order
    for part in (*order["lineItems"], *order["refunds"], *order["returns"]):
        shop.objects[part["id"]] = part
    for item, units, location in order["_coming_back"]:
        commitments.come_back(world, shop, order, item, units, location)
    commitments.follow(world, shop, order, restock=bool(act.get("restock", True)))
    made = order["refunds"][-1] if len(order["refunds"]) > backs else None
    agreements.changed(order, before, name, world.minter, refund=made)
    order_totals.settle(order)
    world.touch(shop, order)
    _tell(world, shop, order, name, payments, backs, topics)
    return order


def _tell(
    world: World, shop: Shop, order: Record, name: str, payments: int, backs: int, topics: list[str]
) -> None:
    """Everything that one act made is told under one event id."""
    event = str(uuid.uuid4())
    for transaction in order["transactions"][payments:]:
        world.emit(shop, "order_transactions/create", bodies.transaction_body(transaction), event)
    if name == "edit":
        world.emit(shop, "orders/edited", bodies.edit_body(order, order["_added"], order["_removed"]), event)
    for refund in order["refunds"][backs:]:
        world.emit(shop, "refunds/create", refund_bodies.refund_body(refund), event)
    for topic, back in order["_told"]:
        world.emit(shop, topic, refund_bodies.return_body(back), event)
    echoes.fired(world, shop, order, [*topics, "orders/updated"], event)


def _open_authorisation(order: Record) -> Record | None:
    taken = {id(t["parentTransaction"]) for t in transactions.successful(order, "VOID", "CAPTURE")}
    return next((t for t in transactions.successful(order, "AUTHORIZATION") if id(t) not in taken), None)


def _capture(world: World, shop: Shop, order: Record, act: Mapping[str, Any]) -> list[str]:
    held = _open_authorisation(order)
    if held is None:
        raise ValueError(f"{order['name']} has nothing to capture")
    amount = read_bag(held["amountSet"])
    if "amount" in act:
        amount = order["_exchange"].part(Decimal(act["amount"]), amount)
    transactions.add(order, world.minter, kind="CAPTURE", gateway=held["gateway"], amount=amount, parent=held)
    return ["orders/paid"] if amount == read_bag(held["amountSet"]) else []


def _pay(world: World, shop: Shop, order: Record, act: Mapping[str, Any]) -> list[str]:
    """Money arrives: a pending transaction succeeds, otherwise what is outstanding is marked as paid.

    What the shop owes the buyer is paid by a refund and never this way.
    """
    pending = _expected(order)
    if pending:
        for transaction in pending:
            transaction["status"] = "SUCCESS"
            transaction["processedAt"] = iso(now())
        return ["orders/paid"]
    outstanding = read_bag(order["totalOutstandingSet"])
    if "amount" in act:
        outstanding = order["_exchange"].part(Decimal(act["amount"]), outstanding)
    if max(outstanding.shop, outstanding.presentment) > ZERO:
        gateway = str(act.get("gateway", "manual"))
        transactions.add(order, world.minter, kind="SALE", gateway=gateway, amount=outstanding)
    return ["orders/paid"]


def _fail_pending(world: World, shop: Shop, order: Record, act: Mapping[str, Any]) -> list[str]:
    for transaction in _expected(order):
        transaction["status"] = "FAILURE"
    return []


def _expected(order: Record) -> list[Record]:
    """Payments that were promised and have not come."""
    return [t for t in order["transactions"] if t["status"] == "PENDING" and t["kind"] != "REFUND"]


def _void(world: World, shop: Shop, order: Record, act: Mapping[str, Any]) -> list[str]:
    held = _open_authorisation(order)
    if held is not None:
        amount = read_bag(held["amountSet"])
        transactions.add(
            order, world.minter, kind="VOID", gateway=held["gateway"], amount=amount, parent=held
        )
    return []


def _expire(world: World, shop: Shop, order: Record, act: Mapping[str, Any]) -> list[str]:
    order["_expired"] = True
    return []


def _edit(world: World, shop: Shop, order: Record, act: Mapping[str, Any]) -> list[str]:
    order_edits.apply(world, shop, order, act)
    return []


def _cancel(world: World, shop: Shop, order: Record, act: Mapping[str, Any]) -> list[str]:
    """With `refund` (true, false for lines without money, or what a refund takes) its lines are refunded as well."""
    if "refund" in act:
        _void(world, shop, order, act)
        if refunds.anything_left(order):
            refunds.apply(world, shop, order, refunds.of_cancellation(order, act))
    order["cancelledAt"] = iso(now())
    order["cancelReason"] = str(act.get("reason", "CUSTOMER"))
    order["cancellation"] = {"__typename": "OrderCancellation", "staffNote": act.get("note")}
    for part in order["fulfillmentOrders"]:
        part["status"] = "CANCELLED"
    return ["orders/cancelled"]


def _refund(world: World, shop: Shop, order: Record, act: Mapping[str, Any]) -> list[str]:
    refunds.apply(world, shop, order, act)
    return []


def _refund_arrives(world: World, shop: Shop, order: Record, act: Mapping[str, Any]) -> list[str]:
    refunds.arrive(order, act)
    return []


def _return(world: World, shop: Shop, order: Record, act: Mapping[str, Any]) -> list[str]:
    """A return, an exchange where it has `add`; settled at once unless `process` is off."""
    made = returns.open_return(world, order, act)
    if act.get("process", True):
        returns.process(world, shop, order, made, act)
    return []


def _process(world: World, shop: Shop, order: Record, act: Mapping[str, Any]) -> list[str]:
    returns.process(world, shop, order, returns.next_open(order), act)
    return []


def _note(world: World, shop: Shop, order: Record, act: Mapping[str, Any]) -> list[str]:
    order["note"] = act.get("note")
    return []


def _touch(world: World, shop: Shop, order: Record, act: Mapping[str, Any]) -> list[str]:
    return []


def _delete(world: World, shop: Shop, order: Record, act: Mapping[str, Any]) -> list[str]:
    shop.remove_order(order["id"])
    commitments.follow(world, shop, order)
    world.emit(shop, "orders/delete", {"id": number_of(order["id"])})
    return []


def _restock(world: World, shop: Shop, order: Record, act: Mapping[str, Any]) -> list[str]:
    """Units that had left come back: `line` (index) and `quantity` (all of it)."""
    quantity = act.get("quantity")
    commitments.restock(world, shop, order, int(act.get("line", 0)), quantity and int(quantity))
    return []


ACTS: dict[str, Callable[[World, Shop, Record, Mapping[str, Any]], list[str]]] = {
    "capture": _capture,
    "pay": _pay,
    "fail": _fail_pending,
    "void": _void,
    "expire": _expire,
    "edit": _edit,
    "cancel": _cancel,
    "note": _note,
    "touch": _touch,
    "restock": _restock,
    "refund": _refund,
    "refund_arrives": _refund_arrives,
    "return": _return,
    "exchange": _return,
    "process_return": _process,
    "delete": _delete,
    **fulfillment_acts.ACTS,
}
