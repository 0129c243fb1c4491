"""What was held for want of an entry runs again once it is there: by the transaction that publishes it, and the rest after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.mapping.diffs import Entry
from app.mapping.tables import fold
from app.models import unmapped
from app.models.connections import Connection
from app.models.database import Tx
from app.wiring import Core

_AT_A_TIME = 5_000
_DEFAULT = "*"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Entries of a table that `version` has. `keys` None: its default among them, which answers for any key."""

    table: str
    keys: frozenset[str] | None
    version: int


def of(table: str, changed: Sequence[Entry], version: int) -> Answer:
    """What is gone answers nothing."""
    keys = frozenset(fold(entry.key) for entry in changed if entry.now is not None)
    return Answer(table=table, keys=None if _DEFAULT in keys else keys, version=version)


async def begin(tx: Tx, connection: Connection, answer: Answer) -> int:
    """Makes due what waits for it, thousands at the most; with how many."""
    return await unmapped.due(
        tx,
        tenant=connection.tenant,
        connection=connection.id,
        table=answer.table,
        keys=None if answer.keys is None else sorted(answer.keys),
        mapping=answer.version,
        most=_AT_A_TIME,
    )


async def go_on(core: Core, connection: Connection, answer: Answer, *, begun: int) -> int:
    """Once that is committed: makes due the rest, and has a worker look; with how many there were in all."""
    count = last = begun
    while last:
        async with core.database.tenant(connection.tenant) as tx:
            last = await begin(tx, connection, answer)
        count += last
    await core.queue.poke(connection.tenant, connection.shop)
    return count
