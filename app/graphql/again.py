"""Having a range of time done again: replaying stored events, and sending orders that were placed before."""

from __future__ import annotations

from datetime import datetime

import strawberry

from app.errors import Refused, StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.context import Info, Needs
from app.models.events import Chosen
from app.operations import again
from app.ports import Span


@strawberry.input(description="A range of time, without its end.")
class SpanInput:
    since: datetime = strawberry.field(description="From then on.")
    until: datetime = strawberry.field(description="Until just before then.")


@strawberry.type(description="How much would be done again, or was.")
class AgainPayload:
    count: int | None = strawberry.field(description="How many; null when nothing was done.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type
class AgainMutation:
    @strawberry.mutation(
        description="Has stored events of a connection's shop handled once more. `dryRun` only counts them.",
        extensions=[Needs(Scope.ADMIN)],
    )
    async def event_replay(
        self,
        info: Info,
        connection: strawberry.ID,
        span: SpanInput,
        topic: str | None = None,
        held_only: bool = False,
        dry_run: bool = True,
    ) -> AgainPayload:
        context = info.context
        try:
            found = await context.connection(connection)
            chosen = Chosen(
                domain=found.domain, since=_span(span).since, until=span.until, topic=topic, held=held_only
            )
            if dry_run:
                return AgainPayload(
                    count=await again.replayable(context.core, tenant=context.tenant, chosen=chosen),
                    user_errors=[],
                )
            count = await again.replay(context.core, tenant=context.tenant, shop=found.shop, chosen=chosen)
        except StockbridgeError as error:
            return AgainPayload(count=None, user_errors=user_errors(error, "connection"))
        await context.audit("event.replay", str(found.id), count=str(count))
        return AgainPayload(count=count, user_errors=[])

    @strawberry.mutation(
        description="Has the orders that were placed in a span sent, though they are older than the cut-over.",
        extensions=[Needs(Scope.ADMIN)],
    )
    async def order_back_fill(
        self, info: Info, connection: strawberry.ID, span: SpanInput, dry_run: bool = True
    ) -> AgainPayload:
        context = info.context
        try:
            found = await context.connection(connection)
            keys = await again.placed_in(context.core, found, _span(span))
            if dry_run:
                return AgainPayload(count=len(keys), user_errors=[])
            count = await again.back_fill(context.core, found, _span(span), keys)
        except StockbridgeError as error:
            return AgainPayload(count=None, user_errors=user_errors(error, "connection"))
        await context.audit("order.back_fill", str(found.id), count=str(count))
        return AgainPayload(count=count, user_errors=[])


def _span(given: SpanInput) -> Span:
    if given.since.tzinfo is None or given.until.tzinfo is None or given.since >= given.until:
        raise Refused("span.empty", "The span must end after it begins, and both must name their time zone.")
    return Span(since=given.since, until=given.until)
