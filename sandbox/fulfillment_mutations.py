"""`fulfillmentCreate`, `fulfillmentTrackingInfoUpdate` and `fulfillmentCancel` with the rules that no schema says."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox import fulfillment_acts, fulfillments
from sandbox.fulfillments import FULFILLABLE, Refused, Taken

if TYPE_CHECKING:
    from sandbox.resolve import Request

Record = dict[str, Any]
_LINES = ("fulfillment", "lineItemsByFulfillmentOrder")
_MOST_LINES = 512


def create(request: Request, fulfillment: Record, message: str | None = None) -> Record:
    """One order and one assigned location a call; a fulfillment order without lines is sent whole."""

    def work() -> Record:
        parts = [_part(request, entry) for entry in fulfillment["lineItemsByFulfillmentOrder"]]
        if not parts:
            raise Refused("Line items by fulfillment order can't be empty", *_LINES)
        if len({part["order"]["id"] for part, _ in parts}) > 1:
            raise Refused("All fulfillment orders must belong to the same order.", *_LINES)
        if len({part["assignedLocation"]["location"]["id"] for part, _ in parts}) > 1:
            raise Refused("All fulfillment orders must be assigned to the same location.", *_LINES)
        tracking = fulfillments.tracking_info(fulfillment.get("trackingInfo"))
        made = fulfillments.send(request.world, request.shop, parts, tracking)
        fulfillment_acts.told(request.world, request.shop, made, "create")
        return made

    return _answer("FulfillmentCreatePayload", work)


def track(
    request: Request, fulfillmentId: str, trackingInfoInput: Record, notifyCustomer: bool | None = None
) -> Record:
    def work() -> Record:
        record = _fulfillment(request, fulfillmentId, "fulfillmentId")
        if record["status"] == "CANCELLED":
            raise Refused("The fulfillment is cancelled.", "fulfillmentId")
        fulfillments.correct(record, fulfillments.tracking_info(trackingInfoInput))
        fulfillment_acts.told(request.world, request.shop, record, "update")
        return record

    return _answer("FulfillmentTrackingInfoUpdatePayload", work)


def cancel(request: Request, id: str) -> Record:
    def work() -> Record:
        record = _fulfillment(request, id, "id")
        if record["status"] == "CANCELLED":
            raise Refused("The fulfillment is already cancelled.", "id")
        fulfillments.take_back(request.world, request.shop, record)
        fulfillment_acts.told(request.world, request.shop, record, "update")
        return record

    return _answer("FulfillmentCancelPayload", work)


def _answer(kind: str, work: Callable[[], Record]) -> Record:
    try:
        return {"__typename": kind, "fulfillment": work(), "userErrors": []}
    except Refused as error:
        said = {"__typename": "UserError", "field": error.field, "message": str(error)}
        return {"__typename": kind, "fulfillment": None, "userErrors": [said]}


def _part(request: Request, entry: Record) -> tuple[Record, Taken]:
    part = request.shop.objects.get(entry["fulfillmentOrderId"])
    if (
        part is None
        or part["__typename"] != "FulfillmentOrder"
        or not fulfillment_acts.may_see(request, part)
    ):
        raise Refused("Fulfillment order does not exist.", *_LINES)
    if part["status"] not in FULFILLABLE:
        raise Refused(
            f"Fulfillment order {part['id']} has an unfulfillable status= {part['status'].lower()}.", *_LINES
        )
    wanted = entry.get("fulfillmentOrderLineItems")
    if not wanted:
        return part, fulfillments.everything_left(part)
    if len(wanted) > _MOST_LINES:
        raise Refused(f"A fulfillment order takes at most {_MOST_LINES} lines.", *_LINES)
    known = {line["id"]: line for line in part["lineItems"]}
    taken = []
    for one in wanted:
        line = known.get(one["id"])
        if line is None:
            raise Refused("Fulfillment order line item does not exist.", *_LINES)
        if not 0 < one["quantity"] <= line["remainingQuantity"]:
            raise Refused("Invalid fulfillment order line item quantity requested.", *_LINES)
        taken.append((line, int(one["quantity"])))
    if len({line["id"] for line, _ in taken}) < len(taken):
        raise Refused("Fulfillment order line items must be unique.", *_LINES)
    return part, taken


def _fulfillment(request: Request, gid: str, field: str) -> Record:
    found = request.shop.objects.get(gid)
    if found is None or found["__typename"] != "Fulfillment":
        raise Refused("Fulfillment does not exist.", field)
    return found
