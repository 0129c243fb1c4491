"""What was held for want of something a version now says runs again: by the transaction that publishes it, and the rest after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.mapping import diffs, entries
from app.mapping.contents import Rules, Tables
from app.mapping.diffs import Entry
from app.mapping.tables import fold
from app.models import rule_holds, unmapped
from app.models.connections import Connection
from app.models.database import Tx
from app.wiring import Core

_AT_A_TIME = 5_000
_DEFAULT = "*"
_FALLS_BACK = "items"
"""A SKU that this table does not name is an item's code itself."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """Entries of a table that are new, or say something else. `keys` None: its default among them, which answers for any."""

    table: str
    keys: frozenset[str] | None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What `version` says otherwise. `rules`: those of the version before that are gone, or not what they were."""

    version: int
    tables: tuple[Said, ...] = ()
    rules: frozenset[str] = frozenset()


def of(table: str, changed: Sequence[Entry], version: int) -> Answer:
    """Of one table. What is gone answers nothing, but where the key itself is as good as an entry."""
    there = [entry for entry in changed if entry.now is not None or table == _FALLS_BACK]
    return Answer(version=version, tables=(_said(table, there),) if there else ())


def between(was: tuple[Tables, Rules], now: tuple[Tables, Rules], version: int) -> Answer:
    """Of everything that differs. What is gone answers where the table has a default, or needs none."""
    tables = [
        _said(name, found)
        for name in sorted({*was[0], *now[0]})
        if (found := _answering(name, was[0], now[0]))
    ]
    changes = diffs.between(({}, was[1]), ({}, now[1])).rules
    return Answer(version=version, tables=tuple(tables), rules=frozenset(_overcome(was[1], changes)))


async def begin(tx: Tx, connection: Connection, answer: Answer) -> int:
    """Makes due what waits for it, thousands at the most; with how many."""
    tenant, count = connection.tenant, 0
    for said in answer.tables:
        if count < _AT_A_TIME:
            count += await unmapped.due(
                tx, tenant=tenant, connection=connection.id, table=said.table,
                keys=None if said.keys is None else sorted(said.keys),
                mapping=answer.version, most=_AT_A_TIME - count,
            )  # fmt: skip
    if answer.rules and count < _AT_A_TIME:
        count += await rule_holds.due(
            tx, tenant=tenant, connection=connection.id, rules=sorted(answer.rules),
            mapping=answer.version, most=_AT_A_TIME - count,
        )  # fmt: skip
    return count


async def go_on(core: Core, connection: Connection, answer: Answer, *, begun: int) -> int:
    """Once that is committed: makes due the rest, and has a worker look; with how many there were in all."""
    count = last = begun
    while last >= _AT_A_TIME:
        async with core.database.tenant(connection.tenant) as tx:
            last = await begin(tx, connection, answer)
        count += last
    await core.queue.poke(connection.tenant, connection.shop)
    return count


def _answering(name: str, was: Tables, now: Tables) -> list[Entry]:
    rows = now.get(name, {})
    falls_back = name == _FALLS_BACK or _DEFAULT in map(fold, rows)
    return [
        entry for entry in entries.between(was.get(name, {}), rows) if falls_back or entry.now is not None
    ]


def _said(table: str, there: Sequence[Entry]) -> Said:
    keys = frozenset(fold(entry.key) for entry in there)
    any_key = any(entry.now is not None and fold(entry.key) == _DEFAULT for entry in there)
    return Said(table=table, keys=None if any_key else keys)


def _overcome(was: Rules, changes: Sequence[diffs.RuleChange]) -> Iterator[str]:
    """Rules that changed, and those that another one for the same field may now come before."""
    targets = {_target(rule) for change in changes for rule in (change.was, change.now)} - {None}
    for change in changes:
        if change.id is not None and change.was is not None and change.kind != "moved":
            yield change.id
    fields = was.get("fields")
    for rule in fields if isinstance(fields, list) else ():
        if isinstance(rule, dict) and _target(rule) in targets:
            yield str(rule.get("id"))


def _target(rule: object) -> str | None:
    """The ERP's field that a field rule fills; a gate fills none."""
    target = rule.get("target") if isinstance(rule, Mapping) else None
    return target if isinstance(target, str) else None
