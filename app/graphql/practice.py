"""Practising: a connection to the demo ERP, whose faults are on a switch, and that never writes to the shop."""

from __future__ import annotations

import strawberry

from app.errors import StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.connection_changes import ConnectionPayload, shop_of
from app.graphql.connections import Connection, shown
from app.graphql.context import Info, Needs
from app.operations import practice


@strawberry.type(description="What there is to practise with.")
class Practice:
    offered: bool = strawberry.field(description="Whether this server has a demo ERP for it.")
    connection: Connection | None = strawberry.field(
        description="The organisation's practice connection; null where there is none."
    )

    @strawberry.field(
        description="Whether its ERP's calls go wrong now and then; null where there is none, or it does not answer."
    )
    async def faults(self, info: Info) -> bool | None:
        context = info.context
        found = await context.found(self.connection.id) if self.connection else None
        try:
            return await practice.faults(context.core, found) if found else None
        except StockbridgeError:
            return None


@strawberry.type(description="What became of a change of the practice.")
class PracticePayload:
    practice: Practice | None = strawberry.field(description="As it is now; null when nothing was done.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type
class PracticeQuery:
    @strawberry.field(
        description="What there is to practise with, and whether somebody does.",
        extensions=[Needs(Scope.READ_STATUS)],
    )
    async def practice(self, info: Info) -> Practice:
        return await _now(info)


@strawberry.type
class PracticeMutation:
    @strawberry.mutation(
        description="Joins the shop to the demo ERP to practise: its orders are read, and nothing is ever written to it.",
        extensions=[Needs(Scope.ADMIN)],
    )
    async def practice_start(self, info: Info, shop: strawberry.ID | None = None) -> ConnectionPayload:
        context = info.context
        try:
            made = await practice.start(
                context.core,
                tenant=context.tenant,
                shop=await shop_of(info, shop),
                by=context.caller.actor,
            )
        except StockbridgeError as error:
            why = user_errors(error, "shop") if error.code.startswith("shop.") else user_errors(error)
            return ConnectionPayload(connection=None, answer=None, user_errors=why)
        await context.audit("practice.start", str(made))
        return ConnectionPayload(connection=await shown(info, made), answer=None, user_errors=[])

    @strawberry.mutation(
        description="Has calls of the practice connection's ERP go wrong now and then, or no more.",
        extensions=[Needs(Scope.ADMIN)],
    )
    async def practice_faults(self, info: Info, connection: strawberry.ID, on: bool) -> PracticePayload:
        context = info.context
        try:
            found = await context.connection(connection)
            await practice.set_faults(context.core, found, on=on)
        except StockbridgeError as error:
            return PracticePayload(practice=None, user_errors=user_errors(error, "connection"))
        await context.audit("practice.faults", str(found.id), on=str(on).lower())
        return PracticePayload(practice=await _now(info), user_errors=[])


async def _now(info: Info) -> Practice:
    context = info.context
    known = await practice.offer(context.core, context.tenant)
    return Practice(offered=known.offered, connection=await shown(info, known.connection))
