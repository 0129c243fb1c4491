"""Members and permissions as rows: what is kept differs from the defaults alone, and whoever is gone long is forgotten."""

from __future__ import annotations

from datetime import timedelta

from app.domain.access import DEFAULTS, Permission, Role
from app.models import members, role_permissions, upkeep
from app.models.database import Database
from tests.models.world import OWNER, Joined, join

_HALF_A_DAY = timedelta(hours=12)


async def comes(database: Database, joined: Joined, staff: str, *, owner: bool = False) -> members.Told:
    async with database.tenant(joined.tenant) as tx:
        return await members.told(
            tx,
            tenant=joined.tenant,
            shop=joined.shop,
            staff=staff,
            account_owner=owner,
            sealed_name=b"sealed",
        )


async def test_whoever_is_told_of_says_what_they_were_before(database: Database) -> None:
    joined = await join(database)
    first = await comes(database, joined, "5")
    assert (first.role, first.was) == (Role.VIEWER, None)
    again = await comes(database, joined, "5", owner=True)
    assert (again.member, again.role, again.was) == (first.member, Role.OWNER, Role.VIEWER)
    later = await comes(database, joined, "5")
    assert (later.role, later.was) == (Role.OWNER, Role.OWNER)


async def test_only_what_differs_from_the_defaults_is_kept_and_counts_at_once(database: Database) -> None:
    joined = await join(database)
    await comes(database, joined, "5")
    async with database.tenant(joined.tenant) as tx:
        await role_permissions.save(
            tx, tenant=joined.tenant, role=Role.VIEWER, permissions=[Permission.READ_STATUS, Permission.READ_AUDIT]
        )  # fmt: skip
        assert await tx.value("SELECT count(*) FROM role_permission") == 2
        found = await members.standing(
            tx, tenant=joined.tenant, shop=joined.shop, staff="5", every=_HALF_A_DAY
        )
        table = await role_permissions.table(tx, tenant=joined.tenant)
    assert found is not None
    assert found[0].permissions == {Permission.READ_STATUS, Permission.READ_AUDIT} == table[Role.VIEWER]
    assert table[Role.MANAGER] == DEFAULTS[Role.MANAGER]
    async with database.tenant(joined.tenant) as tx:
        await role_permissions.save(
            tx, tenant=joined.tenant, role=Role.VIEWER, permissions=DEFAULTS[Role.VIEWER]
        )
        assert await tx.value("SELECT count(*) FROM role_permission") == 0


async def test_pages_of_members_follow_each_other(database: Database) -> None:
    joined = await join(database)
    for number in range(10, 17):
        await comes(database, joined, str(number))
    found, after = [], None
    async with database.tenant(joined.tenant) as tx:
        while page := await members.page(tx, tenant=joined.tenant, after=after, most=3):
            found += [each.staff for each in page]
            after = (page[-1].since, page[-1].id)
    assert found == [OWNER, *map(str, range(10, 17))]


async def test_whoever_was_not_seen_for_long_is_forgotten(database: Database) -> None:
    joined = await join(database)
    await comes(database, joined, "5")
    async with database.tenant(joined.tenant) as tx:
        await tx.run("UPDATE member SET seen_at = now() - interval '401 days' WHERE staff_key = '5'")
    kept = {"seen_for": timedelta(days=7), "bodies_for": timedelta(days=30)}
    await upkeep.keep_house(database, **kept, timeline_for=timedelta(days=400))
    async with database.tenant(joined.tenant) as tx:
        left = await members.page(tx, tenant=joined.tenant, after=None, most=9)
    assert [each.staff for each in left] == [OWNER]
