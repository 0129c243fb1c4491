"""Which of a sale's shipments a parcel takes in Tryton, and what is missing of it; pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.domain.document import DocumentState, FoundDocument
from app.domain.ids import ExternalId, SinkKey, StoreKey
from app.domain.parcel import GoodsSent, ShipmentDocument
from app.domain.shipment import Tracking
from app.errors import Reason, Retry
from app.hosts.tryton.picking import FoundPicks, MovedRow, OutgoingRow, PickRow, found_picks, next_step
from app.hosts.tryton.records import Coded, LineRow, Place, Row, Sale
from app.ports import Step
from tests.fakes.parcels import SENT_AT

SALE, OURS = 7, "parcel-goods-801"
BASIS = FoundDocument(
    sink_key=SinkKey("7"),
    number="S7",
    external_id="order-goods-1001",
    state=DocumentState.OPEN,
    total=None,
    tax_total=None,
    currency="EUR",
)


def sale(*lines: tuple[str, int], state: Any = "processing") -> Sale:
    rows = [
        LineRow(id=n, type="line", sequence=n, quantity=float(q), amount=None, product=Coded(id=n, code=item))
        for n, (item, q) in enumerate(lines, 1)
    ]
    return Sale(
        id=SALE,
        timestamp="1.0",
        state=state,
        number="S7",
        web_id="order-goods-1001",
        party=Row(id=1),
        currency=Coded(id=1, code="EUR"),
        total_amount=None,
        tax_amount=None,
        shipment_state="waiting",
        lines=rows,
        payments=[],
        invoices=[],
    )


def pick(id: int, *goods: tuple[str, int], state: str = "waiting", **changes: Any) -> PickRow:
    begun = state != "draft"
    made: dict[str, Any] = {
        "id": id,
        "timestamp": f"{id}.5",
        "number": f"SHP{id}",
        "state": state,
        "reference": None,
        "warehouse": Place(id=1, code="WH", name="Warehouse"),
        "outgoing_moves": tuple(
            OutgoingRow(
                id=100 * id + n,
                state="draft",
                quantity=float(q),
                product=Coded(id=n, code=item),
                sale=Row(id=changes.get("of", SALE)),
            )
            for n, (item, q) in enumerate(goods)
        ),
        "inventory_moves": tuple(
            MovedRow(id=200 * id + n, state="draft", quantity=float(q), product=Coded(id=n, code=item))
            for n, (item, q) in enumerate(goods)
        )
        if begun
        else (),
    }
    changes.pop("of", None)
    return PickRow(**{**made, **changes})


def parcel(*goods: tuple[str, int], **changes: Any) -> ShipmentDocument:
    made = ShipmentDocument(
        external_id=ExternalId(OURS),
        reference="#1001-F1",
        order_external_id=ExternalId("order-goods-1001"),
        order_reference="#1001",
        lines=tuple(GoodsSent(line_key=StoreKey(f"l-{i}"), item=i, quantity=q) for i, q in goods),
        tracking=Tracking(numbers=("T1",)),
        warehouse=None,
        sent_at=SENT_AT,
    )
    return replace(made, **changes)


def decided(of: ShipmentDocument, sold: Sale, *rows: PickRow) -> Any:
    found: FoundPicks = found_picks(of, sold, rows, BASIS, followed=True)
    return next_step(of, found)


def test_a_parcel_of_everything_takes_the_shipment_as_it_is() -> None:
    step = decided(parcel(("TEA", 2)), sale(("TEA", 2)), pick(1, ("TEA", 2)))
    assert isinstance(step, Step)
    assert (step.key, step.payload["moves"]) == ("claim:1:1.5", [])
    assert (step.payload["reference"], step.payload["shipping_reference"]) == (OURS, "T1")


def test_a_parcel_of_a_part_leaves_the_rest_to_the_next_shipment() -> None:
    step = decided(parcel(("TEA", 1)), sale(("TEA", 2), ("MUG", 1)), pick(1, ("TEA", 2), ("MUG", 1)))
    assert step.payload["moves"] == [[200, 1], [201, 0]]
    drafted = decided(parcel(("TEA", 1)), sale(("TEA", 2)), pick(1, ("TEA", 2), state="draft"))
    assert drafted.payload["moves"] == [[100, 1]]


def test_what_somebody_has_begun_to_pick_is_taken_whole_or_not_at_all() -> None:
    picked = pick(1, ("TEA", 2), state="picked")
    assert decided(parcel(("TEA", 2)), sale(("TEA", 2)), picked).key == "claim:1:1.5"
    part = decided(parcel(("TEA", 1)), sale(("TEA", 2)), picked)
    assert isinstance(part, Reason)
    assert part.code == "parcel.not_separable"


def test_the_warehouse_that_it_left_from_comes_first() -> None:
    north = pick(2, ("TEA", 2), warehouse=Place(id=2, code="NORTH", name="North"))
    step = decided(parcel(("TEA", 1), warehouse="NORTH"), sale(("TEA", 4)), pick(1, ("TEA", 2)), north)
    assert step.payload["shipment"] == 2


def test_a_shipment_that_holds_another_sales_goods_is_not_taken() -> None:
    foreign = pick(1, ("TEA", 2), of=8)
    assert decided(parcel(("TEA", 2)), sale(("TEA", 2)), foreign).code == "parcel.not_separable"


def test_ours_goes_on_where_it_stands_and_is_done_when_it_has_left() -> None:
    ours = pick(1, ("TEA", 1), reference=OURS, shipping_reference="T1")
    step = decided(parcel(("TEA", 1)), sale(("TEA", 2)), ours)
    assert (step.key, step.payload["picks"]) == ("send:1", True)
    gone = pick(1, ("TEA", 1), state="done", reference=OURS, shipping_reference="T1")
    assert decided(parcel(("TEA", 1)), sale(("TEA", 2)), gone) is None


def test_another_number_is_written_over_the_old_one() -> None:
    gone = pick(1, ("TEA", 1), state="done", reference=OURS, shipping_reference="OLD")
    step = decided(parcel(("TEA", 1)), sale(("TEA", 1)), gone)
    assert (step.key, step.payload["shipping_reference"]) == ("track:1:1.5", "T1")
    assert decided(parcel(("TEA", 1), tracking=Tracking()), sale(("TEA", 1)), gone) is None


def test_another_parcel_under_way_goes_first() -> None:
    other = pick(1, ("TEA", 1), state="assigned", reference="parcel-goods-802")
    with pytest.raises(Retry) as raised:
        decided(parcel(("TEA", 1)), sale(("TEA", 2)), other)
    assert raised.value.code == "parcel.another_first"


def test_shipments_that_tryton_has_yet_to_make_are_waited_for() -> None:
    done = pick(1, ("TEA", 1), state="done", reference="parcel-goods-802")
    with pytest.raises(Retry) as raised:
        decided(parcel(("TEA", 1)), sale(("TEA", 2)), done)
    assert raised.value.code == "parcel.document_first"
    with pytest.raises(Retry):
        decided(parcel(("TEA", 1)), sale(("TEA", 2), state="confirmed"))


def test_what_left_tryton_under_the_same_number_is_the_parcel() -> None:
    theirs = pick(1, ("TEA", 2), state="done", shipping_reference="T1")
    assert decided(parcel(("TEA", 2)), sale(("TEA", 2)), theirs) is None
    other = pick(1, ("TEA", 2), state="done", shipping_reference="T9")
    assert decided(parcel(("TEA", 2)), sale(("TEA", 2)), other).code == "parcel.possible_duplicate"


def test_more_than_is_left_is_held() -> None:
    step = decided(parcel(("TEA", 3)), sale(("TEA", 2)), pick(1, ("TEA", 2)))
    assert isinstance(step, Reason)
    assert step.code == "parcel.too_much"


def test_what_the_sale_does_not_hold_waits_and_what_moves_nothing_is_passed_over() -> None:
    with pytest.raises(Retry) as raised:
        decided(parcel(("CUP", 1)), sale(("TEA", 2)), pick(1, ("TEA", 2)))
    assert raised.value.code == "parcel.not_in_document"
    service = decided(
        parcel(("TEA", 2), ("WRAPPING", 1)), sale(("TEA", 2), ("WRAPPING", 1)), pick(1, ("TEA", 2))
    )
    assert service.payload["moves"] == []


def test_a_cancelled_parcel_lets_go_of_what_has_not_left_and_is_held_else() -> None:
    cancelled = parcel(("TEA", 2), cancelled=True)
    waiting = pick(1, ("TEA", 2), reference=OURS)
    assert decided(cancelled, sale(("TEA", 2)), waiting).key == "release:1:1.5"
    gone = pick(1, ("TEA", 2), state="done", reference=OURS)
    assert decided(cancelled, sale(("TEA", 2)), gone).code == "parcel.left_the_erp"
    assert decided(cancelled, sale(("TEA", 2))) is None


def test_a_shipment_that_was_called_off_there_is_replaced_only_when_asked() -> None:
    off = pick(1, ("TEA", 2), state="cancelled", reference=OURS)
    assert decided(parcel(("TEA", 2)), sale(("TEA", 2)), off).code == "parcel.cancelled_in_erp"
    again = decided(parcel(("TEA", 2), asked=True), sale(("TEA", 2)), off, pick(2, ("TEA", 2)))
    assert again.payload["shipment"] == 2
