"""What-if: what would become of the last orders under another mapping, before it counts."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from uuid import UUID

import strawberry

from app.errors import StockbridgeError
from app.graphql.again import FieldDifference
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.context import Info, Needs
from app.graphql.ids import Kind, gid, uuid_of
from app.graphql.mapping_previews import MappingObstacle
from app.graphql.paging import PageInfo, asked, cursor, cut, number, opened
from app.graphql.runs import Run, run_shown
from app.operations import mappings, what_ifs
from app.operations.what_ifs import Told


@strawberry.enum(description="What would become of an order.")
class WhatIfOutcome(Enum):
    SAME = strawberry.enum_value("same", description="Nothing would be another way.")
    CHANGED = strawberry.enum_value("changed", description="The ERP would be told something else of it.")
    NEWLY_HELD = strawberry.enum_value("newly_held", description="It would be held, and is not now.")
    NO_LONGER_HELD = strawberry.enum_value("no_longer_held", description="It is held now, and would be sent.")
    HELD_OTHERWISE = strawberry.enum_value(
        "held_otherwise", description="It would be held for other reasons."
    )
    NEWLY_SKIPPED = strawberry.enum_value(
        "newly_skipped", description="It would be left out, and is not now."
    )
    NO_LONGER_SKIPPED = strawberry.enum_value(
        "no_longer_skipped", description="It is left out now, and would be sent."
    )
    SKIPPED_OTHERWISE = strawberry.enum_value(
        "skipped_otherwise", description="It would be left out for another reason."
    )
    GONE = strawberry.enum_value("gone", description="It is not in the store any more.")
    UNREADABLE = strawberry.enum_value(
        "unreadable",
        description="Nobody knows: it can't be read, or a gate would ask the ERP about it first (`debtor.not_asked`).",
    )


@strawberry.type(description="How many orders of a what-if have an outcome.")
class WhatIfCount:
    outcome: WhatIfOutcome = strawberry.field(description="What would become of them.")
    code: str | None = strawberry.field(description="For this first reason; null: in all.")
    count: int = strawberry.field(description="How many.")


@strawberry.type(description="One order of a what-if.")
class WhatIfOrder:
    order_id: strawberry.ID = strawberry.field(description="The order's global id.")
    name: str | None = strawberry.field(description="The name people know it by.")
    outcome: WhatIfOutcome = strawberry.field(description="What would become of it.")
    obstacles: list[MappingObstacle] = strawberry.field(
        description="Why it would be held or left out from then on, or is now."
    )
    differences: list[FieldDifference] = strawberry.field(
        description="What the ERP would be told otherwise: `told` under the mapping in force, `now` under the other one."
    )

    @classmethod
    def of(cls, told: Told) -> WhatIfOrder:
        return cls(
            order_id=gid(Kind.ORDER, told.line.record),
            name=told.line.reference,
            outcome=WhatIfOutcome(told.line.outcome),
            obstacles=[MappingObstacle(code=code, sentence=sentence) for code, sentence in told.reasons],
            differences=[
                FieldDifference(path=each.path, told=each.told, now=each.now) for each in told.differs
            ],
        )


@strawberry.type(description="An order in the list of a what-if.")
class WhatIfOrderEdge:
    cursor: str = strawberry.field(description="Where it stands.")
    node: WhatIfOrder = strawberry.field(description="The order.")


@strawberry.type(description="A page of a what-if's orders.")
class WhatIfOrderConnection:
    edges: list[WhatIfOrderEdge] = strawberry.field(description="The orders with their cursors.")
    nodes: list[WhatIfOrder] = strawberry.field(description="The orders.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")


@strawberry.type(description="What would become of the last orders under another mapping.")
class WhatIf:
    run: Run = strawberry.field(description="The run: its `tallies` say how far it is; `runStop` ends it.")
    id: strawberry.Private[UUID]

    @strawberry.field(description="How many orders have which outcome, in all and by first reason.")
    async def counts(self, info: Info) -> list[WhatIfCount]:
        found = await what_ifs.counts(info.context.core, info.context.tenant, self.id)
        return [
            WhatIfCount(outcome=WhatIfOutcome(each.outcome), code=each.code, count=each.count)
            for each in found
        ]

    @strawberry.field(description="The orders, the newest first. `outcomes`: only those; none: all.")
    async def orders(
        self,
        info: Info,
        first: int = 25,
        after: str | None = None,
        outcomes: list[WhatIfOutcome] | None = None,
    ) -> WhatIfOrderConnection:
        most, place = asked(first), number(opened(after, 1)) or 0
        rows = await what_ifs.page(
            info.context.core,
            info.context.tenant,
            self.id,
            outcomes=sorted({str(each.value) for each in outcomes or ()}),
            after=min(place, what_ifs.MOST),
            most=most + 1,
        )
        return _page(*cut(rows, first))


@strawberry.type(description="A what-if after it was begun.")
class WhatIfPayload:
    run: Run | None = strawberry.field(description="Its run; null when it was not begun.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type
class WhatIfQuery:
    @strawberry.field(
        description="A what-if by its run; null when there is none.",
        extensions=[Needs(Scope.READ_RECORDS)],
    )
    async def what_if(self, info: Info, run: strawberry.ID) -> WhatIf | None:
        chosen = uuid_of(Kind.RUN, run)
        view = await what_ifs.run_of(info.context.core, info.context.tenant, chosen) if chosen else None
        return WhatIf(run=Run.of(view), id=view.id) if view else None


@strawberry.type
class WhatIfMutation:
    @strawberry.mutation(
        description="Has a worker decide the last orders under a version of the mapping (`draft` or a number) and under the one"
        " in force, and compare. Nothing is written to either side.",
        extensions=[Needs(Scope.WRITE_MAPPINGS)],
    )
    async def what_if_start(
        self,
        info: Info,
        connection: strawberry.ID,
        version: str = mappings.DRAFTED,
        orders: int = what_ifs.USUAL,
    ) -> WhatIfPayload:
        context = info.context
        try:
            found = await context.connection(connection)
            run = await what_ifs.start(
                context.core, found, which=version, orders=orders, by=context.caller.actor
            )
        except StockbridgeError as error:
            return WhatIfPayload(run=None, user_errors=user_errors(error, _field(error)))
        await context.audit("mapping.what_if", str(found.id), run=str(run))
        return WhatIfPayload(run=await run_shown(info, run), user_errors=[])


def _page(rows: Sequence[Told], more: bool) -> WhatIfOrderConnection:
    edges = [WhatIfOrderEdge(cursor=cursor(str(row.line.place)), node=WhatIfOrder.of(row)) for row in rows]
    return WhatIfOrderConnection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=PageInfo(has_next_page=more, end_cursor=edges[-1].cursor if edges else None),
    )


def _field(error: StockbridgeError) -> str:
    fields = {"what_if.size": "orders", "mapping.unknown": "version", "mapping.no_draft": "version"}
    return fields.get(error.code, "connection")
