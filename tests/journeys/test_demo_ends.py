"""The judge of the demo: whatever ends against the plan is seen, and by its own name."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from sandbox.demo.ends import (
    Booked,
    Note,
    Placed,
    Planned,
    Verdict,
    judge,
    key_of,
    paid_up,
    reached,
    read_note,
)

PLAN = Planned(
    ref="a", kind="plain", expected="settled", code=None, total=Decimal("9.90"), currency="EUR", waves=(1,)
)
ORDER = Placed(
    key="11", name="#1001", ref="a", total=Decimal("9.90"), money=Decimal("9.90"), note=Note(state="settled", number="SO-1")
)  # fmt: skip
BOOKED = Booked(id="SO-1", key="11", real=True, total=Decimal("9.90"), paid=Decimal("9.90"), currency="EUR")
EDITED = replace(PLAN, kind="edited", expected="held", code="order.edited", waves=(1, 2))
HELD = replace(ORDER, note=Note(state="held", sentence="It was edited.", code="order.edited"))
TEST = replace(PLAN, kind="test_order", expected="skipped", code="order.test")


def judged(plan: Planned = PLAN, order: Placed = ORDER, *documents: Booked) -> Verdict:
    return judge([plan], {order.ref: order}, documents)


def test_an_order_with_its_document_is_settled() -> None:
    verdict = judged(PLAN, ORDER, BOOKED)
    assert (verdict.settled, verdict.orders_placed, verdict.totals_compared) == (1, 1, 1)
    assert verdict.clean


def test_held_and_skipped_as_planned_is_clean() -> None:
    assert judged(EDITED, HELD, BOOKED).held_expected == 1
    assert judged(EDITED, HELD, BOOKED).clean
    skipped = judged(TEST, replace(ORDER, note=None))
    assert skipped.skipped_expected == 1
    assert skipped.clean


def test_an_order_without_document_is_missing_even_if_the_store_shows_one() -> None:
    verdict = judged(PLAN, ORDER)
    assert (verdict.missing, verdict.settled, verdict.clean) == (1, 0, False)


@pytest.mark.parametrize("inert", [replace(BOOKED, real=False)])
def test_a_draft_is_no_document(inert: Booked) -> None:
    assert judged(PLAN, ORDER, inert).missing == 1
    assert judged(PLAN, ORDER, BOOKED, inert).clean


def test_a_second_document_is_a_duplicate() -> None:
    verdict = judged(PLAN, ORDER, BOOKED, replace(BOOKED, id="SO-2"))
    assert (verdict.duplicates, verdict.clean) == (1, False)


def test_a_document_of_no_order_is_a_duplicate() -> None:
    verdict = judged(PLAN, ORDER, BOOKED, replace(BOOKED, id="SO-2", key="12"))
    assert (verdict.duplicates, verdict.clean) == (1, False)


@pytest.mark.parametrize(
    "document",
    [
        replace(BOOKED, total=Decimal("9.91")),
        replace(BOOKED, currency="USD"),
        replace(BOOKED, paid=Decimal("9.00")),
    ],
)
def test_a_differing_total_currency_or_payment_is_seen(document: Booked) -> None:
    verdict = judged(PLAN, ORDER, document)
    assert (verdict.totals_differing, verdict.clean) == (1, False)


def test_a_store_that_shows_another_total_than_the_plan_is_seen() -> None:
    assert judged(PLAN, replace(ORDER, total=Decimal("9.80")), BOOKED).totals_differing == 1


def test_held_for_another_reason_is_unexpected() -> None:
    other = replace(HELD, note=Note(state="held", sentence="Gone.", code="order.deleted"))
    assert judged(EDITED, other, BOOKED).held_unexpected == [
        {"order": "#1001", "code": "order.deleted", "sentence": "Gone.", "kind": "edited"}
    ]
    assert not judged(EDITED, other, BOOKED).clean
    assert not judged(PLAN, HELD, BOOKED).clean


@pytest.mark.parametrize(
    ("plan", "order", "documents"),
    [(EDITED, ORDER, [BOOKED]), (TEST, replace(ORDER, note=None), [BOOKED]), (PLAN, replace(ORDER, note=None), [BOOKED])],
)  # fmt: skip
def test_any_other_end_is_against_the_plan(plan: Planned, order: Placed, documents: list[Booked]) -> None:
    verdict = judged(plan, order, *documents)
    assert len(verdict.against_plan) == 1
    assert not verdict.clean


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("SO-1 · settled", Note(state="settled", number="SO-1")),
        ("held · Map it. [a.code]", Note(state="held", sentence="Map it.", code="a.code")),
        ("SO-1 · held · A · B [x] … [a.code]",
         Note(state="held", number="SO-1", sentence="A · B [x] …", code="a.code")),
        ("cancelled", Note(state="cancelled")),
        ("something else", None),
        (None, None),
    ],
)  # fmt: skip
def test_the_note_on_the_order_is_read_as_it_is_written(text: str | None, note: Note | None) -> None:
    assert read_note(text) == note


def test_an_end_is_reached_when_the_store_shows_what_the_wave_brings() -> None:
    assert reached(EDITED, ORDER, 1)
    assert not reached(EDITED, ORDER, 2)
    assert reached(EDITED, HELD, 2)
    assert not reached(PLAN, None, 1)
    assert not reached(PLAN, replace(ORDER, note=None), 1)
    assert paid_up(PLAN, ORDER, [BOOKED])
    assert not paid_up(PLAN, ORDER, [replace(BOOKED, paid=Decimal(0))])


def test_only_documents_of_this_shop_count() -> None:
    keys: dict[str | None, Any] = {
        "order-demo1_2e_myshopify_2e_com-55": "55",
        "order-demo12_2e_myshopify_2e_com-55": None,
        "refund-demo1_2e_myshopify_2e_com-55": None,
        "by hand": None,
        None: None,
    }
    assert {name: key_of("order", name, "demo1.myshopify.com") for name in keys} == keys


def test_a_document_must_come_to_what_was_agreed_after_an_edit_that_the_erp_follows() -> None:
    followed = replace(PLAN, kind="b2b_terms", total=Decimal("14.90"))
    order = replace(ORDER, agreed=Decimal("14.90"))
    assert judged(followed, order, replace(BOOKED, total=Decimal("14.90"))).clean
    assert judged(followed, order, BOOKED).totals_differing == 1


def test_a_document_that_could_not_follow_its_edit_comes_to_the_first_total() -> None:
    assert judged(EDITED, replace(HELD, agreed=Decimal("14.90")), BOOKED).clean
