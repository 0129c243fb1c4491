"""Which properties the records have, and what may stand in them; every body is checked against it before anything else.

A kind is a word: `text`, `number`, `integer`, `boolean`, `date`, `ref:LIST` (a reference), `address`, `ignored` (kept by
NetSuite itself), or a map of its own for the lines of a sublist.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeAlias

from sandbox.erps.netsuite.account import COLUMNS
from sandbox.erps.netsuite.refusals import Refused, invalid, unknown_field, user_error
from sandbox.erps.netsuite.schema import ADDRESS

Body: TypeAlias = dict[str, Any]
Fields: TypeAlias = Mapping[str, "str | Fields"]

LONGEST = {
    "otherrefnum": 45, "addressee": 83, "attention": 83, "addr1": 150, "addr2": 150, "addr3": 150, "city": 50, "state": 30,
    "zip": 36, "addrphone": 32, "phone": 32, "firstname": 32, "lastname": 32, "companyname": 83, "entityid": 80, "memo": 999,
}  # fmt: skip
"""Of texts, by their field."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_EXTERNAL = re.compile(r"[A-Za-z0-9_-]{1,255}")


def _of(words: str) -> dict[str, Any]:
    return {name: kind or "text" for name, _, kind in (word.partition(":") for word in words.split())}


_KEPT = _of(
    "id:ignored links:ignored refName:ignored createdDate:ignored lastModifiedDate:ignored total:ignored subtotal:ignored "
    "taxTotal:ignored status:ignored transactionNumber:ignored amountPaid:ignored amountRemaining:ignored"
)
_HEAD = _KEPT | _of(
    "externalId tranDate:date tranId memo customForm:ref:form subsidiary:ref:subsidiary location:ref:location "
    "department:ref:department class:ref:classification currency:ref:currency exchangeRate:number"
)
_BODY = dict.fromkeys(COLUMNS["transaction"], "text")
_LINE = _of(
    "line:integer lineUniqueKey:ignored links:ignored refName:ignored item:ref:item quantity:number rate:number amount:number "
    "price:ref:pricelevel description location:ref:location department:ref:department class:ref:classification "
    "isClosed:boolean orderLine:integer taxDetailsReference taxCode:ref:taxcode taxRate1:number tax1Amt:number grossAmt:number "
    "itemType:ignored quantityFulfilled:ignored quantityBilled:ignored quantityBackOrdered:ignored quantityCommitted:ignored "
    "isTaxable:boolean commitInventory:ref:any"
) | dict.fromkeys(COLUMNS["transactionline"], "text")
_TAXES = _of(
    "taxDetailsReference:ref:any taxType:ref:taxtype taxCode:ref:taxcode taxBasis:number taxRate:number taxAmount:number "
    "netAmount:number "
    "grossAmount:number lineName lineType links:ignored refName:ignored"
)
_SALE = (
    _HEAD
    | _BODY
    | _of(
        "entity:ref:customer otherRefNum email billingAddress:address shippingAddress:address shipMethod:ref:shipitem "
        "shippingCost:number shippingTaxCode:ref:taxcode handlingCost:number discountItem:ref:item discountRate:number "
        "taxDetailsOverride:boolean shipDate:date terms:ref:any dueDate:date salesEffectiveDate:date toBeEmailed:boolean "
        "toBePrinted:boolean message createdFrom:ignored salesChannel:ref:any source:ignored billAddressList:ref:any "
        "shipAddressList:ref:any isTaxable:boolean taxItem:ref:taxcode taxRate:number"
    )
    | {"item": _LINE, "taxDetails": _TAXES}
)
_APPLY = _of(
    "line:integer doc:ref:any apply:boolean amount:number links:ignored refName:ignored due:ignored total:ignored type:ignored"
)
_PAID = _of(
    "paymentMethod:ref:paymentmethod paymentOption:ref:paymentmethod account:ref:account undepFunds:ref:any "
    "paymentOperation:ref:any "
    "checkNumber"
)
_MONEY = (
    _HEAD | _BODY | _PAID | _of("customer:ref:customer payment:number autoApply:boolean arAcct:ref:account")
)

FIELDS: Mapping[str, Fields] = {
    "salesOrder": _SALE | _of("orderStatus:ref:any shipComplete:boolean"),
    "cashSale": _SALE | _PAID,
    "invoice": _SALE | _of("account:ref:account"),
    "creditMemo": _SALE | _of("autoApply:boolean account:ref:account") | {"apply": _APPLY},
    "cashRefund": _SALE | _PAID,
    "customerDeposit": _MONEY | _of("salesOrder:ref:salesOrder"),
    "customerPayment": _MONEY | {"apply": _APPLY, "deposit": _APPLY, "credit": _APPLY},
    "customerRefund": _MONEY | {"apply": _APPLY, "deposit": _APPLY},
    "itemFulfillment": _HEAD
    | _BODY
    | _of("shipStatus:ref:any shippedDate:date shipMethod:ref:shipitem shipCarrier:ref:any createdFrom:ignored entity:ignored "
          "shippingAddress:address shippingCost:number")
    | {
        "item": _of(
            "line:integer orderLine:integer item:ref:item quantity:number itemReceive:boolean location:ref:location description "
            "links:ignored refName:ignored itemName:ignored department:ref:department class:ref:classification"
        )
        | dict.fromkeys(COLUMNS["transactionline"], "text"),
        "package": _of(
            "packageTrackingNumber packageDescr packageWeight:number packageCartonNumber:integer links:ignored "
            "refName:ignored"
        ),
    },
    "customer": _KEPT
    | _of(
        "externalId entityId autoName:boolean isPerson:boolean firstName lastName middleName companyName email phone altPhone "
        "mobilePhone fax comments subsidiary:ref:subsidiary currency:ref:currency taxable:boolean taxExempt:boolean "
        "creditLimit:number "
        "isInactive:boolean priceLevel:ref:pricelevel terms:ref:any category:ref:any salutation title url customForm:ref:form "
        "dateCreated:ignored balance:ignored defaultAddress:ignored altName:ignored resaleNumber vatRegNumber accountNumber "
        "entityStatus:ref:any language:ref:any emailPreference:ref:any"
    )
    | dict.fromkeys(COLUMNS["customer"], "text")
    | {
        "addressBook": _of(
            "id:integer internalId:integer defaultShipping:boolean defaultBilling:boolean label isResidential:boolean "
            "addressBookAddress:address links:ignored refName:ignored addressBookAddress_text:ignored addressId:integer"
        )
    },
}  # fmt: skip
"""Every record that can be written."""

KEYS: Mapping[str, tuple[str, ...]] = {
    "item": ("line",), "apply": ("line",), "deposit": ("line",), "credit": ("line",), "addressBook": ("id", "internalId"),
    "taxDetails": (), "package": (),
}  # fmt: skip
"""What the lines of a sublist are known by; one without a key can only be appended to, or replaced."""


def checked(type: str, body: Any, *, unknown: str = "Error", lacks: frozenset[str] = frozenset()) -> Body:
    """The body with the names as NetSuite writes them. `unknown`: what is done about a property that nobody knows.

    `lacks`: properties that this account does not have.
    """
    if not isinstance(body, dict):
        raise Refused(
            400,
            "INVALID_CONTENT",
            "Invalid content in the request body. The request body must be a JSON object.",
        )
    return _object(body, without(FIELDS[type], lacks), "", unknown)


def without(fields: Fields, lacks: frozenset[str]) -> Fields:
    """The properties that an account has of them, lines of sublists included."""
    return {
        name: kind if isinstance(kind, str) else without(kind, lacks)
        for name, kind in fields.items()
        if name not in lacks
    }


def _object(body: Mapping[str, Any], fields: Fields, path: str, unknown: str) -> Body:
    names = {name.lower(): name for name in fields}
    found: Body = {}
    for key, value in body.items():
        where = f"{path}.{key}" if path else key
        name = names.get(key.lower())
        if name is None:
            if unknown == "Error":
                raise unknown_field(where)
            continue
        kind = fields[name]
        if kind != "ignored":
            found[name] = _value(value, kind, where, unknown)
    return found


def _value(value: Any, kind: str | Fields, where: str, unknown: str) -> Any:
    if not isinstance(kind, str):
        return _sublist(value, kind, where, unknown)
    if value is None:
        return None
    match kind.partition(":")[0]:
        case "ref":
            return _reference(value, where)
        case "address":
            return _address(value, where, unknown)
        case "number" if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return Decimal(value)
        case "integer" if isinstance(value, int) and not isinstance(value, bool):
            return value
        case "boolean" if isinstance(value, bool):
            return value
        case "date" if isinstance(value, str) and _DAY.fullmatch(value):
            return value
        case "text" if isinstance(value, str):
            return _text(value, where)
        case _:
            raise invalid(where, value)


def _text(value: str, where: str) -> str:
    name = where.rpartition(".")[2]
    most = LONGEST.get(name.lower())
    if most is not None and len(value) > most:
        raise user_error(
            f"The field {name.lower()} contained more than the maximum number ( {most} ) of characters allowed.",
            path=where,
        )
    if where == "externalId" and not _EXTERNAL.fullmatch(value):
        raise invalid(where, value)
    return value


def _reference(value: Any, where: str) -> str | Mapping[str, str]:
    """`{"id": "12"}`, a bare id, or `{"externalId": "X"}`."""
    if isinstance(value, dict):
        if value.get("id") is not None:
            return str(value["id"])
        if value.get("externalId") is not None:
            return {"externalId": str(value["externalId"])}
        raise invalid(where, value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise invalid(where, value)
    return str(value)


def _sublist(value: Any, fields: Fields, where: str, unknown: str) -> list[Body]:
    items = value.get("items") if isinstance(value, dict) else None
    if not isinstance(items, list):
        raise Refused(400, "INVALID_CONTENT", f"A sublist is an object with 'items': {where}.", path=where)
    rows = []
    for index, row in enumerate(items):
        if not isinstance(row, dict):
            raise invalid(f"{where}.items[{index}]", row)
        rows.append(_object(row, fields, f"{where}.items[{index}]", unknown))
    return rows


def _address(value: Any, where: str, unknown: str) -> Body:
    if not isinstance(value, dict):
        raise invalid(where, value)
    fields = dict.fromkeys(ADDRESS, "text") | {"country": "ref:any"}
    fields |= dict.fromkeys(
        ("links", "refName", "addrText", "override", "externalId", "lastModifiedDate"), "ignored"
    )
    found = _object(value, fields, where, unknown)
    country = found.get("country")
    if country is not None and not re.fullmatch(r"[A-Z]{2}", str(country)):
        raise invalid(f"{where}.country", country)
    return found
