"""Finds or makes the party of a buyer, with the addresses of this order: one party per buyer, by its unique code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.errors import Rejected
from app.hosts.tryton.client import Tryton
from app.hosts.tryton.directory import Directory
from app.hosts.tryton.records import ADDRESS_FIELDS, AddressRow, Party
from app.hosts.tryton.wire import made
from app.ports import Json

_FIELDS = tuple(f"addresses.{name}" for name in ADDRESS_FIELDS)
_ANY: Json = ["active", "in", [True, False]]


@dataclass(frozen=True, kw_only=True)
class Placed:
    """Who buys, where the bill goes and where the goods go."""

    party: int
    invoice_address: int
    shipment_address: int


async def place(tryton: Tryton, directory: Directory, payload: Mapping[str, Json]) -> Placed:
    """Writes only what is missing. Safe to repeat: the code is unique, an address that is there is used again."""
    buyer, bill_to, ship_to = (payload[name] for name in ("buyer", "bill_to", "ship_to"))
    assert isinstance(buyer, dict)
    code = f"{(await tryton.shop()).id}-{buyer['code']}"
    invoice = await _address(directory, bill_to or ship_to, buyer)
    shipment = await _address(directory, ship_to or bill_to, buyer)
    wanted = [invoice] if shipment == invoice else [invoice, shipment]
    party = await _find(tryton, code) or await _create(tryton, code, buyer, wanted)
    missing = [values for values in wanted if _same(party.addresses, values) is None]
    if missing:
        party = await tryton.update(Party, "party.party", party.id, {"addresses": made(*missing)}, _FIELDS)
    return Placed(
        party=party.id,
        invoice_address=_there(party.addresses, invoice),
        shipment_address=_there(party.addresses, shipment),
    )


async def _find(tryton: Tryton, code: str) -> Party | None:
    found = await tryton.find(Party, "party.party", _FIELDS, [["code", "=", code], _ANY], most=1)
    return found[0] if found else None


async def _create(
    tryton: Tryton, code: str, buyer: Mapping[str, Json], addresses: Sequence[Mapping[str, Json]]
) -> Party:
    values: dict[str, Json] = {"code": code, "name": buyer["name"], "addresses": made(*addresses)}
    contacts: list[dict[str, Json]] = [
        {"type": kind, "value": buyer[kind]} for kind in ("email", "phone") if buyer[kind]
    ]
    if contacts:
        values["contact_mechanisms"] = made(*contacts)
    try:
        return await tryton.create(Party, "party.party", values, _FIELDS)
    except Rejected:
        # Another order of the same buyer was quicker: its code is taken now. Any other refusal stays one.
        if found := await _find(tryton, code):
            return found
        raise


async def _address(directory: Directory, address: Json, buyer: Mapping[str, Json]) -> dict[str, Json]:
    if not isinstance(address, dict):
        return {"party_name": buyer["name"]}
    country = address["country"]
    return {
        "party_name": address["name"],
        "street_unstructured": address["street"],
        "postal_code": address["postal_code"],
        "city": address["city"],
        "country": await directory.country(country) if isinstance(country, str) else None,
    }


def _same(rows: Sequence[AddressRow], values: Mapping[str, Json]) -> int | None:
    for row in rows:
        there = {
            "party_name": row.party_name,
            "street_unstructured": row.street_unstructured,
            "postal_code": row.postal_code,
            "city": row.city,
            "country": row.country.id if row.country else None,
        }
        if all((there[name] or None) == (values.get(name) or None) for name in there):
            return row.id
    return None


def _there(rows: Sequence[AddressRow], values: Mapping[str, Json]) -> int:
    found = _same(rows, values)
    if found is None:
        raise Rejected(
            "address.changed", "Tryton keeps this order's address in another way than it was sent."
        )
    return found
