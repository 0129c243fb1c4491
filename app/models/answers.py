"""What was said that held records wait for: which of them are due by it, and what is kept of it until all of them are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import orjson

from app.models import anew, demand, mapping_versions, rates, rule_holds, schedules, unmapped
from app.models.anew import Pending
from app.models.database import Tx

AT_A_TIME = 5_000
"""Records made due in one transaction."""
PATIENCE = timedelta(seconds=30)
"""Whoever said it goes on by themselves; after so long a worker takes it that they died, or looks again at what was locked."""
_MOST = 100


@dataclass(frozen=True, kw_only=True)
class Said:
    """Entries of a table that are new, or say something else. `keys` None: its default among them, which answers for any."""

    table: str
    keys: frozenset[str] | None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a mapping version says otherwise. `rules`: those of the version before that are gone, or not what they were.

    `codes`: what is held for these reasons is decided anew as well, each under its own version. `left_out`: and what was left
    out for these, which nobody asked for. `ruled`: its field rules say something else, so codes that the ERP refused may be
    others now.
    """

    tables: tuple[Said, ...] = ()
    rules: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()
    ruled: bool = False


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One that may not have been carried out whole."""

    id: UUID
    answer: Answer


@dataclass(frozen=True, kw_only=True)
class Due:
    """How many were made due. `more`: a part was full, and there may be more; `locked`: somebody else is at the rest just now."""

    count: int
    more: bool = False
    locked: bool = False

    @property
    def all(self) -> bool:
        return not (self.more or self.locked)


async def due(tx: Tx, *, tenant: UUID, connection: UUID, answer: Answer) -> Due:
    """Makes due what waits for it, AT_A_TIME at the most.

    What waits for an entry or a rule is decided by the mapping in force now, which may be a later one than said it.
    """
    number = await mapping_versions.in_force(tx, tenant=tenant, connection=connection)
    count, waiting = 0, tuple(_waiting(answer, number))
    for each in waiting:
        if count < AT_A_TIME:
            count += await anew.due(
                tx, tenant=tenant, connection=connection, waiting=each, most=AT_A_TIME - count
            )
    if count >= AT_A_TIME:
        return Due(count=count, more=True)
    # A record that is locked was passed over: for its mark, say, which makes it no more due than it was.
    for each in waiting:
        if await anew.some(tx, tenant=tenant, connection=connection, waiting=each):
            return Due(count=count, locked=True)
    return Due(count=count)


def _waiting(answer: Answer, number: int) -> Iterator[Pending]:
    for said in answer.tables:
        keys = None if said.keys is None else sorted(said.keys)
        yield unmapped.waiting(said.table, keys, mapping=number)
    if answer.rules:
        yield rule_holds.waiting(sorted(answer.rules), mapping=number)
    if answer.ruled:
        yield rule_holds.refused(mapping=number)
    if answer.codes:
        yield rates.waiting(sorted(answer.codes))
    if answer.left_out:
        yield demand.left_out(sorted(answer.left_out))


async def keep(tx: Tx, *, tenant: UUID, connection: UUID, answer: Answer) -> UUID:
    """In the transaction that says it: a worker carries it on unless it is dropped in time."""
    made = await tx.value(
        "INSERT INTO answer (tenant_id, connection_id, said) VALUES ($1, $2, $3::jsonb) RETURNING id",
        tenant,
        connection,
        _stored(answer),
    )
    await schedules.wake(tx, tenant=tenant, connection=connection, flow=schedules.ANSWERS, after=PATIENCE)
    return cast(UUID, made)


async def kept(tx: Tx, *, tenant: UUID, connection: UUID) -> list[Kept]:
    """The oldest first: what a later one says is decided last."""
    rows = await tx.rows(
        "SELECT id, said FROM answer WHERE tenant_id = $1 AND connection_id = $2 ORDER BY made_at, id LIMIT $3",
        tenant,
        connection,
        _MOST,
    )
    return [Kept(id=row["id"], answer=_read(orjson.loads(row["said"]))) for row in rows]


async def drop(tx: Tx, *, tenant: UUID, answer: UUID) -> None:
    """It was carried out whole."""
    await tx.run("DELETE FROM answer WHERE tenant_id = $1 AND id = $2", tenant, answer)


def _stored(answer: Answer) -> str:
    tables = [
        {"table": said.table, "keys": None if said.keys is None else sorted(said.keys)}
        for said in answer.tables
    ]
    told = {
        "tables": tables,
        "rules": sorted(answer.rules),
        "codes": sorted(answer.codes),
        "left_out": sorted(answer.left_out),
        "ruled": answer.ruled,
    }
    return orjson.dumps(told).decode()


def _read(said: Mapping[str, Any]) -> Answer:
    return Answer(
        tables=tuple(
            Said(table=each["table"], keys=None if each["keys"] is None else frozenset(each["keys"]))
            for each in said["tables"]
        ),
        rules=frozenset(said["rules"]),
        codes=frozenset(said["codes"]),
        left_out=frozenset(said.get("left_out", ())),
        ruled=bool(said.get("ruled")),
    )
