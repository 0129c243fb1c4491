"""Carries out one step of an order in Business Central, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from app.domain.document import DocumentState, FoundDocument
from app.domain.ids import SinkKey
from app.errors import Bug, Rejected, Verdict
from app.hosts.businesscentral import keys
from app.hosts.businesscentral.accounts import Accounts
from app.hosts.businesscentral.client import BusinessCentral, Part, one
from app.hosts.businesscentral.directory import Directory
from app.hosts.businesscentral.journals import write_line
from app.hosts.businesscentral.lines import Lines
from app.hosts.businesscentral.payload import codes_body, comment_bodies, ship_to_body
from app.hosts.businesscentral.refusals import Changed, Exists, Gone
from app.hosts.businesscentral.stage import money
from app.hosts.businesscentral.wire import Line, SalesOrder
from app.ports import Evidence, Found, Json

Asked: TypeAlias = tuple[type[Any], str]
Payload: TypeAlias = Mapping[str, Any]
"""A step's payload as it comes back from its row; who reads a key knows who wrote it (payload.py, steps.py)."""
_DOCUMENT = "salesOrders"
_LINES = "salesOrderLines"


class Writes:
    """One method per action of a step."""

    def __init__(
        self, central: BusinessCentral, directory: Directory, accounts: Accounts, lines: Lines
    ) -> None:
        self._central, self._directory = central, directory
        self._accounts, self._lines = accounts, lines

    async def carry_out(self, payload: Payload) -> Evidence:
        """The evidence of what came back; the caller adds the request."""
        match payload["action"]:
            case "discard":
                await self._discard(payload["order"])
            case "edit":
                await self._edit(payload)
            case "round":
                await self._round(payload)
            case "confirm":
                return await self._confirm(payload)
            case "invoice":
                await self._invoice(payload["order"])
            case "pay":
                return await self._pay(payload)
            case "cancel":
                await self._cancel(payload)
            case other:
                raise Bug("step.unknown", f"Nobody wrote a step called {other}.")
        return _done(payload)

    # --- making it ---------------------------------------------------------------------------------------------------

    async def create(self, payload: Payload, *asked: Asked) -> tuple[SalesOrder, list[list[Any]] | None]:
        """Everything is there in nearly every case, so it is simply sent; a refusal is looked into, and sent once more.

        What is `asked` with it is answered as it stands afterwards; None: it can't be told.
        """
        for method in payload["methods"]:
            await self._directory.journal(method)
        head = await self._head(payload)
        try:
            return await self._post(payload, head, asked)
        except Rejected as refused:
            await self._look_into(payload, head, refused)
            return await self._post(payload, head, asked)

    async def _head(self, payload: Payload) -> dict[str, Any]:
        whose = await self._accounts.named(payload["customer"], payload["currency"])
        body: dict[str, Any] = {
            **whose,
            "externalDocumentNumber": f"{payload['number']}{keys.DRAFT}",
            "orderDate": payload["ordered_on"],
            "currencyCode": payload["currency"],
            **ship_to_body(payload["ship_to"]),
            **codes_body(payload),
        }
        if payload["shipping_method"]:
            body["shipmentMethodId"] = await self._directory.id_of(
                "shipping_method", payload["shipping_method"]
            )
        return body

    async def _post(
        self, payload: Payload, head: Payload, asked: Sequence[Asked]
    ) -> tuple[SalesOrder, list[list[Any]] | None]:
        lines = [*comment_bodies(payload), *await self._lines.bodies(payload["lines"])]
        return await self._central.post_and_look(
            SalesOrder, _DOCUMENT, {**head, _LINES: lines}, *asked, personal=True
        )

    async def _look_into(self, payload: Payload, head: Payload, refused: Exception) -> None:
        """Raises what is wrong, in words of ours where it is something that is missing there; makes the customer."""
        resolved = await self._lines.look_into(payload["lines"])
        if not await self._lines.is_currency(payload["currency"]):
            raise Rejected(
                "currency.not_accepted",
                f"Business Central has no currency {payload['currency']}.",
                verdict=Verdict.NEEDS_MAPPING,
                facts={"currency": payload["currency"]},
            ) from refused
        number = head.get("customerNumber")
        if number is not None and not await self._accounts.is_there(number):
            await self._accounts.make(payload["customer"], payload["currency"], number)
        elif not resolved:
            raise refused

    # --- moving it on ------------------------------------------------------------------------------------------------

    async def _discard(self, order: str) -> None:
        """A surplus draft of ours; one that was confirmed meanwhile stays."""
        there = await self._central.get(SalesOrder, one(_DOCUMENT, order))
        if there is None:
            return
        if not keys.is_draft(there.external_document_number):
            raise _changed()
        await self._central.delete(one(_DOCUMENT, order), match=there.etag)

    async def _edit(self, payload: Payload) -> None:
        """Other lines, all at once, over the state that this was decided on; anything else came after it."""
        order = payload["order"]
        parts = [_touch(payload)]
        parts += [Part(method="DELETE", path=one(_LINES, line), match="*") for line in payload["remove"]]
        parts += [await self._new_line(order, body) for body in await self._lines.bodies(payload["lines"])]
        await self._all(parts, payload["lines"])

    async def _round(self, payload: Payload) -> None:
        """The number of its line is taken once it is there, so that it is there once."""
        bodies = await self._lines.bodies(payload["lines"])
        parts = [_touch(payload), *[await self._new_line(payload["order"], body) for body in bodies]]
        try:
            await self._all(parts, payload["lines"])
        except (Exists, Changed):
            lines = await self._central.rows(Line, one(_DOCUMENT, payload["order"], f"/{_LINES}"))
            wanted = {row["place"] for row in payload["lines"]}
            if not wanted <= {line.sequence for line in lines}:
                raise

    async def _all(self, parts: list[Part], lines: Any) -> None:
        try:
            await self._central.at_once(parts)
        except Gone as gone:
            raise _changed() from gone
        except Exists:
            raise
        except Rejected:
            await self._lines.look_into(lines)
            raise

    async def _new_line(self, order: str, body: Payload) -> Part:
        return Part(method="POST", path=one(_DOCUMENT, order, f"/{_LINES}"), body=body)

    async def _confirm(self, payload: Payload) -> Evidence:
        """Refused is fine where it is confirmed already."""
        path = one(_DOCUMENT, payload["order"])
        try:
            there = await self._central.patch(
                SalesOrder, path, {"externalDocumentNumber": payload["number"]}, match=payload["match"]
            )
        except Changed:
            found = await self._central.get(SalesOrder, path)
            if found is None or found.external_document_number != payload["number"]:
                raise
            there = found
        whole = Found(documents=(_confirmed(there),)) if payload["whole"] else None
        return Evidence(
            sink_key=SinkKey(there.id.lower()), number=there.number, response=shown(there), whole=whole
        )

    async def _invoice(self, order: str) -> None:
        """Ships what is left and invoices everything; the order's own row is gone then."""
        try:
            await self._central.act(one(_DOCUMENT, order, "/Microsoft.NAV.shipAndInvoice"))
        except Gone as gone:
            raise _changed() from gone

    async def _pay(self, payload: Payload) -> Evidence:
        """A line in the journal of that way of paying. People post journals, which hold lines of their own as well."""
        journal = await self._directory.journal(payload["method"])
        customer = payload["customer"]
        currency = await self._directory.customer_currency(customer, hoped=payload["currency"])
        if currency != payload["currency"]:
            raise Rejected(
                "payment.other_currency",
                f"The money of {payload['title']} came in {payload['currency']}, and the customer's journal lines are in"
                f" {currency}.",
                facts={"currency": payload["currency"], "customer_currency": currency},
            )
        body: dict[str, Any] = {
            "customerId": customer,
            "postingDate": payload["date"],
            "documentNumber": payload["number"],
            "externalDocumentNumber": payload["external"],
            # What comes in is below zero on a customer's account.
            "amount": -Decimal(payload["amount"]),
            "description": keys.payment_text(payload["external"], payload["number"]),
            "comment": payload["comment"],
        }
        if payload["invoice"]:
            body["appliesToInvoiceId"] = payload["invoice"]
        path = one("customerPaymentJournals", journal.id, "/customerPayments")
        return await write_line(self._central, path, body)

    async def _cancel(self, payload: Payload) -> None:
        """Of an order of which nothing was paid, shipped or invoiced, when all of it is taken back."""
        try:
            await self._central.delete(one(_DOCUMENT, payload["order"]), match=payload["match"])
        except Gone:
            return


def _touch(payload: Payload) -> Part:
    """Changes nothing, and is refused when the order is not what it was: then nothing of the batch is carried out."""
    return Part(
        method="PATCH",
        path=one(_DOCUMENT, payload["order"]),
        body={"externalDocumentNumber": payload["number"]},
        match=payload["match"],
    )


def _confirmed(order: SalesOrder) -> FoundDocument:
    return FoundDocument(
        sink_key=SinkKey(order.id.lower()),
        number=order.number,
        external_id=None,
        state=DocumentState.OPEN,
        total=money(order.total_amount_including_tax, order.currency_code),
        tax_total=money(order.total_tax_amount, order.currency_code),
        currency=order.currency_code,
        revision=order.etag,
    )


def shown(order: SalesOrder) -> dict[str, Json]:
    return {
        "id": order.id,
        "number": order.number,
        "status": order.status,
        "total": f"{order.total_amount_including_tax:f}",
        "tax": f"{order.total_tax_amount:f}",
    }


def _done(payload: Payload) -> Evidence:
    order: str = payload["order"]
    return Evidence(sink_key=SinkKey(order.lower()), response={"id": order, "done": payload["action"]})


def _changed() -> Changed:
    return Changed(
        "document.changed_meanwhile", "Someone changed the document meanwhile; nothing was written."
    )
