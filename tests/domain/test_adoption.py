"""Which document of an ERP is the order's own."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.domain.adoption import Surplus, choose, same_contents
from app.domain.document import DocumentState, FoundDocument, FoundLine
from app.domain.ids import SinkKey
from app.errors import Reason
from tests.examples import ROUNDING_ITEM, document, line

ORDER = document([line("TEA", "20.00", "VAT20", quantity="2"), line("MUG", "5.00")])
LINES = tuple(FoundLine(item=row.item, quantity=row.quantity, net=row.net) for row in ORDER.lines)


def found(number: int, state: DocumentState, **changes: object) -> FoundDocument:
    made = FoundDocument(
        sink_key=SinkKey(str(number)), number=f"SO-{number}", external_id=ORDER.external_id, state=state,
        total=ORDER.total, tax_total=ORDER.tax_total, currency="EUR", lines=LINES,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


DRAFT, OPEN, POSTED, CANCELLED = DocumentState


def test_nothing_there_is_nothing_to_adopt() -> None:
    assert choose(ORDER, []) is None


def test_the_oldest_draft_wins_and_the_others_go_one_by_one() -> None:
    first, second, third = (found(n, DRAFT) for n in (1, 2, 3))
    assert choose(ORDER, [first, second, third]) == Surplus(document=second)
    assert choose(ORDER, [first, third]) == Surplus(document=third)
    assert choose(ORDER, [first]) == first


def test_a_document_that_is_no_draft_wins_over_every_draft() -> None:
    draft, real = found(1, DRAFT), found(2, OPEN)
    assert choose(ORDER, [draft, real]) == Surplus(document=draft)


def test_two_real_documents_wait_for_a_person() -> None:
    reason = choose(ORDER, [found(1, OPEN), found(2, POSTED)])
    assert isinstance(reason, Reason)
    assert reason.code == "document.duplicate_in_erp"
    assert "SO-1" in reason.sentence
    assert "SO-2" in reason.sentence


def test_a_second_document_that_may_still_be_voided_goes_and_the_furthest_stays() -> None:
    fresh, paid = found(1, OPEN), found(2, OPEN, payments=frozenset({"77"}))
    assert choose(ORDER, [fresh, paid], removable=lambda d: not d.payments) == Surplus(document=fresh)


def test_a_cancelled_document_is_never_replaced_silently() -> None:
    for others in ([], [found(2, DRAFT)]):
        reason = choose(ORDER, [found(1, CANCELLED), *others])
        assert isinstance(reason, Reason)
        assert reason.code == "document.cancelled_in_erp"


def test_a_voided_double_does_not_hide_the_real_one() -> None:
    real = found(1, OPEN)
    assert choose(ORDER, [real, found(2, CANCELLED)]) == real


def test_our_key_on_other_contents_is_no_document_of_ours() -> None:
    others = [
        found(1, OPEN, lines=LINES[:1]),
        found(1, OPEN, lines=(*LINES, LINES[0])),
        found(1, OPEN, lines=(replace(LINES[0], quantity=Decimal(3)), LINES[1])),
        found(1, OPEN, lines=(replace(LINES[0], net=Decimal("19.00")), LINES[1])),
        found(1, OPEN, currency="USD"),
    ]
    for other in others:
        reason = choose(ORDER, [other])
        assert isinstance(reason, Reason)
        assert reason.code == "document.reference_taken"


def test_a_rounding_line_and_another_order_of_lines_change_nothing() -> None:
    rounding = FoundLine(item=ROUNDING_ITEM, quantity=Decimal(1), net=Decimal("-0.01"))
    assert same_contents(ORDER, found(1, OPEN, lines=(rounding, *reversed(LINES))))
    assert not same_contents(replace(ORDER, rounding_item=None), found(1, OPEN, lines=(*LINES, rounding)))


def test_a_host_that_tells_no_line_amounts_is_compared_by_items() -> None:
    assert same_contents(ORDER, found(1, OPEN, lines=tuple(replace(row, net=None) for row in LINES)))
    assert same_contents(ORDER, found(1, OPEN, lines=None))


@given(st.lists(st.sampled_from(list(DocumentState)), max_size=6))
def test_removing_what_is_surplus_ends_with_one_document_or_a_reason(states: list[DocumentState]) -> None:
    documents = [found(number, state) for number, state in enumerate(states)]
    for _ in range(len(states) + 1):
        chosen = choose(ORDER, documents, removable=lambda d: d.state is OPEN)
        if not isinstance(chosen, Surplus):
            break
        documents.remove(chosen.document)
    assert not isinstance(chosen, Surplus)
    if isinstance(chosen, FoundDocument):
        assert [d for d in documents if d.state is not CANCELLED] == [chosen]
