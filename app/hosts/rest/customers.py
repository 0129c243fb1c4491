"""Customers of any ERP: read, found, made and changed, as its connection document says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from datetime import datetime
from typing import cast

from app.domain.address import Address
from app.domain.customer import Customer
from app.domain.customer_sync import email_text, new_places, place_text, same
from app.domain.ids import SinkKey
from app.errors import Bug, Unclear
from app.hosts.rest import views
from app.hosts.rest.client import Caller, chosen, payload_of
from app.hosts.rest.description import AddressFields, Customers
from app.hosts.rest.documents import shown, told_little
from app.hosts.rest.lists import ChangeList
from app.hosts.rest.parts import Writes
from app.hosts.rest.rows import Row
from app.ports import Change, Evidence, Matches, Page, Span, Step, StepKind, Wanted


class RestCustomers:
    """Implements `ports.Customers`."""

    def __init__(self, caller: Caller, customers: Customers) -> None:
        self._caller, self._customers = caller, customers
        self._list = ChangeList(caller, customers.changes)

    async def get(self, key: str) -> Customer | None:
        row = await self._caller.one(self._customers.get, {"key": key})
        return self._read(row) if row else None

    async def matching(self, wanted: Wanted) -> Matches:
        tree = {"our_key": wanted.our_key, "customer": _tree(wanted.content, wanted.content.addresses)}
        found = [self._read(row) for row in await self._caller.every(self._customers.search, tree)]
        ours = tuple(one for one in found if one.other_key == wanted.our_key)
        others = [one for one in found if one.other_key != wanted.our_key]
        return Matches(ours=ours, by_email=tuple(one for one in others if self._has_email(one, wanted)))

    def _has_email(self, one: Customer, wanted: Wanted) -> bool:
        """A search may be a loose one. Where e-mails stand is not always said: then the ERP's word is all there is."""
        if self._customers.fields.email is None:
            return True
        email = email_text(wanted.content.email)
        return email is not None and email_text(one.email) == email

    def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        return self._list.changes(cursor)

    async def cursor_at(self, at: datetime) -> str:
        return await self._list.cursor_at(at)

    def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        return self._list.between(span)

    def next_step(self, wanted: Wanted, there: Customer | None, done: Collection[str]) -> Step | None:
        if there is None:
            tree: dict[str, object] = {
                "our_key": wanted.our_key,
                "customer": _tree(wanted.content, wanted.content.addresses),
            }
            return _step("create", StepKind.CREATE, self._customers.create, tree)
        key, more = f"change:{wanted.round}", new_places(wanted.content, there)
        if key in done or (same(wanted.content, there) and not more):
            return None
        tree = {
            "our_key": wanted.our_key,
            "key": there.key,
            "customer": _tree(wanted.content, _addresses(wanted.content, there, more)),
        }
        return _step(key, StepKind.ADVANCE, self._customers.change, tree)

    async def do(self, step: Step) -> Evidence:
        written = await self._caller.write(step.payload)
        if written.silent:
            return told_little(step)
        row = Row(written.there, self._caller.manner(writes=True))
        fields = self._customers.fields
        key, number = row.text(fields.key), row.text(fields.number)
        if key is None:
            raise Unclear(
                "answer.unreadable", "The ERP does not say which customer it made; they are looked for."
            )
        return Evidence(
            sink_key=SinkKey(key),
            number=number,
            request=shown(step.payload),
            response={"key": key, "number": number},
        )

    def _read(self, row: Row) -> Customer:
        fields = self._customers.fields
        exempt = row.at(fields.tax_exempt)
        return Customer(
            key=row.needed(fields.key),
            updated_at=row.moment(fields.updated_at),
            first_name=row.text(fields.first_name),
            last_name=row.text(fields.last_name),
            email=row.text(fields.email),
            phone=row.text(fields.phone),
            company=row.text(fields.company),
            tax_exempt=None if exempt is None else row.flag(fields.tax_exempt),
            addresses=_places(row, fields.addresses),
            other_key=row.text(fields.our_key),
            number=row.text(fields.number),
        )


def _places(row: Row, fields: AddressFields | None) -> tuple[Address, ...]:
    if fields is None:
        return ()
    names = Address.__dataclass_fields__
    return tuple(
        Address(**{name: each.text(getattr(fields, name)) for name in names})
        for each in row.rows(fields.rows)
    )


def _tree(customer: Customer, addresses: Collection[Address]) -> dict[str, object]:
    tree = cast("dict[str, object]", views.view(customer))
    return {**tree, "name": customer.name, "addresses": [views.view(each) for each in addresses]}


def _addresses(content: Customer, there: Customer, more: tuple[Address, ...]) -> list[Address]:
    """The default one takes the place of the one that was; the others stay, and new ones come behind them."""
    first = content.address
    if first is None:
        return [*there.addresses, *more]
    had = [place for place in there.addresses[1:] if place_text(place) != place_text(first)]
    moved = len(had) < len(there.addresses) - 1
    return [first, *(there.addresses[:1] if moved else ()), *had, *more]


def _step(key: str, kind: StepKind, calls: Writes, tree: Mapping[str, object]) -> Step:
    call = chosen(calls, tree)
    if call is None:
        raise Bug("step.unreadable", "The connection document has no call for this customer.")
    return Step(key=key, kind=kind, payload=payload_of(call, tree), repeatable=call.repeatable)
