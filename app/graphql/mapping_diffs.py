"""What one version of a mapping says otherwise than another, table by table and rule by rule."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from enum import Enum

import orjson
import strawberry
from strawberry.scalars import JSON

from app.errors import Refused
from app.graphql.caller import Scope
from app.graphql.context import Info, Needs
from app.graphql.paging import PageInfo, asked, cursor, cut, opened
from app.mapping.diffs import Diff, Entry, RuleChange
from app.models import stock_links
from app.models.connections import Connection
from app.operations import mappings

_PLACES = "locations"


@strawberry.enum(description="What became of a field rule from one version to another.")
class RuleChangeKind(Enum):
    ADDED = strawberry.enum_value("added", description="It is new.")
    REMOVED = strawberry.enum_value("removed", description="It is gone.")
    CHANGED = strawberry.enum_value(
        "changed", description="It says something else; it may have moved as well."
    )
    MOVED = strawberry.enum_value("moved", description="It says the same at another place.")


@strawberry.type(description="One row of a table that the versions do not share.")
class MappingEntryChange:
    key: str = strawberry.field(description="What the shop says.")
    label: str | None = strawberry.field(
        description="What people there call it, of a location that was read; else null."
    )
    was: str | None = strawberry.field(
        description="What the ERP was told instead; null: there was no such row."
    )
    now: str | None = strawberry.field(description="What it is told instead; null: there is no such row.")


@strawberry.type(description="A row in the difference of a table.")
class MappingEntryChangeEdge:
    cursor: str = strawberry.field(description="Where it stands.")
    node: MappingEntryChange = strawberry.field(description="The row.")


@strawberry.type(description="A page of the difference of a table.")
class MappingEntryChangeConnection:
    edges: list[MappingEntryChangeEdge] = strawberry.field(description="The rows with their cursors.")
    nodes: list[MappingEntryChange] = strawberry.field(description="The rows.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")


@strawberry.type(description="What is another way in one table.")
class MappingTableChange:
    name: str = strawberry.field(description="Which table.")
    added: int = strawberry.field(description="How many rows are new.")
    removed: int = strawberry.field(description="How many rows are gone.")
    changed: int = strawberry.field(description="How many rows say something else.")
    rows: strawberry.Private[tuple[Entry, ...]]
    names: strawberry.Private[Mapping[str, str]]

    @strawberry.field(description="The rows, by what the shop says.")
    def entries(self, first: int = 50, after: str | None = None) -> MappingEntryChangeConnection:
        most, place = asked(first), opened(after, 1)
        keys = [entry.key for entry in self.rows]
        start = bisect_right(keys, place[0]) if place else 0
        shown, more = cut(self.rows[start : start + most + 1], most)
        edges = [
            MappingEntryChangeEdge(
                cursor=cursor(entry.key),
                node=MappingEntryChange(
                    key=entry.key, label=self.names.get(entry.key), was=entry.was, now=entry.now
                ),
            )
            for entry in shown
        ]
        return MappingEntryChangeConnection(
            edges=edges,
            nodes=[edge.node for edge in edges],
            page_info=PageInfo(has_next_page=more, end_cursor=edges[-1].cursor if edges else None),
        )

    @classmethod
    def of(cls, name: str, rows: tuple[Entry, ...], names: Mapping[str, str]) -> MappingTableChange:
        added = sum(row.was is None for row in rows)
        removed = sum(row.now is None for row in rows)
        return cls(
            name=name,
            added=added,
            removed=removed,
            changed=len(rows) - added - removed,
            rows=rows,
            names=names,
        )


@strawberry.type(description="One rule that the versions do not share.")
class MappingRuleChange:
    section: str = strawberry.field(description="Which list of rules it stands in.")
    id: strawberry.ID | None = strawberry.field(
        description="The rule's own id; null: the section as a whole."
    )
    kind: RuleChangeKind = strawberry.field(description="What became of it.")
    was: JSON | None = strawberry.field(description="What it said; null: there was none.")
    now: JSON | None = strawberry.field(description="What it says; null: there is none.")
    was_at: int | None = strawberry.field(description="Where it stood, from 0.")
    now_at: int | None = strawberry.field(description="Where it stands, from 0.")

    @classmethod
    def of(cls, change: RuleChange) -> MappingRuleChange:
        return cls(
            section=change.section,
            id=strawberry.ID(change.id) if change.id is not None else None,
            kind=RuleChangeKind(change.kind),
            was=JSON(orjson.loads(orjson.dumps(change.was))) if change.was is not None else None,
            now=JSON(orjson.loads(orjson.dumps(change.now))) if change.now is not None else None,
            was_at=change.was_at,
            now_at=change.now_at,
        )


@strawberry.type(description="What one version of a mapping says otherwise than another.")
class MappingDiff:
    tables: list[MappingTableChange] = strawberry.field(description="Tables with a difference.")
    rules: list[MappingRuleChange] = strawberry.field(description="Rules with a difference.")

    @classmethod
    def of(cls, diff: Diff, places: Mapping[str, str]) -> MappingDiff:
        return cls(
            tables=[
                MappingTableChange.of(name, rows, places if name == _PLACES else {})
                for name, rows in diff.tables.items()
            ],
            rules=[MappingRuleChange.of(change) for change in diff.rules],
        )


@strawberry.type
class MappingDiffQuery:
    @strawberry.field(
        description="What leads from one version to another. Each is a number, `current` or `draft`; null where either is not"
        " there.",
        extensions=[Needs(Scope.READ_RECORDS)],
    )
    async def mapping_diff(
        self, info: Info, connection: strawberry.ID, was: str = mappings.CURRENT, now: str = mappings.DRAFTED
    ) -> MappingDiff | None:
        found = await info.context.found(connection)
        try:
            diff = await mappings.diff(info.context.core, found, was, now) if found else None
        except Refused:
            return None
        return MappingDiff.of(diff, await _places(info, found, diff)) if found and diff else None


async def _places(info: Info, connection: Connection, diff: Diff) -> Mapping[str, str]:
    """The shop's locations by key, as far as they were read; nobody is asked for them."""
    if _PLACES not in diff.tables:
        return {}
    async with info.context.core.database.tenant(connection.tenant) as tx:
        known = await stock_links.locations(tx, tenant=connection.tenant, shop=connection.shop)
    return {str(each.key): each.name for each in known}
