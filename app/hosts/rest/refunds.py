"""Refunds into any ERP: a credit against the order's document, or the cancellation of an order nothing was billed of."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.adoption import Surplus, choose
from app.domain.credit import CreditDocument
from app.domain.document import DocumentState, FoundDocument
from app.domain.ids import SinkKey
from app.domain.totals import Rounding, judge_payments, judge_total
from app.errors import Reason
from app.hosts.rest import views
from app.hosts.rest.client import Caller
from app.hosts.rest.description import Orders, Refunds
from app.hosts.rest.documents import (
    UNCONFIRMED,
    Documents,
    payment,
    posted_wrong,
    rounding,
    standing,
    unnamed,
)
from app.hosts.rest.parts import Writes
from app.ports import Choice, Found, HostField, Json, Step, StepKind

_SOME = FoundDocument(
    sink_key=SinkKey("{order}"),
    number=None,
    external_id=None,
    state=DocumentState.OPEN,
    total=None,
    tax_total=None,
    currency=None,
)
"""Stands for the order's document in a preview, where nothing was read yet."""


class CreditSink(Documents):
    """Implements `Sink[CreditDocument]`."""

    def __init__(self, caller: Caller, refunds: Refunds, orders: Orders) -> None:
        super().__init__(caller, refunds)
        self._refunds, self._sales = refunds, orders
        self._orders = Documents(caller, orders)
        self._computes_tax = caller.description.promises.tax == "computed"

    async def find(self, record: CreditDocument, *, likely: bool = False) -> Found:
        tree = {"refund": views.refund(record)}
        ours = await self.under(record.external_id, self._refunds.find, tree)
        order = {"order": {"external_id": record.order_external_id, "reference": record.order_reference}}
        orders = await self._orders.under(record.order_external_id, self._sales.find, order)
        doubles = await self.search(self._refunds.find_reference, tree) if likely else []
        return Found(
            documents=tuple(ours),
            likely=tuple(
                each
                for each in doubles
                if each.external_id != record.external_id and each.state is not DocumentState.CANCELLED
            ),
            basis=standing(orders),
        )

    def next_step(self, record: CreditDocument, found: Found) -> Step | Reason | None:
        removable = self._refunds.cancel is not None
        match choose(record, found.documents, removable=lambda each: removable and each.stage == "open"):
            case None:
                return self._first(record, found.basis)
            case Reason() as reason:
                return reason
            case Surplus(document=document):
                return self.removal(document, {"refund": views.refund(record)})
            case FoundDocument() as document:
                return self._onward(record, document)

    def _first(self, record: CreditDocument, order: FoundDocument | None) -> Step | Reason | None:
        """Nothing is credited yet. An order that was neither billed nor paid in part is simply cancelled with its refund."""
        if order is None:
            return _gone(record, "is not in the ERP any more")
        if strange := unnamed(order):
            return strange
        if order.state is DocumentState.CANCELLED:
            return None if record.whole else _gone(record, "was cancelled in the ERP")
        if record.whole and not order.invoiced and not order.payments:
            known = {"external_id": record.order_external_id, "reference": record.order_reference}
            tree = {"order": known, "document": views.document(order)}
            cancelled = self.step("cancel-order", self._sales.cancel, tree)
            if cancelled:
                return cancelled
        return self._create(record, order)

    def _create(self, record: CreditDocument, order: FoundDocument) -> Step | Reason:
        tree = {"refund": views.refund(record), "order": views.document(order)}
        made = self.step("create", self._refunds.create, tree, kind=StepKind.CREATE)
        return made or Reason(
            code="host.refused",
            sentence=f"The connection document says no way to make {record.reference}: none of its calls fits it.",
        )

    def _onward(self, record: CreditDocument, found: FoundDocument) -> Step | Reason | None:
        if strange := unnamed(found):
            return strange
        unposted = found.stage in UNCONFIRMED and self._refunds.confirm is not None
        match judge_total(record, found, computes_tax=self._computes_tax):
            case Reason() as reason:
                return reason
            case Rounding() as gap:
                line = {"rounding": rounding(gap, record.currency)}
                step = (
                    self._ahead("rounding", self._refunds.round, record, found, **line) if unposted else None
                )
                return step or posted_wrong(record.reference, record.currency, found, gap)
            case None:
                posted = self._ahead("post", self._refunds.confirm, record, found) if unposted else None
                return posted or self._money(record, found)

    def _money(self, record: CreditDocument, found: FoundDocument) -> Step | Reason | None:
        owed = [each for each in record.payments if each.key not in found.payments]
        if not owed:
            return judge_payments(record, found)
        told = {"payment": payment(owed[0], record.currency)}
        return self._ahead(f"refund:{owed[0].key}", self._refunds.payment, record, found, **told)

    def _ahead(
        self, key: str, calls: Writes | None, record: CreditDocument, found: FoundDocument, **more: object
    ) -> Step | None:
        return self.step(
            key, calls, {"refund": views.refund(record), "document": views.document(found), **more}
        )

    def render(self, record: CreditDocument) -> Mapping[str, Json]:
        """Which document it is against is only known when that is read."""
        step = self._create(record, _SOME)
        return step.payload if isinstance(step, Step) else {}

    def fields(self) -> tuple[HostField, ...]:
        return ()

    async def choices(self, field: str) -> tuple[Choice, ...]:
        return ()


def _gone(record: CreditDocument, what: str) -> Reason:
    return Reason(
        code="refund.no_document",
        sentence=f"The document of {record.order_reference} {what}, so its refund can't be booked on it.",
    )
