"""The rules of one mapping version: read from their stored form, checked against what the ERP declares, and carried out; pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, TypeAlias

import msgspec

from app.errors import Misconfigured, Reason, Rejected, Verdict
from app.mapping.conditions import Condition, Path, field_problems
from app.mapping.kinds import kind_of
from app.mapping.rules import FieldRule, Join, LookUp, Part, built
from app.mapping.tree import BY_PATH, CREDIT, Tree
from app.ports import Json, Place, TargetField
from app.templates import (
    LONGEST,
    Filter,
    Liquid,
    Purse,
    Template,
    Value,
    ValueKind,
    as_date,
    as_number,
    shown,
)

MOST_RULES = 200
MOST_STEPS = 20
LONGEST_ID = 100
_NOTHING: Mapping[str, str] = {}
_IDLE = frozenset({ValueKind.DATE, ValueKind.FLAG, ValueKind.LIST})


class Gate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which orders go at all: what fits is held for a person, or left out. `sentence` is what people are told."""

    id: str
    when: Condition
    do: Literal["hold", "skip"]
    sentence: str


class _Stored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    fields: tuple[FieldRule, ...] = ()
    gates: tuple[Gate, ...] = ()


Owing: TypeAlias = "Callable[[Collection[str]], Mapping[str, Value]]"
"""The fields of these names, as the ERP told them. Raises Rejected for one that it can't tell."""


@dataclass(frozen=True, kw_only=True)
class Unasked:
    """Whether an order meets this gate stands on what the ERP has to be asked for."""

    gate: Gate


@dataclass(frozen=True, kw_only=True)
class RuleSet:
    """One immutable version's rules, in the order they are asked in."""

    fields: tuple[FieldRule, ...] = ()
    gates: tuple[Gate, ...] = ()

    @cached_property
    def templates(self) -> Mapping[str, Template]:
        """By rule: the ones written as Liquid, parsed once."""
        language = Liquid()
        return {rule.id: language.parse(rule.liquid) for rule in self.fields if rule.liquid is not None}

    def asks(self, field: str) -> bool:
        """Whether any gate asks about this field."""
        return any(test.field == field for gate in self.gates for test in gate.when.tests)

    @cached_property
    def read(self) -> frozenset[str]:
        """The fields that field rules stand on."""
        named = (template.names for template in self.templates.values())
        return frozenset().union(*(rule.reads for rule in self.fields), *named)

    def gate(self, tree: Tree, owing: Owing | None = None) -> Gate | Unasked | Reason | None:
        """The first gate that this order meets; a Reason where one can't be asked.

        `owing` tells the fields that the ERP was asked for; None: it was not, and where that matters the answer is Unasked.
        """
        for gate in self.gates:
            try:
                holds = gate.when.unasked(tree)
                if holds is None and owing is None:
                    return Unasked(gate=gate)
                if holds is None and owing is not None:
                    holds = gate.when.holds({**tree, CREDIT: owing(_names(gate.when))})
                if holds:
                    return gate
            except Rejected as error:
                return replace(error.reason, facts={**error.facts, "rule": gate.id})
        return None

    def unasked(self, tree: Tree) -> RuleSet:
        """The gates that would ask the ERP about this order, alone."""
        return replace(self, gates=tuple(gate for gate in self.gates if _asks(gate, tree)))

    def past(self, asking: RuleSet) -> RuleSet:
        """Without those gates, as if the ERP's answer let the order through them."""
        if not asking.gates:
            return self
        return replace(self, gates=tuple(gate for gate in self.gates if gate not in asking.gates))

    def given(
        self,
        tree: Tree,
        targets: Mapping[str, TargetField],
        doors: Mapping[str, Filter],
        *,
        place: Place,
        purse: Purse | None = None,
    ) -> tuple[dict[str, str], list[Reason]]:
        """What the ERP's fields get, by target, and every reason why one can't be told.

        `purse`: what all of an order's rules share, on itself and on its lines.
        """
        purse = purse or Purse()
        found: dict[str, str] = {}
        reasons: list[Reason] = []
        for rule in self.fields:
            target = targets.get(rule.target)
            if target is None or target.place is not place or rule.target in found:
                continue
            try:
                text = self._text(rule, tree, doors, purse)
                if text is not None:
                    found[rule.target] = fitting(text, target)
            except Rejected as error:
                reasons.append(_of(error, rule))
        return found, reasons

    def _text(self, rule: FieldRule, tree: Tree, doors: Mapping[str, Filter], purse: Purse) -> str | None:
        purse.spend(rule.weight)
        if rule.liquid is None:
            return built(rule, tree, doors)
        if not rule.when.holds(tree):
            return None
        return self.templates[rule.id].render(tree, doors, purse) or None


EMPTY = RuleSet()


def of(stored: Mapping[str, Json]) -> RuleSet:
    """Raises Misconfigured with `mapping.rules_malformed` for what can't be read."""
    try:
        read = msgspec.convert(stored, type=_Stored)
    except msgspec.ValidationError as cause:
        raise Misconfigured(
            "mapping.rules_malformed", f"The rules can't be read: {cause}.", verdict=Verdict.NEEDS_MAPPING
        ) from cause
    return RuleSet(fields=read.fields, gates=read.gates)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong with a rule, where people see it. `rule` None: with all of them together.

    `path` is the part of the rule that it is about; empty: the rule as a whole.
    """

    rule: str | None
    sentence: str
    path: Path = ()


def problems(
    rules: RuleSet,
    targets: Mapping[str, TargetField],
    tables: Collection[str],
    *,
    debtors: bool = True,
    lacks: Mapping[str, str] = _NOTHING,
) -> list[Problem]:
    """Everything that would go wrong before any order is seen. `tables`: names of those there are.

    `debtors`: whether the ERP tells what its customers owe. `lacks`: why it does not have a field, by name.
    """
    found = [Problem(rule=None, sentence=text) for text in _together(rules)]
    for rule in rules.fields:
        target = targets.get(rule.target)
        wrong = _wrong(rule, target, tables) if target else _unknown(rule, lacks)
        found += [Problem(rule=rule.id, sentence=text, path=path) for path, text in wrong]
    for gate in rules.gates:
        wrong = _wrong_gate(gate, debtors=debtors)
        found += [Problem(rule=gate.id, sentence=text, path=path) for path, text in wrong]
    return found


def fitting(text: str, target: TargetField) -> str:
    """The text as the ERP's field takes it; raises Rejected with `rule.wrong_type` where it does not."""
    try:
        match target.kind:
            case ValueKind.NUMBER:
                text = shown(as_number(text))
            case ValueKind.DATE:
                text = shown(as_date(text))
            case ValueKind.FLAG if text not in {"true", "false"}:
                raise _misfit(target, "it is neither true nor false")
            case _:
                pass
    except Rejected as error:
        raise _misfit(target, error.sentence[:1].lower() + error.sentence[1:].rstrip(".")) from error
    if target.longest is not None and len(text) > target.longest:
        raise _misfit(target, f"it is longer than {target.longest} characters")
    if target.choices and text not in target.choices:
        raise _misfit(target, "the ERP has no such choice")
    return text


def _names(when: Condition) -> frozenset[str]:
    return frozenset(path.partition(".")[2] for path in when.asked())


def _asks(gate: Gate, tree: Tree) -> bool:
    try:
        return gate.when.unasked(tree) is None
    except Rejected:
        return False


def _together(rules: RuleSet) -> Iterator[str]:
    if len(rules.fields) + len(rules.gates) > MOST_RULES:
        yield f"A mapping has at most {MOST_RULES} rules."
    names = [*(rule.id for rule in rules.fields), *(gate.id for gate in rules.gates)]
    if len(set(names)) < len(names):
        yield "Two rules have the same id."
    if not all(0 < len(name) <= LONGEST_ID for name in names):
        yield f"A rule's id has 1 to {LONGEST_ID} characters."


def _unknown(rule: FieldRule, lacks: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    yield ("target",), lacks.get(rule.target, f"The ERP has no field {rule.target}.")


def _wrong(rule: FieldRule, target: TargetField, tables: Collection[str]) -> Iterator[tuple[Path, str]]:
    yield from _under("when", rule.when.problems(place=target.place))
    if rule.liquid is not None:
        yield from ((("liquid",), sentence) for sentence in _wrong_liquid(rule.liquid, target))
        return
    if len(rule.steps) > MOST_STEPS:
        yield ("steps",), f"A rule has at most {MOST_STEPS} steps."
    for path, part in _parts(rule):
        if part.field is not None:
            yield from ((path, sentence) for sentence in field_problems(part.field, place=target.place))
    for nth, step in enumerate(rule.steps):
        if isinstance(step, LookUp) and step.table not in tables:
            yield ("steps", str(nth), "table"), f"There is no table {step.table}."
    kind = kind_of(rule)
    if (kind in _IDLE and target.kind is ValueKind.NUMBER) or (
        kind is ValueKind.NUMBER and target.kind is ValueKind.DATE
    ):
        yield (), f"This gives a {kind.value}, and {target.label} takes a {target.kind.value}."


def _wrong_gate(gate: Gate, *, debtors: bool) -> Iterator[tuple[Path, str]]:
    yield from _under("when", gate.when.problems(gate=True))
    if gate.when.asked() and not debtors:
        yield ("when",), "This ERP does not tell what its customers owe."
    if not gate.sentence.strip() or len(gate.sentence) > LONGEST:
        yield ("sentence",), "Say in a sentence why these orders are stopped."
    if not gate.when.tests:
        yield ("when",), "Without a condition no order would go."


def _under(name: str, found: Iterator[tuple[Path, str]]) -> Iterator[tuple[Path, str]]:
    return (((name, *path), sentence) for path, sentence in found)


def _parts(rule: FieldRule) -> Iterator[tuple[Path, Part]]:
    yield ("start",), rule.start
    for nth, step in enumerate(rule.steps):
        if isinstance(step, Join):
            yield from ((("steps", str(nth), "parts", str(at)), part) for at, part in enumerate(step.parts))


def _wrong_liquid(text: str, target: TargetField) -> Iterator[str]:
    try:
        names = Liquid().parse(text).names
    except Misconfigured as error:
        yield error.sentence
        return
    for name in sorted(names):
        if name not in BY_PATH and not name.startswith("order.lines"):
            yield f"An order has no field {name}."
        elif name in BY_PATH:
            yield from field_problems(name, place=target.place)


def _of(error: Rejected, rule: FieldRule) -> Reason:
    return replace(
        error.reason,
        sentence=f"{rule.target}: {error.sentence}",
        facts={**error.facts, "rule": rule.id, "target": rule.target},
    )


def _misfit(target: TargetField, why: str) -> Rejected:
    return Rejected(
        "rule.wrong_type",
        f"{target.label} does not take what the rule gives: {why}.",
        verdict=Verdict.NEEDS_MAPPING,
    )
