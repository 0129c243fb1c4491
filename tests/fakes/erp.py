"""An ERP in memory that fails as told: answers lost, commits that land late, refusals, people who change documents."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from app.domain.adoption import Surplus, choose, outdated
from app.domain.credit import CreditDocument
from app.domain.document import DocumentState, FoundDocument, FoundLine, SalesDocument
from app.domain.edits import too_late
from app.domain.ids import SinkKey
from app.errors import AccessLost, Misconfigured, Reason, Rejected, Retry, Throttled, Unclear
from app.ports import (
    Choice,
    Evidence,
    Fence,
    Found,
    HostField,
    Json,
    Listed,
    Page,
    Span,
    Step,
    StepKind,
)

Document = SalesDocument | CreditDocument
Behaviour = Callable[[Callable[[], Evidence]], Awaitable[Evidence]]
"""What one call does, given the function that commits it."""


@dataclass
class Gate:
    """A call that stands still: `reached` once it is inside, goes on after `opens`."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    opens: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class FakeErp:
    """Implements `Sink[SalesDocument]` and `Sink[CreditDocument]`. `sent`: every payload that came in; `looks`: searches.

    `billed`: its documents can't be changed any more.
    """

    fence: Fence = Fence.UNIQUE
    documents: list[FoundDocument] = field(default_factory=list)
    references: dict[SinkKey, str] = field(default_factory=dict)
    sent: list[Step] = field(default_factory=list)
    looks: int = 0
    next: list[Behaviour] = field(default_factory=list)
    trouble: list[Exception] = field(default_factory=list)
    late: list[Callable[[], Evidence]] = field(default_factory=list)
    inside: Callable[[Step], Awaitable[None]] | None = None
    billed: bool = False
    looks_too: bool = False
    """Whether the call that makes a document looks for all with its key."""
    undoes: bool = False
    """A workflow of the ERP's takes back each change, as a new version of the document."""

    # --- what it is told -------------------------------------------------------------------------------------------

    def will(self, *behaviours: Behaviour) -> FakeErp:
        """The next writes behave so, in this order; later ones work."""
        self.next += behaviours
        return self

    def fails_to_look(self, *errors: Exception) -> FakeErp:
        self.trouble += errors
        return self

    def the_late_one_lands(self) -> None:
        """What was left hanging commits now, after its caller has gone."""
        self.late.pop(0)()

    def holds_one(self, *, committed: bool = False) -> Gate:
        """The next write stands still, before or after it committed."""
        gate = Gate()

        async def stand(commit: Callable[[], Evidence]) -> Evidence:
            evidence = commit() if committed else None
            gate.reached.set()
            await gate.opens.wait()
            return evidence or commit()

        self.next.append(stand)
        return gate

    def a_person_cancels(self) -> None:
        self.documents[-1] = replace(self.documents[-1], state=DocumentState.CANCELLED)

    def a_person_removes(self) -> None:
        self.documents.pop()

    def a_person_books(self, reference: str) -> FoundDocument:
        """A document without our key that looks like the order."""
        made = self._document(None, [], "EUR")
        self.references[made.sink_key] = reference
        return made

    def someone_copies(self) -> FoundDocument:
        """A second document with the same key."""
        copy = replace(self.documents[-1], sink_key=SinkKey(f"C{len(self.documents)}"), number="copy")
        self.documents.append(copy)
        return copy

    def someone_changes_a_line(self) -> None:
        self.a_person_makes(FoundLine(item="OTHER", quantity=Decimal(1)))

    def a_person_makes(self, *lines: FoundLine) -> None:
        """The last document holds these lines from now on."""
        self.documents[-1] = replace(self.documents[-1], lines=lines)

    # --- Sink ------------------------------------------------------------------------------------------------------

    async def find(self, record: Document, *, likely: bool = False) -> Found:
        self.looks += 1
        await asyncio.sleep(0)
        if self.trouble:
            raise self.trouble.pop(0)
        ours = tuple(d for d in self.documents if d.external_id == record.external_id)
        strangers = tuple(d for d in self.documents if self.references.get(d.sink_key) == record.reference)
        return Found(documents=ours, likely=strangers if likely else ())

    def next_step(self, record: Document, found: Found) -> Step | Reason | None:
        earlier = record.earlier if isinstance(record, SalesDocument) else ()
        match choose(record, found.documents, earlier=earlier):
            case None:
                return self._create(record)
            case Reason() as reason:
                return reason
            case Surplus(document=document):
                payload: dict[str, Json] = {"document": document.sink_key}
                return Step(
                    key=f"discard:{document.sink_key}",
                    kind=StepKind.DISCARD,
                    payload=payload,
                    repeatable=True,
                )
            case FoundDocument() as document if outdated(record, document, earlier):
                return self._edit(record, document)
            case FoundDocument() as document:
                return self._onward(record, document)

    def _edit(self, record: Document, document: FoundDocument) -> Step | Reason:
        assert isinstance(record, SalesDocument)
        if self.billed:
            return too_late(record, document)
        payload: dict[str, Json] = {"document": document.sink_key, "lines": _rows(record)}
        return Step(key=f"edit:{record.edit}", kind=StepKind.ADVANCE, payload=payload, repeatable=True)

    def _create(self, record: Document) -> Step:
        payload: dict[str, Json] = {
            "external_id": record.external_id,
            "reference": record.reference,
            "kind": record.kind.value if isinstance(record, SalesDocument) else "credit",
            "currency": record.currency,
            "lines": _rows(record),
            "taxes": [tax.code for line in record.lines for tax in line.taxes],
        }
        if isinstance(record, SalesDocument) and record.buyer.host_key:
            payload["buyer"] = record.buyer.host_key
        if record.codes:
            payload["codes"] = dict(record.codes)
        return Step(key="create", kind=StepKind.CREATE, payload=payload)

    def _onward(self, record: Document, document: FoundDocument) -> Step | None:
        def advance(key: str, **more: Json) -> Step:
            return Step(
                key=key,
                kind=StepKind.ADVANCE,
                payload={"document": document.sink_key, **more},
                repeatable=True,
            )

        if document.state is DocumentState.DRAFT:
            return advance("confirm")
        if self.undoes:
            return advance(f"change:{len(self.sent)}")
        owed = [payment for payment in record.payments if payment.key not in document.payments]
        return advance(f"payment:{owed[0].key}", payment=owed[0].key, method=owed[0].method) if owed else None

    async def do(self, step: Step) -> Evidence:
        self.sent.append(step)
        if self.inside is not None:
            await self.inside(step)
        behaviour = self.next.pop(0) if self.next else works
        commit = {
            StepKind.CREATE: self._commit_create,
            StepKind.ADVANCE: self._commit_advance,
            StepKind.DISCARD: self._commit_discard,
        }[step.kind]
        if behaviour is commits_late:
            self.late.append(lambda: commit(step.payload))
        return await behaviour(lambda: commit(step.payload))

    def _commit_create(self, payload: Mapping[str, Json]) -> Evidence:
        external_id, lines = payload["external_id"], payload["lines"]
        assert isinstance(external_id, str)
        assert isinstance(lines, list)
        known = [d for d in self.documents if d.external_id == external_id]
        made = (
            known[0]
            if known and self.fence is Fence.UNIQUE
            else self._document(external_id, lines, str(payload["currency"]))
        )
        return Evidence(
            sink_key=made.sink_key,
            number=made.number,
            request=payload,
            response={"ok": True},
            found=self._keyed(external_id) if self.looks_too else None,
        )

    def _keyed(self, external_id: str) -> Found:
        return Found(documents=tuple(d for d in self.documents if d.external_id == external_id))

    def _document(self, external_id: str | None, lines: Sequence[Any], currency: str) -> FoundDocument:
        number = len(self.documents) + 1
        made = FoundDocument(
            sink_key=SinkKey(f"D{number}"),
            number=f"SO{number}",
            external_id=external_id,
            state=DocumentState.DRAFT if self.fence is Fence.DRAFT and external_id else DocumentState.OPEN,
            total=None,
            tax_total=None,
            currency=currency,
            lines=_lines(lines),
        )
        self.documents.append(made)
        return made

    def _commit_advance(self, payload: Mapping[str, Json]) -> Evidence:
        place = next(n for n, d in enumerate(self.documents) if d.sink_key == payload["document"])
        there = self.documents[place]
        if "payment" in payload:
            there = replace(there, payments=there.payments | {str(payload["payment"])})
        if "lines" in payload:
            rows: Any = payload["lines"]
            there = replace(there, lines=_lines(rows))
        self.documents[place] = replace(there, state=DocumentState.OPEN)
        return Evidence(sink_key=there.sink_key, number=there.number, request=payload)

    def _commit_discard(self, payload: Mapping[str, Json]) -> Evidence:
        self.documents[:] = [d for d in self.documents if d.sink_key != payload["document"]]
        return Evidence(request=payload)

    def render(self, record: Document) -> Mapping[str, Json]:
        return self._create(record).payload

    async def listed(self, span: Span) -> AsyncIterator[Page[Listed]]:
        rows = tuple(
            Listed(
                sink_key=d.sink_key,
                external_id=d.external_id,
                number=d.number,
                total=d.total,
                currency=d.currency,
                state=d.state.value,
            )
            for d in self.documents
        )
        yield Page(items=rows, cursor="")

    def fields(self) -> Sequence[HostField]:
        return ()

    async def choices(self, field: str) -> Sequence[Choice]:
        return ()

    # --- what tests ask --------------------------------------------------------------------------------------------

    @property
    def real(self) -> list[FoundDocument]:
        """Documents with one of our keys that are neither drafts nor cancelled."""
        inert = {DocumentState.DRAFT, DocumentState.CANCELLED}
        return [d for d in self.documents if d.external_id and d.state not in inert]

    def steps(self, key: str = "create") -> list[Step]:
        return [step for step in self.sent if step.key == key]


def _rows(record: Document) -> list[Json]:
    return [[line.item, str(line.quantity), str(line.net)] for line in record.lines]


def _lines(rows: Sequence[Any]) -> tuple[FoundLine, ...]:
    return tuple(FoundLine(item=i, quantity=Decimal(q), net=Decimal(n)) for i, q, n in rows)


# --- behaviours --------------------------------------------------------------------------------------------------------


async def works(commit: Callable[[], Evidence]) -> Evidence:
    return commit()


async def loses_the_answer(commit: Callable[[], Evidence]) -> Evidence:
    commit()
    raise Unclear("host.no_answer", "The answer was lost.")


async def answers_too_late(commit: Callable[[], Evidence]) -> Evidence:
    commit()
    await asyncio.sleep(3_600)
    raise AssertionError("nobody waited so long")


async def hangs(commit: Callable[[], Evidence]) -> Evidence:
    await asyncio.sleep(3_600)
    raise AssertionError("nobody waited so long")


async def commits_late(commit: Callable[[], Evidence]) -> Evidence:
    """Hangs up on its caller; `the_late_one_lands` commits it."""
    raise Unclear("host.no_answer", "The answer was lost.")


async def answers_nonsense(commit: Callable[[], Evidence]) -> Evidence:
    commit()
    raise KeyError("id")


def _raises(error: Exception) -> Behaviour:
    async def behave(commit: Callable[[], Evidence]) -> Evidence:
        raise error

    return behave


def refuses(code: str = "host.refused") -> Behaviour:
    return _raises(Rejected(code, "The ERP refused this."))


def is_away() -> Behaviour:
    return _raises(Retry("host.unreachable", "The ERP does not answer."))


def is_busy() -> Behaviour:
    return _raises(Throttled("host.busy", "The ERP asks us to slow down."))


def lets_nobody_in() -> Behaviour:
    return _raises(AccessLost("host.access_lost", "The key is refused."))


def is_set_up_wrongly() -> Behaviour:
    return _raises(Misconfigured("host.wrong_company", "There is no such company."))
