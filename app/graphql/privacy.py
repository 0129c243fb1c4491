"""Privacy as people see it: what is kept for how long, and which requests of customers and shops were carried out."""

from __future__ import annotations

from datetime import datetime, timedelta

import strawberry

from app.domain.access import Permission
from app.graphql.caller import Scope
from app.graphql.connections import NamedValue
from app.graphql.context import Info, Needs
from app.graphql.paging import PageInfo, asked, cursor, cut, moment, opened
from app.models import privacy_requests
from app.models.privacy_requests import PrivacyRequest as Row
from app.settings import Timing

_DAY = timedelta(days=1)


@strawberry.type(description="How long something is kept.")
class Retention:
    name: str = strawberry.field(description="What: a stable name, such as `messages`.")
    what: str = strawberry.field(description="The same in words.")
    days: int | None = strawberry.field(
        description="For how many days; null: as long as the app is installed."
    )


@strawberry.type(
    description="A request of a customer or a shop that was carried out. It says nowhere whose it was."
)
class PrivacyRequest:
    topic: str = strawberry.field(
        description="`customers/data_request`, `customers/redact` or `shop/redact`, as Shopify names it."
    )
    shop: str = strawberry.field(description="The shop it came from.")
    received_at: datetime = strawberry.field(description="When it came.")
    done_at: datetime | None = strawberry.field(description="When it was carried out.")
    counts: list[NamedValue] = strawberry.field(description="How much was found or erased.")

    @classmethod
    def of(cls, row: Row) -> PrivacyRequest:
        return cls(
            topic=row.topic,
            shop=row.domain,
            received_at=row.received_at,
            done_at=row.done_at,
            counts=[NamedValue(name=name, value=str(count)) for name, count in sorted(row.counts.items())],
        )


@strawberry.type(description="A page of requests.")
class PrivacyRequestPage:
    nodes: list[PrivacyRequest] = strawberry.field(description="The requests, the newest first.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.type
class PrivacyQuery:
    @strawberry.field(
        description="What this server keeps, and for how long.", extensions=[Needs(Scope.READ_STATUS)]
    )
    async def retentions(self, info: Info) -> list[Retention]:
        return retentions_of(info.context.core.settings.timing)

    @strawberry.field(
        description="Requests about personal data that were carried out, the newest first.",
        extensions=[Needs(Scope.ADMIN, Permission.READ_STATUS)],
    )
    async def privacy_requests(
        self, info: Info, first: int = 20, after: str | None = None
    ) -> PrivacyRequestPage:
        context, wanted = info.context, asked(first)
        place = moment(opened(after, 2))
        async with context.core.database.tenant(context.tenant) as tx:
            rows = await privacy_requests.page(tx, tenant=context.tenant, after=place, most=wanted + 1)
        own, more = cut(rows, wanted)
        end = cursor(own[-1].received_at.isoformat(), str(own[-1].id)) if own else None
        return PrivacyRequestPage(
            nodes=[PrivacyRequest.of(row) for row in own],
            page_info=PageInfo(has_next_page=more, end_cursor=end),
        )


def retentions_of(timing: Timing) -> list[Retention]:
    bodies, lines = timing.body_keep // _DAY, timing.timeline_keep // _DAY
    kept = [
        ("messages", "What the shop told us as it came, sealed", bodies),
        ("payloads", "What was sent to the ERP and what it answered, sealed", bodies),
        ("plans", "The lines of plans and trials; their counts stay", bodies),
        ("alerts", "The words of alerts, sealed", bodies),
        ("deliveries", "Ids of deliveries, so that none is taken twice", 7),
        ("timeline", "What happened to each order, without names or addresses", lines),
        ("reports", "Comparisons of both sides, by day", 90),
        (
            "records",
            "Which order became which document: numbers, states, totals, a keyed hash of the e-mail address",
            None,
        ),
        ("audit", "Who changed which setting", None),
    ]
    return [Retention(name=name, what=what, days=days) for name, what, days in kept]
