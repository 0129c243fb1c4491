"""The lines of a plan of prices: one price each, with both sides' values and why it waits."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry

from app.graphql.paging import PageInfo, cursor, cut
from app.models.price_lines import PriceLine


@strawberry.type(description="One price of a plan.")
class PricePlanLine:
    sku: str = strawberry.field(description="Its SKU.")
    list_key: str | None = strawberry.field(
        description="The shop's price list it is on; null: the shop's own prices."
    )
    variant_key: str = strawberry.field(description="What the shop knows the variant by.")
    old: str | None = strawberry.field(
        description="The shop's list price; null: the list has none of its own."
    )
    new: str = strawberry.field(description="The ERP's price.")
    sale: bool = strawberry.field(
        description="Whether the compare-at price is meant, as the variant is on sale."
    )
    state: str = strawberry.field(
        description="What became of it: planned, sent, done, held, or deferred to the next plan."
    )
    code: str | None = strawberry.field(description="Why it is held: a stable code.")
    sentence: str | None = strawberry.field(description="Why it is held, in words.")

    @classmethod
    def of(cls, line: PriceLine) -> PricePlanLine:
        return cls(
            sku=line.sku,
            list_key=line.key.list or None,
            variant_key=line.key.variant,
            old=None if line.old is None else f"{line.old:f}",
            new=f"{line.new:f}",
            sale=line.sale,
            state=line.state.value,
            code=line.code,
            sentence=line.sentence,
        )


@strawberry.type(description="A price in a plan.")
class PricePlanLineEdge:
    cursor: str = strawberry.field(description="Where it stands.")
    node: PricePlanLine = strawberry.field(description="The price.")


@strawberry.type(description="A page of a plan of prices.")
class PricePlanLineConnection:
    edges: list[PricePlanLineEdge] = strawberry.field(description="The prices with their cursors.")
    nodes: list[PricePlanLine] = strawberry.field(description="The prices.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")


def price_page(rows: Sequence[PriceLine], first: int) -> PricePlanLineConnection:
    """One row more than the page was asked for."""
    shown, more = cut(rows, first)
    edges = [PricePlanLineEdge(cursor=cursor(*row.place), node=PricePlanLine.of(row)) for row in shown]
    return PricePlanLineConnection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=PageInfo(has_next_page=more, end_cursor=edges[-1].cursor if edges else None),
    )
