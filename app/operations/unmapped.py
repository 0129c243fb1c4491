"""The answer to what held records lack: one entry more in the mapping, and everything that waits for exactly it runs again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.errors import Refused
from app.mapping import tables as mapping_tables
from app.mapping.contents import Tables
from app.mapping.entries import merged
from app.models import unmapped
from app.models.callers import audited
from app.models.connections import Connection
from app.models.database import Tx
from app.operations import mappings
from app.wiring import Core

_AT_A_TIME = 5_000


@dataclass(frozen=True, kw_only=True)
class Mapped:
    """`version`: the one in force now. `records`: how many are decided anew by it."""

    version: int
    records: int


async def map_value(
    core: Core, connection: Connection, *, table: str, value: str, code: str, by: str
) -> Mapped:
    """Publishes the entry, in the draft as well, and has its records run, all in one transaction unless they are thousands.

    The same word twice publishes nothing more, and has run again what was held for it since.
    """
    entry = _entry(table, value, code)
    async with core.database.tenant(connection.tenant) as tx:
        number = await mappings.alter(
            tx, connection, lambda tables: _with(tables, table, entry), note=_note(table, value), by=by
        )
        count = await _due(tx, connection, table, value, number)
        await audited(
            tx,
            tenant=connection.tenant,
            actor=by,
            action="mapping.map",
            subject=str(connection.id),
            facts={
                "table": table,
                "value": value,
                "code": code,
                "version": str(number),
                "records": str(count),
            },
        )
    last = count
    while last == _AT_A_TIME:
        async with core.database.tenant(connection.tenant) as tx:
            last = await _due(tx, connection, table, value, number)
        count += last
    await core.queue.poke(connection.tenant, connection.shop)
    return Mapped(version=number, records=count)


async def _due(tx: Tx, connection: Connection, table: str, value: str, number: int) -> int:
    return await unmapped.due(
        tx,
        tenant=connection.tenant,
        connection=connection.id,
        table=table,
        key=mapping_tables.fold(value),
        mapping=number,
        most=_AT_A_TIME,
    )


def _entry(table: str, value: str, code: str) -> dict[str, str]:
    if not mapping_tables.known(table):
        raise Refused("mapping.no_table", f"There is no look-up table “{table[:60]}”.")
    if not value.strip() or not code.strip():
        raise Refused("mapping.malformed", "Say what the store says, and what the ERP is to be told.")
    return {value.strip(): code.strip()}


def _with(tables: Tables, table: str, entry: Mapping[str, str]) -> Tables:
    """A table whose entry says that already is left as it is spelled."""
    old = tables.get(table, {})
    made = merged(old, entry)
    return tables if made == old else {**tables, table: made}


def _note(table: str, value: str) -> str:
    return f"{table}: {value.strip()}"[:200]
