"""What people and services do to fulfillment orders in the store, and what the store tells of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sandbox import bodies, commitments, fulfillments, order_totals
from sandbox.access import held
from sandbox.clock import iso, now
from sandbox.gids import number_of
from sandbox.shop import Shop
from sandbox.world import World

if TYPE_CHECKING:
    from sandbox.resolve import Request

Record = dict[str, Any]
Act = Mapping[str, Any]


def may_see(request: Request, part: Record) -> bool:
    """What a fulfillment service is to send takes a scope of its own; without it, it is not there."""
    if not part["assignedLocation"]["location"]["isFulfillmentService"]:
        return True
    return "read_third_party_fulfillment_orders" in held(request.scope)


def told(world: World, shop: Shop, record: Record, what: str) -> None:
    """The webhooks of one change of a fulfillment, under one event id."""
    order, event = record["order"], str(uuid.uuid4())
    commitments.follow(world, shop, order)
    order_totals.settle(order)
    world.touch(shop, order)
    world.emit(shop, f"fulfillments/{what}", bodies.fulfillment_body(record), event)
    topics = ["orders/updated"]
    if what == "create":
        done = order["displayFulfillmentStatus"] == "FULFILLED"
        topics.append("orders/fulfilled" if done else "orders/partially_fulfilled")
    for topic in topics:
        world.emit(shop, topic, bodies.order_body(order), event)


def _part(order: Record, act: Act) -> Record:
    """`part`: the index of a fulfillment order, the first open one without it."""
    parts: list[Record] = order["fulfillmentOrders"]
    if "part" in act:
        return parts[int(act["part"])]
    alive = [part for part in parts if part["status"] not in ("CLOSED", "CANCELLED")]
    if not alive:
        raise ValueError(f"{order['name']} has nothing left to send")
    return alive[0]


def hold(world: World, shop: Shop, order: Record, act: Act) -> list[str]:
    part = _part(order, act)
    part["_before_hold"] = part["status"]
    part["status"] = "ON_HOLD"
    part["fulfillmentHolds"].append(
        {
            "__typename": "FulfillmentHold",
            "id": world.minter.gid("FulfillmentHold"),
            "reason": str(act.get("reason", "OTHER")),
            "displayReason": "Other",
            "reasonNotes": act.get("note"),
            "handle": None,
            "heldByApp": None,
            "heldByRequestingApp": False,
        }
    )
    return []


def release(world: World, shop: Shop, order: Record, act: Act) -> list[str]:
    for part in order["fulfillmentOrders"]:
        if part["status"] in ("ON_HOLD", "SCHEDULED"):
            part |= {"status": part.pop("_before_hold", "OPEN"), "fulfillmentHolds": [], "fulfillAt": None}
    return []


def schedule(world: World, shop: Shop, order: Record, act: Act) -> list[str]:
    _part(order, act).update({"status": "SCHEDULED", "fulfillAt": act.get("at", iso(now()))})
    return []


def move(world: World, shop: Shop, order: Record, act: Act) -> list[str]:
    """What is left goes to another location, `to`, as a fulfillment order of its own: the id is another."""
    part = _part(order, act)
    _replace(world, shop, order, part, [part["lineItems"]], shop.locations[str(act["to"])])
    return []


def split(world: World, shop: Shop, order: Record, act: Act) -> list[str]:
    """One fulfillment order for each of its lines, all with new ids."""
    part = _part(order, act)
    _replace(world, shop, order, part, [[line] for line in part["lineItems"]], None)
    return []


def merge(world: World, shop: Shop, order: Record, act: Act) -> list[str]:
    """All open ones of the first one's location become one."""
    first = _part(order, act)
    place = first["assignedLocation"]["location"]["id"]
    same = [
        part
        for part in order["fulfillmentOrders"]
        if part["status"] == "OPEN" and part["assignedLocation"]["location"]["id"] == place
    ]
    lines = [line for part in same for line in part["lineItems"]]
    for part in same[1:]:
        part["status"] = "CLOSED"
        part["lineItems"] = []
    _replace(world, shop, order, first, [lines], None)
    return []


def _replace(
    world: World, shop: Shop, order: Record, part: Record, shares: list[list[Record]], place: Record | None
) -> None:
    for lines in shares:
        made = part | {"id": world.minter.gid("FulfillmentOrder"), "fulfillments": [], "fulfillmentHolds": []}
        made["lineItems"] = [
            line
            | {
                "id": world.minter.gid("FulfillmentOrderLineItem"),
                "totalQuantity": line["remainingQuantity"],
            }
            for line in lines
            if line["remainingQuantity"]
        ]
        if place is not None:
            made["assignedLocation"] = place["address"] | {
                "__typename": "FulfillmentOrderAssignedLocation",
                "name": place["name"],
                "location": place,
            }
        order["fulfillmentOrders"].append(made)
        shop.objects[made["id"]] = made
    part["status"] = "CLOSED"
    for line in part["lineItems"]:
        line["totalQuantity"] -= line["remainingQuantity"]
        line["remainingQuantity"] = 0


def fulfil(world: World, shop: Shop, order: Record, act: Act) -> list[str]:
    """A person sends what is left, all of it or `quantity` of each line, with `tracking` where there is any.

    `line`: only that line of the order; `part`: only what that fulfillment order holds (both by their index).
    """
    tracking = fulfillments.tracking_info(act.get("tracking"))
    for index, part in enumerate(list(order["fulfillmentOrders"])):
        if part["status"] not in fulfillments.FULFILLABLE or act.get("part", index) != index:
            continue
        taken = fulfillments.everything_left(part)
        if "quantity" in act:
            taken = [(line, min(left, int(act["quantity"]))) for line, left in taken]
        if "line" in act:
            chosen = order["lineItems"][int(act["line"])]
            taken = [(line, units) for line, units in taken if line["lineItem"]["id"] == chosen["id"]]
        if taken:
            made = fulfillments.send(world, shop, [(part, taken)], tracking)
            world.emit(shop, "fulfillments/create", bodies.fulfillment_body(made))
    if not {"quantity", "part", "line"} & act.keys():
        commitments.fulfil(world, shop, order)
        return ["orders/fulfilled"]
    return ["orders/partially_fulfilled"]


def take_back(world: World, shop: Shop, order: Record, act: Act) -> list[str]:
    """A person cancels a fulfillment: `fulfillment` is its index, the last one without it."""
    record = order["fulfillments"][int(act.get("fulfillment", -1))]
    fulfillments.take_back(world, shop, record)
    world.emit(shop, "fulfillments/update", bodies.fulfillment_body(record))
    return []


def track(world: World, shop: Shop, order: Record, act: Act) -> list[str]:
    """A person corrects how a fulfillment is followed: `fulfillment` is its index, the last one without it."""
    record = order["fulfillments"][int(act.get("fulfillment", -1))]
    fulfillments.correct(record, fulfillments.tracking_info(act.get("tracking")))
    world.emit(shop, "fulfillments/update", bodies.fulfillment_body(record))
    return []


ACTS = {
    "fulfil": fulfil,
    "track_fulfillment": track,
    "cancel_fulfillment": take_back,
    "hold": hold,
    "release": release,
    "schedule": schedule,
    "move": move,
    "split": split,
    "merge": merge,
}


def shown(order: Record) -> dict[str, Any]:
    """For the control place: what was sent and what is to be sent, by order line."""
    return {
        "fulfillment_status": order["displayFulfillmentStatus"],
        "fulfillments": [
            {
                "id": str(number_of(sent["id"])),
                "name": sent["name"],
                "status": sent["status"],
                "created_at": sent["createdAt"],
                "location": sent["location"]["name"],
                "numbers": [info["number"] for info in sent["trackingInfo"] if info["number"]],
                "company": next((i["company"] for i in sent["trackingInfo"] if i["company"]), None),
                "lines": _by_line(
                    (line["lineItem"], line["quantity"]) for line in sent["fulfillmentLineItems"]
                ),
            }
            for sent in order["fulfillments"]
        ],
        "fulfillment_orders": [
            {
                "id": str(number_of(part["id"])),
                "status": part["status"],
                "location": part["assignedLocation"]["location"]["name"],
                "left": _by_line((line["lineItem"], line["remainingQuantity"]) for line in part["lineItems"]),
            }
            for part in order["fulfillmentOrders"]
        ],
    }


def _by_line(lines: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for item, units in lines:
        key = str(number_of(item["id"]))
        found[key] = found.get(key, 0) + units
    return found
