"""Where to look at a record elsewhere: in the shop's admin, and in the ERP where it says."""

from __future__ import annotations

from typing import cast

import strawberry

from app.graphql.connections import Joined
from app.graphql.context import Info
from app.models.connection_lists import ShopRow
from app.models.order_lists import OrderRow
from app.models.people import BORN_IN_HOST
from app.shopify.addresses import address

_SHOPIFY = "shopify"
_WEB = ("https://", "http://")


@strawberry.type(description="Where to look at a record elsewhere.")
class Link:
    label: str = strawberry.field(description="What is there.")
    url: str = strawberry.field(description="Its address.")


def links_of(info: Info, row: OrderRow, known: Joined) -> list[Link]:
    """The shop's side first. Of a list that knows its shops at once; else it is what graphql-core waits for."""
    joined = known.get(row.connection)
    if joined is None or joined.row.shop.id != row.shop:
        return cast("list[Link]", _loaded(info, row))
    return _links(info, row, joined.row.shop)


async def _loaded(info: Info, row: OrderRow) -> list[Link]:
    return _links(info, row, await info.context.loaders.shop.load(row.shop))


def _links(info: Info, row: OrderRow, shop: ShopRow | None) -> list[Link]:
    found, page = [], _page(row)
    if shop is not None and shop.platform == _SHOPIFY and page is not None:
        home = address(info.context.core.settings.shopify_address, shop.domain)
        found.append(Link(label=page[0], url=f"{home}/admin/{page[1]}"))
    if row.sink_address is not None and row.sink_address.startswith(_WEB):
        found.append(Link(label="The document in the ERP", url=row.sink_address))
    return found


def _page(row: OrderRow) -> tuple[str, str] | None:
    match row.kind:
        case "order":
            return "The order in Shopify", f"orders/{row.source_key}"
        case "refund" | "shipment" | "parcel":
            return ("Its order in Shopify", f"orders/{row.parent_key}") if row.parent_key else None
        case "customer":
            born = row.source_key.startswith(BORN_IN_HOST)
            return None if born else ("The customer in Shopify", f"customers/{row.source_key}")
        case "product":
            return ("The product in Shopify", f"products/{row.sink_key}") if row.sink_key else None
