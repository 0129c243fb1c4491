"""Field rules: what a field of the ERP's document gets, as a start and steps over the order's tree, or as Liquid; pure.

Built without typing and stored as this structure. `app/mapping/liquid_view.py` writes each of them as Liquid that gives the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal, TypeAlias

import msgspec

from app.mapping.conditions import Condition
from app.mapping.tree import Tree, value
from app.templates import FILTERS, Filter, Value, fits, shown


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Part(_Strict, frozen=True):
    """A field of the tree, or a text that is always the same."""

    field: str | None = None
    text: str = ""

    def of(self, tree: Tree) -> Value:
        return value(tree, self.field) if self.field is not None else self.text


Argument: TypeAlias = "Part | str | int | bool"
Call: TypeAlias = "tuple[str, tuple[Argument, ...]]"
"""A filter by its name and what it is given besides the value: a step is nothing else, built or in Liquid."""


class Join(_Strict, frozen=True, tag_field="do", tag="join"):
    """Puts the others behind, with the separator between those that are there."""

    parts: tuple[Part, ...]
    separator: str = " "

    @property
    def call(self) -> Call:
        return "join_with", (self.separator, *self.parts)


class Split(_Strict, frozen=True, tag_field="do", tag="split"):
    """Keeps one part: counted from 1, or from the end below zero."""

    separator: str
    place: int = 1

    @property
    def call(self) -> Call:
        return "part", (self.separator, self.place)


class Change(_Strict, frozen=True, tag_field="do", tag="change"):
    how: Literal["upcase", "downcase", "strip"]

    @property
    def call(self) -> Call:
        return self.how, ()


class Cut(_Strict, frozen=True, tag_field="do", tag="cut"):
    most: int

    @property
    def call(self) -> Call:
        return "truncate", (self.most,)


class Replace(_Strict, frozen=True, tag_field="do", tag="replace"):
    old: str
    new: str = ""

    @property
    def call(self) -> Call:
        return "replace", (self.old, self.new)


class Round(_Strict, frozen=True, tag_field="do", tag="round"):
    """To so many decimals, half away from zero."""

    places: int = 2

    @property
    def call(self) -> Call:
        return "round", (self.places,)


class Calculate(_Strict, frozen=True, tag_field="do", tag="calculate"):
    """`amount` is a number as text, so that it stays exact."""

    how: Literal["times", "plus", "minus"]
    amount: str

    @property
    def call(self) -> Call:
        return self.how, (self.amount,)


class Date(_Strict, frozen=True, tag_field="do", tag="date"):
    form: str = "%Y-%m-%d"
    zone: str = "UTC"

    @property
    def call(self) -> Call:
        return "date", (self.form, self.zone)


class LookUp(_Strict, frozen=True, tag_field="do", tag="look_up"):
    """The table's code for the value. `required`: a value that the table lacks holds the order; else it gives nothing."""

    table: str
    required: bool = True

    @property
    def call(self) -> Call:
        return "look_up", (self.table, self.required)


class Default(_Strict, frozen=True, tag_field="do", tag="default"):
    """What is taken where there is nothing."""

    text: str

    @property
    def call(self) -> Call:
        return "default", (self.text,)


class Currency(_Strict, frozen=True, tag_field="do", tag="currency"):
    """The amount in another currency, by the connection's rate of the order's day."""

    to: str

    @property
    def call(self) -> Call:
        return "currency", (self.to,)


Step: TypeAlias = (
    Join | Split | Change | Cut | Replace | Round | Calculate | Date | LookUp | Default | Currency
)


class FieldRule(_Strict, frozen=True):
    """`target` is a field that the ERP declares. `liquid`: the rule's own text in place of start and steps.

    Of several rules for one target the first whose condition holds counts.
    """

    id: str
    target: str
    start: Part = Part()
    steps: tuple[Step, ...] = ()
    when: Condition = Condition()
    liquid: str | None = None

    @property
    def reads(self) -> frozenset[str]:
        """The fields that it stands on, beside what its Liquid names."""
        joined = (part for step in self.steps if isinstance(step, Join) for part in step.parts)
        named = (part.field for part in (self.start, *joined))
        return frozenset((*(path for path in named if path), *(test.field for test in self.when.tests)))

    @property
    def weight(self) -> int:
        """What carrying it out takes beside its Liquid, in steps of a purse."""
        parts = sum(len(step.parts) for step in self.steps if isinstance(step, Join))
        compared = sum(1 + len(test.values) // 8 for test in self.when.tests)
        return 1 + len(self.steps) + parts + compared


def built(rule: FieldRule, tree: Tree, doors: Mapping[str, Filter]) -> str | None:
    """What the structure gives for this record; None where its condition does not hold or nothing is left.

    Raises Rejected for a value that does not fit a step.
    """
    if not rule.when.holds(tree):
        return None
    found = rule.start.of(tree)
    filters = {**FILTERS, **doors}
    for step in rule.steps:
        name, arguments = step.call
        found = filters[name](found, *(_given(each, tree) for each in arguments))
    text = shown(found).strip()
    fits(len(text))
    return text or None


def _given(argument: Argument, tree: Tree) -> Value:
    match argument:
        case Part():
            return argument.of(tree)
        case bool() | str():
            return argument
        case int():
            return Decimal(argument)
