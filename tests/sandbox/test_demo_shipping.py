"""The judge of shipments sees what is missing, doubled or wrong, and nothing where all is well."""

from __future__ import annotations

from dataclasses import replace

from sandbox.demo.shipping import Left, Shown, judge_parcels, judge_shipments, shown_of

LEFT = Left(key="7", order="1001", alive=True, numbers=("T7",), units={"11": 2, "12": 1})
SHOWN = Shown(key="F1", alive=True, numbers=("T7",), units={"11": 2, "12": 1})


def test_a_shipment_that_is_shown_once_is_settled() -> None:
    verdict = judge_shipments([LEFT], {"1001": [SHOWN]})
    assert verdict.clean
    assert (verdict.placed, verdict.settled) == (1, 1)


def test_one_from_two_places_is_settled_by_both_together() -> None:
    halves = [replace(SHOWN, units={"11": 2}), replace(SHOWN, key="F2", units={"12": 1})]
    assert judge_shipments([LEFT], {"1001": halves}).settled == 1
    assert judge_shipments([LEFT], {"1001": halves[:1]}).wrong == 1


def test_one_that_is_not_shown_is_missing() -> None:
    assert judge_shipments([LEFT], {"1001": []}).missing == 1
    assert judge_shipments([LEFT], {}).missing == 1


def test_units_that_are_shown_twice_are_a_duplicate_under_whatever_number() -> None:
    twice = [SHOWN, replace(SHOWN, key="F2")]
    assert judge_shipments([LEFT], {"1001": twice}).duplicates == 1
    other = [SHOWN, replace(SHOWN, key="F2", numbers=("X",))]
    assert judge_shipments([LEFT], {"1001": other}).duplicates == 1


def test_one_that_was_called_off_must_be_shown_no_more() -> None:
    off = replace(LEFT, alive=False)
    assert judge_shipments([off], {"1001": [replace(SHOWN, alive=False)]}).settled == 1
    assert judge_shipments([off], {"1001": [SHOWN]}).duplicates == 1


def test_an_outdated_number_is_not_the_shipments() -> None:
    corrected = replace(LEFT, numbers=("NEW",))
    verdict = judge_shipments([corrected], {"1001": [SHOWN]})
    assert (verdict.missing, verdict.duplicates) == (1, 1)


def test_one_without_a_number_is_known_by_its_goods() -> None:
    plain, shown = replace(LEFT, numbers=()), replace(SHOWN, numbers=())
    assert judge_shipments([plain], {"1001": [shown]}).clean
    assert judge_shipments([plain], {"1001": []}).missing == 1
    assert judge_shipments([plain], {"1001": [shown, replace(shown, key="F2")]}).duplicates == 1
    assert judge_shipments([plain], {"1001": [replace(shown, units={"11": 1})]}).wrong == 1
    assert not judge_shipments([plain], {"1001": [replace(shown, units={"13": 1})]}).settled
    assert not judge_shipments([plain], {"1001": [SHOWN]}).settled
    halves = [replace(plain, units={"11": 2}), replace(plain, key="8", units={"12": 1})]
    parts = [replace(shown, units={"11": 2}), replace(shown, key="F2", units={"12": 1})]
    assert judge_shipments(halves, {"1001": parts}).settled == 2
    assert judge_shipments(halves, {"1001": [shown]}).missing == 2


def test_what_the_plan_holds_must_come_to_nothing() -> None:
    assert judge_shipments([LEFT], {"1001": []}, to_hold={"7"}).held_expected == 1
    assert judge_shipments([LEFT], {"1001": [SHOWN]}, to_hold={"7"}).duplicates == 1


def test_orders_of_no_shipment_are_nobodys_business() -> None:
    assert judge_shipments([], {"1001": [SHOWN]}).clean


def test_the_store_is_read_as_its_control_place_tells_it() -> None:
    order = {
        "legacy_id": "1001",
        "fulfillments": [{"id": "F1", "status": "SUCCESS", "numbers": ["T7"], "lines": {"11": 2, "12": 1}}],
    }
    assert shown_of([order]) == {"1001": [SHOWN]}


def test_an_erp_that_knows_no_lines_is_compared_by_what_goods_are_called() -> None:
    sent = {"id": "F1", "status": "SUCCESS", "numbers": ["T7"], "lines": {"11": 2, "12": 1, "13": 1}}
    order = {
        "legacy_id": "1001",
        "fulfillments": [sent],
        "items": {"11": "Mug", "12": "TEA", "13": "MUG"},
    }
    (shown,) = shown_of([order], "skus")["1001"]
    assert shown.units == {"mug": 3, "tea": 1}
    left = replace(LEFT, units={"mug": 3, "tea": 1})
    assert judge_shipments([left], {"1001": [shown]}).settled == 1
    assert judge_shipments([replace(left, units={"mug": 3})], {"1001": [shown]}).duplicates == 1


def test_goods_without_a_sku_are_compared_by_what_the_erp_calls_them() -> None:
    sent = {"id": "F1", "status": "SUCCESS", "numbers": ["T7"], "lines": {"11": 2, "12": 1}}
    order = {"legacy_id": "1001", "fulfillments": [sent], "items": {"11": "MUG", "12": ""}}
    (shown,) = shown_of([order], "skus", "fallback")["1001"]
    assert shown.units == {"mug": 2, "fallback": 1}
    (goods,) = shown_of([order], "skus", "")["1001"]
    assert goods.units == {"mug": 2}, "a service stands for them there, and none of it leaves"


# --- what was sent in the store ------------------------------------------------------------------------------------------

MADE = replace(LEFT, origin="F1")


def test_a_parcel_of_the_store_with_one_shipment_of_its_own_is_settled_and_no_stranger() -> None:
    assert judge_parcels([MADE], {"1001": [SHOWN]}, {"F1"}).clean
    assert (
        judge_shipments([replace(LEFT, numbers=("T8",))], {"1001": [SHOWN]}, made_there={"F1"}).duplicates
        == 0
    )


def test_a_parcel_without_a_shipment_is_missing_where_it_is_owed_one() -> None:
    assert judge_parcels([], {"1001": [SHOWN]}, {"F1"}).missing == 1
    assert judge_parcels([], {"1001": [SHOWN]}, ()).placed == 0


def test_two_shipments_of_one_parcel_are_doubled() -> None:
    assert judge_parcels([MADE, replace(MADE, key="8")], {"1001": [SHOWN]}, {"F1"}).duplicates == 1


def test_other_goods_another_number_and_a_parcel_that_is_no_more_are_wrong() -> None:
    for other in (replace(MADE, units={"11": 1}), replace(MADE, numbers=("T9",)), replace(MADE, origin="F9")):
        assert judge_parcels([other], {"1001": [SHOWN]}, ()).wrong == 1
    assert judge_parcels([MADE], {"1001": [replace(SHOWN, alive=False)]}, ()).wrong == 1
    assert (
        judge_parcels([replace(MADE, alive=False)], {"1001": [replace(SHOWN, alive=False)]}, {"F1"}).settled
        == 1
    )
