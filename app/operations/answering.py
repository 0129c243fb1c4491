"""What was held for want of something a version now says runs again: by the transaction that publishes it, and the rest after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.mapping import diffs, entries
from app.mapping.contents import Rules, Tables
from app.mapping.diffs import Entry
from app.mapping.tables import fold
from app.models import answers, schedules
from app.models.answers import Answer, Due, Said
from app.models.connections import Connection
from app.models.database import Tx
from app.wiring import Core

_DEFAULT = "*"
_FALLS_BACK = "items"
"""A SKU that this table does not name is an item's code itself."""
_FIELDS = "fields"
"""The section of rules that give the ERP codes."""


@dataclass(frozen=True, kw_only=True)
class Begun:
    """An answer and what its transaction made due; `kept`: there may be more, and it is on file."""

    answer: Answer
    done: Due
    kept: UUID | None = None

    @property
    def count(self) -> int:
        return self.done.count


def of(table: str, changed: Sequence[Entry]) -> Answer:
    """Of one table. What is gone answers nothing, but where the key itself is as good as an entry."""
    there = [entry for entry in changed if entry.now is not None or table == _FALLS_BACK]
    return Answer(tables=(_said(table, there),) if there else ())


def between(was: tuple[Tables, Rules], now: tuple[Tables, Rules]) -> Answer:
    """Of everything that differs. What is gone answers where the table has a default, or needs none."""
    tables = [
        _said(name, found)
        for name in sorted({*was[0], *now[0]})
        if (found := _answering(name, was[0], now[0]))
    ]
    changes = diffs.between(({}, was[1]), ({}, now[1])).rules
    ruled = any(change.section == _FIELDS for change in changes)
    return Answer(tables=tuple(tables), rules=frozenset(_overcome(was[1], changes)), ruled=ruled)


async def begin(tx: Tx, connection: Connection, answer: Answer) -> Begun:
    """Makes due what waits for it, thousands at the most; where there may be more it is kept until that is due as well."""
    done = await answers.due(tx, tenant=connection.tenant, connection=connection.id, answer=answer)
    if done.all:
        return Begun(answer=answer, done=done)
    kept = await answers.keep(tx, tenant=connection.tenant, connection=connection.id, answer=answer)
    return Begun(answer=answer, done=done, kept=kept)


async def leave(tx: Tx, connection: Connection, answer: Answer) -> None:
    """As `begin`, where nobody goes on: a worker takes what is left at once."""
    if (await begin(tx, connection, answer)).kept is not None:
        await schedules.wake(tx, tenant=connection.tenant, connection=connection.id, flow=schedules.ANSWERS)


async def go_on(core: Core, connection: Connection, begun: Begun) -> int:
    """Once that is committed: makes due the rest, and has a worker look; with how many there were in all.

    Should this process die meanwhile, or find some locked, a worker makes due what is left (`app/sync/answering.py`).
    """
    tenant, done, count = connection.tenant, begun.done, begun.count
    while begun.kept is not None and done.more:
        async with core.database.tenant(tenant) as tx:
            done = await answers.due(tx, tenant=tenant, connection=connection.id, answer=begun.answer)
            if done.all:
                await answers.drop(tx, tenant=tenant, answer=begun.kept)
        count += done.count
    await core.queue.poke(tenant, connection.shop)
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
    fields = was.get(_FIELDS)
    for rule in fields if isinstance(fields, list) else ():
        if isinstance(rule, dict) and _target(rule) in targets:
            yield str(rule.get("id"))


def _target(rule: object) -> str | None:
    """The ERP's field that a field rule fills; a gate fills none."""
    target = rule.get("target") if isinstance(rule, Mapping) else None
    return target if isinstance(target, str) else None
