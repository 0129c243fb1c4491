"""What becomes of a parcel, decided from it, its order and the ERP's own shipments; pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.domain.order import LineKind
from app.domain.parcel import Parcel, ParcelState
from app.domain.shipment import Tracking
from app.mapping import options, tables
from app.models.kin import Parent
from app.models.parcels import Standing
from app.models.records import State
from app.settings import Timing
from app.sync.flow import Cancelled, Hold, Put, Rules, Skip, Wait
from app.sync.parcels import Beside, Told, content, decide
from tests.fakes.orders import LIVE_SINCE, NOW
from tests.fakes.parcels import parcel, sent_line

OF_ORDER = {"side": "shop", "kind": "invoiced_order", "content": "c", "current": "c", "edited": False}
SENT = Parent(state=State.SETTLED, sink_key="7", sink_number="SO-7", told=OF_ORDER, mapping_version=1)


def decided(
    made: Parcel | None = None,
    *,
    order: Parent | None = SENT,
    told: Parcel | None = None,
    sink_key: str | None = None,
    approved: bool = False,
    chosen: dict[str, str] | None = None,
    **standing: Any,
) -> Any:
    beside = Beside(order=order, standing=Standing(**standing), sink_key=sink_key)
    rules = Rules(
        tables=tables.of(1, {}),
        options=options.of(chosen or {}),
        go_live_at=LIVE_SINCE,
        timing=Timing(),
        approved=approved,
    )
    return decide(made or parcel(), Told(content=content(told)) if told else None, beside, rules, NOW)


def code(decision: Any) -> str:
    return str(decision.reasons[0].code if isinstance(decision, Hold) else decision.reason.code)


def test_a_parcel_of_an_order_that_the_erp_has_is_put_there() -> None:
    decision = decided()
    assert isinstance(decision, Put)
    assert [line.item for line in decision.document.lines] == ["TEA"]
    assert decision.told == {"content": content(parcel())}


def test_a_parcel_before_its_order_waits_and_after_days_is_held() -> None:
    assert isinstance(decided(order=None), Wait)
    assert isinstance(decided(order=replace(SENT, sink_key=None)), Wait)
    late = decided(parcel(sent_at=NOW - timedelta(days=4)), order=None)
    assert (type(late), code(late)) == (Hold, "parcel.order_unknown")


@pytest.mark.parametrize("state", [State.SKIPPED, State.CANCELLED])
def test_a_parcel_of_an_order_that_is_not_sent_is_only_recorded(state: State) -> None:
    decision = decided(order=replace(SENT, state=state, sink_key=None))
    assert (type(decision), code(decision)) == (Skip, "parcel.order_not_sent")


def test_what_was_made_from_the_erps_own_shipment_goes_nowhere() -> None:
    decision = decided(made_from="SH-7")
    assert (type(decision), code(decision)) == (Skip, "parcel.from_erp")
    assert "SH-7" in decision.reason.sentence


def test_what_may_have_been_made_from_it_waits_until_that_is_known() -> None:
    until = NOW + timedelta(minutes=5)
    decision = decided(perhaps_from="SH-7", perhaps_until=until)
    assert (type(decision), decision.until) == (Wait, until)
    soon = decided(perhaps_from="SH-7", perhaps_until=NOW - timedelta(hours=1))
    assert NOW < soon.until <= NOW + timedelta(minutes=1)


def test_what_a_person_has_to_find_out_first_is_held_and_goes_when_asked() -> None:
    decision = decided(perhaps_from="SH-7", perhaps_until=NOW, stuck=True)
    assert (type(decision), code(decision)) == (Hold, "parcel.perhaps_from_erp")
    assert isinstance(decided(perhaps_from="SH-7", perhaps_until=NOW, stuck=True, approved=True), Put)


def test_what_a_service_has_not_sent_yet_is_only_recorded() -> None:
    assert code(decided(parcel(state=ParcelState.ORDERED))) == "parcel.not_sent"


def test_other_goods_than_were_told_are_held_and_another_number_is_not() -> None:
    changed = decided(parcel(sent_line(quantity=2)), told=parcel())
    assert (type(changed), code(changed)) == (Hold, "parcel.changed")
    assert isinstance(decided(parcel(tracking=Tracking(numbers=("NEW",))), told=parcel()), Put)


def test_a_cancelled_one_is_called_off_only_where_it_was_told() -> None:
    gone = parcel(state=ParcelState.CANCELLED)
    assert isinstance(decided(gone), Cancelled)
    called_off = decided(gone, told=parcel(), sink_key="12")
    assert isinstance(called_off, Put)
    assert (called_off.document.cancelled, called_off.document.ours) == (True, "12")


def test_a_cancelled_one_waits_for_what_may_still_take_effect() -> None:
    until = NOW + timedelta(minutes=1)
    decision = decided(parcel(state=ParcelState.CANCELLED), told=parcel(), open_until=until)
    assert (type(decision), decision.until) == (Wait, until)


def test_a_cancelled_one_may_be_left_to_a_person() -> None:
    hold = {"cancelled_shipments": "hold"}
    gone = parcel(state=ParcelState.CANCELLED)
    decision = decided(gone, told=parcel(), chosen=hold)
    assert (type(decision), code(decision)) == (Hold, "parcel.cancelled_in_store")
    assert isinstance(decided(gone, told=parcel(), chosen=hold, approved=True), Put)


def test_a_parcel_of_gift_cards_alone_leaves_no_warehouse() -> None:
    decision = decided(parcel(sent_line("CARD", kind=LineKind.GIFT_CARD)))
    assert (type(decision), code(decision)) == (Skip, "parcel.empty")


def test_goods_leave_under_the_item_they_were_booked_on() -> None:
    order = replace(SENT, told={**OF_ORDER, "substituted": ["TEA"]})
    decision = decided(order=order)
    assert (type(decision), code(decision)) == (Hold, "mapping.unknown_item_missing")
