"""The customers flow's side of Shopify: read, found by our key or their e-mail, made and changed without deleting anything."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from app.domain.address import Address
from app.domain.customer import Customer, parted
from app.domain.customer_sync import differences, new_places, place_text
from app.domain.ids import SinkKey
from app.errors import Bug, Retry
from app.ports import Change, Evidence, Json, Lane, Matches, Page, Span, Step, StepKind, Wanted
from app.shopify import customer_wire as wire
from app.shopify.answers import accept, user_errors
from app.shopify.client import Client
from app.shopify.gids import gid, key_of
from app.shopify.orders import typed

NAMESPACE, KEY = "$app:erp", "customer"
_DEFINITION: Mapping[str, Any] = {
    "namespace": NAMESPACE,
    "key": KEY,
    "name": "ERP customer",
    "description": "Which customer of the ERP this is, kept by Stockbridge.",
    "ownerType": "CUSTOMER",
    "type": "id",
    "capabilities": {"uniqueValues": {"enabled": True}},
    "access": {"admin": "MERCHANT_READ"},
}
_NOBODY = "nobody@example.invalid"
_PAGES = 80
_PLAIN = ("name", "email", "phone", "tax_exempt")


class ShopCustomers:
    """Implements `ports.Customers`. An e-mail and our key are unique there, so a repeat makes nobody twice."""

    def __init__(
        self,
        client: Client,
        *,
        pad: timedelta = timedelta(minutes=15),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client, self._pad, self._now = client, pad, now

    async def ensure_definition(self) -> None:
        """Names the metafield that holds our key, unique among customers; that it exists already is fine."""
        data = await self._client.run("mark_define", {"definition": _DEFINITION}, Lane.INTERACTIVE)
        payload = data["metafieldDefinitionCreate"]
        if any(error.code != "TAKEN" for error in user_errors(payload or {})) or payload is None:
            accept(payload)

    # --- reading -----------------------------------------------------------------------------------------------------

    async def get(self, key: str) -> Customer | None:
        if not (key.isascii() and key.isdigit()):
            return None
        data = await self._client.run("customer", {"id": gid("Customer", key)}, Lane.ORDERS)
        person = typed(data, wire.CustomerAnswer).customer
        return wire.customer(person) if person else None

    async def matching(self, wanted: Wanted) -> Matches:
        """A shop that was prepared before there were customers knows no key of ours, and so nobody by it."""
        email = wanted.content.email
        asked = {
            "ours": {"customId": {"namespace": NAMESPACE, "key": KEY, "value": wanted.our_key}},
            "marked": True,
            "email": {"emailAddress": email or _NOBODY},
            "mailed": bool(email),
        }
        try:
            data = await self._client.run("customer_find", asked, Lane.ORDERS)
        except Bug as refused:
            if "NOT_FOUND" not in refused.facts.get("codes", ""):
                raise
            data = await self._client.run("customer_find", {**asked, "marked": False}, Lane.ORDERS)
        found = typed(data, wire.FoundAnswer)
        ours = (wire.customer(found.ours),) if found.ours else ()
        return Matches(ours=ours, by_email=(wire.customer(found.by_email),) if found.by_email else ())

    async def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        """Ascending by time of change, as orders are: the newest change seen, less the pad."""
        since = datetime.fromisoformat(cursor) if cursor else self._now() - self._pad
        newest, start, after, pages = since, since, None, 0
        while True:
            asked = {"filter": f"updated_at:>='{start.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}'", "after": after}
            data = await self._client.run("customers_changed", asked, Lane.CATALOGUE)
            found = typed(data, wire.ChangedAnswer).customers
            newest = max([newest, *(node.updated_at for node in found.nodes)])
            yield Page(
                items=tuple(Change(key=key_of(n.id), version=n.updated_at) for n in found.nodes),
                cursor=max(since, newest - self._pad).isoformat(),
            )
            if not found.page_info.has_next_page:
                return
            pages, after = pages + 1, found.page_info.end_cursor
            if pages % _PAGES == 0 and newest > start:
                start, after = newest, None

    async def cursor_at(self, at: datetime) -> str:
        return at.isoformat()

    async def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        """Whoever was changed since the beginning of the span and before its end."""
        async for page in self.changes(span.since.isoformat()):
            yield Page(items=tuple(c for c in page.items if c.version < span.until), cursor=page.cursor)

    # --- writing -----------------------------------------------------------------------------------------------------

    def next_step(self, wanted: Wanted, there: Customer | None, done: Collection[str]) -> Step | None:
        """The person first, then the default address, then new ones: each a call of its own."""
        if there is None:
            made = {**_input(wanted.content), "metafields": [_mark(wanted.our_key)]}
            return _step("create", StepKind.CREATE, "customer_create", {"input": made})
        steps = (step for step in self._changes(wanted, there) if step.key not in done)
        return next(steps, None)

    def _changes(self, wanted: Wanted, there: Customer) -> list[Step]:
        content, number = wanted.content, wanted.round
        who = gid("Customer", there.key)
        steps: list[Step] = []
        differs = set(differences(content, there, silent=True))
        if differs & set(_PLAIN):
            change: Json = {"input": {"id": who, **_input(content)}, "before": _input(there)}
            steps.append(_step(f"person:{number}", StepKind.ADVANCE, "customer_change", change))
        first = _first(content)
        if first and (there.address is None or place_text(first) != place_text(there.address)):
            change = {"customer": who, "address": _address(first), "before": _before(there)}
            steps.append(_step(f"default:{number}", StepKind.ADVANCE, "customer_address_default", change))
        news = new_places(content, there)
        for nth, place in enumerate(content.addresses):
            if place not in news:
                continue
            change = {"customer": who, "address": _address(place), "default": False}
            steps.append(_step(f"place:{number}:{nth}", StepKind.ADVANCE, "customer_address_add", change))
        return steps

    async def do(self, step: Step) -> Evidence:
        payload = cast("dict[str, Any]", step.payload)
        name, asked = payload["document"], {k: v for k, v in payload["variables"].items() if k != "before"}
        match name:
            case "customer_create":
                return await self._create(asked)
            case "customer_change":
                data = await self._client.run(name, asked, Lane.ORDERS)
                accept(data["customerUpdate"])
            case "customer_address_default":
                await self._default(asked)
            case "customer_address_add":
                await self._add(asked)
            case _:
                raise Bug("step.unreadable", "A stored step can't be read.", facts={"step": step.key})
        return Evidence(response={"document": name})

    async def _create(self, asked: Mapping[str, Any]) -> Evidence:
        """Somebody who has the e-mail, or our key, by now is found at the next look."""
        await self.ensure_definition()
        payload = (await self._client.run("customer_create", asked, Lane.ORDERS))["customerCreate"]
        if any(
            "email" in e.message.lower() and "taken" in e.message.lower() for e in user_errors(payload or {})
        ):
            raise Retry("customer.exists", "Somebody in the store has this e-mail by now.")
        accept(payload)
        return Evidence(
            sink_key=SinkKey(key_of(payload["customer"]["id"])), response={"document": "customer_create"}
        )

    async def _default(self, asked: dict[str, Any]) -> None:
        """In place of the default address, where there is one; whoever is there already is found equal and stays."""
        person = typed(
            await self._client.run("customer", {"id": asked["customer"]}, Lane.ORDERS), wire.CustomerAnswer
        )
        there = wire.ordered(person.customer) if person.customer else []
        if not there:
            await self._add({**asked, "default": True})
            return
        wanted = place_text(_read_back(asked["address"]))
        same = [place for place in there if place_text(wire.address(place)) == wanted]
        change = {**asked, "id": (same or there)[0].id}
        payload = (await self._client.run("customer_address_change", change, Lane.ORDERS))[
            "customerAddressUpdate"
        ]
        accept(payload)

    async def _add(self, asked: Mapping[str, Any]) -> None:
        """An address that is there by now is not added again: Shopify refuses it, and that is as good."""
        payload = (await self._client.run("customer_address_add", asked, Lane.ORDERS))[
            "customerAddressCreate"
        ]
        if any("already exists" in error.message.lower() for error in user_errors(payload or {})):
            return
        accept(payload)


def _step(key: str, kind: StepKind, document: str, variables: Json) -> Step:
    """`before` in the variables is what is written over, sealed with the payload for whoever has to look."""
    return Step(key=key, kind=kind, payload={"document": document, "variables": variables}, repeatable=True)


def _input(customer: Customer) -> dict[str, Json]:
    """Only what is said: null would clear."""
    told: dict[str, Json] = {
        "firstName": customer.first_name,
        "lastName": customer.last_name,
        "email": customer.email,
        "phone": customer.phone,
        "taxExempt": customer.tax_exempt,
    }
    return {name: value for name, value in told.items() if value is not None}


def _mark(key: str) -> Json:
    return {"namespace": NAMESPACE, "key": KEY, "type": "id", "value": key}


def _address(address: Address) -> dict[str, Json]:
    """The whole address: a part that is not said is empty, so that nothing of the one before is left in it."""
    first, last = parted(address.name)
    return {
        "firstName": first,
        "lastName": last,
        "company": address.company,
        "address1": address.street,
        "address2": address.street2,
        "city": address.city,
        "zip": address.postal_code,
        "provinceCode": address.province_code,
        "countryCode": address.country_code,
        "phone": address.phone,
    }


def _first(content: Customer) -> Address | None:
    """The default address, which is where Shopify keeps a person's company."""
    first = content.address
    return replace(first, company=first.company or content.company) if first else None


def _before(there: Customer) -> Json:
    return _address(there.address) if there.address else None


def _read_back(told: Mapping[str, Any]) -> Address:
    name = " ".join(part for part in (told["firstName"], told["lastName"]) if part) or None
    return Address(
        name=name,
        company=told["company"],
        street=told["address1"],
        street2=told["address2"],
        city=told["city"],
        postal_code=told["zip"],
        province_code=told["provinceCode"],
        country_code=told["countryCode"],
        phone=told["phone"],
    )
