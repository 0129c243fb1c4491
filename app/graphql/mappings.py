"""A connection's mapping to read: its versions, what one of them says, and the draft that is being worked on."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import orjson
import strawberry
from strawberry.scalars import JSON

from app.errors import Refused
from app.graphql.caller import Scope
from app.graphql.connection_form import LookUpTable
from app.graphql.connections import NamedValue
from app.graphql.context import Info, Needs
from app.graphql.mapping_rules import RuleProblem
from app.graphql.paging import PageInfo, asked, cursor, cut, number, opened
from app.mapping.contents import Rules, Tables
from app.models import mapping_versions
from app.models.connections import Connection
from app.models.mapping_versions import Head, Version
from app.operations import mappings


@strawberry.enum(description="Where a mapping version is in its life.")
class MappingState(Enum):
    PUBLISHED = strawberry.enum_value("published", description="It is in force.")
    RETIRED = strawberry.enum_value(
        "retired", description="It was in force; records that were sent by it keep it."
    )


@strawberry.type(description="A version of a connection's mapping. What was published never changes.")
class MappingVersion:
    number: int = strawberry.field(description="Its number: records remember it.")
    state: MappingState = strawberry.field(description="Whether it is in force.")
    note: str = strawberry.field(description="What its maker wrote about it.")
    based_on: int | None = strawberry.field(
        description="The version it was made from; null for the connection's first."
    )
    made_by: str = strawberry.field(description="Who changed it last before it was published.")
    published_by: str | None = strawberry.field(description="Who put it in force.")
    published_at: datetime | None = strawberry.field(description="When it was put in force.")

    @classmethod
    def of(cls, head: Head) -> MappingVersion:
        return cls(
            number=head.number,
            state=MappingState(head.state),
            note=head.note,
            based_on=head.based_on,
            made_by=head.made_by,
            published_by=head.published_by,
            published_at=head.published_at,
        )


@strawberry.type(description="A mapping version in the list of a connection's versions.")
class MappingVersionEdge:
    cursor: str = strawberry.field(description="Where it stands.")
    node: MappingVersion = strawberry.field(description="The version.")


@strawberry.type(description="A page of a connection's mapping versions.")
class MappingVersionConnection:
    edges: list[MappingVersionEdge] = strawberry.field(description="The versions with their cursors.")
    nodes: list[MappingVersion] = strawberry.field(description="The versions.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")


@strawberry.type(description="A mapping version with all that it says.")
class MappingContents:
    version: MappingVersion = strawberry.field(description="The version.")
    tables: list[LookUpTable] = strawberry.field(description="Its look-up tables that are not empty.")
    rules: JSON = strawberry.field(description="Its field rules, as they are stored.")


@strawberry.type(
    description="The mapping that is being worked on: nothing goes by it before it is published."
)
class MappingDraft:
    revision: strawberry.ID = strawberry.field(
        description="Another after every change: saving and publishing name the one that was seen."
    )
    based_on: int | None = strawberry.field(description="The version it was begun from.")
    behind: int | None = strawberry.field(
        description="The version in force, where it was published since the draft was begun; else null."
    )
    note: str = strawberry.field(description="What its maker wrote about it.")
    changed_by: str = strawberry.field(description="Who changed it last.")
    changed_at: datetime = strawberry.field(description="When it was changed last.")
    tables: list[LookUpTable] = strawberry.field(description="Its look-up tables that are not empty.")
    rules: JSON = strawberry.field(description="Its field rules, as they are stored.")
    problems: list[RuleProblem] = strawberry.field(
        description="What is wrong with its rules: it can't be published before these are put right."
    )

    @classmethod
    def of(cls, draft: Version, connection: Connection) -> MappingDraft:
        head, current = draft.head, connection.tables.number
        return cls(
            revision=strawberry.ID(str(head.revision)),
            based_on=head.based_on,
            behind=current if current and current != head.based_on else None,
            note=head.note,
            changed_by=head.made_by,
            changed_at=head.made_at,
            tables=tables_shown(draft.tables),
            rules=rules_shown(draft.rules),
            problems=[RuleProblem.of(each) for each in mappings.problems(connection, draft)],
        )


@strawberry.type
class MappingQuery:
    @strawberry.field(
        description="The published versions of a connection's mapping, the newest first; empty for one that is not there.",
        extensions=[Needs(Scope.READ_RECORDS)],
    )
    async def mapping_versions(
        self, info: Info, connection: strawberry.ID, first: int = 25, after: str | None = None
    ) -> MappingVersionConnection:
        context, most, before = info.context, asked(first), number(opened(after, 1))
        found = await context.found(connection)
        rows: list[Head] = []
        if found is not None:
            async with context.core.database.tenant(context.tenant) as tx:
                rows = await mapping_versions.page(
                    tx,
                    tenant=context.tenant,
                    connection=found.id,
                    before=min(before, 2**31 - 1) if before is not None else None,
                    most=most + 1,
                )
        shown, more = cut(rows, first)
        edges = [
            MappingVersionEdge(cursor=cursor(str(head.number)), node=MappingVersion.of(head))
            for head in shown
        ]
        return MappingVersionConnection(
            edges=edges,
            nodes=[edge.node for edge in edges],
            page_info=PageInfo(has_next_page=more, end_cursor=edges[-1].cursor if edges else None),
        )

    @strawberry.field(
        description="One published version with its tables and rules, by default the one in force; null when there is none.",
        extensions=[Needs(Scope.READ_RECORDS)],
    )
    async def mapping_version(
        self, info: Info, connection: strawberry.ID, number: int | None = None
    ) -> MappingContents | None:
        found = await info.context.found(connection)
        if found is None:
            return None
        which = found.tables.number if number is None else number
        try:
            version = await mappings.version(info.context.core, found, which)
        except Refused:
            return None
        return MappingContents(
            version=MappingVersion.of(version.head),
            tables=tables_shown(version.tables),
            rules=rules_shown(version.rules),
        )

    @strawberry.field(
        description="The draft of a connection's mapping; null when nobody is working on one.",
        extensions=[Needs(Scope.READ_RECORDS)],
    )
    async def mapping_draft(self, info: Info, connection: strawberry.ID) -> MappingDraft | None:
        found = await info.context.found(connection)
        draft = await mappings.draft(info.context.core, found) if found else None
        return MappingDraft.of(draft, found) if draft and found else None


def tables_shown(tables: Tables) -> list[LookUpTable]:
    return [
        LookUpTable(
            name=name, rows=[NamedValue(name=key, value=value) for key, value in sorted(rows.items())]
        )
        for name, rows in sorted(tables.items())
        if rows
    ]


def rules_shown(rules: Rules) -> JSON:
    return JSON(orjson.loads(orjson.dumps(rules)))
