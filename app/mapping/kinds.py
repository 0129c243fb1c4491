"""What kind of value a built rule gives, as far as that can be told before any order is seen; pure."""

from __future__ import annotations

from app.mapping.rules import Calculate, Currency, FieldRule, Round
from app.mapping.tree import BY_PATH
from app.templates import ValueKind


def kind_of(rule: FieldRule) -> ValueKind:
    """A text may still read as a number or a date; that is looked at when there is one."""
    kind = ValueKind.TEXT
    if rule.start.field is not None and rule.start.field in BY_PATH:
        kind = BY_PATH[rule.start.field].kind
    for step in rule.steps:
        if isinstance(step, Round | Calculate | Currency):
            kind = ValueKind.NUMBER
        elif step.__struct_config__.tag != "default":
            kind = ValueKind.TEXT
    return kind
