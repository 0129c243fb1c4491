"""One look-up table out of the mapping as CSV, and into it in two steps: checked, which changes nothing, and then confirmed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from app.errors import Refused
from app.mapping import entries, table_csv
from app.mapping import tables as mapping_tables
from app.mapping.contents import Tables
from app.mapping.csv_rows import Fault
from app.mapping.diffs import Entry
from app.models import mapping_versions
from app.models.callers import audited
from app.models.connections import Connection
from app.models.database import Tx
from app.models.mapping_versions import DRAFT, Version
from app.operations import answering, host_choices, mappings
from app.wiring import Core


@dataclass(frozen=True, kw_only=True)
class File:
    """`merge`: what the file does not name stays; else the file is the whole table."""

    table: str
    text: str
    merge: bool = False


@dataclass(frozen=True, kw_only=True)
class Checked:
    """`token`: what a confirmation has to name; None: something is wrong. `into_draft`: it goes into the draft there is."""

    token: str | None
    rows: int
    faults: tuple[Fault, ...]
    changes: tuple[Entry, ...]
    into_draft: bool
    codes_known: bool


async def exported(core: Core, connection: Connection, table: str, *, which: str) -> str:
    """The table of a version as CSV; raises Refused for a version or a table that is not there."""
    _known(table)
    version = await mappings.named(core, connection, which)
    return table_csv.written(version.tables.get(table, {}))


async def check(core: Core, connection: Connection, file: File) -> Checked:
    """What is wrong with each line, and what would change; nothing does."""
    _known(file.table)
    allowed = await host_choices.codes(core, connection, file.table)
    sheet = table_csv.read(file.text, allowed=allowed)
    async with core.database.tenant(connection.tenant) as tx:
        now = await _target(tx, connection)
    old = now.tables.get(file.table, {}) if now else {}
    return Checked(
        token=None if sheet.faults else _token(file, _place(now)),
        rows=len(sheet.rows),
        faults=tuple(sorted(sheet.faults, key=lambda fault: fault.line)),
        changes=() if sheet.faults else tuple(entries.between(old, _made(file, old, sheet.rows))),
        into_draft=now is not None and now.head.number == DRAFT,
        codes_known=allowed is not None,
    )


async def confirm(
    core: Core, connection: Connection, file: File, *, token: str, publish: bool = False, by: str
) -> int:
    """Exactly what was checked, into what it was checked against: the version it is in, DRAFT for the draft.

    Raises Refused where the file, or the mapping, is another one by now.
    """
    place = token.partition(".")[0]
    if token != _token(file, place):
        raise Refused("table.not_checked", "This is not the file that was checked. Check it first.")
    sheet = table_csv.read(file.text)
    _known(file.table)
    if sheet.faults:
        raise Refused("table.faulty", "The file has lines that are wrong. Check it first.")
    if place.isdigit():
        return await _published(core, connection, file, sheet.rows, int(place), publish=publish, by=by)
    draft = await mappings.draft(core, connection)
    if draft is None or _place(draft) != place:
        raise _overtaken()
    made = _made(file, draft.tables.get(file.table, {}), sheet.rows)
    await mappings.save(core, connection, revision=draft.head.revision, tables={file.table: made}, by=by)
    return DRAFT


async def _published(
    core: Core, connection: Connection, file: File, rows: Mapping[str, str], seen: int, *, publish: bool, by: str
) -> int:  # fmt: skip
    if not publish:
        raise Refused("table.no_draft", "There is no draft. Begin one, or say that it is to be published.")

    told: list[list[Entry]] = []

    def change(tables: Tables) -> Tables:
        old = tables.get(file.table, {})
        made = _made(file, old, rows)
        changed = entries.between(old, made)
        told.append(changed)
        return {**tables, file.table: made} if changed else tables

    async with core.database.tenant(connection.tenant) as tx:
        await mapping_versions.lock(tx, tenant=connection.tenant, connection=connection.id)
        if _place(await _target(tx, connection)) != str(seen):
            raise _overtaken()
        note = f"{file.table}: {len(rows)} rows from a file"
        number = await mappings.alter(tx, connection, change, note=note, by=by)
        await audited(
            tx,
            tenant=connection.tenant,
            actor=by,
            action="mapping.import",
            subject=str(connection.id),
            facts={"table": file.table, "rows": str(len(rows)), "version": str(number)},
        )
        begun = await answering.begin(tx, connection, answering.of(file.table, told[0]))
    await answering.go_on(core, connection, begun)
    return number


async def _target(tx: Tx, connection: Connection) -> Version | None:
    """What an import goes into: the draft, else the version in force."""
    tenant = connection.tenant
    draft = await mapping_versions.one(tx, tenant=tenant, connection=connection.id, number=DRAFT)
    return draft or await mapping_versions.published(tx, tenant=tenant, connection=connection.id)


def _place(version: Version | None) -> str:
    if version is None:
        return "0"
    head = version.head
    return str(head.number) if head.number != DRAFT else f"r{head.revision.hex}"


def _token(file: File, place: str) -> str:
    told = f"{file.table}\0{file.merge}\0{file.text}".encode("utf-8", "surrogatepass")
    return f"{place}.{hashlib.sha256(told).hexdigest()}"


def _made(file: File, old: Mapping[str, str], rows: Mapping[str, str]) -> dict[str, str]:
    return entries.merged(old, rows) if file.merge else dict(rows)


def _known(table: str) -> None:
    if not mapping_tables.known(table):
        raise Refused("mapping.no_table", f"There is no look-up table “{table[:60]}”.")


def _overtaken() -> Refused:
    return Refused("table.overtaken", "The mapping was changed since the file was checked. Check it again.")
