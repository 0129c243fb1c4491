"""When a cadence would come round: asked while somebody writes one, so that it is seen before it is kept."""

from __future__ import annotations

from datetime import datetime

import strawberry

from app.domain import cadence as cadences
from app.errors import Refused
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.context import Info, Needs
from app.models import schedules
from app.wiring import utc_now

_SHOWN = 3


@strawberry.type(description="When a cadence would come round next.")
class CadencePreview:
    times: list[datetime] = strawberry.field(
        description="The next instants; an interval's, were it to begin now."
    )
    zone: str | None = strawberry.field(
        description="The shop's time zone, in which expressions are meant; null: not asked for yet, they are shown in UTC."
    )
    user_errors: list[UserError] = strawberry.field(description="Why it can't be meant; else empty.")


@strawberry.type
class CadenceQuery:
    @strawberry.field(
        description="When a cadence (a preset's name, `@every SECONDS` or a cron expression) would come round. Keeps nothing.",
        extensions=[Needs(Scope.READ_STATUS)],
    )
    async def cadence_preview(self, info: Info, connection: strawberry.ID, cadence: str) -> CadencePreview:
        context = info.context
        try:
            found = await context.connection(connection)
            meant = cadences.cadence(cadence)
        except Refused as error:
            field = "connection" if error.code == "connection.unknown" else "cadence"
            return CadencePreview(times=[], zone=None, user_errors=user_errors(error, field))
        async with context.core.database.tenant(context.tenant) as tx:
            rows = await schedules.of_connection(tx, tenant=context.tenant, connection=found.id)
        zone = next((row.zone for row in rows.values() if row.zone), None)
        times = [utc_now()]
        for _ in range(_SHOWN):
            times.append(cadences.next_after(meant, times[-1], zone=zone))
        return CadencePreview(times=times[1:], zone=zone, user_errors=[])
