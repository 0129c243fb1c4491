"""Which side of a customer wins: three ways, each side against what it was when both were last in step. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Literal, TypeAlias

from app.domain.address import Address
from app.domain.customer import Customer

Side: TypeAlias = Literal["store", "host"]

Print: TypeAlias = Callable[[str], str]
"""What is kept of a text: a keyed hash of it, so that nobody can guess what it was."""

_NOWHERE = Address(street="")

FIELDS = ("name", "email", "phone", "company", "tax_exempt", "address")
"""What is compared, as people call it; other addresses are added on either side and never taken away."""


@dataclass(frozen=True, kw_only=True)
class Synced:
    """Prints of both sides when they were last in step, and of every address that either had then."""

    store: str
    host: str
    places: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """Nothing is to be written."""


@dataclass(frozen=True, kw_only=True)
class Write:
    """Make the customer on side `to` what `content` says; addresses of it that are new there are added.

    `differs`: both had been changed, and these were not the same; the newer side won. Empty: no conflict.
    `rest`: what the winner is to be afterwards, where it says nothing and the other side does.
    """

    to: Side
    content: Customer
    differs: tuple[str, ...] = ()
    rest: Customer | None = None


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A write that was begun and never seen to its end: to which side, and the print of what it was to be."""

    to: Side
    wish: str


Keeps: TypeAlias = Callable[[Customer], Customer]
"""What a side with shorter fields makes of a customer."""


def decide(
    store: Customer | None,
    host: Customer | None,
    synced: Synced | None,
    *,
    offset: timedelta,
    prints: Print,
    owner: Side | None = None,
    begun: Begun | None = None,
    keeps: Keeps | None = None,
) -> Agreed | Write:
    """One side moved: it wins. Both: the one that was changed last, the ERP's clock being `offset` ahead of ours.

    Where the data have an owner, that side wins whoever moved. What was `begun` and is still wished for goes on first: its
    side was changed last by ourselves, and half of a change is no news. Nor is what the ERP `keeps` of the store's words.
    """
    decided = _decided(store, host, synced, offset=offset, prints=prints, owner=owner, begun=begun)
    if keeps and store and isinstance(decided, Write) and decided.to == "store":
        return unshortened(decided, store, keeps(store))
    return decided


def _decided(
    store: Customer | None,
    host: Customer | None,
    synced: Synced | None,
    *,
    offset: timedelta,
    prints: Print,
    owner: Side | None,
    begun: Begun | None,
) -> Agreed | Write:
    if store is None or host is None:
        there = store or host
        return Agreed() if there is None else Write(to="host" if host is None else "store", content=there)
    rest = _unfinished(store, host, synced, begun, prints)
    if rest is not None:
        return rest
    moved = moves(store, host, synced, prints)
    newer: Side = "store" if store.updated_at >= host.updated_at - offset else "host"
    winner: Side
    match moved:
        case False, False:
            return Agreed()
        case True, True:
            winner = newer
        case from_store, _:
            winner = "store" if from_store else "host"
    sides: Mapping[Side, Customer] = {"store": store, "host": host}
    carried = _carried(owner or winner, sides, synced, both=all(moved), prints=prints)
    if owner is not None or not all(moved) or winner == "store":
        return carried
    filled = _filled(host, store, synced, prints)
    if isinstance(carried, Write):
        return replace(carried, rest=filled)
    return Write(to="host", content=filled) if filled else carried


def unshortened(write: Write, store: Customer, kept: Customer) -> Agreed | Write:
    """A write into the store without what the ERP says only because its fields are shorter.

    `kept`: what the ERP makes of the store's customer. Where it says just that, the store's own longer word stays.
    """
    made, told = normal(kept), normal(write.content)
    stays = {name for name in FIELDS if made[name] is not None and made[name] == told[name]}
    content = write.content
    if "name" in stays:
        content = replace(content, first_name=store.first_name, last_name=store.last_name)
    content = replace(
        content, **{name: getattr(store, name) for name in ("email", "phone", "company") if name in stays}
    )
    cut = {place_text(there) for there in kept.addresses}
    first = store.addresses[:1] if "address" in stays else content.addresses[:1]
    others = tuple(each for each in content.addresses[1:] if place_text(each) not in cut)
    content = replace(content, addresses=(*first, *others))
    if same(content, store) and not new_places(content, store):
        return Agreed()
    return replace(write, content=content)


def _unfinished(
    store: Customer, host: Customer, synced: Synced | None, begun: Begun | None, prints: Print
) -> Write | None:
    """What is left of a write that was begun, or of making in the store whom the ERP had alone."""
    made_there = synced is None and store.other_key == host.key and host.other_key != store.key
    to: Side | None = begun.to if begun else "store" if made_there else None
    if to is None:
        return None
    sides: Mapping[Side, Customer] = {"store": store, "host": host}
    rest = _carried("host" if to == "store" else "store", sides, synced, both=False, prints=prints)
    if isinstance(rest, Agreed) or (begun and print_of(rest.content, prints) != begun.wish):
        return None
    return rest


def _filled(host: Customer, store: Customer, synced: Synced | None, prints: Print) -> Customer | None:
    """The ERP's customer with what only the store says, where both moved and the ERP has won. None: nothing is missing.

    Never the other way round: what the store does not say may be what we are not allowed to see.
    """
    known = synced.places if synced else frozenset[str]()
    news = _addresses(replace(store, addresses=(_NOWHERE, *store.addresses[1:])), host, known, prints)[1:]
    first = host.address or store.address
    content = replace(over(host, store), addresses=(first, *news) if first else news)
    return content if not same(content, host) or new_places(content, host) else None


def moves(store: Customer, host: Customer, synced: Synced | None, prints: Print) -> tuple[bool, bool]:
    """Which of the two, store and host, is another than when they were last in step."""
    return (
        moved_since(store, synced.store if synced else None, synced, prints),
        moved_since(host, synced.host if synced else None, synced, prints),
    )


def _carried(
    winner: Side, sides: Mapping[Side, Customer], synced: Synced | None, *, both: bool, prints: Print
) -> Agreed | Write:
    to: Side = "host" if winner == "store" else "store"
    won, lost = sides[winner], sides[to]
    known = synced.places if synced else frozenset()
    content = replace(over(won, lost), addresses=_addresses(won, lost, known, prints))
    differs = differences(won, lost) if both and synced is not None else ()
    if same(content, lost) and not new_places(content, lost):
        return Agreed()
    return Write(to=to, content=content, differs=differs)


def moved_since(side: Customer, then: str | None, synced: Synced | None, prints: Print) -> bool:
    """Whether this side is another than when it was last in step, or has an address that nobody had then."""
    if then is None or synced is None or print_of(side, prints) != then:
        return True
    return bool(places_of(side, prints).keys() - synced.places)


def in_step(store: Customer, host: Customer, prints: Print, *, known: Collection[str] = ()) -> Synced:
    """What is remembered of two sides that are in step now. Only addresses that both have, or had, are known."""
    mine, theirs = places_of(store, prints), places_of(host, prints)
    return Synced(
        store=print_of(store, prints),
        host=print_of(host, prints),
        places=frozenset(known)
        | (mine.keys() & theirs.keys())
        | _first(store, prints)
        | _first(host, prints),
    )


def over(won: Customer, lost: Customer) -> Customer:
    """The winner's, and of the loser's whatever the winner does not say: null never clears."""
    named = won if won.name else lost
    return replace(
        lost,
        first_name=named.first_name,
        last_name=named.last_name,
        email=won.email or lost.email,
        phone=won.phone or lost.phone,
        company=won.company or lost.company,
        tax_exempt=lost.tax_exempt if won.tax_exempt is None else won.tax_exempt,
    )


def same(one: Customer, other: Customer) -> bool:
    return not differences(one, other, silent=True)


def differences(one: Customer, other: Customer, *, silent: bool = False) -> tuple[str, ...]:
    """Names of what is not the same. What one side does not say is no difference, unless it is to be filled (`silent`)."""
    mine, theirs = normal(one), normal(other)
    return tuple(
        name for name in FIELDS if mine[name] != theirs[name] and (silent or (mine[name] and theirs[name]))
    )


def new_places(content: Customer, there: Customer) -> tuple[Address, ...]:
    """Addresses of the content that the customer does not have there, the default one left out."""
    has = {place_text(address) for address in there.addresses}
    return tuple(address for address in content.addresses[1:] if place_text(address) not in has)


def normal(customer: Customer) -> dict[str, str | None]:
    """What counts of a customer, so that how a side writes it down makes no difference."""
    exempt = customer.tax_exempt
    return {
        "name": _tidy(customer.name),
        "email": email_text(customer.email),
        "phone": phone_text(customer.phone),
        "company": _tidy(customer.company),
        "tax_exempt": None if exempt is None else str(exempt),
        "address": place_text(customer.address) if customer.address else None,
    }


def email_text(email: str | None) -> str | None:
    return (email or "").strip().lower() or None


def phone_text(phone: str | None) -> str | None:
    """Digits alone, with the plus of a whole number, however it was written."""
    text = (phone or "").strip()
    digits = "".join(c for c in text if c.isdigit())
    if text.startswith("00"):
        digits, text = digits[2:], "+"
    return (f"+{digits}" if text.startswith("+") else digits) if digits else None


def place_text(address: Address) -> str:
    parts = {name: _tidy(value) for name, value in asdict(address).items()}
    parts["phone"] = phone_text(address.phone)
    for code in ("country_code", "province_code"):
        parts[code] = (parts[code] or "").upper() or None
    return json.dumps(parts, sort_keys=True)


def content_digest(customer: Customer) -> str:
    """Equal for two readings of a customer that say the same."""
    places = sorted(place_text(address) for address in customer.addresses)
    return _digest(json.dumps([normal(customer), places], sort_keys=True))


def print_of(customer: Customer, prints: Print) -> str:
    return prints(_digest(json.dumps(normal(customer), sort_keys=True)))


def places_of(customer: Customer, prints: Print) -> dict[str, Address]:
    return {prints(_digest(place_text(address))): address for address in customer.addresses}


def _addresses(won: Customer, lost: Customer, known: frozenset[str], prints: Print) -> tuple[Address, ...]:
    """The winner's default address, whole, and behind it what the winner has that nobody had before."""
    first = won.address
    if first is None or (first.street is None and lost.address is not None and lost.address.street):
        first = lost.address
    has = known | places_of(lost, prints).keys()
    rest = places_of(replace(won, addresses=won.addresses[1:]), prints)
    # An address without a street is one that we may not see.
    news = [place for key, place in rest.items() if key not in has and place.street and place != first]
    return (first, *news) if first else tuple(news)


def _first(customer: Customer, prints: Print) -> frozenset[str]:
    return frozenset([prints(_digest(place_text(customer.address)))]) if customer.address else frozenset()


def _tidy(text: str | None) -> str | None:
    return " ".join((text or "").split()) or None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
