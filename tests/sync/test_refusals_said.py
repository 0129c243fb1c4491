"""A refusal is kept without what its step says of people, whatever kind of record the step is of."""

from __future__ import annotations

from app.errors import Rejected
from app.ports import Step, StepKind
from app.sync.sending import say_of_nobody

STEP = Step(
    key="create",
    kind=StepKind.CREATE,
    payload={
        "action": "credit",
        "reference": "#1001-R1",
        "note": "Ring at Mrs. Miller's",
        "customer": {"first_name": "Jane", "last_name": "Doering", "email": "jane@example.com"},
    },
)


def test_a_refusal_that_repeats_names_and_notes_loses_them_in_sentence_and_facts() -> None:
    said = "The customer Jane Doering <jane@example.com> of #1001-R1 is on hold: Ring at Mrs. Miller's."
    error = Rejected("host.refused", said, facts={"about": "jane@example.com", "status": "400"})
    say_of_nobody(error, STEP)
    assert error.sentence == "The customer … … <…> of #1001-R1 is on hold: …."
    assert error.facts == {"about": "…", "status": "400"}
    assert "Doering" not in str(error)
