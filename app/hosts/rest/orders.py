"""Orders into any ERP: what is there, which step of those that its connection document knows is next, and that step, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.domain.adoption import Surplus, choose, outdated
from app.domain.document import DocumentKind, FoundDocument, SalesDocument
from app.domain.edits import after_edit, too_late
from app.domain.totals import Rounding, judge_payments, judge_total
from app.errors import Reason
from app.hosts.rest import views
from app.hosts.rest.choosing import choices
from app.hosts.rest.client import Caller
from app.hosts.rest.description import Orders
from app.hosts.rest.documents import UNCONFIRMED, Documents, payment, posted_wrong, rounding, unnamed
from app.hosts.rest.parts import Writes
from app.ports import Choice, Found, HostField, Json, Step, StepKind

_CHANGEABLE = UNCONFIRMED | {"confirmed"}
_LABELS = {
    "item": "Item",
    "tax": "Tax code",
    "method": "Payment method",
    "location": "Warehouse",
    "rounding_item": "Item for rounding differences",
    "note": "Note",
}
_NEEDED = ("item", "tax", "method")


class OrderSink(Documents):
    """Implements `Sink[SalesDocument]`."""

    def __init__(self, caller: Caller, orders: Orders) -> None:
        super().__init__(caller, orders)
        self._orders = orders
        promises = caller.description.promises
        self._computes_tax = promises.tax == "computed"

    async def find(self, record: SalesDocument, *, likely: bool = False) -> Found:
        tree = {"order": views.order(record)}
        ours = await self.under(record.external_id, self._orders.find, tree)
        doubles = await self.search(self._orders.find_reference, tree) if likely else []
        kind = record.external_id.split("-")[0] + "-"
        strangers = (
            each
            for each in doubles
            if not (each.external_id or "").startswith(kind) and each.state.value != "cancelled"
        )
        return Found(
            documents=tuple(ours),
            likely=tuple(strangers),
        )

    def next_step(self, record: SalesDocument, found: Found) -> Step | Reason | None:
        chosen = choose(
            record,
            found.documents,
            removable=lambda document: document.stage == "open" and self._orders.cancel is not None,
            earlier=record.earlier,
        )
        match chosen:
            case None:
                return self._create(record)
            case Reason():
                return chosen
            case Surplus(document=document):
                return self.removal(document, {"order": views.order(record)})
            case FoundDocument():
                return self._onward(record, chosen)

    def _create(self, record: SalesDocument) -> Step | Reason:
        tree = {"order": views.order(record)}
        made = self.step("create", self._orders.create, tree, kind=StepKind.CREATE)
        return made or Reason(
            code="host.refused",
            sentence=f"The connection document says no way to make {record.reference}: none of its calls fits it.",
        )

    def _onward(self, record: SalesDocument, found: FoundDocument) -> Step | Reason | None:
        if strange := unnamed(found):
            return strange
        if outdated(record, found, record.earlier):
            return self._changed(record, found)
        unconfirmed = found.stage in UNCONFIRMED and self._orders.confirm is not None
        match judge_total(record, found, computes_tax=self._computes_tax):
            case Reason() as reason:
                return reason
            case Rounding() as gap:
                line = {"rounding": rounding(gap, record.currency)}
                step = (
                    self._ahead(
                        after_edit("rounding", record.edit), self._orders.round, record, found, **line
                    )
                    if unconfirmed
                    else None
                )
                return step or posted_wrong(record.reference, record.currency, found, gap)
            case None:
                confirmed = (
                    self._ahead("confirm", self._orders.confirm, record, found) if unconfirmed else None
                )
                return confirmed or self._money(record, found)

    def _changed(self, record: SalesDocument, found: FoundDocument) -> Step | Reason:
        step = None
        if found.stage in _CHANGEABLE and not found.shipped:
            step = self._ahead(f"edit:{record.edit}", self._orders.change, record, found)
        return step or too_late(record, found)

    def _money(self, record: SalesDocument, found: FoundDocument) -> Step | Reason | None:
        """Deposits while the order isn't paid in full or has some already; the invoice first when it was paid at once.

        An order with deposits is invoiced once it is shipped.
        """
        owed = [each for each in record.payments if each.key not in found.payments]
        if not found.invoiced and self._to_invoice(record, found, owed=bool(owed)):
            step = self._ahead("invoice", self._orders.invoice, record, found)
            if step:
                return step
        if not owed:
            return judge_payments(record, found)
        word = "payment" if found.invoiced else "deposit"
        calls = self._orders.payment if found.invoiced else self._orders.deposit or self._orders.payment
        told = {"payment": payment(owed[0], record.currency)}
        return self._ahead(f"{word}:{owed[0].key}", calls, record, found, **told)

    def _to_invoice(self, record: SalesDocument, found: FoundDocument, *, owed: bool) -> bool:
        if record.kind is DocumentKind.ORDER_WITH_DEPOSIT:
            return found.shipped and not owed
        at_once = record.kind in {DocumentKind.INVOICED_ORDER, DocumentKind.CASH_SALE}
        return at_once and record.fully_paid and (not owed or not found.payments)

    def _ahead(
        self, key: str, calls: Writes | None, record: SalesDocument, found: FoundDocument, **more: object
    ) -> Step | None:
        return self.step(
            key, calls, {"order": views.order(record), "document": views.document(found), **more}
        )

    def render(self, record: SalesDocument) -> Mapping[str, Json]:
        step = self._create(record)
        return step.payload if isinstance(step, Step) else {}

    def fields(self) -> Sequence[HostField]:
        listed = self._orders.choices
        return tuple(
            HostField(name=name, label=label, required=name in _NEEDED, choices=name in listed)
            for name, label in _LABELS.items()
        )

    async def choices(self, field: str) -> Sequence[Choice]:
        return await choices(self._caller, self._orders.choices.get(field, ()), {})


class NumberedOrderSink(OrderSink):
    """Where documents are found by their number as well."""

    async def numbered(self, number: str) -> list[FoundDocument]:
        found = await self.search(self._orders.find_number, {"number": number.strip()})
        return [each for each in found if each.number and each.number.upper() == number.strip().upper()]
