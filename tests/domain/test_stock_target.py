"""The stock rule by example and by property: unknown is never zero, nothing goes below it, bundles take the least."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.domain.inventory import Allocation, Allocations, Component, Safety, StockMode, StockReading
from app.domain.stock_target import MOST, ItemStock, Target, target

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
ONE = (Component(item="A", quantity=1),)
amounts = st.integers(-1_000, 100_000)


def reading(available: int | None, *, item: str = "A", warehouse: str = "WH", **more: object) -> StockReading:
    free = None if available is None else Decimal(available)
    return StockReading(warehouse=warehouse, item=item, observed_at=AT, available=free, **more)  # type: ignore[arg-type]


def free(stock: ItemStock, *, safety: int = 0) -> int | None:
    found = target(mode=StockMode.AVAILABLE, parts={"A": stock}, components=ONE, safety=safety)
    return found.quantity if found else None


def test_orders_the_erp_can_not_know_yet_and_safety_are_taken_off() -> None:
    assert free(ItemStock(readings=[reading(10)], unknown_units=3), safety=2) == 5


def test_warehouses_that_feed_one_location_are_added() -> None:
    assert free(ItemStock(readings=[reading(4), reading(5, warehouse="B")])) == 9


def test_one_warehouse_in_the_red_is_paid_by_the_other() -> None:
    assert free(ItemStock(readings=[reading(-4), reading(5, warehouse="B")])) == 1


def test_what_nobody_said_is_unknown_and_not_zero() -> None:
    assert free(ItemStock(readings=[])) is None
    assert free(ItemStock(readings=[reading(None)])) is None
    assert free(ItemStock(readings=[reading(4)], whole=False)) is None
    assert target(mode=StockMode.AVAILABLE, parts={}, components=ONE, safety=0) is None


def test_a_fraction_can_not_be_sold() -> None:
    part = StockReading(warehouse="WH", item="A", observed_at=AT, available=Decimal("2.9"))
    assert free(ItemStock(readings=[part])) == 2


def test_a_quantity_that_is_no_number_is_unknown() -> None:
    part = StockReading(warehouse="WH", item="A", observed_at=AT, available=Decimal("NaN"))
    assert free(ItemStock(readings=[part])) is None


def test_on_hand_is_what_is_there_less_what_is_promised_to_others() -> None:
    part = reading(1, physical=Decimal(10), reserved=Decimal(4))
    found = target(mode=StockMode.ON_HAND, parts={"A": ItemStock(readings=[part])}, components=ONE, safety=1)
    assert found == Target(quantity=5, observed_at=AT)


def test_on_hand_needs_both_quantities() -> None:
    part = reading(1, physical=Decimal(10))
    parts = {"A": ItemStock(readings=[part])}
    assert target(mode=StockMode.ON_HAND, parts=parts, components=ONE, safety=0) is None


def test_a_bundle_is_as_many_as_its_scarcest_component_makes() -> None:
    parts = {
        "A": ItemStock(readings=[reading(7)]),
        "B": ItemStock(readings=[reading(30, item="B")], unknown_units=4),
    }
    bundle = (Component(item="A", quantity=2), Component(item="B", quantity=3))
    found = target(mode=StockMode.AVAILABLE, parts=parts, components=bundle, safety=0)
    assert found is not None
    assert found.quantity == 3
    kept = target(
        mode=StockMode.AVAILABLE, parts=parts, components=bundle, safety=1, component_safety={"A": 2}
    )
    assert kept is not None
    assert kept.quantity == 1


def test_a_bundle_with_an_unknown_component_is_unknown() -> None:
    bundle = (Component(item="A", quantity=1), Component(item="B", quantity=1))
    parts = {"A": ItemStock(readings=[reading(7)])}
    assert target(mode=StockMode.AVAILABLE, parts=parts, components=bundle, safety=0) is None


def test_a_target_is_as_old_as_its_oldest_reading() -> None:
    old = StockReading(warehouse="B", item="A", observed_at=AT - timedelta(hours=1), available=Decimal(1))
    parts = {"A": ItemStock(readings=[reading(7), old])}
    found = target(mode=StockMode.AVAILABLE, parts=parts, components=ONE, safety=0)
    assert found is not None
    assert found.observed_at == old.observed_at


@given(available=amounts, unknown=st.integers(0, 500), safety=st.integers(0, 500))
def test_a_target_is_never_negative_and_never_above_what_the_erp_has(
    available: int, unknown: int, safety: int
) -> None:
    found = free(ItemStock(readings=[reading(available)], unknown_units=unknown), safety=safety)
    assert found is not None
    assert 0 <= found <= max(0, available)
    assert found == max(0, available - unknown - safety)


@given(
    st.lists(st.tuples(amounts, st.integers(1, 9)), min_size=1, max_size=5),
    st.integers(0, 20),
)
def test_the_components_suffice_for_every_bundle_shown(made_of: list[tuple[int, int]], safety: int) -> None:
    parts = {str(n): ItemStock(readings=[reading(a, item=str(n))]) for n, (a, _) in enumerate(made_of)}
    bundle = tuple(Component(item=str(n), quantity=q) for n, (_, q) in enumerate(made_of))
    found = target(mode=StockMode.AVAILABLE, parts=parts, components=bundle, safety=safety)
    assert found is not None
    assert all(found.quantity * q <= max(0, a) for a, q in made_of)
    more = found.quantity + safety + 1
    assert any(more * q > a for a, q in made_of), "one bundle more could not be made"


def test_no_store_takes_more_than_a_thousand_million() -> None:
    assert free(ItemStock(readings=[reading(5 * MOST)])) == MOST


def test_the_most_particular_safety_counts_and_a_zero_is_a_word_too() -> None:
    safety = Safety(units={("*", "*"): 5, ("9", "*"): 3, ("9", "mug"): 0, ("*", "cup"): 7})
    assert [safety.of("9", "Mug"), safety.of("9", "cup"), safety.of("9", "x"), safety.of("8", "Mug")] == [
        0,
        7,
        3,
        5,
    ]


def test_a_location_offers_its_share_of_what_is_left_after_safety_and_never_more_than_its_cap() -> None:
    def offered(allocation: Allocation) -> int:
        parts = {"A": ItemStock(readings=[reading(21)], unknown_units=3)}
        found = target(mode=StockMode.AVAILABLE, parts=parts, components=ONE, safety=3, allocation=allocation)
        assert found is not None
        return found.quantity

    half = Decimal("0.5")
    assert offered(Allocation(share=half)) == 7
    assert offered(Allocation(cap=4)) == 4
    assert offered(Allocation(share=half, cap=9)) == 7
    assert offered(Allocation(share=Decimal(0))) == 0


@given(
    free=st.integers(0, 100_000),
    cuts=st.lists(st.decimals(0, 1, places=4), min_size=1, max_size=5),
)
def test_shares_that_come_to_one_never_offer_more_than_there_is(free: int, cuts: list[Decimal]) -> None:
    edges = sorted([Decimal(0), *cuts, Decimal(1)])
    shares = [Allocation(share=after - before) for before, after in pairwise(edges)]
    offered = sum(share.of(free) for share in shares)
    assert free - len(shares) < offered <= free


def test_the_most_particular_allocation_counts() -> None:
    half, none = Allocation(share=Decimal("0.5")), Allocation(share=Decimal(0))
    rules = Allocations(rules={("9", "*"): half, ("*", "mug"): none, ("9", "mug"): Allocation()})
    assert [rules.of("9", "Mug"), rules.of("9", "cup"), rules.of("8", "Mug"), rules.of("8", "cup")] == [
        Allocation(),
        half,
        none,
        Allocation(),
    ]
