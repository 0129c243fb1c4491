"""Customers of NetSuite: read, found by our key or their e-mail, made and changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, cast

import msgspec

from app.domain.address import Address
from app.domain.customer import Customer
from app.domain.customer_sync import new_places, place_text, same
from app.domain.ids import SinkKey
from app.errors import Retry
from app.hosts.netsuite import persons, sql
from app.hosts.netsuite.addressbook import Book, Entry, addresses, merged, new_book
from app.hosts.netsuite.client import NetSuite
from app.hosts.netsuite.clock import Clock
from app.hosts.netsuite.directory import Directory
from app.hosts.netsuite.payload import COMPANY, GUEST, customer_external, customer_of, safe
from app.hosts.netsuite.since import iso, pages
from app.hosts.netsuite.sql import MOMENT, Row
from app.outbound import redacted
from app.ports import Change, Evidence, Json, Matches, Page, Span, Step, StepKind, Wanted

_MOST = 5


class _Record(msgspec.Struct, frozen=True):
    """A customer as the record service tells it; what is empty is left out."""

    id: str
    lastModifiedDate: str  # noqa: N815
    externalId: str | None = None  # noqa: N815
    entityId: str | None = None  # noqa: N815
    firstName: str | None = None  # noqa: N815
    lastName: str | None = None  # noqa: N815
    companyName: str | None = None  # noqa: N815
    isPerson: bool = False  # noqa: N815
    email: str | None = None
    phone: str | None = None
    addressBook: Book | None = None  # noqa: N815


class _ListedRow(Row, frozen=True):
    id: str | int
    modified: str


class _Match(Row, frozen=True):
    id: str | int
    externalid: str = ""


_OTHERS = " AND ".join(f"c.externalid NOT LIKE {sql.text(head + '%')}" for head in (GUEST, COMPANY))
_PEOPLE = f"(c.externalid IS NULL OR ({_OTHERS}))"
"""What orders made of companies and guests is kept in step with nobody."""


class NetSuiteCustomers:
    """Implements `ports.Customers`. Keys are unique there, so a repeat makes nobody twice."""

    def __init__(self, netsuite: NetSuite, directory: Directory, clock: Clock) -> None:
        self._netsuite, self._directory, self._clock = netsuite, directory, clock

    async def get(self, key: str) -> Customer | None:
        if not (key.isascii() and key.isdigit()):
            return None
        found = await self._netsuite.get(_Record, f"customer/{key}?expandSubResources=true")
        return _read(found) if found else None

    async def matching(self, wanted: Wanted) -> Matches:
        """The e-mail stands in the question's body, never in an address."""
        key, email = customer_external(wanted.our_key), wanted.content.email
        condition = f"c.externalid = {sql.text(key)}"
        if email:
            condition += f" OR LOWER(c.email) = {sql.text(email.lower())}"
        page = await self._netsuite.page(
            _Match,
            f"SELECT c.id, c.externalid FROM customer c WHERE ({condition}) AND c.isinactive = 'F' ORDER BY c.id",
        )
        found = [(row, await self.get(str(row.id))) for row in page.items[:_MOST]]
        known = [(row, one) for row, one in found if one is not None]
        return Matches(
            ours=tuple(one for row, one in known if row.externalid == key),
            by_email=tuple(one for row, one in known if row.externalid != key),
        )

    async def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        query = (
            f"SELECT c.id, TO_CHAR(c.lastmodifieddate, '{MOMENT}') AS modified FROM customer c"
            f" WHERE c.isinactive = 'F' AND {_PEOPLE} AND"
        )
        async for rows, told in pages(self._netsuite, self._clock, _ListedRow, query, cursor, column="c"):
            changes = tuple(Change(key=str(row.id), version=told.version(row)) for row in rows)
            yield Page(items=changes, cursor=told.cursor)

    async def cursor_at(self, at: datetime) -> str:
        return iso(at)

    async def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        """Everybody who changed in the span."""
        async for page in self.changes(iso(span.since)):
            kept = tuple(change for change in page.items if change.version < span.until)
            yield Page(items=kept, cursor=page.cursor)

    def as_kept(self, customer: Customer) -> Customer:
        return persons.as_read(customer)

    def next_step(self, wanted: Wanted, there: Customer | None, done: Collection[str]) -> Step | None:
        if there is None:
            body = _told(wanted.content, wanted.content.addresses)
            return _step("create", StepKind.CREATE, {"our_key": wanted.our_key, "content": body})
        key = f"change:{wanted.round}"
        content = persons.as_read(wanted.content)
        more = new_places(content, there)
        if key in done or (same(content, there) and not more):
            return None
        told = _told(content, _addresses(content, there, more))
        before: Json = _told(there, there.addresses)
        return _step(key, StepKind.ADVANCE, {"customer": there.key, "content": told, "before": before})

    async def do(self, step: Step) -> Evidence:
        payload: Mapping[str, Any] = step.payload
        content = payload["content"]
        if step.kind is StepKind.CREATE:
            buyer = customer_of(payload["our_key"], content)
            subsidiary = await persons.home(self._netsuite, self._directory)
            body = {**persons.new_customer(buyer, subsidiary), **_book(new_book(_places(content)))}
            made = await persons.create(self._netsuite, body, buyer)
        else:
            made = str(payload["customer"])
            body = {**persons.named(customer_of("", content)), **await self._changed_book(made, payload)}
            lists = "?replace=addressBook" if "addressBook" in body else ""
            await self._netsuite.write("PATCH", f"customer/{sql.number(made)}{lists}", body)
        request = cast("Mapping[str, Json]", redacted(dict(step.payload)))
        return Evidence(sink_key=SinkKey(made), request=request, response={"id": made})

    async def _changed_book(self, customer: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Nothing where no address is another: only a book that changes is read once more, and sent as a whole."""
        wished, before = _places(payload["content"]), _places(payload["before"])
        if [place_text(each) for each in wished] == [place_text(each) for each in before]:
            return {}
        there = await self._netsuite.get(_Record, f"customer/{sql.number(customer)}?expandSubResources=true")
        entries = there.addressBook.items if there and there.addressBook else ()
        replaced = before[:1] if before[:1] and before[0] not in wished else [None]
        return _book(merged(entries, wished, replaced[0]))


def _step(key: str, kind: StepKind, payload: dict[str, Json]) -> Step:
    """The whole book of addresses is sent: an entry alone would be added again by a repeat."""
    return Step(key=key, kind=kind, payload=payload, repeatable=True)


def _places(content: Mapping[str, Any]) -> list[Address]:
    return [Address(**each) for each in content["addresses"]]


def _book(entries: Collection[Entry]) -> dict[str, Any]:
    return {"addressBook": {"items": list(entries)}} if entries else {}


def _told(customer: Customer, addresses: Collection[Address]) -> dict[str, Json]:
    return {
        "email": customer.email,
        "first_name": customer.first_name,
        "last_name": customer.last_name,
        "phone": customer.phone,
        "company": customer.company,
        "addresses": [asdict(address) for address in addresses],
    }


def _addresses(content: Customer, there: Customer, more: Collection[Address]) -> list[Address]:
    """The default one takes the place of the one that was; the others stay, and new ones come behind them."""
    first = content.address
    if first is None:
        return [*there.addresses, *more]
    had = [place for place in there.addresses[1:] if place_text(place) != place_text(first)]
    moved = len(had) < len(there.addresses) - 1
    old = list(there.addresses[:1]) if moved else []
    return [first, *old, *had, *more]


# --- what is read ------------------------------------------------------------------------------------------------------


def _read(record: _Record) -> Customer:
    first, last = _name(record.firstName), _name(record.lastName)
    return Customer(
        key=record.id,
        updated_at=_at(record.lastModifiedDate),
        first_name=first,
        last_name=last,
        email=record.email or None,
        phone=record.phone or None,
        company=record.companyName or None,
        addresses=addresses(record.addressBook),
        other_key=_ours(record.externalId),
        number=record.entityId,
    )


def _name(told: str | None) -> str | None:
    return None if told in {None, "", persons.NO_NAME} else told


def _ours(key: str | None) -> str | None:
    """The store's key of a person; companies and guests are kept in step with nobody."""
    head = customer_external("")
    return key.removeprefix(head) if key and key.startswith(head) and safe(key) == key else None


def _at(told: str) -> datetime:
    try:
        at = datetime.fromisoformat(told)
    except ValueError as cause:
        raise Retry("answer.unreadable", "A time of NetSuite's can't be read.") from cause
    return at if at.tzinfo else at.replace(tzinfo=UTC)
