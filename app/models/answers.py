"""What was said that held records wait for: which of them are due by it, and what is kept of it until all of them are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import orjson

from app.models import demand, mapping_versions, rates, rule_holds, schedules, unmapped
from app.models.database import Tx

AT_A_TIME = 5_000
"""Records made due in one transaction."""
_PATIENCE = timedelta(seconds=30)
"""Whoever said it goes on by themselves; after so long a worker takes it that they died."""
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


async def due(tx: Tx, *, tenant: UUID, connection: UUID, answer: Answer) -> int:
    """Makes due what waits for it, AT_A_TIME at the most; with how many. Fewer: that was all.

    What waits for an entry or a rule is decided by the mapping in force now, which may be a later one than said it.
    """
    count, number = 0, await mapping_versions.in_force(tx, tenant=tenant, connection=connection)
    for said in answer.tables:
        if count < AT_A_TIME:
            count += await unmapped.due(
                tx, tenant=tenant, connection=connection, table=said.table,
                keys=None if said.keys is None else sorted(said.keys),
                mapping=number, most=AT_A_TIME - count,
            )  # fmt: skip
    if answer.rules and count < AT_A_TIME:
        count += await rule_holds.due(
            tx, tenant=tenant, connection=connection, rules=sorted(answer.rules),
            mapping=number, most=AT_A_TIME - count,
        )  # fmt: skip
    if answer.ruled and count < AT_A_TIME:
        count += await rule_holds.refused(
            tx, tenant=tenant, connection=connection, mapping=number, most=AT_A_TIME - count
        )
    if answer.codes and count < AT_A_TIME:
        count += await rates.run_again(
            tx, tenant=tenant, connection=connection, codes=sorted(answer.codes), most=AT_A_TIME - count
        )
    if answer.left_out and count < AT_A_TIME:
        count += await demand.again_for(
            tx, tenant=tenant, connection=connection, codes=sorted(answer.left_out), most=AT_A_TIME - count
        )
    return count


async def keep(tx: Tx, *, tenant: UUID, connection: UUID, answer: Answer) -> UUID:
    """In the transaction that says it: a worker carries it on unless it is dropped in time."""
    made = await tx.value(
        "INSERT INTO answer (tenant_id, connection_id, said) VALUES ($1, $2, $3::jsonb) RETURNING id",
        tenant,
        connection,
        _stored(answer),
    )
    await schedules.wake(tx, tenant=tenant, connection=connection, flow=schedules.ANSWERS, after=_PATIENCE)
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
