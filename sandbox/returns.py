"""Returns and exchanges: what the buyer sends back, what is sent instead, and the refund that settles both.

Items sent instead are new lines of the order and stand at the return, never on refund lines: the refund's money
is what is left after they were paid for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox import order_edits, order_totals, refund_lines, refunds, transactions
from sandbox.clock import iso, now
from sandbox.gids import Minter
from sandbox.money import ZERO, money_bag
from sandbox.order_shares import left
from sandbox.shop import Shop
from sandbox.world import World

Record = dict[str, Any]


def open_return(world: World, order: Record, act: Mapping[str, Any]) -> Record:
    """`lines` of `line`, `quantity`, `reason`, `note`, `restock`, `location`; `add` are descriptions of lines."""
    made = _made(order, act, world.minter)
    order["returns"].append(made)
    order["_told"].append(("returns/approve", made))
    return made


def _made(order: Record, act: Mapping[str, Any], minter: Minter) -> Record:
    at = iso(now())
    made: Record = {
        "__typename": "Return",
        "id": minter.gid("Return"),
        "name": f"{order['name']}-R{len(order['returns']) + 1}",
        "order": order,
        "status": "OPEN",
        "createdAt": at,
        "requestApprovedAt": at,
        "closedAt": None,
        "decline": None,
        "staffMember": None,
        "refunds": [],
        "transactions": [],
        "returnShippingFees": [],
        "reverseFulfillmentOrders": [],
        "_act": dict(act),
    }
    made["returnLineItems"] = [_return_line(order, entry, minter) for entry in act["lines"]]
    made["exchangeLineItems"] = [_exchange_line(entry, minter) for entry in act.get("add", ())]
    made["totalQuantity"] = sum(line["quantity"] for line in made["returnLineItems"])
    return made


def _return_line(order: Record, entry: Mapping[str, Any], minter: Minter) -> Record:
    item = refund_lines.line_of(order, entry)
    units = int(entry.get("quantity", 1))
    there = min(item["_fulfilled"] - item.get("_returned", 0), item["currentQuantity"]) - _announced(
        order, item
    )
    if not 0 < units <= there:
        raise ValueError(f"{units} of {item['title']} cannot be returned: {there} were sent and not returned")
    worth = money_bag(
        left(item).part(units, item["currentQuantity"], item["_exchange"]).net, item["_exchange"]
    )
    return {
        "__typename": "ReturnLineItem",
        "id": minter.gid("ReturnLineItem"),
        "fulfillmentLineItem": _sent(item, minter),
        "customerNote": entry.get("note"),
        "returnReason": entry.get("reason", "UNKNOWN"),
        "returnReasonDefinition": None,
        "returnReasonNote": entry.get("note") or "",
        "restockingFee": None,
        "totalWeight": item["weight"],
        "withCodeDiscountedTotalPriceSet": worth,
        "quantity": units,
        "processableQuantity": units,
        "unprocessedQuantity": units,
        "refundableQuantity": units,
        "processedQuantity": 0,
        "refundedQuantity": 0,
    }


def _announced(order: Record, item: Record) -> int:
    """Units that other returns speak of and that are not here yet."""
    lines = [line for back in order["returns"] for line in back["returnLineItems"]]
    return sum(
        line["unprocessedQuantity"] for line in lines if line["fulfillmentLineItem"]["lineItem"] is item
    )


def _sent(item: Record, minter: Minter) -> Record:
    return {
        "__typename": "FulfillmentLineItem",
        "id": minter.gid("FulfillmentLineItem"),
        "lineItem": item,
        "quantity": item["_fulfilled"],
        "originalTotalSet": item["originalTotalSet"],
        "discountedTotalSet": item["discountedTotalSet"],
    }


def _exchange_line(described: Mapping[str, Any], minter: Minter) -> Record:
    units = int(described.get("quantity", 1))
    return {
        "__typename": "ExchangeLineItem",
        "id": minter.gid("ExchangeLineItem"),
        "quantity": units,
        "processableQuantity": units,
        "unprocessedQuantity": units,
        "processedQuantity": 0,
        "lineItem": None,
        "lineItems": None,
        "productId": None,
        "variantId": None,
        "variantSku": described.get("sku"),
        "variantTitle": described.get("variant_title"),
        "title": described.get("title", described.get("sku", "Custom item")),
        "_described": dict(described),
    }


def next_open(order: Record) -> Record:
    for entry in order["returns"]:
        if entry["status"] == "OPEN":
            found: Record = entry
            return found
    raise ValueError(f"{order['name']} has no open return")


def process(world: World, shop: Shop, order: Record, back: Record, act: Mapping[str, Any]) -> None:
    """The goods are here: what is sent instead joins the order, and one refund or charge settles the difference.

    With `refund` off no money goes back and no refund is made: what came back stands in the return's agreement alone.
    """
    for line in back["exchangeLineItems"]:
        _send_instead(world, shop, order, line)
    entries = [
        {"restock": "RETURN"}
        | {name: entry[name] for name in ("line", "quantity", "restock", "location") if name in entry}
        for entry in back["_act"]["lines"]
    ]
    settled = {name: act[name] for name in act if name not in ("lines", "add", "act", "order")}
    entries = [{"quantity": 1} | entry for entry in entries]
    if act.get("refund", True):
        refund = refunds.apply(world, shop, order, settled | {"lines": entries}, back)
        back["refunds"].append(refund)
        back["transactions"] += refund["transactions"]
    else:
        taken = refund_lines.take_lines(shop, order, entries, world.minter)
        back["reverseFulfillmentOrders"].append(_disposed(order, taken, world.minter))
    _charge(world, order, back, act)
    for line in back["returnLineItems"]:
        units = line["quantity"]
        line |= {"processedQuantity": units, "refundedQuantity": units}
        line |= {"processableQuantity": 0, "unprocessedQuantity": 0, "refundableQuantity": 0}
    back |= {"status": "CLOSED", "closedAt": iso(now())}
    order["_told"] += [("returns/process", back), ("returns/close", back)]


def _disposed(order: Record, taken: list[Record], minter: Minter) -> Record:
    """What became of the goods that came back; a refund says so on its own lines."""
    return {
        "__typename": "ReverseFulfillmentOrder",
        "id": minter.gid("ReverseFulfillmentOrder"),
        "order": order,
        "status": "CLOSED",
        "lineItems": [
            {
                "__typename": "ReverseFulfillmentOrderLineItem",
                "id": minter.gid("ReverseFulfillmentOrderLineItem"),
                "fulfillmentLineItem": _sent(line["lineItem"], minter),
                "totalQuantity": line["quantity"],
                "dispositions": [_disposition(line, minter)],
            }
            for line in taken
        ],
    }


def _disposition(line: Record, minter: Minter) -> Record:
    return {
        "__typename": "ReverseFulfillmentOrderDisposition",
        "id": minter.gid("ReverseFulfillmentOrderDisposition"),
        "createdAt": iso(now()),
        "type": "RESTOCKED" if line["restocked"] else "NOT_RESTOCKED",
        "quantity": line["quantity"],
        "location": line["location"],
    }


def _send_instead(world: World, shop: Shop, order: Record, line: Record) -> None:
    item = order_edits.added_line(world, shop, order, line["_described"])
    variant = shop.variants.get(item["_variant"] or "")
    line |= {
        "lineItem": item,
        "lineItems": [item],
        "title": item["title"],
        "variantSku": item["sku"],
        "variantId": variant and variant["id"],
        "productId": variant and variant["product"]["id"],
        "processedQuantity": line["quantity"],
        "processableQuantity": 0,
        "unprocessedQuantity": 0,
    }


def _charge(world: World, order: Record, back: Record, act: Mapping[str, Any]) -> None:
    """What is sent instead is dearer: the buyer pays through `charge`, or with null owes it."""
    owed = order_totals.outstanding(order)
    gateway = act.get("charge", "shopify_payments")
    if back["exchangeLineItems"] and owed.presentment > ZERO and gateway:
        paid = transactions.add(order, world.minter, kind="SALE", gateway=str(gateway), amount=owed)
        back["transactions"].append(paid)
