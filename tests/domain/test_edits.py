"""What differs between an order and a document that can't follow it any more, by item and in money."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from app.domain.document import DocumentState, FoundDocument, FoundLine
from app.domain.edits import differing, too_late
from app.domain.ids import SinkKey
from tests.examples import document, line

ORDER = document([line("TEA", "20.00", quantity="2"), line("MUG", "5.00")])


def there(*lines: FoundLine, total: str = "20.00") -> FoundDocument:
    return FoundDocument(
        sink_key=SinkKey("1"),
        number="SO-1",
        external_id=ORDER.external_id,
        state=DocumentState.POSTED,
        total=Decimal(total),
        tax_total=None,
        currency="EUR",
        lines=lines,
    )


def test_items_are_told_with_what_is_there_and_what_should_be() -> None:
    tea = FoundLine(item="TEA", quantity=Decimal("1.0"), net=Decimal("10.00"))
    pot = FoundLine(item="POT", quantity=Decimal(1), net=Decimal("10.00"))
    assert differing(ORDER.lines, (tea, pot)) == ["MUG 0 → 1", "POT 1 → 0", "TEA 1 → 2"]


def test_where_only_amounts_differ_they_are_told() -> None:
    cheaper = [FoundLine(item=e.item, quantity=e.quantity, net=(e.net or 0) - 1) for e in ORDER.lines]
    assert differing(ORDER.lines, cheaper) == ["MUG 4.00 → 5.00", "TEA 19.00 → 20.00"]


def test_the_reason_says_by_how_much_and_of_many_lines_only_the_first() -> None:
    reason = too_late(ORDER, there(FoundLine(item="TEA", quantity=Decimal(2), net=Decimal("20.00"))))
    assert (reason.code, reason.facts["difference"]) == ("order.edited", "5.00 EUR")
    assert "SO-1" in reason.sentence
    many = replace(ORDER, lines=tuple(line(f"I{n}", "1.00") for n in range(20)))
    assert too_late(many, there()).facts["lines"].endswith(" and more")
