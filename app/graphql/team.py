"""The organisation's people: who came, which role they have, and giving them another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import strawberry

from app.domain import access
from app.domain.access import Permission as Needed
from app.errors import StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.context import Info, Needs
from app.graphql.ids import Kind, gid, uuid_of
from app.graphql.paging import PageInfo, asked, cursor, cut, moment, opened
from app.graphql.roles import Permission, Role, RolePermissions, shown
from app.graphql.shop import Shop
from app.models import members
from app.models.members import Member as Row
from app.operations import team


@strawberry.type(description="Somebody of a shop's staff who opened the app.")
class Member:
    id: strawberry.ID = strawberry.field(description="The member's global id.")
    name: str | None = strawberry.field(description="As Shopify told it; null where it was not asked yet.")
    staff: str = strawberry.field(description="Shopify's number of them: `staff:` and it in the audit log.")
    role: Role = strawberry.field(description="What they are.")
    account_owner: bool = strawberry.field(
        description="Whether they own the Shopify account: then they are an owner here, whatever anybody says."
    )
    you: bool = strawberry.field(description="Whether it is the one who asks.")
    since: datetime = strawberry.field(description="When they came first.")
    seen_at: datetime = strawberry.field(description="When they came last, to the hour.")
    shop_id: strawberry.Private[UUID]

    @strawberry.field(description="The shop they are of.")
    async def shop(self, info: Info) -> Shop | None:
        row = await info.context.loaders.shop.load(self.shop_id)
        return Shop.of(row) if row else None

    @classmethod
    def of(cls, info: Info, row: Row) -> Member:
        context = info.context
        return cls(
            id=gid(Kind.MEMBER, row.id),
            name=team.name_of(context.core.vault, row, tenant=context.tenant),
            staff=row.staff,
            role=Role(row.role.value),
            account_owner=row.account_owner,
            you=row.id == context.caller.by,
            since=row.since,
            seen_at=row.seen_at,
            shop_id=row.shop,
        )


@strawberry.type(description="A page of members.")
class MemberConnection:
    nodes: list[Member] = strawberry.field(description="The members, the first one first.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")


@strawberry.type(description="A member after a change.")
class MemberPayload:
    member: Member | None = strawberry.field(description="The member; null when nothing was done.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type(description="A member who was removed.")
class MemberRemovePayload:
    removed: strawberry.ID | None = strawberry.field(description="Who was; null when nothing was done.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type(description="The table of permissions after a change.")
class PermissionsPayload:
    permissions: list[RolePermissions] | None = strawberry.field(
        description="What each role may by now; null when nothing was done."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type
class TeamQuery:
    @strawberry.field(
        description="Who of the staff opened the app, the first one first.",
        extensions=[Needs(Scope.ADMIN, Needed.READ_STATUS)],
    )
    async def members(self, info: Info, first: int = 25, after: str | None = None) -> MemberConnection:
        context, place = info.context, moment(opened(after, 2))
        async with context.core.database.tenant(context.tenant) as tx:
            rows = await members.page(tx, tenant=context.tenant, after=place, most=asked(first) + 1)
        return _page(info, *cut(rows, first))


@strawberry.type
class TeamMutation:
    @strawberry.mutation(
        description="Gives a member another role, none above one's own. Their streams end at once.",
        extensions=[Needs(Scope.ADMIN, Needed.MANAGE_TEAM)],
    )
    async def member_role_set(self, info: Info, member: strawberry.ID, role: Role) -> MemberPayload:
        context, chosen = info.context, uuid_of(Kind.MEMBER, member)
        try:
            if chosen is None:
                raise team.unknown_member()
            row = await team.set_role(
                context.core.database,
                tenant=context.tenant,
                member=chosen,
                role=access.Role[role.name],
                by=context.caller.actor,
                rank=context.caller.rank,
            )
        except StockbridgeError as error:
            return MemberPayload(member=None, user_errors=user_errors(error, "member"))
        return MemberPayload(member=Member.of(info, row), user_errors=[])

    @strawberry.mutation(
        description="Forgets a member. Should they come again, they begin as a viewer.",
        extensions=[Needs(Scope.ADMIN, Needed.MANAGE_TEAM)],
    )
    async def member_remove(self, info: Info, member: strawberry.ID) -> MemberRemovePayload:
        context, chosen = info.context, uuid_of(Kind.MEMBER, member)
        try:
            if chosen is None:
                raise team.unknown_member()
            await team.remove(
                context.core.database,
                tenant=context.tenant,
                member=chosen,
                by=context.caller.actor,
                rank=context.caller.rank,
            )
        except StockbridgeError as error:
            return MemberRemovePayload(removed=None, user_errors=user_errors(error, "member"))
        return MemberRemovePayload(removed=gid(Kind.MEMBER, chosen), user_errors=[])

    @strawberry.mutation(
        description="Decides what a role may do from now on: what is not named it may not. An owner's can't be changed.",
        extensions=[Needs(Scope.ADMIN, Needed.MANAGE_PERMISSIONS)],
    )
    async def permissions_set(
        self, info: Info, role: Role, permissions: list[Permission]
    ) -> PermissionsPayload:
        context = info.context
        try:
            table = await team.set_permissions(
                context.core.database,
                tenant=context.tenant,
                role=access.Role[role.name],
                wanted=[Needed[each.name] for each in permissions],
                by=context.caller.actor,
            )
        except StockbridgeError as error:
            field = "role" if error.code == "permission.owners" else "permissions"
            return PermissionsPayload(permissions=None, user_errors=user_errors(error, field))
        return PermissionsPayload(permissions=shown(table), user_errors=[])


def _page(info: Info, rows: Sequence[Row], more: bool) -> MemberConnection:
    last = rows[-1] if rows else None
    end = cursor(last.since.isoformat(), str(last.id)) if last else None
    return MemberConnection(
        nodes=[Member.of(info, row) for row in rows], page_info=PageInfo(has_next_page=more, end_cursor=end)
    )
