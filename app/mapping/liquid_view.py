"""A built rule as Liquid: the advanced view of the same rule, which gives the same for every record; pure."""

from __future__ import annotations

import re

from app.mapping.conditions import Condition
from app.mapping.rules import Argument, FieldRule, Part, Step

_PIECES = re.compile(r"[{}%](?=[{}%])")
"""Liquid reads its own brackets inside texts as well, so no two of their signs may stand side by side."""


def liquid(rule: FieldRule) -> str:
    """The rule's own text where it has one."""
    if rule.liquid is not None:
        return rule.liquid
    view = _View()
    shown = view.output(rule)
    guard = view.guard(rule.when)
    before = "".join(view.before)
    return f"{before}{{%- if {guard} -%}}{shown}{{%- endif -%}}" if guard else f"{before}{shown}"


class _View:
    """Texts that Liquid can't write in one piece are put together first, each under a name of its own."""

    def __init__(self) -> None:
        self.before: list[str] = []

    def output(self, rule: FieldRule) -> str:
        chain = [self.part(rule.start), *(self.step(step) for step in rule.steps)]
        return "{{ " + " | ".join(chain) + " }}"

    def guard(self, when: Condition) -> str:
        names = []
        for nth, test in enumerate(when.tests, 1):
            asked = ", ".join(self.text(each) for each in (test.operator, *test.values))
            self.before.append(f"{{%- assign met_{nth} = {test.field} | matches: {asked} -%}}")
            names.append(f"met_{nth}")
        return f" {'and' if when.needs == 'all' else 'or'} ".join(names)

    def part(self, part: Part) -> str:
        return part.field if part.field is not None else self.text(part.text)

    def step(self, step: Step) -> str:
        name, arguments = step.call
        return f"{name}: {', '.join(map(self.argument, arguments))}" if arguments else name

    def argument(self, argument: Argument) -> str:
        match argument:
            case Part():
                return self.part(argument)
            case bool():
                return "true" if argument else "false"
            case int():
                return str(argument)
            case str():
                return self.text(argument)

    def text(self, text: str) -> str:
        pieces = _pieces(text)
        if len(pieces) == 1:
            return _quoted(pieces[0])
        name = f"text_{len(self.before)}"
        more = "".join(f" | append: {_quoted(piece)}" for piece in pieces[1:])
        self.before.append(f"{{%- assign {name} = {_quoted(pieces[0])}{more} -%}}")
        return name


def _pieces(text: str) -> list[str]:
    """None of them holds both kinds of quotes, nor two signs of Liquid's own side by side."""
    apart = _PIECES.sub(lambda found: found[0] + "\0", text.replace("\0", "")).split("\0")
    return [piece for each in apart for piece in re.findall(r"[^']+|'+", each) if piece] or [""]


def _quoted(piece: str) -> str:
    return f'"{piece}"' if "'" in piece else f"'{piece}'"
