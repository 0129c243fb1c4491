"""Look-up tables as they are worked on: the draft's where there is one, else those in force; and what an ERP takes in them."""

from __future__ import annotations

from collections.abc import Mapping

import strawberry

from app.graphql.caller import Scope
from app.graphql.connections import NamedValue
from app.graphql.context import Info, Needs
from app.mapping.tables import NAMES
from app.models import mapping_versions
from app.models.mapping_versions import DRAFT, Version
from app.operations import host_choices

_MOST_CHOICES = 1_000


@strawberry.type(description="A look-up table as it is worked on.")
class MappingTable:
    name: str = strawberry.field(description="Which table; a free one begins with `free:`.")
    count: int = strawberry.field(description="How many rows it has.")
    changed: bool = strawberry.field(description="Whether the draft has it otherwise than what is in force.")
    found: strawberry.Private[Mapping[str, str]]

    @strawberry.field(description="Its rows by key, the default `*` first.")
    def rows(self) -> list[NamedValue]:
        ordered = sorted(self.found.items(), key=lambda row: (row[0] != "*", row[0].casefold(), row[0]))
        return [NamedValue(name=key, value=value) for key, value in ordered]


@strawberry.type(description="A connection's look-up tables as they are worked on.")
class MappingTables:
    revision: strawberry.ID | None = strawberry.field(
        description="The draft's, whose tables these are; null where there is none: these are in force."
    )
    tables: list[MappingTable] = strawberry.field(
        description="Those that were asked for, else every table there is, ours first."
    )


@strawberry.type(description="A code that an ERP takes in a look-up table.")
class TableChoice:
    code: str = strawberry.field(description="What it is told.")
    label: str = strawberry.field(description="What it calls it.")


@strawberry.type
class MappingTableQuery:
    @strawberry.field(
        description="Look-up tables as they are worked on: the draft's where there is one, else those in force. Null where the"
        " connection is not there.",
        extensions=[Needs(Scope.READ_RECORDS)],
    )
    async def mapping_tables(
        self, info: Info, connection: strawberry.ID, names: list[str] | None = None
    ) -> MappingTables | None:
        context = info.context
        found = await context.found(connection)
        if found is None:
            return None
        async with context.core.database.tenant(context.tenant) as tx:
            at = {"tenant": found.tenant, "connection": found.id}
            draft = await mapping_versions.one(tx, **at, number=DRAFT)
            current = await mapping_versions.published(tx, **at)
        return _shown(draft, current, names)

    @strawberry.field(
        description="The codes that the ERP takes in a look-up table, at most 1,000; null where it lists none, or does not"
        " answer: then any may be entered.",
        extensions=[Needs(Scope.READ_RECORDS)],
    )
    async def table_choices(
        self, info: Info, connection: strawberry.ID, table: str
    ) -> list[TableChoice] | None:
        found = await info.context.found(connection)
        listed = await host_choices.choices(info.context.core, found, table) if found else None
        if listed is None:
            return None
        return [TableChoice(code=each.code, label=each.label) for each in listed[:_MOST_CHOICES]]


def _shown(draft: Version | None, current: Version | None, names: list[str] | None) -> MappingTables:
    old = current.tables if current else {}
    now = draft.tables if draft else old
    own = sorted(name for name in {*old, *now} if name not in NAMES)
    return MappingTables(
        revision=strawberry.ID(str(draft.head.revision)) if draft else None,
        tables=[
            MappingTable(
                name=name,
                count=len(now.get(name, {})),
                changed=now.get(name, {}) != old.get(name, {}),
                found=now.get(name, {}),
            )
            for name in dict.fromkeys(names or (*NAMES, *own))
        ],
    )
