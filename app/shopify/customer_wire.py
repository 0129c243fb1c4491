"""Shopify's customers as it sends them, field by field, and as both sides speak of them."""

from __future__ import annotations

from datetime import datetime

import msgspec

from app.domain.address import Address
from app.domain.customer import Customer
from app.shopify.gids import key_of
from app.shopify.order_wire import Email, Nodes, Paged, Phone, Wire


class Place(Wire):
    id: str
    first_name: str | None
    last_name: str | None
    company: str | None
    address1: str | None
    address2: str | None
    city: str | None
    zip: str | None
    province_code: str | None
    country_code_v2: str | None = msgspec.field(name="countryCodeV2")
    phone: str | None


class Marked(Wire):
    value: str


class Identified(Wire):
    id: str


class Person(Wire):
    id: str
    updated_at: datetime
    first_name: str | None
    last_name: str | None
    tax_exempt: bool | None
    default_email_address: Email | None
    default_phone_number: Phone | None
    default_address: Identified | None
    addresses_v2: Nodes[Place] = msgspec.field(name="addressesV2")
    metafield: Marked | None = None


class CustomerAnswer(Wire):
    customer: Person | None


class FoundAnswer(Wire):
    ours: Person | None = None
    by_email: Person | None = None


class Changed(Wire):
    id: str
    updated_at: datetime


class ChangedAnswer(Wire):
    customers: Paged[Changed]


def customer(person: Person) -> Customer:
    """The default address first; the company is the one on it."""
    email, phone = person.default_email_address, person.default_phone_number
    places = ordered(person)
    return Customer(
        key=key_of(person.id),
        updated_at=person.updated_at,
        first_name=person.first_name,
        last_name=person.last_name,
        email=email.email_address if email else None,
        phone=phone.phone_number if phone else None,
        company=places[0].company if places else None,
        tax_exempt=person.tax_exempt,
        addresses=tuple(address(place) for place in places),
        other_key=person.metafield.value if person.metafield else None,
    )


def ordered(person: Person) -> list[Place]:
    first = person.default_address.id if person.default_address else None
    return sorted(person.addresses_v2.nodes, key=lambda place: key_of(place.id) != (first and key_of(first)))


def address(place: Place) -> Address:
    return Address(
        name=" ".join(part for part in (place.first_name, place.last_name) if part) or None,
        company=place.company,
        street=place.address1,
        street2=place.address2,
        city=place.city,
        postal_code=place.zip,
        province_code=place.province_code,
        country_code=place.country_code_v2,
        phone=place.phone,
    )


class EventPlace(msgspec.Struct):
    """An address in the form that events have."""

    id: int | None = None
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    zip: str | None = None
    province_code: str | None = None
    country_code: str | None = None
    phone: str | None = None


class Event(msgspec.Struct):
    """A customer in the form that events have."""

    id: int
    updated_at: datetime | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    tax_exempt: bool | None = None
    default_address: EventPlace | None = None
    addresses: list[EventPlace] | None = None


def told(event: Event, at: datetime) -> Customer:
    """The customer that an event shows."""
    first = event.default_address
    rest = [place for place in event.addresses or () if first is None or place.id != first.id]
    places = [*([first] if first else []), *rest]
    return Customer(
        key=str(event.id),
        updated_at=at,
        first_name=event.first_name,
        last_name=event.last_name,
        email=event.email,
        phone=event.phone,
        company=places[0].company if places else None,
        tax_exempt=event.tax_exempt,
        addresses=tuple(_told_address(place) for place in places),
    )


def _told_address(place: EventPlace) -> Address:
    return Address(
        name=" ".join(part for part in (place.first_name, place.last_name) if part) or None,
        company=place.company,
        street=place.address1,
        street2=place.address2,
        city=place.city,
        postal_code=place.zip,
        province_code=place.province_code,
        country_code=place.country_code,
        phone=place.phone,
    )
