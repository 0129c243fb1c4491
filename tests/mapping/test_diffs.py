"""A difference of two mappings is whole, and as small as people would tell it."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.mapping.diffs import Entry, applied, between

NAMES = st.sampled_from(["a", "b", "c", "d", "e", "A", "*"])
TEXTS = st.sampled_from(["1", "2", ""])
TABLES = st.dictionaries(
    st.sampled_from(["payments", "taxes", "free:x"]), st.dictionaries(NAMES, TEXTS, max_size=5)
)
RULE = st.fixed_dictionaries({"id": NAMES, "target": TEXTS})
LISTS = st.lists(RULE, max_size=7, unique_by=lambda rule: rule["id"])
ODD = st.one_of(st.lists(RULE, max_size=3), st.just("text"), st.just([1, 2]), st.just({"id": "a"}), st.none())
RULES = st.dictionaries(st.sampled_from(["fields", "gates"]), st.one_of(LISTS, LISTS, ODD))


@given(was=st.tuples(TABLES, RULES), now=st.tuples(TABLES, RULES))
def test_the_difference_made_on_the_one_gives_the_other(was: Any, now: Any) -> None:
    filled = tuple({name: value for name, value in part.items() if value} for part in now)
    assert applied(between(was, now), was) == filled
    assert between(now, now).tables == {}
    assert between(now, now).rules == ()


@given(rules=LISTS, data=st.data())
def test_one_rule_that_was_moved_is_the_only_one_told(rules: list[Any], data: st.DataObject) -> None:
    if len(rules) < 3:
        return
    start = data.draw(st.integers(0, len(rules) - 1))
    end = data.draw(st.integers(0, len(rules) - 1))
    moved = [*rules[:start], *rules[start + 1 :]]
    moved.insert(end, rules[start])
    found = between(({}, {"fields": rules}), ({}, {"fields": moved})).rules
    assert len(found) == (0 if start == end else 1)
    assert all(change.moved and change.was == change.now for change in found)


def test_what_is_added_taken_away_and_changed_is_told_apart() -> None:
    was = {"payments": {"card": "CARD", "paypal": "PP", "*": "BANK"}, "taxes": {"*": "VAT"}}
    now = {"payments": {"card": "CC", "*": "BANK", "klarna": "KL"}, "taxes": {"*": "VAT"}}
    rules = {"fields": [{"id": "memo"}, {"id": "terms"}, {"id": "gone"}]}
    other = {"fields": [{"id": "terms"}, {"id": "new"}, {"id": "memo", "target": "x"}]}
    diff = between((was, rules), (now, other))
    assert diff.tables == {
        "payments": (
            Entry(key="card", was="CARD", now="CC"),
            Entry(key="klarna", was=None, now="KL"),
            Entry(key="paypal", was="PP", now=None),
        )
    }
    told = {each.id: (each.was_at, each.now_at, each.was is None, each.now is None) for each in diff.rules}
    assert told["new"] == (None, 1, True, False)
    assert told["gone"] == (2, None, False, True)
    assert told["memo"] == (0, 2, False, False)
    assert len([each for each in diff.rules if each.moved]) == 1
