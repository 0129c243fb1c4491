"""How a run ends: what its row keeps, which of the found documents is the record's, and which only looks like it; pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.domain.document import DocumentState, FoundDocument, SalesDocument
from app.errors import Reason
from app.models.effects import Effects, EffectState
from app.models.records import Claim, End, State
from app.ports import Found, Step, StepKind
from app.sync.flow import Named, Put
from app.sync.sending import effect_key


def basis_with(
    basis: End, state: State, reason: Reason | None, *, again_at: datetime | None = None, doubles_due_at: datetime | None = None
) -> End:  # fmt: skip
    return replace(basis, state=state, reason=reason, again_at=again_at, doubles_due_at=doubles_due_at)


def real(found: Found) -> FoundDocument | None:
    """A document that is no draft; "one document" means one that is none."""
    return next((d for d in found.documents if d.state in {DocumentState.OPEN, DocumentState.POSTED}), None)


def linked(end: End, document: Named, found: Found) -> End:
    there = real(found)
    if there is None:
        return end
    return replace(
        end,
        sink_key=there.sink_key,
        sink_number=there.number,
        sink_address=there.address,
        external_id=document.external_id,
    )


def called_off_there(claim: Claim, put: Put[Named], step: Step | Reason, known: Effects) -> bool:
    """Whether the document of an order that is called off in the store has gone the same way.

    Some ERPs call off by removing what nothing was paid of: what was made and is gone is not made again then. As always,
    nothing is taken for gone before a request can't commit any more.
    """
    if not put.called_off:
        return False
    if isinstance(step, Reason):
        return step.code == "document.cancelled_in_erp"
    made = known.by_key.get(effect_key(claim, step))
    paid = isinstance(put.document, SalesDocument) and put.document.payments
    if step.kind is not StepKind.CREATE or made is None or made.state is not EffectState.DONE or paid:
        return False
    return made.settle_at is None or made.settle_at <= known.now


def possible_duplicate(claim: Claim, document: Named, known: Effects, found: Found) -> Reason | None:
    """Another document that looks like this order, before our first send (rule 3)."""
    if found.documents or not found.likely or known.by_key or claim.asked:
        return None
    number = found.likely[0].number or found.likely[0].sink_key
    return Reason(
        code="document.possible_duplicate",
        sentence=f"The ERP already has document {number} for {document.reference}. Adopt it, or retry to create another.",
        facts={"number": number},
    )
