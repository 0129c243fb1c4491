"""The book of addresses of a NetSuite customer: read, and written again with all else that it holds; nothing is taken away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeAlias

import msgspec

from app.domain.address import Address
from app.domain.customer_sync import place_text
from app.errors import Retry
from app.hosts.netsuite.body import address_body

Entry: TypeAlias = dict[str, Any]
"""An entry of the book as the record service tells it, custom fields and all."""

_PLACE = "addressBookAddress"
_BILLING, _SHIPPING = "defaultBilling", "defaultShipping"
_OURS = frozenset(
    {"addressee", "attention", "addr1", "addr2", "city", "state", "zip", "country", "addrPhone"}
)
_KEPT = _OURS | {"addr3"}
_WRITTEN = frozenset({"override", "addrText"})
"""Of an address whose text somebody wrote by hand; of every other one NetSuite composes it."""
_KEPT_BESIDE = frozenset({"label", "isResidential", _BILLING, _SHIPPING})
_CUSTOM = "cust"
"""What names of fields begin with that an account has made itself."""


class _Ref(msgspec.Struct, frozen=True):
    id: str = ""


class _Place(msgspec.Struct, frozen=True):
    addressee: str | None = None
    attention: str | None = None
    addr1: str | None = None
    addr2: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    country: _Ref | None = None
    addrPhone: str | None = None  # noqa: N815 - NetSuite's own name


class Book(msgspec.Struct, frozen=True):
    items: tuple[Entry, ...] = ()


def addresses(book: Book | None) -> tuple[Address, ...]:
    """The default one first."""
    entries = sorted(book.items if book else (), key=_rank)
    return tuple(_address(entry[_PLACE]) for entry in entries if entry.get(_PLACE))


def as_read(address: Address) -> Address:
    """As it is told again once it is written: NetSuite has two lines for a name and a company, and bounds of its own."""
    return _address(address_body(_payload(address)))


def new_book(wished: Sequence[Address]) -> list[Entry]:
    """Of a customer who has none yet."""
    return merged((), wished, None)


def merged(there: Sequence[Entry], wished: Sequence[Address], was: Address | None) -> list[Entry]:
    """The whole book with the first wished address as its default and the others in it. A repeat changes nothing.

    `was`: the default address that the new one takes the place of, where it does.
    """
    made = [_kept(entry) for entry in there]
    for number, address in enumerate(each for each in wished if any(_payload(each).values())):
        place = _at(made, address)
        if place is None and number == 0 and was is not None:
            place = _at(made, was)
            if place is not None:
                made[place] = _changed(made[place], address)
        if place is None:
            made.append({_BILLING: False, _SHIPPING: False, _PLACE: address_body(_payload(address))})
            place = len(made) - 1
        if number == 0:
            _as_default(made, place)
    return made


def _at(entries: Sequence[Entry], address: Address) -> int | None:
    wanted = place_text(as_read(address))
    return next((n for n, each in enumerate(entries) if place_text(_address(each[_PLACE])) == wanted), None)


def _as_default(entries: list[Entry], place: int) -> None:
    """What the default one was default for passes on; whatever else is default for something stays that."""
    had = min(range(len(entries)), key=lambda n: _rank(entries[n]))
    flags = [flag for flag in (_BILLING, _SHIPPING) if entries[had].get(flag)]
    if not flags:
        flags = [_BILLING, _SHIPPING]
    for flag in flags:
        for number, entry in enumerate(entries):
            entry[flag] = number == place


def _changed(entry: Entry, address: Address) -> Entry:
    """A third line, and a label that NetSuite made of the street, belong to the street that was; so does a text by hand."""
    old, new = entry[_PLACE], address_body(_payload(address))
    moved = old.get("addr1") != new.get("addr1")
    rest = {name: value for name, value in old.items() if name not in _OURS | _WRITTEN}
    if moved:
        rest.pop("addr3", None)
    named_by_street = moved and entry.get("label") == old.get("addr1")
    beside = {name: value for name, value in entry.items() if name != "label" or not named_by_street}
    return {**beside, _PLACE: {**rest, **new}}


def _kept(entry: Entry) -> Entry:
    """What of an entry may be sent again: links, ids and texts that NetSuite composes are its own."""
    told = entry.get(_PLACE) or {}
    known = _KEPT | _WRITTEN if told.get("override") is True else _KEPT
    beside = {name: _plain(value) for name, value in entry.items() if _sent(name, _KEPT_BESIDE)}
    place = {name: _plain(value) for name, value in told.items() if _sent(name, known)}
    return {**beside, _PLACE: place}


def _sent(name: str, known: frozenset[str]) -> bool:
    return name in known or name.startswith(_CUSTOM)


def _plain(value: Any) -> Any:
    return {"id": value["id"]} if isinstance(value, dict) and "id" in value else value


def _rank(entry: Entry) -> int:
    return 0 if entry.get(_BILLING) else 1 if entry.get(_SHIPPING) else 2


def _payload(address: Address) -> Mapping[str, Any]:
    return asdict(address)


def _address(told: Any) -> Address:
    """Two names are a person at a company; one is a person, as most addresses are."""
    try:
        place = msgspec.convert(told, _Place)
    except msgspec.ValidationError as cause:
        raise Retry("answer.unreadable", "An address of NetSuite's can't be read.") from cause
    both = place.attention and place.addressee
    return Address(
        name=(place.attention if both else place.addressee or place.attention) or None,
        company=place.addressee if both else None,
        street=place.addr1 or None,
        street2=place.addr2 or None,
        city=place.city or None,
        postal_code=place.zip or None,
        province_code=place.state or None,
        country_code=(place.country.id if place.country else None) or None,
        phone=place.addrPhone or None,
    )
