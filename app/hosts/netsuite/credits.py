"""Refunds into NetSuite: a credit memo of the invoice or the order, a cash refund of a cash sale, or the order is closed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.domain.credit import CreditDocument
from app.domain.document import DocumentState, FoundDocument
from app.domain.ids import SinkKey
from app.errors import Reason, Rejected
from app.hosts.netsuite import credit_steps, documents, sql
from app.hosts.netsuite.body import Payload, lines_body
from app.hosts.netsuite.client import NetSuite
from app.hosts.netsuite.clock import Clock
from app.hosts.netsuite.directory import Directory, whole_names
from app.hosts.netsuite.documents import CASH_REFUND, CREDIT, INVOICE, RECORDS
from app.hosts.netsuite.orders import NetSuiteOrders, listed, with_request
from app.hosts.netsuite.sql import Row, Told
from app.hosts.netsuite.writes import Writes
from app.ports import Choice, Evidence, Found, HostField, Json, Listed, Page, Span, Step

_GIVEN = (CREDIT, CASH_REFUND)
_OURS = (*_GIVEN, INVOICE)
"""What a refund comes to be; an invoice where more was given in exchange than taken back."""
_MOST = 5
_OF_ONE = "c.id IN (SELECT l.nextdoc FROM PreviousTransactionLineLink l WHERE l.previousdoc = {document})"
_OF_ORDER = (
    "c.id IN (SELECT l.nextdoc FROM PreviousTransactionLineLink l WHERE l.previousdoc IN"
    " (SELECT b.nextdoc FROM PreviousTransactionLineLink b WHERE b.previousdoc = {order}))"
)
"""What was given back of a document, and of whatever an order was billed by."""


class _Credited(Row, frozen=True):
    id: str | int
    type: str
    externalid: str = ""
    foreigntotal: Told = None


class NetSuiteCredits:
    """Implements `Sink[CreditDocument]`. A credit is found by its external id like an order."""

    def __init__(
        self,
        netsuite: NetSuite,
        directory: Directory,
        orders: NetSuiteOrders,
        writes: Writes,
        clock: Clock,
    ) -> None:
        self._netsuite, self._directory, self._clock = netsuite, directory, clock
        self._orders, self._writes = orders, writes

    async def find(self, record: CreditDocument, *, likely: bool = False) -> Found:
        more = (
            f"(t.type IN ({sql.texts(_OURS)}) AND t.otherrefnum = {sql.text(record.reference)})"
            if likely
            else ""
        )
        among = await documents.about(self._netsuite, record.external_id, more)
        one = next((each for each in among if each.head.externalid == record.external_id), None)
        paid = documents.payments_of(among, record.external_id)
        strange = [each for each in among if each.head.type in _OURS and each is not one]
        shown = [documents.as_found(each, self._place, payments={}) for each in strange[:_MOST]]
        names = whole_names([*(line.item for line in record.lines), record.rounding_item])
        mine = documents.as_found(one, self._place, payments=paid, whole=names) if one else None
        return Found(
            documents=(credit_steps.as_credit(mine),) if mine else (),
            likely=tuple(each for each in shown if each.state is not DocumentState.CANCELLED),
            basis=await self._orders.of(record.order_external_id, names),
        )

    async def numbered(self, number: str) -> Sequence[FoundDocument]:
        condition = f"t.tranid = {sql.text(number.strip())} AND t.type IN ({sql.texts(_OURS)})"
        found = await documents.read(self._netsuite, condition)
        shown = [documents.as_found(one, self._place, payments={}) for one in found[:_MOST]]
        return [credit_steps.as_credit(each) for each in shown]

    def next_step(self, record: CreditDocument, found: Found) -> Step | Reason | None:
        return credit_steps.next_step(record, found)

    async def do(self, step: Step) -> Evidence:
        payload: Payload = step.payload
        match payload["action"]:
            case "credit":
                made = await self._credit(payload)
                evidence = Evidence(sink_key=SinkKey(made), response={"id": made})
            case "refund":
                made = await self._writes.new(
                    "customerRefund", await self._refund(payload), payload["external_id"]
                )
                evidence = Evidence(sink_key=SinkKey(payload["document"]), response={"id": made})
            case _:
                evidence = await self._writes.carry_out(payload)
        return with_request(evidence, step)

    async def _credit(self, payload: Payload) -> str:
        """Lines of the invoice that are not credited would be taken over without `replace`."""
        meant = await self._writes.meant(payload["lines"])
        lines = lines_body(payload["lines"], meant)
        body: dict[str, Any] = {
            "externalId": payload["external_id"],
            "tranDate": payload["date"],
            "otherRefNum": payload["reference"],
            **lines,
        }
        place = next((row["location"] for row in payload["lines"] if row["location"]), payload["location"])
        if place:
            body["location"] = {"id": await self._directory.id_of("location", place)}
        if payload["note"]:
            body["memo"] = payload["note"]
        if payload["method"]:
            body |= await self._writes.paid_with(payload["method"], undeposited=False)
        left = None if payload["made"] == INVOICE else await self._left(payload)
        if left is None or left < 0:
            return await self._alone(body, payload)
        try:
            return await self._made_of(body, payload)
        except Rejected:
            # Where NetSuite computes the tax, a credit of what is left may come to a cent more, until it is rounded off.
            if left >= Decimal(payload["slack"]):
                raise
            return await self._alone(body, payload)

    async def _made_of(self, body: Mapping[str, Any], payload: Payload) -> str:
        made = dict(body)
        if payload["made"] == CREDIT and (back := Decimal(payload["returned"])):
            # NetSuite would use up all of the credit on what is open of the invoice, and the money couldn't be taken from it.
            due = await self._writes.due(payload["of"]) or Decimal(0)
            rest = min(due, Decimal(payload["total"]) - back)
            row: dict[str, Any] = {"doc": {"id": payload["of"]}, "apply": rest > 0}
            if due > 0:
                made["apply"] = {"items": [{**row, "amount": rest} if rest > 0 else row]}
        source, target = (
            ("cashSale", "cashRefund") if payload["made"] == CASH_REFUND else ("invoice", "creditMemo")
        )
        lists = ",".join(name for name in ("item", "taxDetails") if name in made)
        path = f"{source}/{sql.number(payload['of'])}/!transform/{target}?replace={lists}"
        return await self._writes.new(path, made, payload["external_id"])

    async def _alone(self, body: Mapping[str, Any], payload: Payload) -> str:
        """What is made of a document has its department and class, by whichever rule it got them; this has the connection's."""
        currency = await self._directory.id_of("currency", payload["currency"])
        segments = await self._writes.segments(payload.get("codes") or {})
        whole = {**body, **segments, "entity": {"id": payload["customer"]}, "currency": {"id": currency}}
        return await self._writes.new(RECORDS[payload["made"]], whole, payload["external_id"])

    async def _left(self, payload: Payload) -> Decimal | None:
        """How much the one document that it is made of comes to beyond all that was given back of it; None: there is none.

        Rejected where more would be given back than that document, or the order where it was billed several times or not
        at all, came to with what was exchanged since, whatever NetSuite would let pass.
        """
        if payload["of"]:
            came_to = (await self._writes.current(payload["of"])).total or Decimal(0)
            linked = _OF_ONE.format(document=sql.number(payload["of"]))
        elif payload.get("came_to"):
            came_to = Decimal(payload["came_to"])
            linked = _OF_ORDER.format(order=sql.number(payload["order"]))
        else:
            return None
        there = await self._told(linked, payload)
        given = sum(
            (abs(sql.amount(row.foreigntotal)) for row in there if row.type in _GIVEN), start=Decimal(0)
        )
        exchanged = sum(
            (sql.amount(row.foreigntotal) for row in there if row.type == INVOICE), start=Decimal(0)
        )
        given += Decimal(payload["total"])
        most = came_to + exchanged
        if given > most + Decimal(payload["slack"]):
            raise Rejected(
                "credit.exceeds",
                f"More would be given back ({given:f}) than the document came to ({most:f} {payload['currency']}).",
                facts={"difference": f"{given - most:f}", "currency": payload["currency"]},
            )
        return came_to - given if payload["of"] else None

    async def _told(self, linked: str, payload: Payload) -> list[_Credited]:
        """What became of an order's other refunds: made of it, or alone, as an exchange for dearer goods always is."""
        ours = sql.text(f"{payload['order_reference']}-R%")
        store = sql.text(f"{payload['external_id'].rpartition('-')[0]}-%")
        alone = f"(c.entity = {sql.number(payload['customer'])} AND c.otherrefnum LIKE {ours} AND c.externalid LIKE {store})"
        rows = await self._netsuite.rows(
            _Credited,
            "SELECT c.id, c.type, c.externalid, c.foreigntotal FROM transaction c WHERE c.voided = 'F'"
            f" AND ((c.type IN ({sql.texts(_GIVEN)}) AND ({linked} OR {alone}))"
            f" OR (c.type = {sql.text(INVOICE)} AND {alone})) ORDER BY c.id",
        )
        return [row for row in rows if row.externalid != payload["external_id"]]

    async def _refund(self, payload: Payload) -> dict[str, Any]:
        applied = {"doc": {"id": payload["document"]}, "apply": True, "amount": Decimal(payload["amount"])}
        return {
            "externalId": payload["external_id"],
            "customer": {"id": payload["customer"]},
            "currency": {"id": await self._directory.id_of("currency", payload["currency"])},
            "tranDate": payload["date"],
            "apply": {"items": [applied]},
            **await self._writes.paid_with(payload["method"], undeposited=False),
        }

    def render(self, record: CreditDocument) -> Mapping[str, Json]:
        """What it is made of is only known when the order's document is read."""
        return credit_steps.preview(record)

    async def listed(self, span: Span) -> AsyncIterator[Page[Listed]]:
        async for page in listed(self._netsuite, self._clock, span, _GIVEN):
            yield page

    def fields(self) -> Sequence[HostField]:
        return self._orders.fields()

    async def choices(self, field: str) -> Sequence[Choice]:
        return await self._orders.choices(field)

    @property
    def _place(self) -> str:
        return self._netsuite.access.place
