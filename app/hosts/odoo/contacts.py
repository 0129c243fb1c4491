"""How a customer stands in Odoo: the contact itself with its main address, other addresses as contacts below it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from app.domain.address import Address
from app.domain.customer import Customer, parted
from app.hosts.odoo.directory import Directory
from app.hosts.odoo.trees import Tree
from app.hosts.odoo.wire import Row
from app.ports import Json

_CODE = "customer-"
_PLACE = ("street", "street2", "zip", "city")


class Coded(Row, frozen=True, kw_only=True):
    code: str | None = None


class Below(Row, frozen=True, kw_only=True):
    """A contact's own fields; `company_name` is what it says of a company that is no contact itself."""

    name: str | None = None
    type: str | None = None
    company_name: str | None = None
    street: str | None = None
    street2: str | None = None
    zip: str | None = None
    city: str | None = None
    phone: str | None = None
    state_id: Coded | None = None
    country_id: Coded | None = None
    write_date: str


class Contact(Below, frozen=True, kw_only=True):
    ref: str | None = None
    email: str | None = None
    child_ids: tuple[Below, ...] = ()


_FIELDS = ("name", "type", "company_name", *_PLACE, "phone", "write_date")
_CODES: Mapping[str, tuple[str, Tree]] = {
    "state_id": ("res.country.state", Tree(fields=("code",))),
    "country_id": ("res.country", Tree(fields=("code",))),
}
CONTACT = Tree(
    fields=(*_FIELDS, "ref", "email"),
    below={**_CODES, "child_ids": ("res.partner", Tree(fields=_FIELDS, below=_CODES))},
)


def customer_of(row: Contact, version: datetime) -> Customer:
    """Addresses of deliveries and invoices are those of single orders and not told."""
    first, last = parted(row.name)
    others = [_address(each, name=each.name, phone=each.phone, company=each.company_name)
              for each in row.child_ids if each.type == "other"]  # fmt: skip
    own = _address(row, name=row.name, phone=None, company=None)
    addresses = ([own] if own.street or own.city or own.country_code else []) + others
    ref = row.ref or ""
    return Customer(
        key=str(row.id),
        updated_at=version,
        first_name=first,
        last_name=last,
        email=row.email,
        phone=row.phone,
        company=row.company_name,
        addresses=tuple(addresses),
        other_key=ref.removeprefix(_CODE) if ref.startswith(_CODE) else None,
        number=str(row.id),
    )


def owned(content: Customer) -> dict[str, Json]:
    """What the contact itself is to say; what the content does not, is left out. A main address is written whole."""
    told: dict[str, Json] = {
        "name": content.name,
        "email": content.email,
        "phone": content.phone,
        "company_name": content.company,
    }
    values: dict[str, Json] = {name: value for name, value in told.items() if value}
    if content.address is not None and content.address.street:
        place = addressed(content.address)
        values |= {name: place[name] for name in (*_PLACE, "country", "province")}
    return values


def addressed(place: Address) -> dict[str, Json]:
    """An address in Odoo's words, its country and province still by their codes."""
    return {
        "name": place.name,
        "company_name": place.company,
        "street": place.street,
        "street2": place.street2,
        "zip": place.postal_code,
        "city": place.city,
        "phone": place.phone,
        "country": place.country_code,
        "province": place.province_code,
    }


async def values_of(directory: Directory, told: Mapping[str, Json]) -> dict[str, Json]:
    """With country and province by Odoo's numbers; what is said to be nothing is cleared."""
    values: dict[str, Json] = {name: False if value is None else value for name, value in told.items()}
    country, province = values.pop("country", None), values.pop("province", None)
    if country is None:
        return values
    number = await directory.country(country) if isinstance(country, str) else None
    values["country_id"] = number if number is not None else False
    state = None
    if number is not None and isinstance(province, str):
        state = await directory.state(number, province)
    values["state_id"] = state if state is not None else False
    return values


def _address(row: Below, *, name: str | None, phone: str | None, company: str | None) -> Address:
    return Address(
        name=name,
        company=company,
        street=row.street,
        street2=row.street2,
        city=row.city,
        postal_code=row.zip,
        province_code=row.state_id.code if row.state_id else None,
        country_code=row.country_id.code if row.country_id else None,
        phone=phone,
    )
