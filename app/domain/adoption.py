"""Decides which of the documents an ERP has for one record is the record's own, and which one has to go; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.domain.document import (
    Contents,
    DocumentLine,
    DocumentState,
    Earlier,
    FoundDocument,
    FoundLine,
)
from app.errors import Reason, Verdict


@dataclass(frozen=True, kw_only=True)
class Surplus:
    """A second document of ours that nothing was done with yet: remove it, then look again."""

    document: FoundDocument


def choose(
    document: Contents,
    found: Sequence[FoundDocument],
    *,
    removable: Callable[[FoundDocument], bool] = lambda _: False,
    earlier: Sequence[Earlier] = (),
) -> FoundDocument | Surplus | Reason | None:
    """The order's document among those with its key (`found`, oldest first); None when there is none yet.

    The oldest draft wins over its doubles, a document that is no draft over every draft. `removable`: whether a second
    document that is no draft may still be voided. A cancelled one is a person's decision and never replaced silently.
    `earlier`: what the ERP was told before of the same document; one that still holds it is the order's as well.
    """
    real = [d for d in found if d.state in {DocumentState.OPEN, DocumentState.POSTED}]
    drafts = [d for d in found if d.state is DocumentState.DRAFT]
    if not real and len(drafts) < len(found):
        return _cancelled(document, found)
    if not found:
        return None
    chosen = max(real, key=_progress) if real else drafts[0]
    if not same_contents(document, chosen) and not outdated(document, chosen, earlier):
        return _taken(document, chosen)
    others = [d for d in (*real, *drafts) if d is not chosen]
    for other in others:
        if other.state is DocumentState.DRAFT or removable(other):
            return Surplus(document=other)
    return _duplicate(document, [chosen, *others]) if others else chosen


def same_contents(document: Contents, found: FoundDocument) -> bool:
    """Whether what the ERP has is this order: same currency, items, quantities and, where given, line amounts."""
    if found.currency is not None and found.currency != document.currency:
        return False
    return found.lines is None or _same_lines(document, document.lines, found.lines)


def outdated(document: Contents, found: FoundDocument, earlier: Sequence[Earlier]) -> bool:
    """Whether what the ERP has is what it was told earlier, and not what the order is now."""
    if found.lines is None or same_contents(document, found):
        return False
    return any(_same_lines(document, told.lines, found.lines) for told in earlier)


def _same_lines(
    document: Contents, told: Sequence[DocumentLine] | Sequence[FoundLine], there: Sequence[FoundLine]
) -> bool:
    amounts = all(line.net is not None for line in there)
    ours = Counter((line.item, line.quantity, line.net if amounts else None) for line in told)
    theirs = Counter((line.item, line.quantity, line.net if amounts else None) for line in there)
    more = {item for item, _, _ in theirs - ours}
    return more <= {document.rounding_item} and not ours - theirs


def _progress(document: FoundDocument) -> tuple[bool, int]:
    return document.state is DocumentState.POSTED or document.invoiced, len(document.payments)


def _cancelled(document: Contents, found: Sequence[FoundDocument]) -> Reason:
    number = next((d.number or d.sink_key for d in found if d.state is DocumentState.CANCELLED), "")
    return Reason(
        code="document.cancelled_in_erp",
        sentence=f"Document {number} for {document.reference} was cancelled in the ERP.",
        facts={"number": number},
    )


def _taken(document: Contents, found: FoundDocument) -> Reason:
    number = found.number or found.sink_key
    return Reason(
        code="document.reference_taken",
        sentence=f"Document {number} in the ERP carries the key of {document.reference} but holds something else.",
        verdict=Verdict.LOOK_FIRST,
        facts={"number": number},
    )


def _duplicate(document: Contents, found: Sequence[FoundDocument]) -> Reason:
    numbers = ", ".join(d.number or d.sink_key for d in found)
    return Reason(
        code="document.duplicate_in_erp",
        sentence=f"The ERP has more than one document for {document.reference}: {numbers}. Void all but one.",
        facts={"numbers": numbers},
    )
