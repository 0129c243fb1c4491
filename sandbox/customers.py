"""Customers: made and changed by apps and by hand, found by e-mail, phone or an id of an app's own that is unique."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sandbox import bodies, echoes, parties
from sandbox.access import may_write
from sandbox.clock import iso, now
from sandbox.gids import Minter, number_of
from sandbox.metafields import definition, write
from sandbox.paging import refused
from sandbox.shop import Shop
from sandbox.world import World

if TYPE_CHECKING:
    from sandbox.resolve import Request

Record = dict[str, Any]
_PERSON = ("firstName", "lastName", "email", "phone", "taxExempt", "note", "tags", "locale")
_PLACE = ("firstName", "lastName", "company", "address1", "address2", "city", "zip", "provinceCode", "phone")


# --- for apps --------------------------------------------------------------------------------------------------------


def by_identifier(request: Request, identifier: Record) -> Record | None:
    given = {name: value for name, value in identifier.items() if value is not None}
    if len(given) != 1:
        raise refused("Exactly one identifier must be given.", "INVALID_FIELD_ARGUMENTS")
    ((name, value),) = given.items()
    match name:
        case "customId":
            return _by_own_id(request, value)
        case "emailAddress":
            return _having(request.shop, "email", value)
        case "phoneNumber":
            return _having(request.shop, "phone", value)
    return request.shop.customers.get(value)


def create(request: Request, input: Record) -> Record:
    """An e-mail, a phone number and an app's own unique id belong to one customer each."""
    _may_write(request)
    errors = _refusals(request, input, None)
    if not (input.get("firstName") or input.get("lastName") or input.get("email") or input.get("phone")):
        errors.append(_error(None, "A name, phone number, or email address must be present"))
    if errors:
        return _payload("CustomerCreatePayload", "customer", None, errors)
    made = parties.customer(_told(input), request.world.minter, iso(now()), request.shop.currency)
    _keep(request.shop, made)
    for wanted in input.get("metafields") or ():
        _mark(request, made, wanted)
    request.world.emit(request.shop, "customers/create", bodies.customer_body(made))
    return _payload("CustomerCreatePayload", "customer", made, [])


def update(request: Request, input: Record) -> Record:
    """What is not named stays; null clears."""
    _may_write(request)
    there = request.shop.customers.get(input.get("id") or "")
    if there is None:
        return _payload("CustomerUpdatePayload", "customer", None, [_error("id", "Customer does not exist")])
    errors = _refusals(request, input, there)
    if errors:
        return _payload("CustomerUpdatePayload", "customer", None, errors)
    for wanted in input.get("metafields") or ():
        _mark(request, there, wanted)
    if _change(request.shop, there, input):
        echoes.updated(request.world, request.shop, there)
    return _payload("CustomerUpdatePayload", "customer", there, [])


def address_create(
    request: Request, customerId: str, address: Record, setAsDefault: bool | None = None
) -> Record:
    _may_write(request)
    there, kind = request.shop.customers.get(customerId), "CustomerAddressCreatePayload"
    if there is None:
        return _payload(kind, "address", None, [_error("customerId", "Customer does not exist")])
    made = _place(address, request.world.minter)
    if any(_written(place) == _written(made) for place in there["addressesV2"]):
        return _payload(kind, "address", None, [_error("address", "Address already exists")])
    there["addressesV2"].append(made)
    if setAsDefault or there["defaultAddress"] is None:
        there["defaultAddress"] = made
    echoes.updated(request.world, request.shop, there)
    return _payload(kind, "address", made, [])


def address_update(
    request: Request, customerId: str, addressId: str, address: Record, setAsDefault: bool | None = None
) -> Record:
    """Parts that are not named stay."""
    _may_write(request)
    there, kind = request.shop.customers.get(customerId), "CustomerAddressUpdatePayload"
    known = {_bare(place["id"]): place for place in (there or {}).get("addressesV2", ())}
    place = known.get(_bare(addressId))
    if there is None or place is None:
        return _payload(kind, "address", None, [_error("addressId", "Address does not exist")])
    before = _written(place), there["defaultAddress"] is place
    place |= _named({**_given(place), **address})
    if setAsDefault:
        there["defaultAddress"] = place
    if (_written(place), there["defaultAddress"] is place) != before:
        echoes.updated(request.world, request.shop, there)
    return _payload(kind, "address", place, [])


# --- by hand ---------------------------------------------------------------------------------------------------------


def made_by_hand(world: World, shop: Shop, wanted: Record) -> Record:
    """`customers`: first and last name, email, phone, taxExempt, `address` and more `addresses` of each."""
    made = []
    for described in wanted["customers"]:
        one = parties.customer(described, world.minter, iso(now()), shop.currency)
        one["addressesV2"] += [_place(place, world.minter) for place in described.get("addresses", ())]
        _keep(shop, one)
        world.emit(shop, "customers/create", bodies.customer_body(one))
        made.append(shown(one))
    return {"customers": made}


def changed_by_hand(world: World, shop: Shop, wanted: Record) -> Record:
    """The customer of that `number`: fields as at an app's change, `address` for the default one, `quietly`: no event."""
    there = shop.customers[f"gid://shopify/Customer/{wanted['number']}"]
    _change(shop, there, wanted)
    if "address" in wanted:
        place = there["defaultAddress"]
        if place is None:
            place = there["defaultAddress"] = _place(wanted["address"], world.minter)
            there["addressesV2"].append(place)
        place |= _named({**_given(place), **wanted["address"]})
    world.touch(shop, there)
    if not wanted.get("quietly"):
        world.emit(shop, "customers/update", bodies.customer_body(there))
    return shown(there)


def known(world: World, shop: Shop, wanted: Record) -> Record:
    return {"customers": [shown(one) for one in shop.customers.values()]}


def shown(one: Record) -> Record:
    marks = [mark["value"] for mark in one.get("metafields", ()) if mark["key"] == "customer"]
    return {
        "id": one["id"],
        "number": number_of(one["id"]),
        "updatedAt": one["updatedAt"],
        "mark": marks[0] if marks else None,
        "address": _given(one["defaultAddress"]) if one["defaultAddress"] else None,
        "addresses": [_given(place) for place in one["addressesV2"]],
        **{name: one[name] for name in _PERSON},
    }


# --- how a customer is kept ------------------------------------------------------------------------------------------


def _keep(shop: Shop, made: Record) -> None:
    shop.customers[made["id"]] = shop.objects[made["id"]] = made
    shop.mailed(made)


def _change(shop: Shop, there: Record, wanted: Mapping[str, Any]) -> bool:
    told = {name: wanted[name] for name in _PERSON if name in wanted}
    if all(there[name] == value for name, value in told.items()):
        return False
    shop.unmailed(there)
    there |= told
    email, phone = there["email"], there["phone"]
    names = [part for part in (there["firstName"], there["lastName"]) if part]
    there["displayName"] = " ".join(names) or email or ""
    there["defaultEmailAddress"] = (
        {"__typename": "CustomerEmailAddress", "emailAddress": email} if email else None
    )
    there["defaultPhoneNumber"] = (
        {"__typename": "CustomerPhoneNumber", "phoneNumber": phone} if phone else None
    )
    shop.mailed(there)
    return True


def _refusals(request: Request, input: Record, there: Record | None) -> list[Record]:
    errors = []
    for name, label in (("email", "Email"), ("phone", "Phone")):
        owner = _having(request.shop, name, input[name]) if input.get(name) else None
        if owner is not None and owner is not there:
            errors.append(_error(name, f"{label} has already been taken"))
    for wanted in input.get("metafields") or ():
        if wanted.get("type") == "id":
            own = {"namespace": wanted["namespace"], "key": wanted["key"], "value": wanted["value"]}
            owner = _by_own_id(request, own)
            if owner is not None and owner is not there:
                errors.append(_error("metafields", "Value must be unique amongst all owners"))
    return errors


def _by_own_id(request: Request, wanted: Record) -> Record | None:
    """Only a metafield whose definition makes it unique names somebody."""
    namespace = request.world.app.reserved(wanted.get("namespace") or "$app")
    if definition(request, "CUSTOMER", namespace, wanted["key"]) is None:
        raise refused("Metafield definition with unique values is required for a custom id.", "NOT_FOUND")
    for one in request.shop.customers.values():
        for mark in one.get("metafields", ()):
            if (mark["namespace"], mark["key"], mark["value"]) == (namespace, wanted["key"], wanted["value"]):
                return one
    return None


def _mark(request: Request, owner: Record, wanted: Record) -> None:
    write(request, {**wanted, "ownerId": owner["id"]})


def _having(shop: Shop, name: str, value: str) -> Record | None:
    if name == "email":
        return shop.by_email(value)
    return next((one for one in shop.customers.values() if one[name] == value), None)


def _told(input: Record) -> Record:
    return {name: input.get(name) for name in _PERSON if input.get(name) is not None}


def _place(address: Mapping[str, Any], minter: Minter) -> Record:
    made = parties.mailing_address({"company": None, **_named(address)}, minter)
    assert made is not None
    return made


def _named(address: Mapping[str, Any]) -> Record:
    code = address.get("countryCode", address.get("countryCodeV2"))
    told = {name: address.get(name) for name in _PLACE} | {"countryCodeV2": code, "countryCode": code}
    names = [part for part in (told["firstName"], told["lastName"]) if part]
    return told | {"name": " ".join(names) or None}


def _given(place: Record) -> Record:
    return {name: place[name] for name in _PLACE} | {"countryCode": place["countryCodeV2"]}


def _written(place: Record) -> tuple[Any, ...]:
    return tuple(_given(place).values())


def _bare(gid: str) -> str:
    return gid.split("?", maxsplit=1)[0]


def _may_write(request: Request) -> None:
    if not may_write(request.scope, "Customer"):
        raise refused("Access denied: the app may not write customers.", "ACCESS_DENIED")


def _payload(kind: str, name: str, made: Record | None, errors: list[Record]) -> Record:
    return {"__typename": kind, name: made, "userErrors": errors}


def _error(field: str | None, message: str) -> Record:
    return {"__typename": "UserError", "field": [field] if field else None, "message": message}
