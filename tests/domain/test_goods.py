"""Which of a document's goods a parcel takes, for whatever a store sends and an ERP has left."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from app.domain.goods import Shelved, take
from app.domain.ids import StoreKey
from app.domain.parcel import GoodsSent

ITEMS = ("TEA", "MUG", "CUP")


def goods(key: str, item: str = "TEA", quantity: int = 1, *, physical: bool = True) -> GoodsSent:
    return GoodsSent(line_key=StoreKey(key), item=item, quantity=quantity, physical=physical)


def shelved(place: str, item: str = "TEA", left: int = 1, *, key: str | None = None) -> Shelved:
    return Shelved(
        place=place, item=item, ordered=left, left=left, line_key=StoreKey(key) if key is not None else None
    )


sent = st.lists(
    st.builds(
        goods,
        st.sampled_from("abcdef"),
        st.sampled_from(ITEMS),
        st.integers(1, 5),
        physical=st.booleans(),
    ),
    max_size=6,
    unique_by=lambda one: one.line_key,
)
lines = st.lists(
    st.builds(
        shelved,
        st.integers(0, 99).map(str),
        st.sampled_from(ITEMS),
        st.integers(0, 6),
        key=st.none() | st.sampled_from("abcdef"),
    ),
    max_size=8,
    unique_by=lambda line: line.place,
)


@given(sent, lines)
def test_what_is_taken_is_there_and_is_what_was_sent(parcel: list[GoodsSent], left: list[Shelved]) -> None:
    taking = take(parcel, left)
    taken = dict(taking.taken)
    assert all(0 < units <= next(e.left for e in left if e.place == place) for place, units in taken.items())
    assert len(taken) == len(taking.taken)
    if taking.whole:
        named = {line.line_key for line in left}
        fit = [
            one
            for one in parcel
            if one.physical
            or one.line_key in named
            or any(line.line_key is None and line.item == one.item for line in left)
        ]
        assert sum(taken.values()) == sum(one.quantity for one in fit)


@given(sent, lines)
def test_a_line_with_the_stores_own_key_gives_to_nothing_else(
    parcel: list[GoodsSent], left: list[Shelved]
) -> None:
    taken = dict(take(parcel, left).taken)
    for key in {line.line_key for line in left if line.line_key is not None}:
        given_ = sum(units for place, units in taken.items() if _of(left, place).line_key == key)
        assert given_ <= sum(one.quantity for one in parcel if one.line_key == key)


@given(sent, lines)
def test_without_keys_no_more_of_an_item_leaves_than_was_sent_and_never_another(
    parcel: list[GoodsSent], left: list[Shelved]
) -> None:
    bare = [shelved(line.place, line.item, line.left) for line in left]
    taking = take(parcel, bare)
    there, asked, taken = Counter[str](), Counter[str](), Counter[str]()
    for line in bare:
        there[line.item] += line.left
    for one in parcel:
        asked[one.item] += one.quantity
    for place, units in taking.taken:
        taken[_of(bare, place).item] += units
    assert all(taken[item] == min(there[item], asked[item]) for item in ITEMS)
    assert taking.whole == all(
        asked[item] <= there[item]
        or (
            not any(e.item == item for e in bare)
            and not any(one.physical for one in parcel if one.item == item)
        )
        for item in ITEMS
    )


@given(st.permutations([goods("a", quantity=2), goods("b"), goods("c", "MUG")]), lines)
def test_the_order_in_which_it_is_told_changes_nothing(parcel: list[GoodsSent], left: list[Shelved]) -> None:
    usual = [goods("a", quantity=2), goods("b"), goods("c", "MUG")]
    assert take(parcel, left) == take(usual, left)


def test_more_than_is_left_is_short_and_what_is_not_there_is_strange() -> None:
    left = [shelved("1", left=1, key="a"), shelved("2", "MUG", 3, key="b")]
    taking = take([goods("a", quantity=2), goods("x", "CUP")], left)
    assert [one.line_key for one in taking.short] == ["a"]
    assert [one.line_key for one in taking.strange] == ["x"]
    assert not taking.whole


def test_what_no_warehouse_hands_out_may_be_no_line() -> None:
    assert take([goods("x", "DOWNLOAD", physical=False)], [shelved("1")]).whole
    assert take([goods("a", physical=False)], [shelved("1", key="a")]).taken == (("1", 1),)


def _of(lines: list[Shelved], place: str) -> Shelved:
    return next(line for line in lines if line.place == place)
