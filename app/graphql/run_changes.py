"""Having a flow run: plans of stock, their approval, one SKU at once, and giving a run up."""

from __future__ import annotations

from uuid import UUID

import strawberry

from app.domain.access import Permission
from app.errors import Refused, StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.context import Info, Needs
from app.graphql.hosts import FlowKind
from app.graphql.ids import Kind, uuid_of
from app.graphql.runs import Run, run_shown
from app.models import price_lines, run_lists
from app.operations import flows, tasks
from app.ports import Flow
from app.wiring import worker_name


@strawberry.type(description="A run after a change.")
class RunPayload:
    run: Run | None = strawberry.field(
        description="The run as it is now; null when nothing was done, or none was needed."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type
class RunMutation:
    @strawberry.mutation(
        description="Reads the ERP and plans: which levels would change, from what to what. Writes nothing itself; a plan"
        " without concerns is taken up by a worker, one with concerns waits for `stockPlanApprove`.",
        extensions=[Needs(Scope.WRITE_RETRY)],
    )
    async def stock_plan(self, info: Info, connection: strawberry.ID) -> RunPayload:
        context = info.context
        try:
            found = await context.connection(connection)
            run = await context.stock.plan(found, by=context.caller.actor)
        except StockbridgeError as error:
            return _refused(error, "connection")
        await context.audit("stock.plan", str(run))
        return RunPayload(run=await run_shown(info, run), user_errors=[])

    @strawberry.mutation(
        description="Takes a plan as it is: a worker writes it.",
        extensions=[Needs(Scope.ADMIN, Permission.MANAGE_FLOWS)],
    )
    async def stock_plan_approve(self, info: Info, run: strawberry.ID) -> RunPayload:
        return await _decided(info, run, approve=True)

    @strawberry.mutation(
        description="Reads one SKU in the ERP and writes it to the shop at once, unless its plan needs approval.",
        extensions=[Needs(Scope.WRITE_RETRY)],
    )
    async def stock_push(self, info: Info, connection: strawberry.ID, sku: str) -> RunPayload:
        context = info.context
        try:
            found = await context.connection(connection)
            if not sku.strip() or len(sku) > 300:
                raise Refused("stock.sku_unknown", "The shop has no item of this SKU.")
            run = await context.stock.push(found, by=context.caller.actor, sku=sku.strip())
        except StockbridgeError as error:
            return _refused(error, "sku" if error.code.startswith("stock.sku") else "connection")
        await context.audit("stock.push", str(run), sku=sku.strip())
        return RunPayload(run=await run_shown(info, run), user_errors=[])

    @strawberry.mutation(
        description="Has a flow run now. Stock answers with its run; the others' next turn comes at once, in the background.",
        extensions=[Needs(Scope.WRITE_RETRY)],
    )
    async def run_start(self, info: Info, connection: strawberry.ID, flow: FlowKind) -> RunPayload:
        context = info.context
        try:
            found = await context.connection(connection)
            run = None
            if flow is FlowKind.INVENTORY:
                run = await context.stock.plan(found, by=context.caller.actor)
            else:
                await flows.run_now(context.core, found, Flow(str(flow.value)), by=context.caller.actor)
        except StockbridgeError as error:
            return _refused(error, "flow" if error.code.startswith("flow.") else "connection")
        await context.audit("run.start", str(found.id), flow=str(flow.value))
        return RunPayload(run=await run_shown(info, run), user_errors=[])

    @strawberry.mutation(
        description="Gives a plan or a run up. What was sent already is settled.",
        extensions=[Needs(Scope.WRITE_RETRY)],
    )
    async def run_stop(self, info: Info, run: strawberry.ID) -> RunPayload:
        return await _decided(info, run, approve=False)


async def _decided(info: Info, run: str, *, approve: bool) -> RunPayload:
    context, chosen = info.context, uuid_of(Kind.RUN, run)
    try:
        if chosen is None:
            raise Refused("run.unknown", "There is no such run.")
        if not approve and await tasks.is_task(context.core, context.tenant, chosen):
            await tasks.stop(context.core, context.tenant, chosen)
        elif approve:
            await context.stock.approve(context.tenant, chosen, by=context.caller.actor)
        elif await _is_of_prices(info, chosen):
            await context.core.prices(worker_name()).stop(context.tenant, chosen)
        else:
            await context.stock.stop(context.tenant, chosen)
    except StockbridgeError as error:
        return _refused(error, "run")
    await context.audit("stock.approve" if approve else "run.stop", str(chosen))
    return RunPayload(run=await run_shown(info, chosen), user_errors=[])


async def _is_of_prices(info: Info, run: UUID) -> bool:
    async with info.context.core.database.tenant(info.context.tenant) as tx:
        return await run_lists.one(tx, tenant=info.context.tenant, run=run, flow=price_lines.FLOW) is not None


def _refused(error: StockbridgeError, *field: str) -> RunPayload:
    return RunPayload(run=None, user_errors=user_errors(error, *field))
