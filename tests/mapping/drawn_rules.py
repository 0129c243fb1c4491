"""Draws records and rules: any value at any path, any steps in any order, sensible or not."""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from app.mapping.conditions import Condition, Test
from app.mapping.contents import storable
from app.mapping.rules import (
    Calculate,
    Change,
    Currency,
    Cut,
    Date,
    Default,
    FieldRule,
    Join,
    LookUp,
    Part,
    Replace,
    Round,
    Split,
    Step,
)
from app.mapping.tree import FIELDS
from app.ports import Place
from app.templates import OPERATORS, Value, ValueKind

_NASTY = [
    "",
    "'",
    '"',
    "'\"",
    "{{",
    "}}",
    "{%",
    "%}",
    "{{ order.name }}",
    "%",
    "\\",
    "\n",
    "\0",
    "\r",
    "-",
    "#",
    " ",
    "0.1",
    "19,90",
    "é",
    "١",
]
texts = st.one_of(
    st.sampled_from(_NASTY), st.text(max_size=12), st.lists(st.sampled_from(_NASTY), max_size=4).map("".join)
)
numbers = st.one_of(
    st.decimals(-(10**9), 10**9, places=4),
    st.decimals(-(10**24), 10**24, places=11),
    st.integers(-(10**35), 10**35).map(Decimal),
    st.decimals(-1, 1, places=3),
)

_OF_KIND: dict[ValueKind, st.SearchStrategy[Value]] = {
    ValueKind.TEXT: st.none() | texts,
    ValueKind.NUMBER: st.none() | numbers,
    ValueKind.DATE: st.none() | st.datetimes(timezones=st.just(UTC)),
    ValueKind.FLAG: st.booleans(),
    ValueKind.LIST: st.lists(texts, max_size=3).map(tuple),
}
_PATHS = [field.path for field in FIELDS]
ORDERS_OWN = [field.path for field in FIELDS if field.place is Place.ORDER and not field.asked]


@st.composite
def trees(draw: st.DrawFn) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for field in FIELDS:
        *path, name = field.path.split(".")
        here = made
        for part in path:
            here = here.setdefault(part, {})
        here[name] = draw(_OF_KIND[field.kind])
    made["order"]["lines"] = []
    return made


# What a rule itself says is looked over when it is stored; what an order holds is not.
said = texts.filter(storable)
parts = st.one_of(st.builds(Part, field=st.sampled_from(_PATHS)), st.builds(Part, field=st.none(), text=said))
steps: st.SearchStrategy[Step] = st.one_of(
    st.builds(Join, parts=st.lists(parts, max_size=3).map(tuple), separator=said),
    st.builds(Split, separator=said, place=st.integers(-3, 4)),
    st.builds(Change, how=st.sampled_from(["upcase", "downcase", "strip"])),
    st.builds(Cut, most=st.integers(-2, 5000)),
    st.builds(Replace, old=said, new=said),
    st.builds(Round, places=st.integers(-2, 20)),
    st.builds(Calculate, how=st.sampled_from(["times", "plus", "minus"]), amount=numbers.map(str) | said),
    st.builds(
        Date,
        form=st.sampled_from(["%Y-%m-%d", "%d.%m.%y %H:%M", "%Q"]),
        zone=st.sampled_from(["UTC", "Asia/Tokyo", "no"]),
    ),
    st.builds(LookUp, table=st.sampled_from(["payments", "shipping", "none"]), required=st.booleans()),
    st.builds(Default, text=said),
    st.builds(Currency, to=st.sampled_from(["EUR", "USD"])),
)
tests = st.builds(
    Test,
    field=st.sampled_from(_PATHS),
    operator=st.sampled_from(sorted(OPERATORS)),
    values=st.lists(said, max_size=3).map(tuple),
)
conditions = st.builds(
    Condition, tests=st.lists(tests, max_size=3).map(tuple), needs=st.sampled_from(["all", "any"])
)
rules = st.builds(
    FieldRule,
    id=st.just("r"),
    target=st.just("memo"),
    start=parts,
    steps=st.lists(steps, max_size=6).map(tuple),
    when=conditions,
)
