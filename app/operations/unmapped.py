"""The answer to what held records lack: one entry more in the mapping, and everything that waits for exactly it runs again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.errors import Refused
from app.mapping import tables as mapping_tables
from app.mapping.contents import Tables
from app.mapping.diffs import Entry
from app.mapping.entries import merged
from app.models.callers import audited
from app.models.connections import Connection
from app.operations import answering, mappings
from app.wiring import Core


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
        answer = answering.of(table, [Entry(key=value, was=None, now=code)])
        begun = await answering.begin(tx, connection, answer)
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
                "records": str(begun.count),
            },
        )
    records = await answering.go_on(core, connection, begun)
    return Mapped(version=number, records=records)


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
