"""SuiteQL: Oracle's words, carried out by SQLite over the views of the books; a wrong query fails as it does there."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Mapping
from functools import lru_cache
from itertools import groupby
from typing import Any, ClassVar

from sqlglot import exp, parse
from sqlglot.dialects.oracle import Oracle
from sqlglot.dialects.sqlite import SQLite
from sqlglot.errors import SqlglotError

from sandbox.erps.netsuite.account import Account
from sandbox.erps.netsuite.analytics import DATES, PERMISSIONS, VIEWS
from sandbox.erps.netsuite.books import Books
from sandbox.erps.netsuite.clock import MARK
from sandbox.erps.netsuite.refusals import Refused

MOST_ROWS = 1000
REACHABLE = 100_000
_OWN = ("TO_CHAR", "TO_DATE", "TO_TIMESTAMP", "TO_NUMBER")
_FAILS = frozenset({"shipstatus"})
"""Columns that NetSuite lists and then fails on."""
_KEY = "order_of_ours_"
_COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)


class _SuiteQL(Oracle):
    """Dates are left to functions of our own, by Oracle's masks."""

    class Parser(Oracle.Parser):
        FUNCTIONS: ClassVar[dict[str, Any]] = {
            name: made for name, made in Oracle.Parser.FUNCTIONS.items() if name not in _OWN
        }
        FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {
            name: made for name, made in Oracle.Parser.FUNCTION_PARSERS.items() if name not in _OWN
        }


class _Ticked(SQLite):
    """Names between backticks: SQLite takes an unknown name between double quotes for a text."""

    class Tokenizer(SQLite.Tokenizer):
        IDENTIFIERS: ClassVar[list[str]] = ["`"]


def answer(books: Books, query: str, *, limit: int, offset: int) -> dict[str, Any]:
    """One page of what was asked for."""
    if offset and offset + limit > REACHABLE:
        raise Refused(
            400, "INVALID_PARAMETER", f"Only the first {REACHABLE} results can be reached.", param="offset"
        )
    account = books.account
    translated, keys = _translated(query, _hidden(account), account.lacks)
    try:
        rows = _shuffled(books.db.execute(translated).fetchmany(REACHABLE), keys)
    except sqlite3.Error as error:
        raise _invalid(_said(str(error))) from error
    page = rows[offset : offset + limit]
    more = len(rows) > offset + limit
    return {
        "count": len(page),
        "hasMore": more,
        "items": [{"links": [], **_shown(books, row)} for row in page],
        "offset": offset,
        "totalResults": len(rows),
    }


def _shown(books: Books, row: sqlite3.Row) -> Mapping[str, str]:
    """Lower-case names, texts for everything, and nothing of what is null."""
    told = (name for name in row.keys() if row[name] is not None and not name.startswith(_KEY))  # noqa: SIM118
    return {name.lower(): _text(books, row[name]) for name in told}


def _text(books: Books, value: Any) -> str:
    if isinstance(value, str):
        return books.clock.preferred(value) if value.endswith(MARK) else value
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else format(round(value, 8), ".8f").rstrip("0")
    return str(value)


@lru_cache(maxsize=512)
def _translated(query: str, hidden: frozenset[str], lacks: frozenset[str]) -> tuple[str, tuple[str, ...]]:
    """As SQLite takes it, and the columns of its answer that it is ordered by."""
    try:
        statements = parse(query, read=_SuiteQL)
    except SqlglotError as error:
        raise _invalid("Invalid or unsupported search.") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise _invalid("Only SELECT is supported.")
    tree = statements[0]
    _checked(tree, hidden, lacks)
    tree, keys = _keyed(tree.transform(_renamed))
    return tree.sql(_Ticked, identify=True), keys


def _checked(tree: exp.Expression, hidden: frozenset[str], lacks: frozenset[str]) -> None:
    if tree.find(exp.Limit):
        raise _invalid("Invalid or unsupported search: LIMIT.")
    named = {each.alias_or_name.lower() for each in tree.find_all(exp.CTE)}
    known = named | (VIEWS.keys() - hidden - lacks)
    for table in tree.find_all(exp.Table):
        if table.name.lower() not in known:
            raise _invalid(f"Search error occurred: Record '{table.name}' was not found.")
    columns = {column.name.lower() for column in tree.find_all(exp.Column)}
    if none := columns & lacks:
        raise _invalid(f"Unknown identifier '{min(none)}'. Available identifiers are: {{id=id, name=name}}.")
    if "rownum" in columns:
        raise _invalid("ROWNUM is not simulated: it counts before ORDER BY.")
    if columns & _FAILS:
        raise Refused(500, "UNEXPECTED_ERROR", "An unexpected error occurred. Error ID: m0x9k2")
    _dates(tree)


def _dates(tree: exp.Expression) -> None:
    """A date is no text, and how days are reckoned with is not simulated."""
    for comparison in tree.find_all(*_COMPARED):
        sides = (comparison.this, comparison.expression)
        if any(_dated(side) for side in sides) and any(isinstance(side, exp.Literal) for side in sides):
            raise _invalid("Search error occurred: a date is compared with a text; use TO_DATE.")
    for reckoned in tree.find_all(exp.Add, exp.Sub):
        if _dated(reckoned.this) or isinstance(reckoned.this, exp.CurrentTimestamp):
            raise _invalid("Reckoning with dates is not simulated.")


def _dated(side: exp.Expression | None) -> bool:
    return isinstance(side, exp.Column) and side.name.lower() in DATES


def _renamed(node: exp.Expression) -> exp.Expression:
    """Records become views, and the clock becomes the account's."""
    if isinstance(node, exp.Table) and node.name.lower() in VIEWS:
        alias = node.alias or node.name
        return exp.alias_(
            exp.to_table(f"`_ql_{node.name.lower()}`", dialect=_Ticked), alias, table=True, dialect=_Ticked
        )
    if isinstance(node, exp.CurrentTimestamp | exp.CurrentDate | exp.Systimestamp):
        return exp.Anonymous(this="NS_NOW")
    if isinstance(node, exp.Anonymous) and node.name.upper() == "ISNULL":
        raise _invalid("Invalid or unsupported search: ISNULL.")
    return node


def _keyed(tree: exp.Query) -> tuple[exp.Query, tuple[str, ...]]:
    """With the terms of its order among its columns. SQLite looks into a view of several parts only where all of them are."""
    order = tree.args.get("order")
    if order is None:
        return _wrapped(tree, exp.Ordered(this=exp.Anonymous(this="RANDOM"))), ()
    if not isinstance(tree, exp.Select) or tree.args.get("distinct"):
        return tree, ()
    keys = []
    for number, term in enumerate(each.this for each in order.expressions):
        if isinstance(term, exp.Column) and not term.table and term.name in tree.named_selects:
            keys.append(term.name)
        else:
            keys.append(f"{_KEY}{number}")
            tree = tree.select(exp.alias_(term.copy(), keys[-1]))
    return tree, tuple(keys)


def _shuffled(rows: list[sqlite3.Row], keys: tuple[str, ...]) -> list[sqlite3.Row]:
    """What an order leaves open is decided anew for every page."""
    if not keys:
        return rows
    found: list[sqlite3.Row] = []
    for _, alike in groupby(rows, key=lambda row: [row[key] for key in keys]):
        tied = list(alike)
        random.shuffle(tied)
        found += tied
    return found


def _wrapped(tree: exp.Query, chance: exp.Ordered) -> exp.Query:
    return exp.select("*").from_(tree.subquery("each_")).order_by(chance)


def _hidden(account: Account) -> frozenset[str]:
    """Tables that the role may not see, or that only another way of taxing has."""
    found = {table for table, permission in PERMISSIONS.items() if permission not in account.role.view}
    return frozenset(found if account.suite_tax else found | {"taxtype"})


def _said(error: str) -> str:
    if error.startswith("no such column: "):
        record, _, field = error.removeprefix("no such column: ").rpartition(".")
        return f"Search error occurred: Field '{field}' for record '{record or 'unknown'}' was not found."
    return f"Search error occurred: {error}."


def _invalid(why: str) -> Refused:
    detail = f"Invalid search query. Detailed unprocessed description follows. {why}"
    return Refused(400, "INVALID_PARAMETER", detail, param="q")
