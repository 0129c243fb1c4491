"""Finds or makes the customer of an order: by our key, else by an e-mail that nobody of ours has, else anew."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from app.domain.customer import Customer
from app.errors import Rejected
from app.hosts.netsuite import addressbook, sql
from app.hosts.netsuite.body import Payload, bounded, telephone
from app.hosts.netsuite.client import NetSuite
from app.hosts.netsuite.directory import Directory
from app.hosts.netsuite.refusals import Exists
from app.hosts.netsuite.sql import Row

_REMEMBERED_SECONDS = 300.0
_MOST = 5_000
_LONGEST_NAME = 80
NO_NAME = "-"
"""A person has two names in NetSuite; this stands for the one that nobody told."""


class KnownRow(Row, frozen=True):
    id: str | int
    externalid: str = ""
    email: str = ""


class People:
    """Remembers for some minutes who stands for whom, so that a buyer who comes often is not looked up each time."""

    def __init__(
        self, netsuite: NetSuite, directory: Directory, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._netsuite, self._directory, self._clock = netsuite, directory, clock
        self._known: dict[str, tuple[float, str]] = {}

    async def entity(self, buyer: Payload, currency: str, subsidiary: str | None) -> str:
        """The customer's internal id. Writes only when there is none; a repeat finds the one that was made.

        `subsidiary`: the internal id of whose customer a new one is.
        """
        if buyer["id"]:
            return str(buyer["id"])
        key = str(buyer["external_id"])
        seen, known = self._known.get(key, (0.0, ""))
        if known and self._clock() - seen < _REMEMBERED_SECONDS:
            return known
        found = await _found(self._netsuite, buyer)
        if found is None:
            found = await _made(self._netsuite, self._directory, buyer, currency, subsidiary)
        if buyer["known"]:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[key] = self._clock(), found
        return found

    def forget(self, buyer: Payload) -> bool:
        """Whether somebody was remembered, and is no more: they may have been removed or joined with another."""
        return self._known.pop(str(buyer["external_id"]), None) is not None


async def _found(netsuite: NetSuite, buyer: Payload) -> str | None:
    """A guest's e-mail is no key: they get a customer of their own."""
    key = buyer["external_id"]
    condition = f"externalid = {sql.text(key)}"
    if buyer["known"] and buyer["email"]:
        condition += f" OR (LOWER(email) = {sql.text(buyer['email'].lower())} AND externalid IS NULL)"
    rows = await netsuite.rows(
        KnownRow,
        f"SELECT id, externalid, email FROM customer WHERE ({condition}) AND isinactive = 'F' ORDER BY id",
    )
    ours = [row for row in rows if row.externalid == key]
    others = [row for row in rows if not row.externalid]
    if not ours and len(others) > 1:
        raise Rejected(
            "customer.several",
            "NetSuite has several customers with this e-mail, and none of them is marked as ours.",
        )
    found = next(iter([*ours, *others]), None)
    return str(found.id) if found else None


async def _made(
    netsuite: NetSuite, directory: Directory, buyer: Payload, currency: str, subsidiary: str | None
) -> str:
    body = new_customer(buyer, subsidiary)
    body["currency"] = {"id": await directory.id_of("currency", currency)}
    return await create(netsuite, body, buyer)


async def create(netsuite: NetSuite, body: dict[str, Any], buyer: Payload) -> str:
    """Two people may have one name, which NetSuite takes for the same entity unless it numbers them itself."""
    try:
        return await netsuite.write("POST", "customer", body) or ""
    except Exists:
        if found := await _found(netsuite, buyer):
            return found
    named = {**body, "entityId": _numbered(buyer)}
    try:
        return await netsuite.write("POST", "customer", named) or ""
    except Exists:
        if found := await _found(netsuite, buyer):
            return found
        raise


def new_customer(buyer: Payload, subsidiary: str | None) -> dict[str, Any]:
    body: dict[str, Any] = {"externalId": buyer["external_id"], **named(buyer)}
    body["isPerson"] = not buyer["company"]
    if subsidiary:
        body["subsidiary"] = {"id": subsidiary}
    return body


def named(buyer: Payload) -> dict[str, Any]:
    """Who they are. A company has a name of its own; nothing that is not told clears anything."""
    person = bool(buyer["last_name"] or buyer["first_name"])
    company = buyer["company"] or buyer.get("works_for")
    told = {"companyName": company, "email": buyer["email"], "phone": telephone(buyer["phone"])}
    if person and not buyer["company"]:
        told |= {"firstName": buyer["first_name"] or NO_NAME, "lastName": buyer["last_name"] or NO_NAME}
    return bounded(told)


def as_read(customer: Customer) -> Customer:
    """As NetSuite tells who was written there: by texts of the length that it takes."""
    told = {"firstName": customer.first_name, "lastName": customer.last_name, "companyName": customer.company}
    kept = bounded(told)
    return replace(
        customer,
        first_name=kept.get("firstName"),
        last_name=kept.get("lastName"),
        company=kept.get("companyName"),
        phone=telephone(customer.phone),
        addresses=tuple(map(addressbook.as_read, customer.addresses)),
    )


async def home(netsuite: NetSuite, directory: Directory) -> str | None:
    """The subsidiary that customers and documents belong to unless a rule says otherwise."""
    named = netsuite.access.subsidiary
    return await directory.id_of("subsidiary", named) if named else await directory.only_subsidiary()


def _numbered(buyer: Payload) -> str:
    """What tells two of one name apart is never cut off."""
    number = buyer["external_id"].rpartition("-")[2][-_LONGEST_NAME // 2 :]
    return f"{_name(buyer)[: _LONGEST_NAME - 1 - len(number)]} {number}"


def _name(buyer: Payload) -> str:
    person = " ".join(part for part in (buyer["first_name"], buyer["last_name"]) if part)
    return buyer["company"] or person or "Customer"
