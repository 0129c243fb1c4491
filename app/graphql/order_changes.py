"""What a person may do about orders: run them again, all of one cause at once, or have one looked at now."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry

from app.domain.ids import StoreKey
from app.errors import Refused, StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.connections import among, rows_of
from app.graphql.context import Info, Needs
from app.graphql.ids import Kind, gid, uuid_of
from app.graphql.orders import Order
from app.graphql.paging import MOST
from app.models import order_lists
from app.models.connections import Connection
from app.operations import again, order_names
from app.shopify.gids import key_of

_UNKNOWN = Refused("order.unknown", "There is no such order.")


@strawberry.type(description="What became of running orders again.")
class OrderRetryPayload:
    orders: list[Order] = strawberry.field(description="The orders that will be run again.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type(description="What became of running again all orders held for one cause.")
class ProblemRetryPayload:
    count: int | None = strawberry.field(description="How many orders will be run again.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type(description="What became of looking at one order now.")
class OrderSyncPayload:
    order: Order | None = strawberry.field(description="The order; its name appears once it was read.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type(description="What became of looking an order up by its name.")
class OrderLookUpPayload:
    orders: list[Order] = strawberry.field(
        description="The orders the shop has by this name, each being looked at now; empty: it has none."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type
class OrderMutation:
    @strawberry.mutation(
        description="Runs orders again now. Nothing is sent twice: each is looked up in the ERP first.",
        extensions=[Needs(Scope.WRITE_RETRY)],
    )
    async def order_retry(self, info: Info, ids: list[strawberry.ID]) -> OrderRetryPayload:
        context = info.context
        chosen = [uuid_of(Kind.ORDER, each) for each in ids[: MOST + 1]]
        known = [each for each in chosen if each is not None]
        if not known or len(known) < len(chosen) or len(chosen) > MOST:
            return OrderRetryPayload(orders=[], user_errors=user_errors(_UNKNOWN, "ids"))
        async with context.core.database.tenant(context.tenant) as tx:
            rows = await order_lists.some(tx, tenant=context.tenant, ids=known)
        if len(rows) < len(set(known)):
            return OrderRetryPayload(orders=[], user_errors=user_errors(_UNKNOWN, "ids"))
        shops = sorted({row.shop for row in rows.values()})
        await again.retry_these(context.core, tenant=context.tenant, shops=shops, records=list(rows))
        await context.audit("order.retry", ",".join(sorted(map(str, rows)))[:2000])
        async with context.core.database.tenant(context.tenant) as tx:
            rows = await order_lists.some(tx, tenant=context.tenant, ids=known)
        return OrderRetryPayload(
            orders=[Order.of(rows[each]) for each in dict.fromkeys(known)], user_errors=[]
        )

    @strawberry.mutation(
        description="Runs again all orders that are held for one cause: of one connection, of one shop's, else of every one.",
        extensions=[Needs(Scope.WRITE_RETRY)],
    )
    async def problem_retry(
        self,
        info: Info,
        code: str,
        connection: strawberry.ID | None = None,
        shop: strawberry.ID | None = None,
    ) -> ProblemRetryPayload:
        context = info.context
        try:
            chosen = await _chosen(info, connection, shop)
            count = sum([await again.retry(context.core, each, code=code) for each in chosen])
        except StockbridgeError as error:
            about = "shop" if error.code.startswith("shop.") else "connection"
            return ProblemRetryPayload(count=None, user_errors=user_errors(error, about))
        for each in chosen:
            await context.audit("problem.retry", str(each.id), code=code, count=str(count))
        return ProblemRetryPayload(count=count, user_errors=[])

    @strawberry.mutation(
        description="Looks at one order now, also one we have not heard of yet.",
        extensions=[Needs(Scope.WRITE_RETRY)],
    )
    async def order_sync(self, info: Info, connection: strawberry.ID, store_key: str) -> OrderSyncPayload:
        """`store_key` may be the number or Shopify's own global id."""
        context, key = info.context, key_of(store_key.strip())
        try:
            if not key or len(key) > 200:
                raise _UNKNOWN
            found = await context.connection(connection)
            await again.look_at(context.core, found, StoreKey(key))
        except StockbridgeError as error:
            return OrderSyncPayload(order=None, user_errors=user_errors(error, "connection"))
        await context.audit("order.sync", str(found.id), order=key)
        async with context.core.database.tenant(context.tenant) as tx:
            made = await order_lists.held(tx, tenant=context.tenant, connection=found.id, key=key)
            rows = await order_lists.some(tx, tenant=context.tenant, ids=[made] if made else [])
        order = next(iter(rows.values()), None)
        return OrderSyncPayload(order=Order.of(order) if order else None, user_errors=[])

    @strawberry.mutation(
        description="Looks an order up in the shop by the name people know it by, such as #1001, and looks at it now: in the"
        " shop of one connection, else of every one that is live.",
        extensions=[Needs(Scope.WRITE_RETRY)],
    )
    async def order_look_up(
        self, info: Info, name: str, connection: strawberry.ID | None = None
    ) -> OrderLookUpPayload:
        context, orders = info.context, list[Order]()
        try:
            for each in await _looked_in(info, connection):
                keys = await order_names.look_up(context.core, each, name.strip()[:60])
                if keys:
                    await context.audit("order.look_up", str(each.id), orders=",".join(keys))
                orders += await _of_keys(info, each, keys)
        except StockbridgeError as error:
            return OrderLookUpPayload(orders=[], user_errors=user_errors(error, "connection"))
        return OrderLookUpPayload(orders=orders, user_errors=[])


async def _chosen(info: Info, connection: str | None, shop: str | None) -> list[Connection]:
    """Raises Refused for one that is not the caller's."""
    if connection is not None:
        await info.context.connection(connection)
    known = await among(info, connection, shop)
    if shop is not None and not known:
        raise Refused("shop.unknown", "There is no such shop with a connection.")
    return [await info.context.connection(gid(Kind.CONNECTION, each)) for each in known]


async def _looked_in(info: Info, connection: strawberry.ID | None) -> list[Connection]:
    if connection is not None:
        return [await info.context.connection(connection)]
    live = [row for row in await rows_of(info) if row.go_live_at is not None]
    return [await info.context.connection(gid(Kind.CONNECTION, row.id)) for row in live]


async def _of_keys(info: Info, connection: Connection, keys: Sequence[str]) -> list[Order]:
    tenant = info.context.tenant
    async with info.context.core.database.tenant(tenant) as tx:
        found = [await order_lists.held(tx, tenant=tenant, connection=connection.id, key=key) for key in keys]
        rows = await order_lists.some(tx, tenant=tenant, ids=[each for each in found if each])
    return [Order.of(row) for row in rows.values()]
