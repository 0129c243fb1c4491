"""Who changed what: the audit log by page, the newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import strawberry

from app.domain.access import Permission
from app.errors import Refused
from app.graphql.caller import Scope
from app.graphql.connections import NamedValue
from app.graphql.context import Info, Needs
from app.graphql.ids import Kind, uuid_of
from app.graphql.instants import instant
from app.graphql.paging import PageInfo, asked, cursor, cut, number, opened
from app.models import audit
from app.models.audit import Entry, Sought
from app.operations import team


@strawberry.type(description="A change, as it was noted in the same moment.")
class AuditEntry:
    at: datetime = strawberry.field(description="When.")
    actor: str = strawberry.field(
        description="Who: `staff:` and their number, `token:` and its id, `shopify`, or the command line."
    )
    actor_name: str | None = strawberry.field(
        description="The person's or the token's name, where it is still known."
    )
    action: str = strawberry.field(description="What was done, such as `flow.owner`.")
    subject: str = strawberry.field(description="To what: its bare id.")
    facts: list[NamedValue] = strawberry.field(
        description="The particulars; `old` and `new` where something changed."
    )

    @classmethod
    def of(cls, entry: Entry, names: Mapping[str, str]) -> AuditEntry:
        return cls(
            at=entry.at,
            actor=entry.actor,
            actor_name=names.get(entry.actor),
            action=entry.action,
            subject=entry.subject,
            facts=[NamedValue(name=name, value=str(value)) for name, value in sorted(entry.facts.items())],
        )


@strawberry.type(description="A change in the log.")
class AuditEdge:
    cursor: str = strawberry.field(description="Where it stands.")
    node: AuditEntry = strawberry.field(description="The change.")


@strawberry.type(description="A page of the audit log.")
class AuditConnection:
    edges: list[AuditEdge] = strawberry.field(description="The changes with their cursors.")
    nodes: list[AuditEntry] = strawberry.field(description="The changes.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")


@strawberry.type
class AuditQuery:
    @strawberry.field(
        description="Who changed what, the newest first. `connection`: what was changed about this one alone; `actor`, `action`:"
        " as an entry has them; `since`, `until`: in this time.",
        extensions=[Needs(Scope.ADMIN, Permission.READ_AUDIT)],
    )
    async def audit_log(
        self,
        info: Info,
        first: int = 25,
        after: str | None = None,
        connection: strawberry.ID | None = None,
        actor: str | None = None,
        action: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> AuditConnection:
        context = info.context
        about = uuid_of(Kind.CONNECTION, connection) if connection is not None else None
        if connection is not None and about is None:
            return _page([], {}, more=False)
        sought = Sought(
            subject=str(about) if about else None, actor=actor, action=action, since=since, until=until
        )
        async with context.core.database.tenant(context.tenant) as tx:
            rows = await audit.page(
                tx, tenant=context.tenant, sought=sought, after=_place(after), most=asked(first) + 1
            )
            shown, more = cut(rows, first)
            names = await team.actor_names(
                tx, context.core.vault, tenant=context.tenant, actors={row.actor for row in shown}
            )
        return _page(shown, names, more=more)

    @strawberry.field(
        description="Every kind of change that stands in the log: what `auditLog(action:)` can be asked for.",
        extensions=[Needs(Scope.ADMIN, Permission.READ_AUDIT)],
    )
    async def audit_actions(self, info: Info) -> list[str]:
        context = info.context
        async with context.core.database.tenant(context.tenant) as tx:
            return await audit.actions(tx, tenant=context.tenant)


def _page(shown: Sequence[Entry], names: Mapping[str, str], *, more: bool) -> AuditConnection:
    edges = [
        AuditEdge(cursor=cursor(row.at.isoformat(), str(row.id)), node=AuditEntry.of(row, names))
        for row in shown
    ]
    return AuditConnection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=PageInfo(has_next_page=more, end_cursor=edges[-1].cursor if edges else None),
    )


def _place(after: str | None) -> tuple[datetime, int] | None:
    values = opened(after, 2)
    if values is None:
        return None
    try:
        return instant(values[0]), number(values[1:]) or 0
    except ValueError as cause:
        raise Refused("page.cursor", "That is not a cursor of this list.") from cause
