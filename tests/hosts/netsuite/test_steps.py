"""What of NetSuite's steps may be sent again while nobody knows whether the first one was carried out."""

from __future__ import annotations

from app.domain.document import DocumentState, FoundDocument
from app.domain.ids import SinkKey
from app.hosts.netsuite.documents import Stage
from app.hosts.netsuite.steps import advance, replaced

SEEN = FoundDocument(
    sink_key=SinkKey("4711"),
    number="SO4711",
    external_id="order-1",
    state=DocumentState.OPEN,
    total=None,
    tax_total=None,
    currency="EUR",
    revision="2",
)


def test_lines_that_may_still_come_late_are_waited_for_before_others_take_their_place() -> None:
    step = replaced(SEEN, Stage("SalesOrd", "B", "55", []), [], key="edit:1")
    assert (step.key, step.payload["revision"], step.repeatable) == ("edit:1", "2", False)


def test_what_has_an_external_id_is_sent_again_at_once() -> None:
    assert advance(SEEN, "invoice", {"external_id": "order-1-inv"}).repeatable
