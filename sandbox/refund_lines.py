"""What a refund takes out of an order: units of lines, shipping and duties, each with what it was worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from sandbox import commitments, order_shares
from sandbox.gids import Minter
from sandbox.money import NOTHING, Bag, Exchange, graphql_amount, money_bag, read_bag, rounded
from sandbox.shop import Shop

Record = dict[str, Any]
RESTOCKS = ("RETURN", "CANCEL", "NO_RESTOCK")


def take_lines(shop: Shop, order: Record, wanted: Any, minter: Minter) -> list[Record]:
    """`wanted` is a list of `line`, `quantity`, `restock`, `location`; or "all" for whatever is left.

    What comes back to a shelf is noted in `_coming_back`; stock moves once the whole act has happened.
    """
    if wanted == "all":
        wanted = [{"line": index} for index in range(len(order["lineItems"]))]
    made = []
    for entry in wanted:
        item = line_of(order, entry)
        units = int(entry.get("quantity", item["currentQuantity"]))
        if not 0 <= units <= item["currentQuantity"]:
            raise ValueError(
                f"{units} of {item['title']} cannot be refunded: {item['currentQuantity']} are left"
            )
        for count, restock in _ways(item, units, entry.get("restock")):
            made.append(_take(shop, order, item, count, restock, entry.get("location"), minter))
    return made


def line_of(order: Record, entry: Mapping[str, Any]) -> Record:
    index, items = int(entry.get("line", 0)), order["lineItems"]
    if not 0 <= index < len(items):
        raise ValueError(f"{order['name']} has no line {index}")
    item: Record = items[index]
    return item


def unsent(item: Record) -> int:
    """Units that have not left the house and still count."""
    return max(min(commitments.owed_units(item), item["currentQuantity"]), 0)


def _ways(item: Record, units: int, restock: str | None) -> Iterator[tuple[int, str]]:
    """How the units go: as it was said, else what was not sent yet is cancelled and what was sent is returned."""
    if restock is None:
        cancelled = min(units, unsent(item))
        pairs = ((cancelled, "CANCEL"), (units - cancelled, "RETURN"))
        yield from ((count, way) for count, way in pairs if count)
        return
    if restock not in RESTOCKS:
        raise ValueError(f"unknown restock {restock!r}: one of {', '.join(RESTOCKS)}")
    room = {"CANCEL": unsent(item), "RETURN": item["_fulfilled"] - item.get("_returned", 0)}.get(
        restock, units
    )
    if units > room:
        raise ValueError(f"{restock} of {units} of {item['title']}: {room} can be")
    if units:
        yield units, restock


def _take(
    shop: Shop, order: Record, item: Record, units: int, restock: str, location: str | None, minter: Minter
) -> Record:
    if location is not None and (restock != "RETURN" or location not in shop.locations):
        raise ValueError(f"{restock} cannot go to {location!r}")
    share = order_shares.take_units(item, units)
    if restock == "CANCEL":
        _send_no_more(order, item, units)
    else:
        item["_refunded_owed"] = item.get("_refunded_owed", 0) + units
    restocked = restock != "NO_RESTOCK" and item["_variant"] in shop.variants
    if restock == "RETURN":
        item["_returned"] = item.get("_returned", 0) + units
        order.setdefault("_coming_back", []).append((item, units, location))
    place = shop.locations[location or shop.place(item["_location"])] if restocked else None
    return _line(item, units, restock, place, share, minter)


def _line(
    item: Record, units: int, restock: str, place: Record | None, share: order_shares.Share, minter: Minter
) -> Record:
    exchange: Exchange = item["_exchange"]
    each = Bag(
        shop=rounded(share.net.shop / units, exchange.shop),
        presentment=rounded(share.net.presentment / units, exchange.presentment),
    )
    return {
        "__typename": "RefundLineItem",
        "id": minter.gid("RefundLineItem"),
        "lineItem": item,
        "quantity": units,
        "restockType": restock,
        "restocked": place is not None,
        "location": place,
        "priceSet": money_bag(each, exchange),
        "price": graphql_amount(each.shop),
        "subtotalSet": money_bag(share.net, exchange),
        "subtotal": graphql_amount(share.net.shop),
        "totalTaxSet": money_bag(share.tax, exchange),
        "totalTax": graphql_amount(share.tax.shop),
    }


def _send_no_more(order: Record, item: Record, units: int) -> None:
    """Units that will not be sent leave their fulfillment orders; one with nothing left is closed."""
    if item["requiresShipping"]:
        item["unfulfilledQuantity"] = max(item["unfulfilledQuantity"] - units, 0)
    for part in order["fulfillmentOrders"]:
        for line in part["lineItems"]:
            if line["lineItem"] is item:
                gone = min(units, line["remainingQuantity"])
                line["remainingQuantity"] -= gone
                line["totalQuantity"] -= gone
        if part["status"] == "OPEN" and not any(line["remainingQuantity"] for line in part["lineItems"]):
            part["status"] = "CLOSED"


def take_shipping(order: Record, wanted: Any, minter: Minter) -> list[Record]:
    """ "full", or an amount in the buyer's money without what tax is added to it; the first lines give first."""
    exchange: Exchange = order["_exchange"]
    open_amount = None if wanted == "full" else Decimal(str(wanted))
    made = []
    for line in order["shippingLines"]:
        there = order_shares.left(line)
        if there.net == NOTHING and there.tax == NOTHING:
            continue
        share = order_shares.take_amount(line, open_amount, exchange)
        made.append(_shipping(line, share, exchange, minter))
        if open_amount is not None:
            open_amount -= share.net.presentment
            if not open_amount:
                break
    if open_amount:
        raise ValueError(f"{wanted} is more than the shipping that is left")
    return made


def _shipping(line: Record, share: order_shares.Share, exchange: Exchange, minter: Minter) -> Record:
    return {
        "__typename": "RefundShippingLine",
        "id": minter.gid("RefundShippingLine"),
        "shippingLine": line,
        "subtotalAmountSet": money_bag(share.net, exchange),
        "taxAmountSet": money_bag(share.tax, exchange),
    }


def take_duties(order: Record, wanted: Any) -> list[Record]:
    """ "full", or a list of `line` and `amount` (all that is left of it without one)."""
    if wanted == "full":
        wanted = [{"line": index} for index, item in enumerate(order["lineItems"]) if item["duties"]]
    found = [(entry, duty) for entry in wanted for duty in line_of(order, entry)["duties"]]
    made = [_duty(order, duty, entry.get("amount")) for entry, duty in found]
    return [entry for entry in made if read_bag(entry["amountSet"]) != NOTHING]


def duty_left(duty: Record) -> Bag:
    return read_bag(duty["price"]) - duty.get("_gone", NOTHING)


def _duty(order: Record, duty: Record, amount: Any) -> Record:
    exchange: Exchange = order["_exchange"]
    there = duty_left(duty)
    taken = there if amount is None else exchange.part(Decimal(str(amount)), there)
    duty["_gone"] = duty.get("_gone", NOTHING) + taken
    return {"__typename": "RefundDuty", "amountSet": money_bag(taken, exchange), "originalDuty": duty}
