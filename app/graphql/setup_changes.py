"""What is decided in the first hour of a connection: codes, flows, the reading of SKUs, and a dry run."""

from __future__ import annotations

import strawberry

from app.domain.ids import StoreKey
from app.errors import StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.connection_changes import TableInput
from app.graphql.context import Info, Needs
from app.graphql.hosts import FlowKind
from app.graphql.mapping_previews import MappingPreview
from app.graphql.setup import Setup, standing
from app.operations.setup import choosing, skus, trying
from app.ports import Flow


@strawberry.input(description="Whether a kind of data is carried.")
class FlowChoiceInput:
    flow: FlowKind = strawberry.field(description="The kind of data.")
    on: bool = strawberry.field(description="Whether it is carried.")


@strawberry.type(description="The checklist after a step.")
class SetupPayload:
    setup: Setup | None = strawberry.field(
        description="The checklist as it is now; null when nothing was done."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type(description="How far the SKUs of both sides were read.")
class SetupSkusPayload:
    store_items: int = strawberry.field(description="How many of the shop's items were read this time.")
    host_products: int = strawberry.field(description="How many of the ERP's products were read this time.")
    complete: bool = strawberry.field(
        description="Whether both were read to the end; else ask again to go on."
    )
    lacks: list[str] = strawberry.field(
        description="Sides that do not list what they sell, in a sentence each."
    )
    setup: Setup | None = strawberry.field(
        description="The checklist as it is now; null when nothing was done."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was read; empty when it was.")


@strawberry.type(description="A dry run: exactly what the ERP would be told of an order.")
class SetupDryRunPayload:
    preview: MappingPreview | None = strawberry.field(
        description="What would be sent, or what is in its way; null where nothing could be tried."
    )
    setup: Setup | None = strawberry.field(
        description="The checklist as it is now; null when nothing was done."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was tried; empty when it was.")


@strawberry.type
class SetupMutation:
    @strawberry.mutation(
        description="Maps what a plain shop needs: the entries are laid over the mapping in force, and are its next version.",
        extensions=[Needs(Scope.ADMIN)],
    )
    async def setup_map(
        self, info: Info, connection: strawberry.ID, tables: list[TableInput]
    ) -> SetupPayload:
        context = info.context
        try:
            found = await context.connection(connection)
            given = {table.name: {row.name: row.value for row in table.rows} for table in tables}
            number = await choosing.map_plain(context.core, found, given, by=context.caller.actor)
        except StockbridgeError as error:
            return SetupPayload(setup=None, user_errors=user_errors(error, _about(error, "tables")))
        await context.audit("setup.map", str(found.id), version=str(number))
        return await _after(info, connection)

    @strawberry.mutation(
        description="Says of each kind of data whether it is carried. Stock and prices begin as usual; nothing is written yet.",
        extensions=[Needs(Scope.ADMIN)],
    )
    async def setup_flows(
        self, info: Info, connection: strawberry.ID, flows: list[FlowChoiceInput]
    ) -> SetupPayload:
        context = info.context
        try:
            found = await context.connection(connection)
            wanted = {Flow(str(each.flow.value)): each.on for each in flows}
            await choosing.choose_flows(context.core, found, wanted, by=context.caller.actor)
        except StockbridgeError as error:
            return SetupPayload(setup=None, user_errors=user_errors(error, _about(error, "flows")))
        return await _after(info, connection)

    @strawberry.mutation(
        description="Reads the SKUs of both sides on, for `skuAudit`. Writes to neither; a large shop takes several calls.",
        extensions=[Needs(Scope.ADMIN)],
    )
    async def setup_skus(self, info: Info, connection: strawberry.ID) -> SetupSkusPayload:
        context = info.context
        try:
            found = await context.connection(connection)
            stretch = await skus.read(context.core, found)
        except StockbridgeError as error:
            why = user_errors(error, "connection")
            return SetupSkusPayload(
                store_items=0, host_products=0, complete=False, lacks=[], setup=None, user_errors=why
            )
        return SetupSkusPayload(
            store_items=stretch.store,
            host_products=stretch.host,
            complete=stretch.whole,
            lacks=list(stretch.lacks),
            setup=await standing(info, await context.found(connection)),
            user_errors=[],
        )

    @strawberry.mutation(
        description="Tries one real order under the mapping in force, as if it had been approved. Nothing is written to either"
        " side; that it would have been sent is remembered for the checklist.",
        extensions=[Needs(Scope.ADMIN)],
    )
    async def setup_dry_run(
        self, info: Info, connection: strawberry.ID, store_key: str
    ) -> SetupDryRunPayload:
        context = info.context
        try:
            found = await context.connection(connection)
            made = await trying.dry_run(context.core, found, StoreKey(store_key))
        except StockbridgeError as error:
            why = user_errors(error, _about(error, "storeKey"))
            return SetupDryRunPayload(preview=None, setup=None, user_errors=why)
        return SetupDryRunPayload(
            preview=MappingPreview.of(made),
            setup=await standing(info, await context.found(connection)),
            user_errors=[],
        )


def _about(error: StockbridgeError, argument: str) -> str:
    return "connection" if error.code.startswith("connection.") else argument


async def _after(info: Info, connection: str) -> SetupPayload:
    return SetupPayload(setup=await standing(info, await info.context.found(connection)), user_errors=[])
