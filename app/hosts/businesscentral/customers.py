"""Customers of Business Central: read, found by our number or their e-mail, made and changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from app.domain.address import Address
from app.domain.customer import Customer, parted
from app.domain.customer_sync import email_text, same
from app.domain.ids import SinkKey
from app.hosts.businesscentral import keys, since
from app.hosts.businesscentral.access import GUID
from app.hosts.businesscentral.accounts import COMPANY, PERSON
from app.hosts.businesscentral.client import BusinessCentral, ask, one
from app.hosts.businesscentral.odata import text
from app.hosts.businesscentral.payload import cut, place_body, reached_by
from app.hosts.businesscentral.refusals import Changed, Exists
from app.hosts.businesscentral.wire import Customer as Row
from app.outbound import redacted
from app.ports import Change, Evidence, Json, Matches, Page, Span, Step, StepKind, Wanted

_SELECT = (
    "id,number,displayName,type,addressLine1,addressLine2,city,state,country,postalCode,phoneNumber,email,"
    "currencyCode,lastModifiedDateTime"
)
_LONGEST_EMAIL = 80
_PEOPLE = f"type eq '{PERSON}'"


class CentralCustomers:
    """Implements `ports.Customers`: customers that are people. One address each is all that Business Central's API has."""

    def __init__(self, central: BusinessCentral) -> None:
        self._central = central

    async def get(self, key: str) -> Customer | None:
        if not GUID.fullmatch(key):
            return None
        row = await self._central.get(Row, one("customers", key))
        return None if row is None or row.type == COMPANY else customer_of(row)

    async def matching(self, wanted: Wanted) -> Matches:
        """By one call. The e-mail stands in the body of a batch, never in an address."""
        number, email = keys.person_number(wanted.our_key), email_text(wanted.content.email)
        asked = [(Row, ask("customers", filter=f"number eq {text(number)}"))]
        if email and len(email) <= _LONGEST_EMAIL:
            # Upper and lower case are told apart by the API, and people write their address either way.
            asked.append((Row, ask("customers", filter=f"tolower(email) eq {text(email)}")))
        found = await self._central.together(*asked)
        ours: list[Row] = found[0]
        others: list[Row] = [row for row in (found[1] if len(found) > 1 else []) if row.number != number]
        people = [row for row in others if row.type != COMPANY and not _of_an_order(row)]
        return Matches(
            ours=tuple(customer_of(row) for row in ours),
            by_email=tuple(customer_of(row) for row in people if email_text(row.email) == email),
        )

    async def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        async for rows, where in since.pages(
            self._central, Row, "customers", cursor, select=_SELECT, also=_PEOPLE
        ):
            told = [row for row in rows if not _of_an_order(row)]
            yield Page(items=tuple(since.change_of(row) for row in told), cursor=where)

    async def cursor_at(self, at: datetime) -> str:
        return since.cursor_of(at)

    async def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        async for page in since.between(self.changes(since.cursor_of(span.since)), span):
            yield page

    def as_kept(self, customer: Customer) -> Customer:
        return kept(customer)

    def next_step(self, wanted: Wanted, there: Customer | None, done: Collection[str]) -> Step | None:
        content = expressible(wanted.content)
        if there is None:
            values: dict[str, Json] = {
                "number": keys.person_number(wanted.our_key),
                "type": PERSON,
                **told(content),
            }
            return Step(key="create", kind=StepKind.CREATE, payload={"action": "create", "values": values})
        key = f"change:{wanted.round}"
        if key in done or same(content, expressible(there)):
            return None
        payload: dict[str, Json] = {
            "action": "change",
            "customer": there.key,
            "values": told(content),
            "before": told(expressible(there)),
        }
        return Step(key=key, kind=StepKind.ADVANCE, payload=payload, repeatable=True)

    async def do(self, step: Step) -> Evidence:
        payload: Mapping[str, Any] = step.payload
        row = await (self._create(payload) if payload["action"] == "create" else self._change(payload))
        return Evidence(
            sink_key=SinkKey(row.id.lower()),
            number=row.number,
            request=cast("Mapping[str, Json]", redacted(dict(step.payload))),
            response={"id": row.id, "number": row.number},
        )

    async def _create(self, payload: Mapping[str, Any]) -> Row:
        """Whoever has the number already is as good: a number is one customer's."""
        values = payload["values"]
        body = {"number": values["number"], "type": values["type"], **_body(values)}
        body.setdefault("displayName", values.get("email") or values["number"])
        try:
            return await self._central.post(Row, "customers", body, personal=True)
        except Exists:
            path = ask("customers", filter=f"number eq {text(values['number'])}")
            there = await self._central.rows(Row, path)
            if not there:
                raise
            return there[0]

    async def _change(self, payload: Mapping[str, Any]) -> Row:
        """What is not said stays. Over the state it has at that moment, whatever that is: the fields are set whole."""
        path = one("customers", payload["customer"])
        try:
            return await self._central.patch(Row, path, _body(payload["values"]), match="*", personal=True)
        except Changed as changed:
            raise Changed(
                changed.code, "Someone changed the customer in Business Central meanwhile."
            ) from changed


def customer_of(row: Row) -> Customer:
    first, last = parted(row.display_name)
    address = Address(
        name=row.display_name or None,
        street=row.address_line1 or None,
        street2=row.address_line2 or None,
        city=row.city or None,
        postal_code=row.postal_code or None,
        province_code=row.state or None,
        country_code=row.country or None,
    )
    return Customer(
        key=row.id.lower(),
        updated_at=since.version(row),
        first_name=first,
        last_name=last,
        email=row.email or None,
        phone=row.phone_number or None,
        addresses=(address,) if row.address_line1 or row.city or row.country else (),
        other_key=keys.person_key(row.number),
        number=row.number,
    )


def expressible(content: Customer) -> Customer:
    """What Business Central can be told: one address, and neither the person's company nor who pays no tax."""
    return replace(content, company=None, tax_exempt=None, addresses=content.addresses[:1])


def kept(content: Customer) -> Customer:
    """What Business Central tells of a customer that was written there: by what is sent of them."""
    sent = _body(told(content))
    name = sent.get("displayName")
    first, last = parted(name)
    place = Address(
        name=name,
        street=sent.get("addressLine1") or None,
        street2=sent.get("addressLine2") or None,
        city=sent.get("city") or None,
        postal_code=sent.get("postalCode", "").upper() or None,
        province_code=sent.get("state") or None,
        country_code=sent.get("country") or None,
    )
    return replace(
        expressible(content),
        first_name=first,
        last_name=last,
        email=sent.get("email"),
        phone=sent.get("phoneNumber"),
        addresses=(place,) if place.street else (),
    )


def told(content: Customer) -> dict[str, Json]:
    """What the content does not say is left out; an address is written whole."""
    values: dict[str, Json] = {
        "name": content.name,
        "email": content.email,
        "phone": content.phone,
    }
    place = content.address
    if place is not None and place.street:
        values["address"] = {
            "street": place.street,
            "street2": place.street2,
            "zip": place.postal_code,
            "city": place.city,
            "province": place.province_code,
            "country": place.country_code,
        }
    return {name: value for name, value in values.items() if value}


def _body(values: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {"displayName": cut(values["name"], 100)} if values.get("name") else {}
    address = values.get("address")
    if address:
        fields = ("addressLine1", "addressLine2", "city", "state", "country", "postalCode")
        body |= {**dict.fromkeys(fields, ""), **place_body(address)}
    return {**body, **reached_by(values.get("email"), values.get("phone"))}


def _of_an_order(row: Row) -> bool:
    """Guests, and accounts for another currency, are no people of the store's."""
    return keys.is_guest(row.number) or keys.is_side_account(row.number)
