"""Carries out one step against NetSuite: its codes become internal ids, and one request changes something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.domain.ids import SinkKey
from app.errors import Bug, Rejected, Retry
from app.hosts.netsuite import documents, persons, sql
from app.hosts.netsuite.body import NOT_TAXABLE, Meant, Payload, address_body, lines_body
from app.hosts.netsuite.client import NetSuite
from app.hosts.netsuite.directory import Directory
from app.hosts.netsuite.documents import RECORDS, Transaction
from app.hosts.netsuite.refusals import Exists
from app.hosts.netsuite.sql import Row, Told
from app.ports import Evidence

_ACCOUNT = "account:"


class _Open(Row, frozen=True):
    id: str | int
    foreignamountunpaid: Told = None


class Writes:
    def __init__(self, netsuite: NetSuite, directory: Directory) -> None:
        self._netsuite, self._directory = netsuite, directory
        self._people = persons.People(netsuite, directory)

    async def carry_out(self, payload: Payload) -> Evidence:
        """The evidence without its request, which the sink redacts."""
        match payload["action"]:
            case "order":
                made = await self._sold("salesOrder", await self._order(payload), payload)
            case "cash_sale":
                made = await self._sold("cashSale", await self._cash_sale(payload), payload)
            case "replace":
                return await self._replace(payload)
            case "deposit":
                made = await self.new("customerDeposit", await self._deposit(payload), payload["external_id"])
                return _of(payload["document"], made)
            case "invoice":
                path = f"salesOrder/{sql.number(payload['document'])}/!transform/invoice"
                # Without a day NetSuite takes the account's own today: the day on which it is billed.
                day = {"tranDate": payload["date"]} if payload["date"] else {}
                body = {"externalId": payload["external_id"], **day}
                return _of(payload["document"], await self.new(path, body, payload["external_id"]))
            case "payment":
                made = await self.new("customerPayment", await self._payment(payload), payload["external_id"])
                return _of(payload["document"], made)
            case "close":
                return await self._close(payload)
            case other:
                raise Bug("step.unknown", f"Nobody wrote a step called {other}.")
        return Evidence(sink_key=SinkKey(made), response={"id": made})

    # --- documents ---------------------------------------------------------------------------------------------------

    async def _order(self, payload: Payload) -> dict[str, Any]:
        """Every code is looked up before the customer is made: an unknown one leaves nothing behind."""
        body = {**await self._head(payload), "orderStatus": {"id": "B"}}
        if payload["shipping_method"]:
            method = await self._directory.id_of("shipping_method", payload["shipping_method"])
            body = {"shippingCost": Decimal(0), **body, "shipMethod": {"id": method}}
        return body

    async def _cash_sale(self, payload: Payload) -> dict[str, Any]:
        return {**await self._head(payload), **await self.paid_with(payload["method"])}

    async def _head(self, payload: Payload) -> dict[str, Any]:
        directory, codes = self._directory, payload["codes"]
        body: dict[str, Any] = {
            "externalId": payload["external_id"],
            "tranDate": payload["date"],
            "otherRefNum": payload["reference"],
            "currency": {"id": await directory.id_of("currency", payload["currency"])},
            **lines_body(payload["lines"], await self.meant(payload["lines"])),
            **await self.segments(codes),
        }
        if codes.get("sales_channel"):
            body["salesChannel"] = {"id": sql.number(codes["sales_channel"])}
        if payload["location"]:
            body["location"] = {"id": await directory.id_of("location", payload["location"])}
        subsidiary = codes.get("subsidiary")
        home = await directory.id_of("subsidiary", subsidiary) if subsidiary else await self._home()
        if home:
            body["subsidiary"] = {"id": home}
        if payload["note"]:
            body["memo"] = payload["note"]
        for field, name in (("billingAddress", "bill_to"), ("shippingAddress", "ship_to")):
            if payload[name]:
                body[field] = address_body(payload[name])
        return body

    async def segments(self, codes: Payload) -> dict[str, Any]:
        """What a document is counted by in reports, an order's as well as its credit's."""
        return {
            name: {"id": await self._directory.id_of(name, codes[name])}
            for name in ("department", "class")
            if codes.get(name)
        }

    async def _sold(self, record: str, body: Mapping[str, Any], payload: Payload) -> str:
        """Whoever was remembered as the buyer is looked up anew where NetSuite refuses the document.

        Who is new belongs to the document's subsidiary: NetSuite takes no document of another one's customer.
        """
        buyer, key = payload["buyer"], payload["external_id"]
        subsidiary = body["subsidiary"]["id"] if "subsidiary" in body else None
        who = await self._people.entity(buyer, payload["currency"], subsidiary)
        try:
            return await self.new(record, {**body, "entity": {"id": who}}, key)
        except Rejected:
            if buyer["id"] or not self._people.forget(buyer):
                raise
            again = await self._people.entity(buyer, payload["currency"], subsidiary)
            if again == who:
                raise
            return await self.new(record, {**body, "entity": {"id": again}}, key)

    async def _home(self) -> str | None:
        return await persons.home(self._netsuite, self._directory)

    async def meant(self, rows: Sequence[Payload]) -> Meant:
        """What the codes of lines stand for. Rejected for one that NetSuite does not know."""
        directory, access = self._directory, self._netsuite.access
        taxes = {tax["code"] for row in rows for tax in row["taxes"]}
        places = {
            (kind, row[kind]) for row in rows for kind in ("location", "department", "class") if row[kind]
        }
        return Meant(
            items=await directory.items(row["item"] for row in rows),
            taxes={code: await directory.tax(code) for code in sorted(taxes)},
            places={code: await directory.id_of(kind, code) for kind, code in sorted(places)},
            suite_tax=await directory.suite_tax(),
            line_field=access.line_field,
            untaxed=access.untaxed_code or NOT_TAXABLE,
        )

    async def _replace(self, payload: Payload) -> Evidence:
        """Only where the document is as it was when it was looked at."""
        one = await self.current(payload["document"])
        if documents.revision(one) != payload["revision"]:
            raise Retry(
                "document.changed_meanwhile", "Someone changed the document meanwhile; nothing was written."
            )
        body = lines_body(payload["lines"], await self.meant(payload["lines"]))
        await self._netsuite.write(
            "PATCH", f"{RECORDS[payload['type']]}/{one.id}?replace={','.join(_lists(body))}", body
        )
        return Evidence(sink_key=SinkKey(one.id), number=one.head.tranid, response={"replaced": True})

    async def current(self, id: str) -> Transaction:
        found = await documents.read(self._netsuite, f"t.id = {sql.number(id)}")
        if not found:
            raise Rejected(
                "document.removed_in_erp", "The document was removed in NetSuite while it was worked on."
            )
        return found[0]

    async def _close(self, payload: Payload) -> Evidence:
        """NetSuite has no cancelling over REST: an order all of whose lines are closed is closed."""
        lines = [{"line": line, "isClosed": True} for line in payload["lines"]]
        path = f"salesOrder/{sql.number(payload['document'])}"
        await self._netsuite.write("PATCH", path, {"item": {"items": lines}})
        return Evidence(sink_key=SinkKey(payload["document"]), response={"closed": len(lines)})

    # --- money -------------------------------------------------------------------------------------------------------

    async def _deposit(self, payload: Payload) -> dict[str, Any]:
        return {
            **await self._money(payload),
            "salesOrder": {"id": payload["order"]},
            "payment": Decimal(payload["amount"]),
        }

    async def _payment(self, payload: Payload) -> dict[str, Any]:
        """What the invoice can't take stays on the customer's account."""
        amount, applied = Decimal(payload["amount"]), Decimal(payload["applied"])
        body = {**await self._money(payload), "payment": amount}
        row = {"doc": {"id": payload["invoice"]}, "apply": True, "amount": applied}
        return {**body, "apply": {"items": [row]}} if applied else body

    async def due(self, invoice: str) -> Decimal | None:
        """What is open of an invoice, in its own currency."""
        rows = await self._netsuite.rows(
            _Open, f"SELECT t.id, t.foreignamountunpaid FROM transaction t WHERE t.id = {sql.number(invoice)}"
        )
        return sql.known_amount(rows[0].foreignamountunpaid) if rows else None

    async def _money(self, payload: Payload) -> dict[str, Any]:
        return {
            "externalId": payload["external_id"],
            "customer": {"id": payload["customer"]},
            "currency": {"id": await self._directory.id_of("currency", payload["currency"])},
            "tranDate": payload["date"],
            **await self.paid_with(payload["method"]),
        }

    async def paid_with(self, method: str, *, undeposited: bool = True) -> dict[str, Any]:
        """`account:ID` is money that lies on an account at once; everything else is a way of paying.

        `undeposited`: money that comes in has a field for that; what goes out has none.
        """
        if method.startswith(_ACCOUNT):
            account = {"account": {"id": sql.number(method.removeprefix(_ACCOUNT).strip())}}
            return {**account, **({"undepFunds": {"id": "F"}} if undeposited else {})}
        return {await self._directory.paid_by(): {"id": await self._directory.id_of("method", method)}}

    # --- one request -------------------------------------------------------------------------------------------------

    async def new(self, path: str, body: Mapping[str, Any], key: str) -> str:
        """The internal id of what is made, or of what was there by its key already."""
        try:
            return await self._netsuite.write("POST", path, body) or ""
        except Exists as refused:
            there = (await documents.by_keys(self._netsuite, [key])).get(key)
            if there is None:
                raise Rejected(
                    "document.reference_taken",
                    "NetSuite says that our key is taken, but no document has it: a record of another kind must.",
                    facts={"key": key},
                ) from refused
            return there.id


def _lists(body: Mapping[str, Any]) -> list[str]:
    """The lists of a record that a change takes the place of; else what has no key is added to them."""
    return [name for name in ("item", "taxDetails") if name in body]


def _of(document: str, made: str) -> Evidence:
    return Evidence(sink_key=SinkKey(document), response={"id": made})
