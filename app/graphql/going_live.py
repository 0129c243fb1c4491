"""Going live: what would become of the last days' orders, and the approval of that plan."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from enum import Enum

import strawberry

from app.domain.ids import StoreKey
from app.errors import StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.codes import Code, code_of
from app.graphql.connection_changes import ConnectionPayload
from app.graphql.connections import shown
from app.graphql.context import Info, Needs
from app.operations import going_live
from app.sync.first_contact import Planned

_MOST = 250
_WITHIN = timedelta(seconds=40)
"""The page waits for a plan; what is not read by then is decided when it runs."""


@strawberry.enum(description="What would become of an order when the connection goes live.")
class PlannedAction(Enum):
    CREATE = strawberry.enum_value("create", description="A document would be made in the ERP.")
    ADOPT = strawberry.enum_value(
        "adopt", description="The ERP has its document already: it would be linked."
    )
    LOOK = strawberry.enum_value(
        "look", description="The ERP has one that looks like it: a person must look."
    )
    WAIT = strawberry.enum_value("wait", description="It is not decided yet, such as a payment under way.")
    HOLD = strawberry.enum_value("hold", description="It would wait for a person.")
    SKIP = strawberry.enum_value("skip", description="Nothing would be sent for it.")


@strawberry.type(description="One order of a plan.")
class PlannedOrder:
    store_key: str = strawberry.field(description="What the shop knows it by; what to approve it by.")
    name: str = strawberry.field(description="Its name, such as #1001.")
    placed_at: datetime = strawberry.field(description="When it was placed.")
    action: PlannedAction = strawberry.field(description="What would become of it.")
    sentence: str = strawberry.field(description="More about that; may be empty.")
    code: str | None = strawberry.field(description="The reason's stable code.")
    approvable: bool = strawberry.field(
        description="Whether it can be sent although it is older than the cut-over."
    )

    @strawberry.field(description="The code explained.")
    def explanation(self) -> Code | None:
        return code_of(self.code) if self.code else None

    @classmethod
    def of(cls, planned: Planned) -> PlannedOrder:
        return cls(
            store_key=planned.key,
            name=planned.name,
            placed_at=planned.placed_at,
            action=PlannedAction(planned.action),
            sentence=planned.why,
            code=planned.code,
            approvable=planned.action in going_live.APPROVABLE,
        )


@strawberry.type(description="How many orders a plan would do the same with.")
class PlannedCount:
    action: PlannedAction = strawberry.field(description="What would become of them.")
    count: int = strawberry.field(description="How many there are.")


@strawberry.type(
    description="What would become of the orders of the last 7 days. Nothing was written to make it."
)
class GoLivePlan:
    cut_over: datetime = strawberry.field(
        description="Orders placed from then on are sent; older ones if approved."
    )
    orders: list[PlannedOrder] = strawberry.field(description="The orders, the newest first.")
    counts: list[PlannedCount] = strawberry.field(description="How many there are of each.")
    complete: bool = strawberry.field(description="False when there are more orders than a plan shows.")


@strawberry.type(description="A plan, or why there is none.")
class GoLivePlanPayload:
    plan: GoLivePlan | None = strawberry.field(
        description="The plan; null when one of the sides could not be read."
    )
    user_errors: list[UserError] = strawberry.field(description="Why there is none; empty when there is.")


@strawberry.type
class GoLiveQuery:
    @strawberry.field(
        description="What would become of the orders of the last 7 days. Reads both sides and writes to neither.",
        extensions=[Needs(Scope.ADMIN)],
    )
    async def go_live_plan(
        self, info: Info, connection: strawberry.ID, cut_over: datetime | None = None
    ) -> GoLivePlanPayload:
        context = info.context
        try:
            found = await context.connection(connection)
            plan = await going_live.plan(context.core, found, cut_over=cut_over, most=_MOST, within=_WITHIN)
        except StockbridgeError as error:
            return GoLivePlanPayload(plan=None, user_errors=user_errors(error, "connection"))
        return GoLivePlanPayload(plan=_plan(plan), user_errors=[])


@strawberry.type
class GoLiveMutation:
    @strawberry.mutation(
        description="Approves a plan: orders placed from the cut-over on are sent, and the older ones named here.",
        extensions=[Needs(Scope.ADMIN)],
    )
    async def connection_go_live(
        self, info: Info, id: strawberry.ID, cut_over: datetime, approve: list[str] | None = None
    ) -> ConnectionPayload:
        context = info.context
        try:
            found = await context.connection(id)
            keys = [StoreKey(key) for key in dict.fromkeys(approve or ())]
            await going_live.go_live(context.core, found, cut_over=cut_over, approved=keys)
        except StockbridgeError as error:
            return ConnectionPayload(connection=None, answer=None, user_errors=user_errors(error, "id"))
        await context.audit(
            "connection.go_live", str(found.id), cut_over=cut_over.isoformat(), approved=str(len(keys))
        )
        return ConnectionPayload(connection=await shown(info, found.id), answer=None, user_errors=[])


def _plan(plan: going_live.Plan) -> GoLivePlan:
    counted = Counter(each.action for each in plan.orders)
    return GoLivePlan(
        cut_over=plan.cut_over,
        orders=[PlannedOrder.of(each) for each in plan.orders],
        counts=[PlannedCount(action=PlannedAction(name), count=n) for name, n in sorted(counted.items())],
        complete=plan.whole,
    )
