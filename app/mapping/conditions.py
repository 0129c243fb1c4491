"""Conditions of rules: tests of one field each, all of them or any of them; pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

from app.mapping.tree import BY_PATH, NOW, Tree, value
from app.ports import Place
from app.templates import AGES, OPERATORS, instant, matches

MOST_TESTS = 20
Path: TypeAlias = "tuple[str, ...]"
"""Which part of a rule's stored form, outermost first; places in a list count from 0."""
_ABOUT = {Place.ORDER: "whole order", Place.LINE: "lines", Place.PAYMENT: "payments"}
_ALONE = frozenset({"empty", "filled"})


class Test(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A field, an operator of `app.templates.OPERATORS`, and what it is held against."""

    __test__ = False
    field: str
    operator: str
    values: tuple[str, ...] = ()

    def holds(self, tree: Tree) -> bool:
        """An age is told by the clock that stands in the tree of gates alone."""
        now = instant(tree.get(NOW)) if self.operator in AGES else None
        return matches(value(tree, self.field), self.operator, *self.values, *([now] if now else []))

    def problems(self, *, gate: bool) -> Iterator[tuple[str, str]]:
        """What its comparison can't mean, each with the part it is about."""
        if self.operator not in OPERATORS:
            yield "operator", f"There is no comparison called {self.operator}."
        elif self.operator in AGES and not gate:
            yield (
                "operator",
                f"The comparison {self.operator} is told by the clock: only a gate can stand on it.",
            )
        elif not self.values and self.operator not in _ALONE:
            yield "values", f"The comparison {self.operator} needs something to compare with."


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No test at all always holds."""

    tests: tuple[Test, ...] = ()
    needs: Literal["all", "any"] = "all"

    def holds(self, tree: Tree) -> bool:
        """Raises Rejected where a value can't be compared as the test asks."""
        if not self.tests:
            return True
        several = all if self.needs == "all" else any
        found = [test.holds(tree) for test in self.tests]
        return several(found)

    def asked(self) -> frozenset[str]:
        """The fields that the ERP would have to be asked for."""
        return frozenset(test.field for test in self.tests if _asked(test.field))

    def unasked(self, tree: Tree) -> bool | None:
        """Whether it holds, as far as that stands on the order alone; None: it stands on what the ERP says.

        Raises Rejected as `holds` does.
        """
        known = Condition(tests=tuple(t for t in self.tests if not _asked(t.field)), needs=self.needs)
        if len(known.tests) == len(self.tests):
            return self.holds(tree)
        decided = bool(known.tests) and known.holds(tree) is (self.needs == "any")
        return self.needs == "any" if decided else None

    def problems(self, *, place: Place = Place.ORDER, gate: bool = False) -> Iterator[tuple[Path, str]]:
        """What can't be meant, each with its place in the condition."""
        if len(self.tests) > MOST_TESTS:
            yield ("tests",), f"A condition has at most {MOST_TESTS} tests."
        for nth, test in enumerate(self.tests):
            for sentence in field_problems(test.field, place=place, gate=gate):
                yield ("tests", str(nth), "field"), sentence
            for part, sentence in test.problems(gate=gate):
                yield ("tests", str(nth), part), sentence


def _asked(path: str) -> bool:
    known = BY_PATH.get(path)
    return known is not None and known.asked


def field_problems(path: str, *, place: Place, gate: bool = False) -> Iterator[str]:
    known = BY_PATH.get(path)
    if known is None:
        yield f"An order has no field {path}."
    elif known.place not in {Place.ORDER, place}:
        yield f"{path} is a {known.place}'s: a rule about the {_ABOUT[place]} can't tell which {known.place} is meant."
    elif known.asked and not gate:
        yield f"{path} is asked of the ERP before an order is first sent: only a gate can stand on it."
