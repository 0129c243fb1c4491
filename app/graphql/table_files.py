"""Look-up tables as files: one table out as CSV, and in again in two steps, checked and then confirmed."""

from __future__ import annotations

import strawberry

from app.errors import StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.context import Info, Needs
from app.mapping.diffs import Entry
from app.models.mapping_versions import DRAFT
from app.operations import table_files
from app.operations.table_files import Checked, File

_SHOWN = 200


@strawberry.type(description="A look-up table as a file.")
class TableExport:
    csv: str | None = strawberry.field(
        description="CSV with the columns key and value; null when nothing can be said."
    )
    user_errors: list[UserError] = strawberry.field(description="Why there is none; else empty.")


@strawberry.input(description="A file for a look-up table.")
class TableImportInput:
    table: str = strawberry.field(description="Which table; a free one begins with `free:`.")
    csv: str = strawberry.field(
        description="CSV with the columns key and value, separated by comma, semicolon or tab."
    )
    merge: bool = strawberry.field(
        default=False,
        description="Whether what the file does not name stays; else the file is the whole table.",
    )


@strawberry.type(description="What is wrong with a line of a file.")
class TableFault:
    line: int = strawberry.field(description="The line, from 1.")
    sentence: str = strawberry.field(description="What is wrong, for a person.")


@strawberry.type(description="What an import would do to one entry.")
class TableChange:
    key: str = strawberry.field(description="The entry.")
    was: str | None = strawberry.field(description="What it says now; null: it is not there.")
    now: str | None = strawberry.field(description="What it would say; null: it would be gone.")

    @classmethod
    def of(cls, entry: Entry) -> TableChange:
        return cls(key=entry.key, was=entry.was, now=entry.now)


@strawberry.type(description="What a file says, and what it would change. Nothing was changed.")
class TableImportCheckPayload:
    token: str | None = strawberry.field(
        description="What `tableImportConfirm` has to be given; null where something is wrong."
    )
    rows: int = strawberry.field(description="How many entries the file has.")
    faults: list[TableFault] = strawberry.field(description="Every line that is wrong, with why.")
    added: int = strawberry.field(description="How many entries would be new.")
    changed: int = strawberry.field(description="How many would say something else.")
    removed: int = strawberry.field(description="How many would be gone.")
    changes: list[TableChange] = strawberry.field(description="The first 200 of them, by key.")
    into_draft: bool = strawberry.field(description="Whether there is a draft that it would go into.")
    codes_known: bool = strawberry.field(
        description="Whether the ERP told which codes there are; else none was checked."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing can be said; else empty.")


@strawberry.type(description="What became of an import.")
class TableImportConfirmPayload:
    version: int | None = strawberry.field(
        description="The version that was put in force; null: it went into the draft, or nothing was done."
    )
    into_draft: bool = strawberry.field(description="Whether it went into the draft.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type
class TableFileQuery:
    @strawberry.field(
        description="A look-up table as CSV, of the version of this number, of `current` or of `draft`.",
        extensions=[Needs(Scope.READ_RECORDS)],
    )
    async def table_export(
        self, info: Info, connection: strawberry.ID, table: str, version: str = "current"
    ) -> TableExport:
        context = info.context
        try:
            found = await context.connection(connection)
            csv = await table_files.exported(context.core, found, table, which=version)
        except StockbridgeError as error:
            return TableExport(csv=None, user_errors=user_errors(error, *_about(error)))
        return TableExport(csv=csv, user_errors=[])


@strawberry.type
class TableFileMutation:
    @strawberry.mutation(
        description="Says of each line of a file what is wrong with it, and what importing it would change. Changes nothing.",
        extensions=[Needs(Scope.WRITE_MAPPINGS)],
    )
    async def table_import_check(
        self, info: Info, connection: strawberry.ID, input: TableImportInput
    ) -> TableImportCheckPayload:
        context = info.context
        try:
            checked = await table_files.check(
                context.core, await context.connection(connection), _file(input)
            )
        except StockbridgeError as error:
            return _checked(_NOTHING, user_errors(error, *_about(error)))
        return _checked(checked, [])

    @strawberry.mutation(
        description="Imports exactly what was checked: into the draft where there was one, else, if `publish` says so, as a new"
        " version. Where the mapping is another one by now, nothing is done.",
        extensions=[Needs(Scope.WRITE_MAPPINGS)],
    )
    async def table_import_confirm(
        self,
        info: Info,
        connection: strawberry.ID,
        input: TableImportInput,
        token: str,
        publish: bool = False,
    ) -> TableImportConfirmPayload:
        context = info.context
        try:
            found = await context.connection(connection)
            number = await table_files.confirm(
                context.core, found, _file(input), token=token, publish=publish, by=context.caller.actor
            )
        except StockbridgeError as error:
            why = user_errors(error, *_about(error))
            return TableImportConfirmPayload(version=None, into_draft=False, user_errors=why)
        return TableImportConfirmPayload(version=number or None, into_draft=number == DRAFT, user_errors=[])


_NOTHING = Checked(token=None, rows=0, faults=(), changes=(), into_draft=False, codes_known=False)


def _file(input: TableImportInput) -> File:
    return File(table=input.table, text=input.csv, merge=input.merge)


def _checked(found: Checked, why: list[UserError]) -> TableImportCheckPayload:
    added = sum(each.was is None for each in found.changes)
    removed = sum(each.now is None for each in found.changes)
    return TableImportCheckPayload(
        token=found.token,
        rows=found.rows,
        faults=[TableFault(line=each.line, sentence=each.sentence) for each in found.faults],
        added=added,
        changed=len(found.changes) - added - removed,
        removed=removed,
        changes=[TableChange.of(each) for each in found.changes[:_SHOWN]],
        into_draft=found.into_draft,
        codes_known=found.codes_known,
        user_errors=why,
    )


def _about(error: StockbridgeError) -> list[str]:
    abouts = {
        "connection.unknown": ["connection"],
        "mapping.no_table": ["input", "table"],
        "mapping.unknown": ["version"],
        "mapping.no_draft": ["version"],
        "table.not_checked": ["token"],
        "table.overtaken": ["token"],
        "table.no_draft": ["publish"],
    }
    return abouts.get(error.code, ["input", "csv"])
