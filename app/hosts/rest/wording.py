"""Carries out a connection document's templates: addresses, headers and bodies made of our records; pure and bounded.

A body is JSON whose texts are Liquid. Besides: `{"$each": PATH, "name": NAME, "as": ...}` repeats, `{"$when": PATH, "then": ...,
"else": ...}` chooses, `{"$path": PATH}` takes a value as it is, `{"$number": TEXT}` and `{"$flag": TEXT}` are no texts in JSON,
and a key that ends in `?` is left out where there is nothing to say. So what a record holds stays a value and is never markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import cast
from urllib.parse import quote, urlencode

import msgspec

from app.errors import Rejected, Verdict
from app.hosts.rest.parts import Call
from app.hosts.rest.paths import Steps, Unreadable, read
from app.outbound import in_a_line
from app.ports import Json
from app.templates import Liquid, Purse, Template, shown

Tree = Mapping[str, object]
NUMBER = "$number"
SPECIAL = frozenset(("$each", "$when", "$path", NUMBER, "$flag"))
MOST_LEAVES = 20_000
_SEGMENT = ":@!$&'()*+,;=~-._"
"""What may stand in a part of an address as it is."""
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PERSONAL = ("buyer", "bill_to", "ship_to", "customer", "addresses", "shipped_to", "note")


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What one request is made with: what there is to say, and what saying it may take.

    `private` gathers what was said of people, so that no evidence shows it; `people` are names that stand for them.
    """

    tree: Tree
    purse: Purse = field(default_factory=Purse)
    steps: Steps = field(default_factory=Steps)
    leaves: Steps = field(default_factory=lambda: Steps(MOST_LEAVES))
    private: set[str] = field(default_factory=set)
    people: frozenset[str] = frozenset()

    def within(self, name: str, each: object, place: int, *, personal: bool) -> Sheet:
        return Sheet(
            people=self.people | {name} if personal else self.people - {name},
            tree={**self.tree, name: each, "place": place},
            purse=self.purse,
            steps=self.steps,
            leaves=self.leaves,
            private=self.private,
        )


@dataclass(frozen=True, kw_only=True)
class Worded:
    """A request in the ERP's words, without its address's beginning."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Json


def worded(call: Call, sheet: Sheet) -> Worded:
    """Raises Rejected where the templates can't be carried out with this record."""
    try:
        query = urlencode(list(_query(call.query, sheet)))
        path = _path(call.path, sheet)
        return Worded(
            method=call.method,
            path=f"{path}?{query}" if query else path,
            headers={name: header(_said(text, sheet)) for name, text in call.headers.items()},
            body=None if call.body is None else bodied(cast("Json", call.body), sheet),
        )
    except Unreadable as cause:
        raise _unfit("The connection document asks for more than a request may hold.") from cause


def wished(call: Call, sheet: Sheet) -> bool:
    """Whether this call is the one to make."""
    if call.when is None:
        return True
    try:
        return bool(read(call.when, cast("Json", sheet.tree), sheet.steps))
    except Unreadable as cause:
        raise _unfit("A `when` of the connection document can't be carried out with this record.") from cause


def bodied(shape: Json, sheet: Sheet) -> Json:
    match shape:
        case str():
            return _said(shape, sheet)
        case list():
            return [bodied(each, sheet) for each in shape]
        case dict() if SPECIAL & shape.keys():
            return _special(shape, sheet)
        case dict():
            made = {key: bodied(value, sheet) for key, value in shape.items()}
            return {
                key.removesuffix("?"): value
                for key, value in made.items()
                if not (key.endswith("?") and value in (None, "", [], {}))
            }
        case _:
            return shape


def _special(shape: dict[str, Json], sheet: Sheet) -> Json:
    if "$each" in shape:
        name = str(shape.get("name", "each"))
        rows = read(str(shape["$each"]), cast("Json", sheet.tree), sheet.steps)
        there, personal = (
            rows if isinstance(rows, list) else [],
            reads_people(str(shape["$each"]), sheet.people),
        )
        return [
            bodied(shape["as"], sheet.within(name, row, n, personal=personal))
            for n, row in enumerate(there, start=1)
        ]
    if "$when" in shape:
        holds = read(str(shape["$when"]), cast("Json", sheet.tree), sheet.steps)
        return bodied(shape.get("then" if holds else "else"), sheet)
    if "$path" in shape:
        value = _plain(read(str(shape["$path"]), cast("Json", sheet.tree), sheet.steps))
        if reads_people(str(shape["$path"]), sheet.people):
            sheet.private.update(_texts(value))
        return value
    if "$flag" in shape:
        return _said(str(shape["$flag"]), sheet) in {"true", "1", "yes"}
    return _number(_said(str(shape[NUMBER]), sheet))


def _number(text: str) -> Json:
    """A whole number as such; a decimal keeps its digits until it is sent, as no float is exact."""
    if not text:
        return None
    try:
        number = Decimal(text)
    except ArithmeticError as cause:
        raise _unfit("The connection document wants a number where there is none.") from cause
    if not number.is_finite() or abs(number.adjusted()) > 40:
        raise _unfit("The connection document wants a number where there is none.")
    return int(number) if number == number.to_integral_value() else {NUMBER: f"{number:f}"}


def encoded(body: Json) -> bytes:
    """As JSON, exact decimals included."""
    return msgspec.json.encode(_raw(body))


def _raw(body: Json) -> object:
    match body:
        case {"$number": str(text)}:
            return msgspec.Raw(text.encode())
        case dict():
            return {key: _raw(value) for key, value in body.items()}
        case list():
            return [_raw(each) for each in body]
        case _:
            return body


def _plain(value: object) -> Json:
    """A value of ours as JSON: times and amounts as texts, whole records by their fields."""
    match value:
        case None | bool() | int() | str():
            return value
        case Decimal() | datetime():
            return shown(value)
        case dict():
            return {str(key): _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case _:
            return str(value)


# --- texts -------------------------------------------------------------------------------------------------------------


def _said(text: str, sheet: Sheet) -> str:
    if "{{" not in text and "{%" not in text:
        return text
    sheet.leaves.spend(1)
    template = template_of(text)
    said = template.render(sheet.tree, {}, sheet.purse)
    if said and any(is_personal(name) or name.partition(".")[0] in sheet.people for name in template.names):
        sheet.private.add(said)
    return said


@lru_cache(maxsize=4_096)
def template_of(text: str) -> Template:
    """Raises Misconfigured for what is no template."""
    return _liquid().parse(text)


@lru_cache(maxsize=1)
def _liquid() -> Liquid:
    return Liquid()


def is_personal(name: str) -> bool:
    """Whether a template that reads this name says something of a person."""
    parts = name.split(".")
    return any(part in _PERSONAL for part in parts) or parts[0] in {"email", "phone"}


def reads_people(path: str, people: frozenset[str] = frozenset()) -> bool:
    """Whether a path into a record gives something of a person; `people`: names that stand for one."""
    return any(word in people or is_personal(word) for word in _WORD.findall(path))


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _path(path: str, sheet: Sheet) -> str:
    """Each part by itself, so that nothing that is put in reaches over into the next or up to the one before."""
    return "/".join(quote(_part(part, sheet), safe=_SEGMENT) for part in path.split("/"))


def _part(part: str, sheet: Sheet) -> str:
    said = _said(part, sheet)
    if said != part and said in {"", ".", ".."}:
        raise _unfit("The connection document makes an address of a value that is none.")
    return said


def _query(query: Mapping[str, object], sheet: Sheet) -> Iterator[tuple[str, str]]:
    for key, shape in query.items():
        name, value = key.removesuffix("?"), bodied(cast("Json", shape), sheet)
        for each in value if isinstance(value, list) else [value]:
            text = each if isinstance(each, str) else shown(each)
            if text or not key.endswith("?"):
                yield name, text


def header(text: str) -> str:
    """A header is one line of plain signs."""
    if not in_a_line(text):
        raise _unfit("The connection document makes a header of signs that no header may have.")
    return text


def _unfit(sentence: str) -> Rejected:
    return Rejected("description.unfit", sentence, verdict=Verdict.NEEDS_MAPPING)
