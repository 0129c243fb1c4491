"""What a person said of a record, carried out by its next run: leave it out, take the document they named, let go of it; pure."""

from __future__ import annotations

from dataclasses import replace

from app.domain.ids import SinkKey
from app.errors import Reason
from app.models.records import Claim, End, State, Word
from app.sync.flow import Cancelled, D, Decision, Hold, Put, Rules

UNLINKED = "record.unlinked"


def unheard(claim: Claim) -> bool:
    """Whether a person said something that no run has answered yet."""
    let_go = claim.word is Word.UNLINK and claim.reason_code == UNLINKED
    return claim.word is not None and not let_go


def ends(claim: Claim, basis: End) -> End | None:
    """How a run ends that has nothing to decide, because a person has; None: it goes on."""
    match claim.word:
        case Word.SKIP:
            return replace(basis, state=State.SKIPPED, reason=_skipped(claim))
        case Word.UNLINK:
            return replace(basis, state=State.HELD, reason=_unlinked(claim))
        case _:
            return None


def standing(claim: Claim, decision: Decision[D]) -> Decision[D]:
    """A document that a person named is there, whatever became of the record in the store: that is theirs to look at."""
    looked = claim.asked and _linked(claim)
    if claim.word is Word.ADOPT and isinstance(decision, Cancelled) and not looked:
        return Hold(reasons=(_moved(claim),))
    return decision


def adopted(claim: Claim, put: Put[D], rules: Rules, basis: End) -> End:
    """The record has the document that a person named. Nothing is ever written to it: it is theirs.

    What the record was when it was linked stays on file until a person has looked at what it is now.
    """
    moved = _linked(claim) and claim.content_hash != basis.content_hash and not claim.asked
    linked = replace(
        basis,
        sink_key=SinkKey(claim.word_key or ""),
        sink_number=claim.word_number,
        external_id=put.document.external_id,
        told=put.told,
        mapping_version=rules.tables.number,
    )
    if not moved:
        return linked
    return replace(linked, state=State.HELD, reason=_moved(claim), content_hash=None)


def _linked(claim: Claim) -> bool:
    return claim.sink_key is not None and claim.sink_key == claim.word_key


def _skipped(claim: Claim) -> Reason:
    return Reason(
        code="record.skipped", sentence=f"A person decided that nothing is sent for this {claim.kind}."
    )


def _unlinked(claim: Claim) -> Reason:
    sentence = f"A person let go of this {claim.kind}'s document. Retry to have it looked up, and sent where it is not there."
    return Reason(code=UNLINKED, sentence=sentence)


def _moved(claim: Claim) -> Reason:
    number = claim.word_number or claim.word_key or ""
    sentence = f"The {claim.kind} changed in the store after it was linked to {number} by hand. Change the document, then retry."
    return Reason(code="record.adopted_changed", sentence=sentence, facts={"number": number})
