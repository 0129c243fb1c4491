"""Contacts of Odoo as customers: read, found, made and changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from app.domain.account import person_code
from app.domain.customer import Customer
from app.domain.customer_sync import email_text, new_places, same
from app.domain.ids import SinkKey
from app.domain.listing import Reading, further
from app.errors import Rejected
from app.hosts.odoo.client import Odoo
from app.hosts.odoo.contacts import CONTACT, Contact, addressed, customer_of, owned, values_of
from app.hosts.odoo.directory import Directory
from app.hosts.odoo.partners import MODEL
from app.hosts.odoo.wire import Domain, instant, moment
from app.outbound import redacted
from app.ports import Change, Evidence, Json, Matches, Page, Span, Step, StepKind, Wanted

_PAGE = 200
_PAD = timedelta(minutes=5)
"""A time of change is a transaction's beginning, and it is seen at the transaction's end."""
_GUEST = "guest-"
_PEOPLE: Domain = [["parent_id", "=", False], ["is_company", "=", False]]


class OdooCustomers:
    """Implements `ports.Customers`: contacts that stand by themselves and are no company."""

    def __init__(self, odoo: Odoo, directory: Directory) -> None:
        self._odoo, self._directory = odoo, directory

    async def get(self, key: str) -> Customer | None:
        if not (key.isascii() and key.isdigit() and len(key) < 10):
            return None
        found = await self._rows([["id", "=", int(key)]])
        return await self._customer(found[0]) if found else None

    async def matching(self, wanted: Wanted) -> Matches:
        """An underscore stands for any letter in what is looked for, so that what comes back is looked at once more."""
        code, email = person_code(wanted.our_key), email_text(wanted.content.email)
        domain: Domain = [["ref", "=", code]]
        if email:
            domain = ["|", *domain, ["email", "=ilike", email]]
        rows = [
            row for row in await self._rows([*_PEOPLE, *domain]) if not (row.ref or "").startswith(_GUEST)
        ]
        ours = [row for row in rows if row.ref == code]
        free = [row for row in rows if row.ref != code and email_text(row.email) == email]
        return Matches(
            ours=tuple([await self._customer(row) for row in ours]),
            by_email=tuple([await self._customer(row) for row in free]),
        )

    async def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        reading = Reading.of(cursor, now=datetime.now(UTC))
        at = instant(reading.since - _PAD) if reading.since else None
        changed: Domain = ["|", ["write_date", ">=", at], ["child_ids.write_date", ">=", at]] if at else []
        over = False
        while not over:
            known: Domain = [*_PEOPLE, ["customer_rank", ">", 0], ["id", ">", reading.after], *changed]
            rows = await self._rows(known, most=_PAGE)
            over = len(rows) < _PAGE
            reading = reading.on(map(_version, rows), after=further(rows, reading.after))
            told = [row for row in rows if not (row.ref or "").startswith(_GUEST)]
            changes = tuple(Change(key=str(row.id), version=_version(row)) for row in told)
            yield Page(items=changes, cursor=reading.cursor(over=over))

    async def cursor_at(self, at: datetime) -> str:
        return at.astimezone(UTC).isoformat()

    async def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        async for page in self.changes(await self.cursor_at(span.since)):
            kept = tuple(change for change in page.items if change.version < span.until)
            yield Page(items=kept, cursor=page.cursor)

    def next_step(self, wanted: Wanted, there: Customer | None, done: Collection[str]) -> Step | None:
        content = wanted.content
        if there is None:
            more: list[Json] = [addressed(place) for place in content.addresses[1:]]
            values: dict[str, Json] = {
                "ref": person_code(wanted.our_key),
                "customer_rank": 1,
                **owned(content),
            }
            return _step("create", StepKind.CREATE, {"action": "create", "values": values, "more": more})
        key, new = f"change:{wanted.round}", new_places(content, there)
        if key in done or (same(content, there) and not new):
            return None
        values = owned(content)
        payload: dict[str, Json] = {
            "action": "change",
            "contact": int(there.key),
            "values": values,
            "more": [addressed(place) for place in new],
            "before": owned(there),
        }
        return _step(key, StepKind.ADVANCE, payload)

    async def do(self, step: Step) -> Evidence:
        payload: Mapping[str, Any] = step.payload
        number = await (self._create(payload) if payload["action"] == "create" else self._change(payload))
        request = cast("Mapping[str, Json]", redacted(dict(step.payload)))
        return Evidence(
            sink_key=SinkKey(str(number)), number=str(number), request=request, response={"id": number}
        )

    async def _create(self, payload: Mapping[str, Any]) -> int:
        """Whoever has the reference already is as good: nothing keeps it unique, so it is looked for once more."""
        there = await self._rows([["ref", "=", payload["values"]["ref"]], ["parent_id", "=", False]], most=1)
        if there:
            return there[0].id
        children: list[Json] = [[0, 0, await self._child(place)] for place in payload["more"]]
        values = await values_of(self._directory, payload["values"])
        values.setdefault("name", values.get("email") or "?")
        (number,) = await self._odoo.create(MODEL, {**values, "child_ids": children})
        return number

    async def _change(self, payload: Mapping[str, Any]) -> int:
        """What is not said stays; a new address is a contact below this one, unless a repeat of this finds it there."""
        number: int = payload["contact"]
        found = await self._rows([["id", "=", number]])
        if not found:
            raise Rejected(
                "document.removed_in_erp", "The contact was removed in Odoo while it was worked on."
            )
        there = (await self._customer(found[0])).addresses
        known = [addressed(place) for place in there]
        commands: list[Json] = [
            [0, 0, await self._child(place)] for place in payload["more"] if place not in known
        ]
        values = await values_of(self._directory, payload["values"])
        if commands:
            values["child_ids"] = commands
        if values:
            await self._odoo.write(MODEL, [number], values)
        return number

    async def _child(self, place: Mapping[str, Json]) -> dict[str, Json]:
        return {"type": "other", **await values_of(self._directory, place)}

    async def _rows(self, domain: Domain, *, most: int | None = None) -> list[Contact]:
        return await self._odoo.deep(Contact, MODEL, domain, CONTACT, most=most)

    async def _customer(self, row: Contact) -> Customer:
        return customer_of(row, _version(row))


def _step(key: str, kind: StepKind, payload: dict[str, Json]) -> Step:
    """`before` is what is written over, sealed with the payload for whoever has to look."""
    return Step(key=key, kind=kind, payload=payload, repeatable=kind is StepKind.ADVANCE)


def _version(row: Contact) -> datetime:
    """Addresses that came with orders are no part of a customer."""
    told = [child for child in row.child_ids if child.type == "other"]
    return max(moment(each.write_date) for each in (row, *told))
