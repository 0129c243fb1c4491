"""What each view of the page begins by asking, and with which variables: answered along with its document.

What is missing here costs the page a question; what the page asks otherwise costs an answer that nobody takes:
`tests/browser/test_views.py` opens every view without its answers and sees that it asks for each of them.
Nothing is named here that a store or an ERP is asked for: the document would wait for them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.domain.access import Permission
from app.graphql.ids import Kind, gid
from app.graphql.overview import OrderState

Variables = Mapping[str, object]
Told = Mapping[str, Mapping[str, Any]]
"""The data of what was answered so far, by the document's name."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """An address of the page: which of `pages.VIEWS` it shows, what its path names, and the words behind it."""

    view: str
    path: Mapping[str, str]
    query: Mapping[str, str]


@dataclass(frozen=True)
class Question:
    """`variables` answers with None where they can't be known ahead: the page asks by itself then. `needs`: the page asks it for
    nobody who lacks this.
    """

    name: str
    variables: Callable[[Opened, Told], Variables | None] = lambda opened, told: {}
    needs: Permission | None = None


def questions(opened: Opened) -> tuple[Question, ...]:
    """In the order in which they are to be answered: a later one may need what an earlier one told."""
    return (_VIEWER, *_OF_VIEW.get(opened.view, ()))


def _named(kind: Kind, **more: object) -> Callable[[Opened, Told], Variables]:
    return lambda opened, told: {"id": gid(kind, opened.path["id"]), **more}


def _with(**same: object) -> Callable[[Opened, Told], Variables]:
    return lambda opened, told: same


def _after(name: str, **same: object) -> Callable[[Opened, Told], Variables | None]:
    """Asked where that one was answered."""
    return lambda opened, told: same if name in told else None


def _of_connection(**more: object) -> Callable[[Opened, Told], Variables | None]:
    """Of the one that the address names, else the first, as `frontend/src/components/connected.tsx` has it."""

    def variables(opened: Opened, told: Told) -> Variables | None:
        found = _ids(told, "Connections")
        named = gid(Kind.CONNECTION, opened.query.get("connection", ""))
        return {"connection": named if named in found else found[0], **more} if found else None

    return variables


def _ids(told: Told, name: str) -> list[str]:
    return [each["id"] for each in told.get(name, {}).get("connections", ())]


def _being_set_up(opened: Opened, told: Told) -> Variables | None:
    """The one that the address names, else the first that is not live, else the first, as `pages/setup.tsx` has it."""
    if "ConnectForm" not in told:
        return None
    found, named = _ids(told, "ConnectForm"), opened.query.get("connection", "")
    if named == "new" or not found:
        return {"connection": None}
    waiting = [each["id"] for each in told["ConnectForm"]["connections"] if each["state"] == "SETUP"]
    wanted = gid(Kind.CONNECTION, named)
    return {"connection": wanted if wanted in found else (waiting or found)[0]}


def _lacking(name: str, *, first: int) -> Callable[[Opened, Told], Variables | None]:
    """Where something is held: what is unmapped of the first connection that this answer tells of."""

    def variables(_: Opened, told: Told) -> Variables | None:
        overview = told.get(name, {}).get("overview", {})
        found = [each["id"] for each in overview.get("connections", ())]
        return {"connection": found[0], "first": first} if found and overview.get("problems") else None

    return variables


def _browsed(opened: Opened, _: Told) -> Variables | None:
    """Orders as they are browsed, of one state at the most: what is sought otherwise the page knows best."""
    state = opened.query.get("state")
    if any(opened.query.get(name) for name in _SOUGHT) or (state and state not in _STATES):
        return None
    nothing = dict.fromkeys(("words", "code", "connection", "shop", "since"))
    sought = {**nothing, "kinds": ["ORDER"], "states": [state] if state else None}
    return {"filter": sought, "after": None, "sort": "NEWEST"}


def _everywhere(opened: Opened, _: Told) -> Variables | None:
    sought = opened.query.get("connection") or opened.query.get("of")
    return None if sought else {"connection": None, "shop": None}


def _version(opened: Opened, told: Told) -> Variables | None:
    number = opened.path["number"]
    found = _of_connection()(opened, told)
    return {**found, "number": int(number)} if found and re.fullmatch("[0-9]{1,9}", number) else None


def _changes(opened: Opened, told: Told) -> Variables | None:
    was, now = opened.query.get("was"), opened.query.get("now")
    found = _of_connection()(opened, told)
    return {**found, "was": was, "now": now} if found and was and now else None


def _table(opened: Opened, told: Told) -> Variables | None:
    found = _of_connection()(opened, told)
    return {**found, "table": opened.path["name"]} if found else None


def _mapping(*more: Question) -> tuple[Question, ...]:
    return (_CONNECTIONS, Question("MappingStanding", _of_connection()), *more)


_SOUGHT: Final = ("kind", "code", "connection", "of", "days", "sort")
_STATES: Final = frozenset(OrderState.__members__)
_VIEWER: Final = Question("Viewer")
_CONNECTIONS: Final = Question("Connections")
_FLOWS: Final = Question("FlowTable", _of_connection())
_PAGE: Final = _with(after=None)
_RECORD: Final = (_CONNECTIONS, Question("Record", _named(Kind.RECORD)))
_VERSIONS: Final = Question("MappingVersions", _of_connection(first=100))
_UNMAPPED: Final = Question("Unmapped", _of_connection(first=100))
_LOG: Final = _with(after=None, actor=None, action=None, since=None, until=None)
_STOCK: Final = _of_connection(query=None, sort="SKU", after=None)
_RUNS: Final = _of_connection(flow=None, states=None, after=None, sort="NEWEST")
_OF_VIEW: Final[Mapping[str, Iterable[Question]]] = {
    "overview": (Question("Overview"), Question("Unmapped", _lacking("Overview", first=20))),
    "connect": (Question("ConnectForm"),),
    "setup": (Question("ConnectForm"), Question("Setup", _being_set_up)),
    "orders": (_CONNECTIONS, Question("Records", _browsed)),
    "record": _RECORD,
    "buyer": (_CONNECTIONS,),
    "problems": (
        _CONNECTIONS,
        Question("Problems", _everywhere),
        Question("Unmapped", _lacking("Problems", first=100)),
    ),
    "stock": (_CONNECTIONS, Question("Stock", _STOCK)),
    "runs": (_CONNECTIONS, _FLOWS, Question("Runs", _RUNS)),
    "run": (_CONNECTIONS, Question("Run", _named(Kind.RUN))),
    "reports/reports": (_CONNECTIONS, Question("Comparisons", _of_connection(after=None))),
    "reports/products": (_CONNECTIONS, Question("SkuAudit", _of_connection(after=None))),
    "reports/report": (_CONNECTIONS,),
    "mapping/rules": _mapping(Question("RuleBook", _of_connection())),
    "mapping/versions": _mapping(_VERSIONS, Question("MappingVersions", _of_connection(after=None))),
    "mapping/version": _mapping(Question("MappingVersion", _version)),
    "mapping/changes": _mapping(_VERSIONS, Question("MappingChanges", _changes)),
    "mapping/preview": _mapping(_VERSIONS),
    "mapping/what_if": _mapping(Question("WhatIfs", _of_connection())),
    "mapping/what_if_run": _mapping(),
    "mapping/rates": _mapping(Question("Rates", _of_connection(after=None))),
    "mapping/tables": _mapping(Question("Tables", _of_connection()), _UNMAPPED),
    "mapping/table": _mapping(Question("Table", _table), _UNMAPPED),
    "settings/home": (Question("SettingsHome"), Question("AlertCount")),
    "settings/connections": (Question("SettingsConnections"),),
    "settings/flows": (_CONNECTIONS, _FLOWS),
    "settings/alerts": (Question("Alerts"), Question("Told", _after("Alerts", after=None))),
    "settings/shops": (Question("Shops"),),
    "settings/privacy": (Question("Privacy", _PAGE),),
    "settings/audit": (
        Question("AuditChoices", needs=Permission.READ_AUDIT),
        Question("AuditLog", _LOG, needs=Permission.READ_AUDIT),
    ),
    "settings/team": (Question("Team", _PAGE), Question("Permissions")),
    "settings/tokens": (Question("ApiTokens", _PAGE, needs=Permission.MANAGE_TOKENS),),
    "help": (Question("Help"),),
}
