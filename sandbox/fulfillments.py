"""What leaves a simulated shop's locations: fulfillments made of fulfillment orders, corrected and cancelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox import commitments
from sandbox.clock import iso, now
from sandbox.gids import Minter, number_of
from sandbox.money import money_bag, read_bag
from sandbox.shop import Shop
from sandbox.world import World

Record = dict[str, Any]
Taken = list[tuple[Record, int]]
FULFILLABLE = ("OPEN", "IN_PROGRESS")


class Refused(Exception):
    """Why Shopify does not do it, and where in the input."""

    def __init__(self, message: str, *field: str) -> None:
        super().__init__(message)
        self.field = list(field)


def send(
    world: World, shop: Shop, parts: Sequence[tuple[Record, Taken]], tracking: Sequence[Record]
) -> Record:
    """One fulfillment of one order from one location; the units have left the house."""
    order = parts[0][0]["order"]
    record = _made(world.minter, order, parts, tracking)
    for part, taken in parts:
        for line, units in taken:
            line["remainingQuantity"] -= units
            commitments.send(world, shop, order, line["lineItem"], units)
        part["status"] = "IN_PROGRESS" if _left(part) else "CLOSED"
        part["fulfillments"].append(record)
        part["updatedAt"] = record["createdAt"]
    order["fulfillments"].append(record)
    shop.objects[record["id"]] = record
    return record


def take_back(world: World, shop: Shop, record: Record) -> None:
    """A cancelled fulfillment: its units lie where they were and are to be sent again."""
    order, at = record["order"], iso(now())
    record |= {"status": "CANCELLED", "displayStatus": "CANCELED", "updatedAt": at}
    for part, taken in record["_parts"]:
        for line, units in taken:
            line["remainingQuantity"] += units
            commitments.unsend(world, shop, order, line["lineItem"], units)
        part["status"] = "OPEN"
        part["updatedAt"] = at


def correct(record: Record, tracking: Sequence[Record]) -> None:
    record |= {"trackingInfo": list(tracking), "updatedAt": iso(now())}


def everything_left(part: Record) -> Taken:
    return [(line, line["remainingQuantity"]) for line in part["lineItems"] if line["remainingQuantity"]]


def tracking_info(wanted: Mapping[str, Any] | None) -> list[Record]:
    """`number` or `numbers`, `url` or `urls`, and the company; one entry for each number."""
    given = wanted or {}
    for one, many in (("number", "numbers"), ("url", "urls")):
        if given.get(one) and given.get(many):
            raise Refused(f"Only one of {one} and {many} can be given", "fulfillment", "trackingInfo")
    numbers = given.get("numbers") or ([given["number"]] if given.get("number") else [])
    urls = given.get("urls") or ([given["url"]] if given.get("url") else [])
    company = given.get("company")
    count = max(len(numbers), len(urls), 1 if company else 0)
    return [
        {
            "__typename": "FulfillmentTrackingInfo",
            "company": company,
            "number": numbers[index] if index < len(numbers) else None,
            "url": urls[index] if index < len(urls) else None,
        }
        for index in range(count)
    ]


def _left(part: Record) -> int:
    return sum(line["remainingQuantity"] for line in part["lineItems"])


def _made(
    minter: Minter, order: Record, parts: Sequence[tuple[Record, Taken]], tracking: Sequence[Record]
) -> Record:
    gid, at = minter.gid("Fulfillment"), iso(now())
    lines = [(line, units) for _, taken in parts for line, units in taken]
    return {
        "__typename": "Fulfillment",
        "id": gid,
        "legacyResourceId": str(number_of(gid)),
        "_parts": [(part, list(taken)) for part, taken in parts],
        "name": f"{order['name']}-F{len(order['fulfillments']) + 1}",
        "order": order,
        "status": "SUCCESS",
        "displayStatus": "FULFILLED",
        "createdAt": at,
        "updatedAt": at,
        "deliveredAt": None,
        "inTransitAt": None,
        "estimatedDeliveryAt": None,
        "events": [],
        "location": parts[0][0]["assignedLocation"]["location"],
        "service": None,
        "originAddress": None,
        "requiresShipping": True,
        "totalQuantity": sum(units for _, units in lines),
        "trackingInfo": list(tracking),
        "fulfillmentOrders": [part for part, _ in parts],
        "fulfillmentLineItems": [_line(minter, line["lineItem"], units) for line, units in lines],
    }


def _line(minter: Minter, item: Record, units: int) -> Record:
    exchange = item["_exchange"]
    return {
        "__typename": "FulfillmentLineItem",
        "id": minter.gid("FulfillmentLineItem"),
        "lineItem": item,
        "quantity": units,
        "originalTotalSet": money_bag(read_bag(item["originalUnitPriceSet"]).times(units), exchange),
        "discountedTotalSet": money_bag(read_bag(item["discountedUnitPriceSet"]).times(units), exchange),
    }
