"""The agreements of an order: what was bought, changed by edits and given back, each as sales of lines with their amounts.

An agreement is written down after an act, as the difference between what was left of every line before and after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox import order_shares
from sandbox.clock import iso, now
from sandbox.gids import Minter
from sandbox.money import NOTHING, Bag, Exchange, money_bag, read_bag, total
from sandbox.order_shares import Share
from sandbox.refund_lines import duty_left

Record = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was left of every line and duty of an order at one time, by their ids."""

    lines: Mapping[str, tuple[int, Share]]
    duties: Mapping[str, Bag]


_NOTHING_YET = Seen(lines={}, duties={})


def look(order: Record) -> Seen:
    lines = {item["id"]: (item["currentQuantity"], order_shares.left(item)) for item in order["lineItems"]}
    shipping = {line["id"]: (1, order_shares.left(line)) for line in order["shippingLines"]}
    duties = {duty["id"]: duty_left(duty) for item in order["lineItems"] for duty in item["duties"]}
    return Seen(lines=lines | shipping, duties=duties)


def placed(order: Record, minter: Minter) -> None:
    """The first agreement: everything that was ordered."""
    sales = list(_sales(order, _NOTHING_YET, look(order), minter))
    exchange: Exchange = order["_exchange"]
    for fee in order["additionalFees"]:
        amount = read_bag(fee["price"])
        sales.append(
            _sale("AdditionalFeeSale", "ADDITIONAL_FEE", 1, amount, exchange, minter) | {"additionalFee": fee}
        )
    tip = read_bag(order["totalTipReceivedSet"])
    if tip != NOTHING:
        sales.append(_sale("TipSale", "TIP", 1, tip, exchange, minter) | {"lineItem": None})
    order["agreements"] = [_agreement("OrderAgreement", "ORDER", sales, minter)]


def changed(order: Record, before: Seen, act: str, minter: Minter, *, refund: Record | None) -> None:
    """What an act changed: an edit by itself; else what left is a refund's and what came in is an exchange's.

    `refund`: the one that the act made; where it made none, what left is the return's as well.
    """
    sales = list(_sales(order, before, look(order), minter))
    if act == "edit":
        parts = [("OrderEditAgreement", "ORDER_EDIT", sales, {})]
    else:
        came = [sale for sale in sales if sale["actionType"] == "ORDER"]
        went = [sale for sale in sales if sale["actionType"] != "ORDER"]
        if refund is None and order["returns"]:
            came, went = [*went, *came], []
        back = order["returns"][-1] if order["returns"] else None
        parts = [
            ("ReturnAgreement", "RETURN", came, {"return": back}),
            ("RefundAgreement", "REFUND", went, {"refund": refund}),
        ]
    order["agreements"] += [_agreement(kind, why, some, minter) | of for kind, why, some, of in parts if some]


def _sales(order: Record, before: Seen, after: Seen, minter: Minter) -> Iterator[Record]:
    exchange: Exchange = order["_exchange"]
    for line in order["lineItems"] + order["shippingLines"]:
        count, share = after.lines[line["id"]]
        old = before.lines.get(line["id"])
        units, delta = (count - old[0], share - old[1]) if old else (count, share)
        if old is None or units or delta.net != NOTHING or delta.tax != NOTHING:
            yield _of_line(order, line, units, delta, minter, new=old is None)
        for duty in line.get("duties", ()):
            gone = after.duties[duty["id"]] - before.duties.get(duty["id"], NOTHING)
            if gone != NOTHING:
                yield _sale("DutySale", "DUTY", None, gone, exchange, minter) | {"duty": duty}


def _of_line(order: Record, line: Record, units: int, delta: Share, minter: Minter, *, new: bool) -> Record:
    exchange: Exchange = order["_exchange"]
    ships = line["__typename"] == "ShippingLine"
    kind, name = ("ShippingLineSale", "SHIPPING") if ships else ("ProductSale", "PRODUCT")
    if line.get("isGiftCard"):
        kind, name = "GiftCardSale", "GIFT_CARD"
    amount = delta.net if order["taxesIncluded"] else delta.net + delta.tax
    made = _sale(kind, name, None if ships else units, amount, exchange, minter)
    made["actionType"] = "ORDER" if new else "UPDATE" if units > 0 else "RETURN"
    made["totalTaxAmount"] = money_bag(delta.tax, exchange)
    made["totalDiscountAmountBeforeTaxes"] = money_bag(delta.off, exchange)
    made["totalDiscountAmountAfterTaxes"] = money_bag(delta.off, exchange)
    made["taxes"] = [
        {
            "__typename": "SaleTax",
            "id": minter.gid("SaleTax"),
            "amount": money_bag(part, exchange),
            "taxLine": tax,
        }
        for tax, part in zip(line["taxLines"], delta.taxes, strict=True)
    ]
    return made | {"shippingLine" if ships else "lineItem": line}


def _sale(kind: str, name: str, units: int | None, amount: Bag, exchange: Exchange, minter: Minter) -> Record:
    nothing = money_bag(total([]), exchange)
    return {
        "__typename": kind,
        "id": minter.gid("Sale"),
        "actionType": "ORDER" if min(amount.shop, amount.presentment) >= 0 else "RETURN",
        "lineType": name,
        "quantity": units,
        "totalAmount": money_bag(amount, exchange),
        "totalTaxAmount": nothing,
        "totalDiscountAmountBeforeTaxes": nothing,
        "totalDiscountAmountAfterTaxes": nothing,
        "taxes": [],
    }


def _agreement(kind: str, why: str, sales: list[Record], minter: Minter) -> Record:
    return {
        "__typename": kind,
        "id": minter.gid("SalesAgreement"),
        "happenedAt": iso(now()),
        "reason": why,
        "app": None,
        "user": None,
        "sales": sales,
    }
