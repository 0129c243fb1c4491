"""Stock as people see it: what the shop shows and what the ERP said last, side by side."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry

from app.domain.inventory import StockMode
from app.errors import StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.context import Info, Needs
from app.graphql.ids import Kind, gid
from app.graphql.paging import PageInfo, asked, cursor, cut, opened
from app.models.stock_lists import Spot
from app.operations import stock_shown
from app.operations.stock_shown import Shown


@strawberry.enum(name="StockMode", description="Which of the shop's quantities is written.")
class Mode(Enum):
    AVAILABLE = strawberry.enum_value("available", description="What may be sold.")
    ON_HAND = strawberry.enum_value(
        "on_hand", description="What is there; the shop takes off its own orders."
    )


@strawberry.enum(description="How a list of levels is sorted.")
class StockLevelSort(Enum):
    SKU = strawberry.enum_value("sku", description="By SKU, from A on; those without one come first.")
    SKU_BACKWARDS = strawberry.enum_value("sku_backwards", description="By SKU, from Z on.")


@strawberry.type(description="A place where the shop keeps stock.")
class StockLocation:
    key: str = strawberry.field(description="What the shop knows it by.")
    name: str = strawberry.field(description="What it is called.")
    active: bool = strawberry.field(description="Whether it is open.")


@strawberry.type(description="One SKU at one location.")
class StockLevel:
    id: strawberry.ID = strawberry.field(description="The level's global id.")
    sku: str = strawberry.field(description="The SKU as the merchant wrote it; empty when there is none.")
    item_key: str = strawberry.field(description="What the shop knows the item by.")
    tracked: bool = strawberry.field(description="Whether the shop counts it.")
    location: StockLocation = strawberry.field(description="Where it is.")
    available: int = strawberry.field(description="What the shop last showed as free to sell.")
    on_hand: int | None = strawberry.field(
        description="What the shop last showed as there; null when it did not tell."
    )
    committed: int | None = strawberry.field(
        description="What is promised to the shop's own orders; null when it did not tell."
    )
    seen_at: datetime = strawberry.field(description="When the shop last showed it.")
    written_at: datetime | None = strawberry.field(description="When we last wrote it.")
    host_quantity: int | None = strawberry.field(
        description="What the ERP has for it, in the unit of the connection's mode, before safety stock and allocation; null:"
        " not told."
    )
    host_observed_at: datetime | None = strawberry.field(description="When the ERP was asked.")
    safety_stock: int = strawberry.field(description="How much is kept back of it.")
    allocated: int | None = strawberry.field(
        description="What of it the location may offer, by its share and cap, when safety stock was kept back; null: not told."
    )
    differs: bool | None = strawberry.field(
        description="Whether the shop shows something else than what is allocated; null: can't be told."
    )

    @classmethod
    def of(cls, shown: Shown, mode: StockMode) -> StockLevel:
        level, said = shown.level, shown.said
        showing = level.available if mode is StockMode.AVAILABLE else level.on_hand
        return cls(
            id=gid(Kind.STOCK_LEVEL, f"{level.item_key}-{level.location_key}"),
            sku=level.sku,
            item_key=level.item_key,
            tracked=level.tracked,
            location=StockLocation(key=level.location_key, name=level.location, active=level.active),
            available=level.available,
            on_hand=level.on_hand,
            committed=level.committed,
            seen_at=level.seen_at,
            written_at=level.written_at,
            host_quantity=said.quantity if said else None,
            host_observed_at=said.observed_at if said else None,
            safety_stock=shown.kept_back,
            allocated=shown.wanted,
            differs=None if shown.wanted is None or showing is None else shown.wanted != showing,
        )


@strawberry.type(description="A level in a list.")
class StockLevelEdge:
    cursor: str = strawberry.field(description="Where it stands in the list.")
    node: StockLevel = strawberry.field(description="The level.")


@strawberry.type(description="A page of levels.")
class StockLevelConnection:
    edges: list[StockLevelEdge] = strawberry.field(description="The levels with their cursors.")
    nodes: list[StockLevel] = strawberry.field(description="The levels.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")
    mode: Mode = strawberry.field(description="Which of the shop's quantities is written.")
    linked_at: datetime | None = strawberry.field(
        description="When every item of the shop was first read; null: that has not come to its end yet."
    )
    user_errors: list[UserError] = strawberry.field(
        description="Why nothing can be said of the ERP's side; else empty."
    )


@strawberry.type
class StockQuery:
    @strawberry.field(
        description="Levels by SKU and location. `query` finds SKUs that begin with it, in whatever case.",
        extensions=[Needs(Scope.READ_RECORDS)],
    )
    async def stock_levels(
        self,
        info: Info,
        connection: strawberry.ID,
        first: int = 25,
        after: str | None = None,
        query: str | None = None,
        sort: StockLevelSort = StockLevelSort.SKU,
    ) -> StockLevelConnection:
        context, place = info.context, opened(after, 3)
        try:
            found = await context.connection(connection)
        except StockbridgeError as error:
            return _page((), first, StockMode.AVAILABLE, None, user_errors(error, "connection"))
        spot = Spot(search=place[0], item_key=place[1], location_key=place[2]) if place else None
        page = await stock_shown.page(
            context.core,
            found,
            words=(query or "")[:100],
            after=spot,
            most=asked(first) + 1,
            backwards=sort is StockLevelSort.SKU_BACKWARDS,
        )
        mode = page.setup.settings.mode if page.setup else StockMode.AVAILABLE
        why = (
            [UserError(field=None, message=page.problem.sentence, code=page.problem.code)]
            if page.problem
            else []
        )
        return _page(page.levels, first, mode, page.setup.linked_at if page.setup else None, why)


def _page(
    levels: tuple[Shown, ...], first: int, mode: StockMode, linked_at: datetime | None, why: list[UserError]
) -> StockLevelConnection:
    shown, more = cut(levels, first)
    edges = [
        StockLevelEdge(
            cursor=cursor(each.level.search, each.level.item_key, each.level.location_key),
            node=StockLevel.of(each, mode),
        )
        for each in shown
    ]
    return StockLevelConnection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=PageInfo(has_next_page=more, end_cursor=edges[-1].cursor if edges else None),
        mode=Mode(mode.value),
        linked_at=linked_at,
        user_errors=why,
    )
