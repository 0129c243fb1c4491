"""Says in what an ERP's document differs from the order that was edited since: which lines, and by how much; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from app.domain.document import Contents, DocumentLine, FoundDocument, FoundLine
from app.domain.ids import StoreKey
from app.errors import Reason, Verdict

_MOST_LINES = 8


ROUNDING_STEPS = ("round", "rounding")
"""What the step is called that puts right a cent which an ERP reckons otherwise."""


def after_edit(key: str, edit: StoreKey | None) -> str:
    """The key of a step that every edit may ask for once more: what was done before it is no part of the document any more."""
    return f"{key}:{edit}" if edit else key


def too_late(document: Contents, found: FoundDocument) -> Reason:
    """The order was edited, and the ERP does not let its document be changed any more."""
    number = found.number or found.sink_key
    lines = differing(document.lines, found.lines or ())
    gap = document.total - found.total if found.total is not None else None
    shown = "; ".join(lines[:_MOST_LINES]) + (" and more" if len(lines) > _MOST_LINES else "")
    sentence = (
        f"{document.reference} was edited after {number} was made, which can't be changed any more: {shown}"
    )
    facts = {"number": number, "lines": shown, "currency": document.currency}
    if gap is not None:
        sentence += f"; its total should be {document.total:f} {document.currency}, not {found.total:f}"
        facts["difference"] = f"{gap:f} {document.currency}"
    return Reason(code="order.edited", sentence=f"{sentence}.", verdict=Verdict.LOOK_FIRST, facts=facts)


def differing(wanted: Sequence[DocumentLine] | Sequence[FoundLine], there: Sequence[FoundLine]) -> list[str]:
    """By item: the quantity there and the one that is wanted, or the amounts where only they differ."""
    ours, theirs = _by_item(wanted), _by_item(there)
    found = []
    for item in sorted({*ours, *theirs}):
        mine, yours = ours.get(item, _NONE), theirs.get(item, _NONE)
        if mine[0] != yours[0]:
            found.append(f"{item} {yours[0].normalize():f} → {mine[0].normalize():f}")
        elif mine[1] != yours[1]:
            found.append(f"{item} {yours[1]:f} → {mine[1]:f}")
    return found


_NONE = (Decimal(0), Decimal(0))


def _by_item(
    lines: Sequence[DocumentLine] | Sequence[FoundLine],
) -> dict[str, tuple[Decimal, Decimal]]:
    found: defaultdict[str, tuple[Decimal, Decimal]] = defaultdict(lambda: _NONE)
    for line in lines:
        quantity, net = found[line.item]
        found[line.item] = quantity + line.quantity, net + (line.net or Decimal(0))
    return dict(found)
