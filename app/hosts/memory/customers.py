"""Customers of the demo ERP: read, found, made and changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, cast

from app.domain.address import Address
from app.domain.customer import Customer
from app.domain.customer_sync import new_places, place_text, same
from app.domain.ids import SinkKey
from app.hosts.memory import wire
from app.outbound import redacted
from app.ports import Change, Evidence, Json, Matches, Page, Span, Step, StepKind, Wanted

if TYPE_CHECKING:
    from app.hosts.memory.adapter import Caller

_ALL = "/v1/customers"


class MemoryCustomers:
    """Implements `ports.Customers`. Keys and e-mails are unique there, so a repeat makes nobody twice."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def get(self, key: str) -> Customer | None:
        if not (key.isascii() and key.isdigit()):
            return None
        found = await self._caller.maybe(wire.KnownPerson, f"{_ALL}/{key}")
        return _read(found) if found else None

    async def matching(self, wanted: Wanted) -> Matches:
        asked: Json = {"key": wanted.our_key, "email": wanted.content.email}
        found = (await self._caller.seek(wire.Persons, f"{_ALL}/search", asked)).customers
        ours = tuple(_read(one) for one in found if one.key == wanted.our_key)
        free = tuple(_read(one) for one in found if one.key != wanted.our_key)
        return Matches(ours=ours, by_email=free)

    async def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        after = int(cursor or 0)
        while True:
            page = await self._caller.read(wire.Persons, _ALL, {"after": str(after)})
            after = max([after, *(person.revision for person in page.customers)])
            changes = (
                Change(key=str(p.id), version=datetime.fromisoformat(p.updated_at)) for p in page.customers
            )
            yield Page(items=tuple(changes), cursor=str(after))
            if page.next is None:
                return

    async def cursor_at(self, at: datetime) -> str:
        """Revisions know no time: everybody is looked at once."""
        return "0"

    async def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        async for page in self.changes(None):
            yield page

    def next_step(self, wanted: Wanted, there: Customer | None, done: Collection[str]) -> Step | None:
        if there is None:
            body = {"key": wanted.our_key, **_body(wanted.content, wanted.content.addresses)}
            return _step("create", StepKind.CREATE, "POST", _ALL, body)
        key, path = f"change:{wanted.round}", f"{_ALL}/{there.key}"
        more = new_places(wanted.content, there)
        if key in done or (same(wanted.content, there) and not more):
            return None
        before: Json = _body(there, there.addresses)
        body = _body(wanted.content, _addresses(wanted.content, there, more))
        return _step(key, StepKind.ADVANCE, "PUT", path, body, before=before)

    async def do(self, step: Step) -> Evidence:
        method, path, body = (step.payload.get(name) for name in ("method", "path", "body"))
        known = await self._caller.person(str(method), str(path), body)
        request = cast("Mapping[str, Json]", redacted(dict(step.payload)))
        return Evidence(sink_key=SinkKey(str(known.id)), number=known.number, request=request)


def _addresses(content: Customer, there: Customer, more: tuple[Address, ...]) -> list[Address]:
    """The default one takes the place of the one that was; the others stay, and new ones come behind them."""
    first = content.address
    if first is None:
        return [*there.addresses, *more]
    had = [place for place in there.addresses[1:] if place_text(place) != place_text(first)]
    moved = len(had) < len(there.addresses) - 1
    old = list(there.addresses[:1]) if moved else []
    return [first, *old, *had, *more]


def _step(key: str, kind: StepKind, method: str, path: str, body: Json, *, before: Json = None) -> Step:
    """`before` is what is written over, sealed with the payload for whoever has to look."""
    payload: dict[str, Json] = {"method": method, "path": path, "body": body, "before": before}
    return Step(key=key, kind=kind, payload=payload, repeatable=True)


def _body(customer: Customer, addresses: list[Address] | tuple[Address, ...]) -> dict[str, Json]:
    told: dict[str, Json] = {
        "email": customer.email,
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "phone": customer.phone,
        "company": customer.company,
        "tax_exempt": customer.tax_exempt,
    }
    return {**told, "addresses": [asdict(address) for address in addresses]}


def _read(person: wire.KnownPerson) -> Customer:
    return Customer(
        key=str(person.id),
        updated_at=datetime.fromisoformat(person.updated_at),
        first_name=person.first_name,
        last_name=person.last_name,
        email=person.email,
        phone=person.phone,
        company=person.company,
        tax_exempt=person.tax_exempt,
        addresses=tuple(_place(place) for place in person.addresses),
        other_key=person.key,
        number=person.number,
    )


def _place(place: wire.Place) -> Address:
    names = Address.__dataclass_fields__
    return Address(**{name: getattr(place, name) for name in names})
