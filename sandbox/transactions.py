"""Money movements of an order: what was authorised, taken, promised or let go, and by which gateway."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sandbox.clock import iso, now
from sandbox.gids import Minter, number_of
from sandbox.money import NOTHING, ZERO, Bag, money_bag, read_bag, total

Record = dict[str, Any]
MANUAL_GATEWAYS = {"manual", "Bank Deposit", "Cash on Delivery (COD)", "Money Order"}
_LABELS = {
    "shopify_payments": "Shopify Payments",
    "gift_card": "Gift card",
    "cash": "Cash",
    "paypal": "PayPal",
    "shopify_store_credit": "Store credit",
}


def add_first(order: Record, described: Mapping[str, Any], minter: Minter) -> None:
    """Record the description's transactions; without an amount one takes all that is still open."""
    order["transactions"], order["_rounded"] = [], NOTHING
    parents: dict[str, Record] = {}
    for entry in described.get("transactions", ()):
        open_amount = order["_charged"] - _moved(order)
        if "amount" in entry:
            amount = order["_exchange"].part(Decimal(entry["amount"]), open_amount)
        else:
            amount = read_bag(parents[entry["parent"]]["amountSet"]) if entry.get("parent") else open_amount
        if entry.get("rounding_in_amount"):
            rounded = order["_exchange"].bag(Decimal(entry["rounding"]))
            amount, order["_rounded"] = amount + rounded, order["_rounded"] + rounded
        made = add(
            order,
            minter,
            kind=entry.get("kind", "SALE"),
            gateway=entry.get("gateway", "shopify_payments"),
            amount=amount,
            status=entry.get("status", "SUCCESS"),
            parent=parents.get(entry.get("parent", "")),
            rounding=Decimal(entry.get("rounding", "0")),
        )
        parents[entry.get("kind", "SALE")] = made


def _moved(order: Record) -> Bag:
    kinds = ("SALE", "CAPTURE", "AUTHORIZATION")
    counted = [
        t for t in order["transactions"] if t["kind"] in kinds and t["status"] in ("SUCCESS", "PENDING")
    ]
    return total([read_bag(t["amountSet"]) for t in counted if not t["parentTransaction"]])


def add(
    order: Record,
    minter: Minter,
    *,
    kind: str,
    gateway: str,
    amount: Bag,
    status: str = "SUCCESS",
    parent: Record | None = None,
    rounding: Decimal = ZERO,
) -> Record:
    gid, at, exchange = minter.gid("OrderTransaction"), iso(now()), order["_exchange"]
    made: Record = {
        "__typename": "OrderTransaction",
        "id": gid,
        "order": order,
        "kind": kind,
        "status": status,
        "gateway": gateway,
        "formattedGateway": _LABELS.get(gateway, gateway),
        "manualPaymentGateway": gateway in MANUAL_GATEWAYS,
        "amountSet": money_bag(amount, exchange),
        "amountRoundingSet": money_bag(exchange.bag(rounding), exchange) if rounding else None,
        "totalUnsettledSet": money_bag(amount if kind == "AUTHORIZATION" else NOTHING, exchange),
        "parentTransaction": parent,
        "paymentId": f"{order['name']}.{len(order['transactions']) + 1}",
        "authorizationExpiresAt": None,
        "manuallyCapturable": kind == "AUTHORIZATION",
        "multiCapturable": False,
        "test": order["test"],
        "createdAt": at,
        "processedAt": at,
        "errorCode": None,
        "accountNumber": None,
        "paymentDetails": None,
        "receiptJson": None,
        "fees": [],
        "location": order["retailLocation"],
        "settlementCurrency": exchange.shop,
        "settlementCurrencyRate": None,
        "user": None,
        "device": None,
        "_number": number_of(gid),
    }
    order["transactions"].append(made)
    return made


def successful(order: Record, *kinds: str) -> list[Record]:
    return [t for t in order["transactions"] if t["kind"] in kinds and t["status"] == "SUCCESS"]


def received(order: Record) -> Bag:
    return total([read_bag(t["amountSet"]) for t in successful(order, "SALE", "CAPTURE")])


def refunded(order: Record) -> Bag:
    return total([read_bag(t["amountSet"]) for t in successful(order, "REFUND")])


def authorised(order: Record) -> Bag:
    """Reserved and neither taken nor let go."""
    let_go = {id(t["parentTransaction"]) for t in successful(order, "VOID", "CAPTURE")}
    open_ones = [t for t in successful(order, "AUTHORIZATION") if id(t) not in let_go]
    return total([read_bag(t["amountSet"]) for t in open_ones])
