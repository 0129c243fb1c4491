"""The first hour of a connection: its checklist, what the shop calls things, and the steps that are taken here."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry

from app.errors import StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.connections import Connection, shown
from app.graphql.context import Info, Needs
from app.graphql.mapping_tables import TableChoice
from app.models.connections import Connection as Joined
from app.operations.setup import steps, values
from app.operations.setup.steps import SetupStep as Step
from app.operations.setup.values import PlainTable, Said

_MOST_CHOICES = 1_000
_LAST = 10


@strawberry.enum(description="A step on the way to going live.")
class SetupStepKey(Enum):
    CONNECT = strawberry.enum_value("connect", description="The ERP is connected, and has answered.")
    MAP = strawberry.enum_value("map", description="It is said what the ERP calls what a plain shop needs.")
    FLOWS = strawberry.enum_value(
        "flows", description="It is said of each kind of data whether it is carried."
    )
    SKUS = strawberry.enum_value("skus", description="The SKUs of both sides were read beside each other.")
    DRY_RUN = strawberry.enum_value(
        "dry_run", description="A real order was tried under the mapping in force, and would have been sent."
    )
    GO_LIVE = strawberry.enum_value(
        "go_live", description="The plan was approved and the connection is live."
    )


@strawberry.type(description="A step, done when what it is about is true, whoever did it.")
class SetupStep:
    key: SetupStepKey = strawberry.field(description="Which one.")
    done: bool = strawberry.field(description="Whether it is done.")
    lacking: list[str] = strawberry.field(description="What it still wants: tables, or flows, by name.")
    found: int = strawberry.field(description="How many things a person should look at although it is done.")

    @classmethod
    def of(cls, step: Step) -> SetupStep:
        return cls(
            key=SetupStepKey(step.key.value), done=step.done, lacking=list(step.lacking), found=step.found
        )


@strawberry.type(description="How far a connection is on its way to going live.")
class Setup:
    connection: Connection | None = strawberry.field(description="Which one; null where none is made yet.")
    steps: list[SetupStep] = strawberry.field(description="All of them, in their order.")
    next: SetupStepKey | None = strawberry.field(description="The first that is not done; null: all are.")


@strawberry.type(description="One thing that the shop names.")
class SetupValue:
    value: str = strawberry.field(description="What the table is searched by.")
    label: str = strawberry.field(description="What people call it.")
    orders: int = strawberry.field(description="How many of the orders that were looked at name it.")
    code: str | None = strawberry.field(description="What the ERP calls it by the mapping in force.")
    proposed: str | None = strawberry.field(
        description="The ERP's code that is called the same, or its only one; null: nothing is guessed."
    )

    @classmethod
    def of(cls, said: Said) -> SetupValue:
        return cls(
            value=said.value, label=said.label, orders=said.orders, code=said.code, proposed=said.proposed
        )


@strawberry.type(description="A look-up table that a plain shop needs.")
class SetupTable:
    name: str = strawberry.field(description="Which table.")
    values: list[SetupValue] = strawberry.field(description="What the shop names, the most frequent first.")
    rest: str | None = strawberry.field(description="What anything else is mapped to; null: nothing.")
    choices: list[TableChoice] | None = strawberry.field(
        description="The ERP's codes, at most 1,000; null where it lists none: then any may be entered."
    )

    @classmethod
    def of(cls, table: PlainTable) -> SetupTable:
        listed = table.choices
        return cls(
            name=table.name,
            values=[SetupValue.of(each) for each in table.said],
            rest=table.rest,
            choices=None
            if listed is None
            else [TableChoice(code=each.code, label=each.label) for each in listed[:_MOST_CHOICES]],
        )


@strawberry.type(description="What a plain shop has to map.")
class SetupTablesPayload:
    tables: list[SetupTable] = strawberry.field(description="Locations, payments, shipping and taxes.")
    orders: int = strawberry.field(
        description="How many orders of the last 7 days were looked at, at most 50."
    )
    complete: bool = strawberry.field(description="Whether those were all.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing can be shown; else empty.")


@strawberry.type(description="An order that a dry run may be made of.")
class SetupOrder:
    store_key: str = strawberry.field(description="What the shop knows it by; what `setupDryRun` takes.")
    name: str = strawberry.field(description="Its name, such as #1001.")
    placed_at: datetime = strawberry.field(description="When it was placed.")


@strawberry.type(description="The shop's last orders.")
class SetupOrdersPayload:
    orders: list[SetupOrder] = strawberry.field(
        description="At most ten of the last 7 days, the newest first."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing can be shown; else empty.")


@strawberry.type
class SetupQuery:
    @strawberry.field(
        description="How far a connection is on its way to going live. Without one that is there, what there is to do.",
        extensions=[Needs(Scope.READ_STATUS)],
    )
    async def setup(self, info: Info, connection: strawberry.ID | None = None) -> Setup:
        found = await info.context.found(connection) if connection is not None else None
        return await standing(info, found)

    @strawberry.field(
        description="What the shop's locations and last orders name, beside the ERP's codes. Writes to neither.",
        extensions=[Needs(Scope.ADMIN)],
    )
    async def setup_tables(self, info: Info, connection: strawberry.ID) -> SetupTablesPayload:
        context = info.context
        try:
            tables, orders, whole = await values.plain_tables(
                context.core, await context.connection(connection)
            )
        except StockbridgeError as error:
            why = user_errors(error, "connection")
            return SetupTablesPayload(tables=[], orders=0, complete=False, user_errors=why)
        made = [SetupTable.of(each) for each in tables]
        return SetupTablesPayload(tables=made, orders=orders, complete=whole, user_errors=[])

    @strawberry.field(
        description="The shop's last orders, to try one of them.", extensions=[Needs(Scope.ADMIN)]
    )
    async def setup_orders(self, info: Info, connection: strawberry.ID) -> SetupOrdersPayload:
        context = info.context
        try:
            found = await values.recent(context.core, await context.connection(connection), most=_LAST)
        except StockbridgeError as error:
            return SetupOrdersPayload(orders=[], user_errors=user_errors(error, "connection"))
        made = [SetupOrder(store_key=each.key, name=each.name, placed_at=each.created_at) for each in found]
        return SetupOrdersPayload(orders=made, user_errors=[])


async def standing(info: Info, found: Joined | None) -> Setup:
    made = [SetupStep.of(each) for each in await steps.steps(info.context.core, found)]
    return Setup(
        connection=await shown(info, found.id) if found else None,
        steps=made,
        next=next((each.key for each in made if not each.done), None),
    )
