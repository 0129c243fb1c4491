"""What was entered for a connection, so that a form can show it again: never a secret."""

from __future__ import annotations

import strawberry

from app.graphql.caller import Scope
from app.graphql.connections import NamedValue
from app.graphql.context import Info, Needs
from app.models.connections import Connection
from app.operations import connecting


@strawberry.type(description="A look-up table: what the shop says, and what the ERP is told instead.")
class LookUpTable:
    name: str = strawberry.field(description="Which table, such as `payments` or `taxes`.")
    rows: list[NamedValue] = strawberry.field(description="Its rows; the name `*` stands for anything else.")


@strawberry.type(description="What was entered for a connection.")
class ConnectionForm:
    row: strawberry.Private[Connection]

    @strawberry.field(description="The ERP's form without its secrets.")
    def fields(self, info: Info) -> list[NamedValue]:
        return _rows(connecting.open_fields(info.context.core, self.row))

    @strawberry.field(description="All look-up tables in force: what `connectionUpdate` takes back.")
    def tables(self) -> list[LookUpTable]:
        tables = connecting.tables_of(self.row)
        return [LookUpTable(name=name, rows=_rows(rows)) for name, rows in tables.items() if rows]


@strawberry.type
class ConnectionFormQuery:
    @strawberry.field(
        description="What was entered for a connection; null when there is no such connection.",
        extensions=[Needs(Scope.ADMIN)],
    )
    async def connection_form(self, info: Info, connection: strawberry.ID) -> ConnectionForm | None:
        found = await info.context.found(connection)
        return ConnectionForm(row=found) if found else None


def _rows(values: dict[str, str]) -> list[NamedValue]:
    return [NamedValue(name=name, value=value) for name, value in sorted(values.items())]
