"""Carries out one step in Tryton and judges it by the state read back; each may be repeated and leaves what one leaves."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Collection
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

from app.domain.ids import SinkKey
from app.errors import Bug, Rejected, Retry, StockbridgeError
from app.hosts.tryton.client import Tryton
from app.hosts.tryton.directory import Directory
from app.hosts.tryton.records import (
    LISTING_FIELDS,
    ORIGIN_FIELDS,
    SALE_FIELDS,
    Listing,
    Origin,
    PaymentRow,
    Sale,
    Stateful,
)
from app.hosts.tryton.refusals import Untold
from app.hosts.tryton.stage import joined
from app.hosts.tryton.values import Payload, line_values, payment_values, return_values, sale_values
from app.hosts.tryton.wire import made, replaced
from app.ports import Evidence, Json

T = TypeVar("T")

_SALE, _PAYMENT, _INVOICE = "sale.sale", "account.payment", "account.invoice"


class Writes:
    """One method per action of a step."""

    def __init__(self, tryton: Tryton, directory: Directory) -> None:
        self._tryton = tryton
        self._directory = directory

    async def carry_out(self, payload: Payload) -> Evidence:
        """The evidence of what came back; the caller adds the request."""
        match payload["action"]:
            case "create":
                return _evidence(await self._create(payload))
            case "credit":
                return _evidence(await self._credit(payload))
            case "cancel":
                state = await self._press(_SALE, payload["sale"], "cancel", ("cancelled",))
            case "edit":
                state = await self._edit(payload)
            case "round":
                state = await self._round(payload)
            case "confirm":
                state = await self._confirm(payload["sale"])
            case "pay":
                state = await self._pay(payload)
            case "invoice":
                state = await self._press(_INVOICE, payload["invoice"], "post", ("posted", "paid"))
            case other:
                raise Bug("step.unknown", f"Nobody wrote a step called {other}.")
        return Evidence(sink_key=SinkKey(str(payload["sale"])), response={"state": state})

    async def by_web_id(self, web_id: str) -> list[Sale]:
        shop = await self._tryton.shop()
        domain: Json = [["web_shop", "=", shop.id], ["web_id", "=", web_id]]
        return await self._tryton.find(Sale, _SALE, SALE_FIELDS, domain)

    async def _create(self, payload: Payload) -> Sale:
        return await self._made_once(payload, await sale_values(self._tryton, self._directory, payload))

    async def _credit(self, payload: Payload) -> Sale:
        """A return of the order's sale, to whom and where from that one says."""
        found = await self._tryton.get(Origin, _SALE, payload["sale"], ORIGIN_FIELDS)
        if found is None:
            raise _gone(_SALE)
        await self._refuse_beyond(found, payload)
        values = await return_values(self._tryton, self._directory, found, payload)
        return await self._made_once(payload, values)

    async def _refuse_beyond(self, order: Origin, payload: Payload) -> None:
        """Tryton takes any return; no more is given back than was sold."""
        domain: Json = [
            ["origin", "=", f"sale.sale,{order.id}"],
            ["state", "!=", "cancelled"],
            ["web_id", "!=", payload["web_id"]],
        ]
        others = await self._tryton.find(Listing, _SALE, LISTING_FIELDS, domain)
        given = sum(
            (-row.total_amount.value for row in others if row.total_amount), Decimal(payload["total"])
        )
        if order.total_amount and given > order.total_amount.value:
            if any(row.state in ("draft", "quotation") for row in others):
                # Its rounding is to come yet, so what it takes is not known to the cent.
                raise Retry(
                    "document.changed_meanwhile",
                    "Another return of this order is being made; this one comes after it.",
                    after=timedelta(seconds=1),
                )
            raise Rejected(
                "credit.exceeds",
                "More would be given back than was billed.",
                facts={"sold": order.total_amount.decimal, "given": f"{given:f}"},
            )

    async def _made_once(self, payload: Payload, values: dict[str, Json]) -> Sale:
        try:
            return await self._tryton.create(Sale, _SALE, values, SALE_FIELDS)
        except (Rejected, Untold) as error:
            # The database keeps (web_shop, web_id) unique: if that was the refusal, the sale is there.
            if found := await _outcome(error, self.by_web_id(payload["web_id"])):
                return found[0]
            raise _undone(error) from error

    async def _edit(self, payload: Payload) -> str:
        """Other lines for a sale that shows what was there when this was decided; anything else came after it."""
        sale = await self._sale(payload["sale"])
        if sale.state == "quotation":
            await self._press(_SALE, sale.id, "draft", ("draft",))
            sale = await self._sale(sale.id)
        before = [[e.item, f"{e.quantity:f}", f"{e.net or 0:f}"] for e in joined(sale.lines)]
        if sale.state != "draft" or before != payload["before"]:
            raise Retry(
                "document.changed_meanwhile",
                "Someone changed the document meanwhile; nothing was written.",
                after=timedelta(seconds=1),
            )
        lines = await line_values(self._directory, payload["lines"])
        await self._write_guarded(sale, {"lines": replaced([line.id for line in sale.lines], *lines)})
        return sale.state

    async def _round(self, payload: Payload) -> str:
        sale = await self._sale(payload["sale"])
        if sale.state == "draft" and all(line.sequence != payload["sequence"] for line in sale.lines):
            await self._write_guarded(sale, {"lines": made(*await line_values(self._directory, [payload]))})
        return sale.state

    async def _confirm(self, sale: int) -> str:
        """Quoting gives the number; Tryton's queue then makes shipment and invoice."""
        beyond = ("confirmed", "processing", "done")
        state = await self._press(_SALE, sale, "quote", ("quotation", *beyond))
        return await self._press(_SALE, sale, "confirm", beyond) if state == "quotation" else state

    async def _pay(self, payload: Payload) -> str:
        """A payment of the sale under our key, submitted, processed and succeeded: then it is in the books."""
        sale = await self._sale(payload["sale"])
        payment = _payment(sale, payload["reference"])
        if payment is None:
            payment = await self._made(sale, payload)
        return await self._book(payment.id, payment.state, approved=payload.get("kind") == "payable")

    async def _made(self, sale: Sale, payload: Payload) -> PaymentRow:
        values = await payment_values(self._directory, sale, payload)
        try:
            await self._write_guarded(sale, {"payments": made(values)})
        except Untold as error:
            after = await _outcome(error, self._sale(sale.id))
            payment = _payment(after, payload["reference"])
            if payment is None:
                raise _undone(error) from error
            return payment
        payment = _payment(await self._sale(sale.id), payload["reference"])
        if payment is None:
            raise _gone(_PAYMENT)
        return payment

    async def _book(self, payment: int, state: str, *, approved: bool) -> str:
        """Money that leaves is to be approved; money that came is not."""
        beyond = ("approved", "processing", "succeeded")
        if state == "draft":
            state = await self._press(_PAYMENT, payment, "submit", ("submitted", *beyond))
        if state == "submitted" and approved:
            state = await self._press(_PAYMENT, payment, "approve", beyond)
        if state in ("submitted", "approved"):
            await self._tryton.run_wizard("account.payment.process", _PAYMENT, payment)
            state = "processing"
        if state == "processing":
            state = await self._press(_PAYMENT, payment, "succeed", ("succeeded",))
        return state

    async def _press(self, model: str, record: int, button: str, reached: Collection[str]) -> str:
        """Refused is fine where the record is beyond the button already: an earlier press of ours did it."""
        try:
            return (await self._tryton.press(Stateful, model, record, button, ("state",))).state
        except (Rejected, Untold) as error:
            found = await _outcome(error, self._tryton.get(Stateful, model, record, ("state",)))
            if found is None:
                raise _gone(model) from error
            if found.state not in reached:
                raise _undone(error) from error
            return found.state

    async def _sale(self, record: int) -> Sale:
        found = await self._tryton.get(Sale, _SALE, record, SALE_FIELDS)
        if found is None:
            raise _gone(_SALE)
        return found

    async def _write_guarded(self, sale: Sale, values: dict[str, Json]) -> None:
        await self._tryton.write_guarded(_SALE, sale.id, sale.timestamp, values)


async def _outcome(error: StockbridgeError, look: Awaitable[T]) -> T:
    """What Tryton shows once its answer has ended the request.

    When even that can't be read, the error stands; but a refusal, which did nothing, may stand for what an earlier request did:
    unseen it holds nobody, and is asked for again.
    """
    try:
        return await look
    except StockbridgeError as blind:
        if isinstance(error, Rejected) and isinstance(blind, Retry):
            raise blind from error
        raise error from None


def _undone(error: StockbridgeError) -> StockbridgeError:
    """Nothing is there, so nothing was done. What was no refusal of this order was two writes that met: try again."""
    if isinstance(error, Rejected):
        return error
    return Retry(
        "host.busy",
        "Tryton was busy with another order and undid this step; it is tried again.",
        after=timedelta(seconds=random.uniform(1, 4)),
    )


def _payment(sale: Sale, reference: str) -> PaymentRow | None:
    return next((payment for payment in sale.payments if payment.reference == reference), None)


def _evidence(sale: Sale) -> Evidence:
    response: dict[str, Json] = {
        "id": sale.id,
        "state": sale.state,
        "total_amount": sale.total_amount.decimal if sale.total_amount else None,
        "tax_amount": sale.tax_amount.decimal if sale.tax_amount else None,
    }
    return Evidence(sink_key=SinkKey(str(sale.id)), number=sale.number, response=response)


def _gone(model: str) -> Rejected:
    return Rejected(
        "document.removed_in_erp",
        "A record of this order was removed in Tryton while it was worked on.",
        facts={"model": model},
    )
