"""Products as people see them: what the ERP told of its items, what became of them, and SKUs that do not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum

import strawberry

from app.errors import StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.context import Info, Needs
from app.graphql.paging import PageInfo, asked, cursor, cut, opened
from app.models import product_cache, sku_audit
from app.models.product_cache import CachedItem
from app.models.sku_audit import AuditedSku, SkuFault


@strawberry.type(description="An item as the ERP told of it last.")
class ProductItem:
    sku: str = strawberry.field(description="The SKU as the ERP writes it.")
    name: str = strawberry.field(description="What the ERP calls it.")
    variant: str | None = strawberry.field(description="What tells it from the others of its product.")
    description: str | None = strawberry.field(description="The ERP's description.")
    category: str | None = strawberry.field(description="The ERP's category.")
    tags: list[str] = strawberry.field(description="The ERP's tags.")
    price: str | None = strawberry.field(description="The list price, as a decimal.")
    cost: str | None = strawberry.field(description="The cost, as a decimal.")
    currency: str | None = strawberry.field(description="The currency of both.")
    quantity: str | None = strawberry.field(description="What the ERP has of it, as a decimal.")
    barcode: str | None = strawberry.field(description="The barcode.")
    active: bool = strawberry.field(description="Whether the ERP sells it.")
    host_id: str = strawberry.field(description="What the ERP knows it by.")
    host_product: str = strawberry.field(description="The ERP's product that it belongs to.")
    store_product: str | None = strawberry.field(description="The store's product, once there is one.")
    state: str | None = strawberry.field(description="How its product stands; null: not looked at yet.")
    updated_at: datetime = strawberry.field(description="When the ERP changed it last.")

    @classmethod
    def of(cls, item: CachedItem) -> ProductItem:
        return cls(
            sku=item.sku,
            name=item.name,
            variant=item.variant,
            description=item.description,
            category=item.category,
            tags=list(item.tags),
            price=None if item.price is None else f"{item.price:f}",
            cost=None if item.cost is None else f"{item.cost:f}",
            currency=item.currency,
            quantity=None if item.quantity is None else f"{item.quantity:f}",
            barcode=item.barcode,
            active=item.active,
            host_id=item.host_id,
            host_product=item.product_key,
            store_product=item.in_store,
            state=item.state,
            updated_at=item.updated_at,
        )


@strawberry.type(description="An item in a list.")
class ProductItemEdge:
    cursor: str = strawberry.field(description="Where it stands in the list.")
    node: ProductItem = strawberry.field(description="The item.")


@strawberry.type(description="A page of items.")
class ProductItemConnection:
    edges: list[ProductItemEdge] = strawberry.field(description="The items with their cursors.")
    nodes: list[ProductItem] = strawberry.field(description="The items.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing can be shown; else empty.")


@strawberry.enum(name="SkuFault", description="What is wrong with a SKU.")
class Fault(Enum):
    BLANK_IN_STORE = strawberry.enum_value("blank_in_store", description="The store has items without one.")
    BLANK_IN_HOST = strawberry.enum_value("blank_in_host", description="The ERP has items without one.")
    DUPLICATE_IN_STORE = strawberry.enum_value("duplicate_in_store", description="The store has it twice.")
    DUPLICATE_IN_HOST = strawberry.enum_value("duplicate_in_host", description="The ERP has it twice.")
    CASE = strawberry.enum_value("case", description="It is written in other capitals somewhere.")
    MISSING_IN_STORE = strawberry.enum_value("missing_in_store", description="Only the ERP has it.")
    MISSING_IN_HOST = strawberry.enum_value("missing_in_host", description="Only the store has it.")


@strawberry.type(description="A SKU that does not fit.")
class AuditedSkuNode:
    fault: Fault = strawberry.field(description="What is wrong with it.")
    store: str | None = strawberry.field(description="How the store writes it; null: it is not there.")
    host: str | None = strawberry.field(description="How the ERP writes it; null: it is not there.")
    in_store: int = strawberry.field(description="How many of the store's items have it.")
    in_host: int = strawberry.field(description="How many of the ERP's items have it.")

    @classmethod
    def of(cls, sku: AuditedSku) -> AuditedSkuNode:
        return cls(
            fault=Fault(sku.fault.value),
            store=sku.store,
            host=sku.host,
            in_store=sku.in_store,
            in_host=sku.in_host,
        )


@strawberry.type(description="How many SKUs have one fault.")
class SkuFaultCount:
    fault: Fault = strawberry.field(description="What is wrong.")
    skus: int = strawberry.field(description="How many.")


@strawberry.type(description="A page of SKUs that do not fit.")
class SkuAudit:
    nodes: list[AuditedSkuNode] = strawberry.field(description="The SKUs of this page; it may have none.")
    counts: list[SkuFaultCount] = strawberry.field(description="How many there are of each fault in all.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing can be shown; else empty.")


@strawberry.type
class ProductQuery:
    @strawberry.field(
        description="What the ERP told of its items, by SKU. `query` finds SKUs that begin with it.",
        extensions=[Needs(Scope.READ_RECORDS)],
    )
    async def products(
        self,
        info: Info,
        connection: strawberry.ID,
        first: int = 25,
        after: str | None = None,
        query: str | None = None,
    ) -> ProductItemConnection:
        context, place = info.context, opened(after, 2)
        try:
            found = await context.connection(connection)
        except StockbridgeError as error:
            return _items((), first, user_errors(error, "connection"))
        async with context.core.database.tenant(found.tenant) as tx:
            rows = await product_cache.page(
                tx,
                tenant=found.tenant,
                connection=found.id,
                words=(query or "")[:100],
                after=(place[0], place[1]) if place else None,
                most=asked(first) + 1,
            )
        return _items(rows, first, [])

    @strawberry.field(
        description="SKUs that one side lacks, has twice, left blank, or writes in other capitals.",
        extensions=[Needs(Scope.READ_RECORDS)],
    )
    async def sku_audit(
        self, info: Info, connection: strawberry.ID, first: int = 25, after: str | None = None
    ) -> SkuAudit:
        context, place = info.context, opened(after, 1)
        try:
            found = await context.connection(connection)
        except StockbridgeError as error:
            return _audit([], {}, None, user_errors(error, "connection"))
        async with context.core.database.tenant(found.tenant) as tx:
            rows, left = await sku_audit.page(
                tx,
                tenant=found.tenant,
                shop=found.shop,
                connection=found.id,
                after=place[0] if place else None,
                most=asked(first),
            )
            counted = await sku_audit.counts(tx, tenant=found.tenant, shop=found.shop, connection=found.id)
        return _audit(rows, counted, left, [])


def _items(rows: Sequence[CachedItem], first: int, why: list[UserError]) -> ProductItemConnection:
    shown, more = cut(rows, first)
    edges = [
        ProductItemEdge(cursor=cursor(each.search, each.host_id), node=ProductItem.of(each)) for each in shown
    ]
    return ProductItemConnection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=PageInfo(has_next_page=more, end_cursor=edges[-1].cursor if edges else None),
        user_errors=why,
    )


def _audit(
    rows: Sequence[AuditedSku], counted: Mapping[SkuFault, int], left: str | None, why: list[UserError]
) -> SkuAudit:
    return SkuAudit(
        nodes=[AuditedSkuNode.of(row) for row in rows],
        counts=[SkuFaultCount(fault=Fault(fault.value), skus=skus) for fault, skus in counted.items()],
        page_info=PageInfo(
            has_next_page=left is not None, end_cursor=cursor(left) if left is not None else None
        ),
        user_errors=why,
    )
