"""How rows are asked for and shown: pages with their links, chosen fields, and what is expanded inside."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sandbox.erps.businesscentral.books import Books, Row
from sandbox.erps.businesscentral.filters import Clause, column_of, filtered, named, ordered
from sandbox.erps.businesscentral.refusals import Refused, bad, dialog, no_row
from sandbox.erps.businesscentral.schema import ENTITIES, Entity, Field, Part

MOST_ROWS = 20_000
OPTIONS = frozenset(
    {"$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$count", "$skiptoken", "$schemaversion"}
)
_MOST_DEEP = 3
_SIGN = re.compile(r"\W")
"""Of an option's name, what can't be part of a name in OData."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The options of one level. `page`: how many rows the caller wants at once."""

    select: tuple[str, ...] = ()
    clause: Clause | None = None
    order: tuple[tuple[Field, bool], ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    token: str = ""
    page: int = MOST_ROWS
    expand: Mapping[str, Asked] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Found:
    rows: list[Row]
    token: str = ""
    count: int | None = None


def asked(entity: Entity, options: Mapping[str, str], *, prefer: str = "") -> Asked:
    """The options of a call, refused where there is no such option, field or part."""
    for name in options:
        if name.startswith("$") and name not in OPTIONS:
            raise bad(f"The query parameter '{name}' is not supported.", "BadRequest_InvalidRequestUrl")
    newer = options.get("$schemaversion", "").strip() >= "2.1"
    return _level(entity, options, newer=newer, page=_page(prefer), deep=1)


def rows_of(
    books: Books, entity: Entity, wanted: Asked, *, within: tuple[str, str] | None = None, stored: str = ""
) -> Found:
    """`within`: a field and what it must be, where the address goes through a parent. `stored`: its table, if another."""
    if entity.needs and within is None:
        told = wanted.clause.fields if wanted.clause else frozenset()
        if not told & set(entity.needs):
            raise dialog(
                "You must specify an Id or a Document Id to get the lines."
                if "documentId" in entity.needs
                else "You must specify a journal batch ID or a journal ID to get a journal line."
            )
    where, values = ["1"], list[object]()
    if within is not None:
        where.append(f'"{within[0]}" = ?')
        values.append(within[1])
    if wanted.clause is not None:
        where.append(wanted.clause.sql)
        values.extend(wanted.clause.values)
    table = stored or entity.set
    count = len(books.all(table, " AND ".join(where), *values)) if wanted.count else None
    if wanted.token:
        sql, more = _after(wanted)
        where.append(sql)
        values.extend(more)
    order = ", ".join(
        [*(f"{column_of(each)} {'DESC' if down else 'ASC'}" for each, down in wanted.order), "rowid"]
    )
    limit = wanted.page if wanted.top is None else min(wanted.page, wanted.top)
    offset = 0 if wanted.token else wanted.skip
    found = books.all(table, " AND ".join(where), *values, order=f"{order} LIMIT {limit + 1} OFFSET {offset}")
    rows = found[:limit]
    more_there = len(found) > limit and (wanted.top is None or wanted.top > limit)
    return Found(rows=rows, token=_token(wanted, rows[-1], limit) if more_there else "", count=count)


def shown(
    books: Books, entity: Entity, row: Row, wanted: Asked, page: Callable[[list[Row]], list[Row]] = list
) -> dict[str, Any]:
    """A row as it is answered, with what is expanded in it."""
    made: dict[str, Any] = {"@odata.etag": etag(row)}
    for each in entity.shown:
        if not wanted.select or each.name in wanted.select:
            made[each.name] = _said(each, row[each.name])
    for name, inner in wanted.expand.items():
        part = entity.parts[name]
        below = ENTITIES[part.set]
        rows = rows_of(books, below, inner, within=(part.theirs, str(row[part.ours]))).rows
        told = [shown(books, below, each, inner) for each in rows]
        made[name] = told if part.many else (told[0] if told else None)
    return made


def etag(row: Row) -> str:
    told = base64.b64encode(f"{row['_version']};{row['id']};".encode()).decode()
    return f'W/"{told}"'


def instance(books: Books, entity: Entity, id: str, *, stored: str = "") -> Row:
    found = books.get(stored or entity.set, id.lower())
    if found is None:
        raise no_row(entity.caption, id)
    return found


def part_of(entity: Entity, name: str) -> Part:
    found = entity.parts.get(name)
    if found is None:
        raise bad(f"Could not find a property named '{name}' on type 'Microsoft.NAV.{entity.name}'.")
    return found


def split(text: str, sign: str) -> list[str]:
    """The parts between signs that stand in no parentheses and in no text."""
    parts, deep, quoted = [""], 0, False
    for letter in text:
        quoted ^= letter == "'"
        deep += 0 if quoted else (letter == "(") - (letter == ")")
        if letter == sign and not deep and not quoted:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


def _level(entity: Entity, options: Mapping[str, str], *, newer: bool, page: int, deep: int) -> Asked:
    if deep > _MOST_DEEP:
        raise bad("The request includes a $expand path which is too deep.")
    select = tuple(split(options.get("$select", ""), ","))
    for name in select:
        named(entity, name)
    clause = filtered(entity, options["$filter"], newer=newer) if options.get("$filter") else None
    return Asked(
        select=select,
        clause=clause,
        order=tuple(ordered(entity, options.get("$orderby", ""))),
        top=_number(options, "$top"),
        skip=_number(options, "$skip") or 0,
        count=options.get("$count", "").lower() == "true",
        token=options.get("$skiptoken", ""),
        page=page,
        expand=_expanded(entity, options.get("$expand", ""), newer=newer, deep=deep),
    )


def _expanded(entity: Entity, text: str, *, newer: bool, deep: int) -> dict[str, Asked]:
    found = {}
    for told in split(text, ","):
        name, _, rest = told.partition("(")
        part = part_of(entity, name.strip())
        inner = dict[str, str]()
        for option in split(rest.removesuffix(")"), ";") if rest else []:
            key, _, value = option.partition("=")
            inner[key.strip()] = value.strip()
        if unknown := set(inner) - OPTIONS:
            raise bad(f"The query parameter '{min(unknown)}' is not supported.")
        found[part.name] = _level(ENTITIES[part.set], inner, newer=newer, page=MOST_ROWS, deep=deep + 1)
    return found


def _page(prefer: str) -> int:
    for told in prefer.split(","):
        name, _, value = told.strip().partition("=")
        if name.lower() in {"odata.maxpagesize", "maxpagesize"} and value.isdigit():
            if int(value) > MOST_ROWS:
                raise Refused(
                    413, "BadRequest_RequestEntityTooLarge", f"A page has {MOST_ROWS} rows at most."
                )
            return max(1, int(value))
    return MOST_ROWS


def _number(options: Mapping[str, str], name: str) -> int | None:
    told = options.get(name)
    if told is None:
        return None
    if not told.isdigit():
        raise bad(f"Invalid value '{told}' for {name} query option.", "BadRequest_InvalidRequestUrl")
    if int(told) > MOST_ROWS and name == "$top":
        raise Refused(413, "BadRequest_RequestEntityTooLarge", f"A page has {MOST_ROWS} rows at most.")
    return int(told)


def _token(wanted: Asked, last: Row, taken: int) -> str:
    left = None if wanted.top is None else wanted.top - taken
    told = json.dumps([[last[each.name] for each, _ in wanted.order], last["_row"], left])
    return base64.urlsafe_b64encode(told.encode()).decode()


def _after(wanted: Asked) -> tuple[str, list[object]]:
    """The rows behind the one that the token names, in this order."""
    try:
        keys, row, _ = json.loads(base64.urlsafe_b64decode(wanted.token))
        columns = [(column_of(each), down, key) for (each, down), key in zip(wanted.order, keys, strict=True)]
    except (ValueError, TypeError) as cause:
        raise bad("The skip token is not valid.", "BadRequest_InvalidRequestUrl") from cause
    columns.append(("rowid", False, row))
    cases, values = list[str](), list[object]()
    for at, (column, down, key) in enumerate(columns):
        same = [f"{other} = ?" for other, _, _ in columns[:at]]
        cases.append("(" + " AND ".join([*same, f"{column} {'<' if down else '>'} ?"]) + ")")
        values.extend(each for _, _, each in columns[:at])
        values.append(key)
    return "(" + " OR ".join(cases) + ")", values


def left_of(token: str) -> int | None:
    """How many rows a walk over pages may still tell, where it was given a most."""
    try:
        told = json.loads(base64.urlsafe_b64decode(token))[2]
    except (ValueError, TypeError, LookupError) as cause:
        raise bad("The skip token is not valid.", "BadRequest_InvalidRequestUrl") from cause
    return told if isinstance(told, int) else None


def _said(field: Field, value: Any) -> Any:
    match field.kind:
        case "decimal":
            number = Decimal(value)
            return int(number) if number == number.to_integral_value() else float(number)
        case "bool":
            return bool(value)
        case "option":
            return _SIGN.sub(lambda sign: f"_x{ord(sign[0]):04X}_", value or " ")
        case _:
            return value
