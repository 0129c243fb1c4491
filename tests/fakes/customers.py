"""A side's customers in memory: people edit them, calls to it fail on order, and what was written is counted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

from app.domain.address import Address
from app.domain.customer import Customer
from app.domain.customer_sync import email_text, new_places, same
from app.domain.ids import SinkKey
from app.errors import Retry, Unclear
from app.ports import Change, Evidence, Json, Matches, Page, Span, Step, StepKind, Wanted
from tests.fakes.erp import Gate


@dataclass
class FakeCustomers:
    """Implements `ports.Customers`. `first`: the number of the first customer made here.

    `piecemeal`: addresses go by a call of their own, after the rest.
    """

    first: int = 1
    people: dict[str, Customer] = field(default_factory=dict)
    sent: list[Step] = field(default_factory=list)
    loses: int = 0
    away: int = 0
    gates: list[Gate] = field(default_factory=list)
    shortens: bool = False
    piecemeal: bool = False

    def born(self, **told: Any) -> Customer:
        """Somebody enters a customer here."""
        made = Customer(key=str(self.first + len(self.people)), updated_at=datetime.now(UTC), **told)
        self.people[made.key] = made
        return made

    def edit(self, key: str, *, at: datetime | None = None, **changes: Any) -> Customer:
        self.people[key] = replace(self.people[key], updated_at=at or datetime.now(UTC), **changes)
        return self.people[key]

    def stands_still(self) -> Gate:
        """The next write stands still before it is done, until told to go on."""
        self.gates.append(Gate())
        return self.gates[-1]

    async def get(self, key: str) -> Customer | None:
        return self.people.get(key)

    async def matching(self, wanted: Wanted) -> Matches:
        if self.away:
            self.away -= 1
            raise Retry("host.unreachable", "The ERP does not answer.")
        email = email_text(wanted.content.email)
        ours = tuple(p for p in self.people.values() if p.other_key == wanted.our_key)
        rest = (p for p in self.people.values() if p not in ours)
        return Matches(ours=ours, by_email=tuple(p for p in rest if email and email_text(p.email) == email))

    async def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        since = datetime.fromisoformat(cursor) if cursor else datetime.min.replace(tzinfo=UTC)
        found = sorted((p for p in self.people.values() if p.updated_at >= since), key=lambda p: p.updated_at)
        changes = tuple(Change(key=p.key, version=p.updated_at) for p in found)
        yield Page(items=changes, cursor=found[-1].updated_at.isoformat() if found else cursor or "")

    async def cursor_at(self, at: datetime) -> str:
        return at.isoformat()

    async def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        async for page in self.changes(None):
            yield page

    def next_step(self, wanted: Wanted, there: Customer | None, done: Collection[str]) -> Step | None:
        if there is None:
            return self._step("create", StepKind.CREATE, wanted, None)
        if self.piecemeal:
            return self._next_piece(wanted, there, done)
        key = f"change:{wanted.round}"
        if key in done or (same(wanted.content, there) and not new_places(wanted.content, there)):
            return None
        return self._step(key, StepKind.ADVANCE, wanted, there)

    def _next_piece(self, wanted: Wanted, there: Customer, done: Collection[str]) -> Step | None:
        kept = replace(wanted, content=replace(wanted.content, addresses=there.addresses))
        for name, piece in (("person", kept), ("places", wanted)):
            key = f"{name}:{wanted.round}"
            equal = same(piece.content, there) and not new_places(piece.content, there)
            if key not in done and not equal:
                return self._step(key, StepKind.ADVANCE, piece, there)
        return None

    def _step(self, key: str, kind: StepKind, wanted: Wanted, there: Customer | None) -> Step:
        content = wanted.content
        if self.piecemeal and there is None:
            content = replace(content, addresses=())
        rest = there.addresses[1:] if there else ()
        addresses = (
            *content.addresses[:1],
            *rest,
            *(new_places(content, there) if there else content.addresses[1:]),
        )
        body: dict[str, Json] = {
            "key": there.key if there else None,
            "our_key": wanted.our_key,
            "fields": {name: getattr(content, name) for name in _NAMES},
            "addresses": [{n: getattr(a, n) for n in Address.__dataclass_fields__} for a in addresses],
        }
        return Step(key=key, kind=kind, payload=body, repeatable=True)

    async def do(self, step: Step) -> Evidence:
        self.sent.append(step)
        if self.gates:
            gate = self.gates.pop(0)
            gate.reached.set()
            await gate.opens.wait()
        told = cast("dict[str, Any]", step.payload)
        values = {name: value for name, value in told["fields"].items() if value is not None}
        if self.shortens and values.get("company"):
            values["company"] = values["company"][:10]
        values["addresses"] = tuple(Address(**place) for place in told["addresses"])
        if told["key"]:
            made = self.edit(told["key"], **values)
        else:
            ours = [p for p in self.people.values() if p.other_key == told["our_key"]]
            made = ours[0] if ours else self.born(other_key=told["our_key"], number=None, **values)
        if self.loses:
            self.loses -= 1
            raise Unclear("host.no_answer", "The answer was lost.")
        return Evidence(sink_key=SinkKey(made.key))


_NAMES = ("first_name", "last_name", "email", "phone", "company", "tax_exempt")
