"""Documents of any ERP: what its rows say of them, how they are found by our key, and the steps that all of them have."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from decimal import Decimal
from typing import cast

from app.domain.document import DocumentPayment, DocumentState, FoundDocument, FoundLine
from app.domain.ids import SinkKey, StoreKey
from app.domain.totals import Rounding
from app.errors import Reason, Unclear
from app.hosts.rest import views
from app.hosts.rest.client import Caller, chosen, payload_of
from app.hosts.rest.description import LineFields, PaymentFields, Register
from app.hosts.rest.parts import Listing, Writes
from app.hosts.rest.rows import Row, readable
from app.hosts.rest.wording import Tree
from app.outbound import redacted
from app.ports import Evidence, Json, Listed, Page, Span, Step, StepKind

UNCONFIRMED = {"draft", "open"}
_STATES = {
    "draft": DocumentState.DRAFT,
    "open": DocumentState.OPEN,
    "confirmed": DocumentState.OPEN,
    "invoiced": DocumentState.POSTED,
    "posted": DocumentState.POSTED,
    "cancelled": DocumentState.CANCELLED,
}


_UNNAMED = "unnamed: "


def unnamed(found: FoundDocument) -> Reason | None:
    """Nothing is done to a document in a state that the connection document does not name: it may be a voided one."""
    if not found.stage.startswith(_UNNAMED):
        return None
    state, number = found.stage.removeprefix(_UNNAMED), found.number or str(found.sink_key)
    return Reason(
        code="document.state_unknown",
        sentence=f"{number} is “{state}” in the ERP, and the connection document does not say what that is.",
        facts={"number": number, "state": state},
    )


class Documents:
    """What is the same for orders and for refunds."""

    def __init__(self, caller: Caller, register: Register) -> None:
        self._caller, self._register = caller, register

    async def search(self, call: Listing | None, tree: Tree) -> list[FoundDocument]:
        if call is None:
            return []
        return [self.found(row) for row in await self._caller.every(call, tree)]

    async def under(self, key: str, call: Listing, tree: Tree) -> list[FoundDocument]:
        """Those with our key alone: a search may be a loose one, and give the documents of others as well."""
        return [each for each in await self.search(call, tree) if is_under(key, each)]

    def found(self, row: Row) -> FoundDocument:
        fields = self._register.fields
        stage = self._stage(row)
        currency = row.text(fields.currency)
        payments = _payments(row, fields.payments, currency)
        return FoundDocument(
            sink_key=SinkKey(row.needed(fields.key)),
            number=row.text(fields.number),
            external_id=_key_of(row, fields.external_id),
            state=_STATES.get(stage, DocumentState.POSTED),
            total=row.amount(fields.total, currency),
            tax_total=row.amount(fields.tax, currency),
            currency=currency,
            payments=frozenset(payments),
            invoiced=stage in {"invoiced", "posted"},
            stage=stage,
            revision=row.text(fields.revision) or "",
            shipped=row.flag(fields.shipped),
            amounts={key: amount for key, amount in payments.items() if amount is not None},
            lines=_lines(row, fields.lines, currency),
        )

    def _stage(self, row: Row) -> str:
        said = row.needed(self._register.fields.state)
        states = self._register.states
        return states.get(said) or states.get("*") or _UNNAMED + said

    async def do(self, step: Step) -> Evidence:
        written = await self._caller.write(step.payload)
        there, existed, request = written.there, written.existed, shown(step.payload)
        if step.kind is StepKind.DISCARD and there is None:
            return Evidence(request=request, response={"removed": True})
        if written.silent:
            return told_little(step)
        if there is None and existed:
            raise Unclear(
                "answer.unreadable", "The ERP has it already and does not say which it is; it is looked for."
            )
        row = Row(there, self._caller.manner(writes=True))
        try:
            document = self.found(row)
        except Unclear:
            key = readable(lambda: row.text(self._register.fields.key))
            if key is None or step.kind is not StepKind.CREATE:
                raise
            # What was made is told by its key alone: the rest is read when it is looked at.
            return told_little(step, key)
        response: dict[str, Json] = {
            "key": str(document.sink_key),
            "number": document.number,
            "state": document.stage,
            "total": None if document.total is None else f"{document.total:f}",
            "existed": existed,
        }
        return Evidence(
            sink_key=document.sink_key, number=document.number, request=request, response=response
        )

    async def listed(self, span: Span) -> AsyncIterator[Page[Listed]]:
        call = self._register.list
        if call is None:
            return
        tree = {**views.moment("since", span.since), **views.moment("until", span.until)}
        async for page in self._caller.pages(call, tree):
            found = [self.found(row) for row in page.rows]
            ours = tuple(_listed(each) for each in found if each.external_id)
            yield Page(items=ours, cursor=page.next or "")

    # --- steps ---------------------------------------------------------------------------------------------------------

    def step(
        self, key: str, calls: Writes | None, tree: Tree, *, kind: StepKind = StepKind.ADVANCE
    ) -> Step | None:
        """None where this ERP has no such step."""
        call = chosen(calls, tree)
        if call is None:
            return None
        return Step(key=key, kind=kind, payload=payload_of(call, tree), repeatable=call.repeatable)

    def removal(self, document: FoundDocument, tree: Tree) -> Step | Reason:
        """Of a double: a draft is discarded, another one called off."""
        draft = document.state is DocumentState.DRAFT
        calls = (self._register.discard or self._register.cancel) if draft else self._register.cancel
        about = {**tree, "document": views.document(document)}
        return self.step(f"discard:{document.sink_key}", calls, about, kind=StepKind.DISCARD) or Reason(
            code="document.duplicate_in_erp",
            sentence=f"The ERP has a second document, {document.number or document.sink_key}. Remove it there.",
            facts={"number": document.number or str(document.sink_key)},
        )


def told_little(step: Step, key: str | None = None) -> Evidence:
    """Of a success that tells nothing, or the key alone, of what was made."""
    response: dict[str, Json] = {"key": key} if key else {"done": True}
    return Evidence(sink_key=SinkKey(key) if key else None, request=shown(step.payload), response=response)


def is_under(key: str, document: FoundDocument) -> bool:
    """Whether it has this key of ours, or does not show any: an answer to a question for one key need not repeat it."""
    return document.external_id in {key, None}


def _key_of(row: Row, path: str | None) -> str | None:
    """Empty where the ERP shows that there is none, None where it does not show keys."""
    return row.text(path) or ("" if row.shows(path) else None)


def payment(value: DocumentPayment, currency: str) -> dict[str, object]:
    return cast("dict[str, object]", views.view(value, currency))


def rounding(value: Rounding, currency: str) -> dict[str, object]:
    return {"item": value.item, "amount": value.amount, "amount_minor": views.minor(value.amount, currency)}


def standing(orders: Sequence[FoundDocument]) -> FoundDocument | None:
    """The order's document; of several the one that is no draft and not cancelled."""
    alive = [each for each in orders if each.state in {DocumentState.OPEN, DocumentState.POSTED}]
    return next(iter([*alive, *orders]), None)


def posted_wrong(reference: str, currency: str, found: FoundDocument, gap: Rounding) -> Reason:
    number = found.number or str(found.sink_key)
    amount = f"{gap.amount:f}"
    return Reason(
        code="total.differs",
        sentence=f"{number} differs from {reference} by {amount} {currency} and can't be changed any more.",
        facts={"difference": amount, "currency": currency, "number": number},
    )


def _payments(row: Row, fields: PaymentFields | None, currency: str | None) -> dict[StoreKey, Decimal | None]:
    if fields is None:
        return {}
    return {
        StoreKey(each.needed(fields.key)): each.amount(fields.amount, currency)
        for each in row.rows(fields.rows)
        if each.text(fields.key)
    }


def _lines(row: Row, fields: LineFields | None, currency: str | None) -> tuple[FoundLine, ...] | None:
    if fields is None:
        return None
    return tuple(
        FoundLine(
            item=each.needed(fields.item),
            quantity=each.number(fields.quantity) or Decimal(0),
            net=each.amount(fields.net, currency),
        )
        for each in row.rows(fields.rows)
    )


def _listed(document: FoundDocument) -> Listed:
    return Listed(
        sink_key=document.sink_key,
        external_id=document.external_id,
        number=document.number,
        total=document.total,
        currency=document.currency,
        state=document.state,
    )


def shown(payload: Mapping[str, Json]) -> Mapping[str, Json]:
    """The request as evidence: what was said of people is left out, under whatever name the ERP has it."""
    private = payload.get("private")
    words = [each for each in private if isinstance(each, str)] if isinstance(private, list) else []
    shown = {name: payload.get(name) for name in ("method", "path", "body")}
    return cast("Mapping[str, Json]", redacted(_without(shown, words)))


def _without(value: Json, words: Sequence[str]) -> Json:
    match value:
        case dict():
            return {key: _without(each, words) for key, each in value.items()}
        case list():
            return [_without(each, words) for each in value]
        case str() if any(word in value for word in words):
            return "***"
        case _:
            return value
