"""Who a session is of: Shopify says it once in some hours, and while it does not answer nobody loses and nobody gains."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from app.domain.access import DEFAULTS, Role, Standing
from app.errors import Refused, Retry, StockbridgeError
from app.models import audit, members
from app.models.audit import Sought
from app.models.database import Database
from app.operations import team
from app.shopify.oauth import StaffUser
from app.shopify.roster import Patience, Roster
from app.shopify.session import Session
from tests.models.world import VAULT, Joined, join

SECONDS = timedelta(seconds=1)


@dataclass
class Shopify:
    """Says who somebody is, or does not answer."""

    owners: set[str] = field(default_factory=set)
    failure: StockbridgeError | None = None
    silent: bool = False
    misled: bool = False
    asked: list[str] = field(default_factory=list)

    async def staff_user(self, shop: str, id_token: str) -> StaffUser:
        self.asked.append(id_token)
        await asyncio.sleep(3_600 if self.silent else 0)
        if self.failure:
            raise self.failure
        key = "999" if self.misled else id_token
        return StaffUser(key=key, name=f"Person {key}", account_owner=key in self.owners)


@dataclass
class Office:
    """A shop, and the roster at its door. `at` is the roster's own clock."""

    joined: Joined
    database: Database
    shopify: Shopify
    at: float = 0.0

    def __post_init__(self) -> None:
        self.roster = Roster(
            database=self.database,
            vault=VAULT,
            ask=self.shopify.staff_user,
            patience=Patience(every=timedelta(hours=12), wait=0.05 * SECONDS, rest=60 * SECONDS),
            clock=lambda: self.at,
        )

    async def comes(self, staff: str) -> Standing:
        session = Session(shop=self.joined.domain, user=staff)
        return await self.roster.standing(
            tenant=self.joined.tenant, shop=self.joined.shop, session=session, id_token=staff
        )

    async def sql(self, statement: str) -> None:
        async with self.database.tenant(self.joined.tenant) as tx:
            await tx.run(statement)

    async def all(self) -> list[members.Member]:
        async with self.database.tenant(self.joined.tenant) as tx:
            return await members.page(tx, tenant=self.joined.tenant, after=None, most=50)

    async def one(self, staff: str) -> members.Member:
        return next(each for each in await self.all() if each.staff == staff)

    async def log(self) -> list[tuple[str, str, str]]:
        async with self.database.tenant(self.joined.tenant) as tx:
            rows = await audit.page(
                tx, tenant=self.joined.tenant, sought=Sought(action="member.role"), after=None, most=50
            )
        return [(row.actor, row.facts["old"], row.facts["new"]) for row in rows]


@pytest.fixture
async def office(database: Database) -> Office:
    return Office(joined=await join(database), database=database, shopify=Shopify(owners={"1"}))


async def test_the_accounts_owner_is_an_owner_and_whoever_is_new_a_viewer(office: Office) -> None:
    assert (await office.comes("1")).role is Role.OWNER
    viewer = await office.comes("2")
    assert (viewer.role, viewer.permissions) == (Role.VIEWER, DEFAULTS[Role.VIEWER])
    assert await office.log() == [("shopify", "", "viewer"), ("shopify", "", "owner")]
    found = await office.one("2")
    assert team.name_of(VAULT, found, tenant=office.joined.tenant) == "Person 2"


async def test_shopify_is_asked_once_in_some_hours_however_many_requests_come_at_once(office: Office) -> None:
    await asyncio.gather(*(office.comes("2") for _ in range(8)))
    await office.comes("2")
    assert office.shopify.asked == ["2"]
    await office.sql("UPDATE member SET asked_at = now() - interval '13 hours'")
    await asyncio.gather(*(office.comes("2") for _ in range(8)))
    assert office.shopify.asked == ["2", "2"]


async def test_what_somebody_was_given_stays_when_shopify_is_asked_again(office: Office) -> None:
    standing = await office.comes("2")
    await office.sql("UPDATE member SET role = 'manager' WHERE staff_key = '2'")
    await office.sql("UPDATE member SET asked_at = now() - interval '13 hours'")
    again = await office.comes("2")
    assert (again.member, again.role) == (standing.member, Role.MANAGER)
    assert len(office.shopify.asked) == 2


async def test_whoever_takes_the_account_over_is_an_owner_and_may_then_change_the_one_before(
    office: Office,
) -> None:
    await office.comes("1")
    await office.comes("2")
    office.shopify.owners = {"2"}
    await office.sql("UPDATE member SET asked_at = now() - interval '13 hours'")
    assert (await office.comes("2")).role is Role.OWNER
    assert (await office.comes("1")).role is Role.OWNER, "what is known stands until somebody decides"
    before = await office.one("1")
    assert not before.account_owner
    changed = await team.set_role(
        office.database,
        tenant=office.joined.tenant,
        member=before.id,
        role=Role.VIEWER,
        by="x",
        rank=Role.OWNER,
    )
    assert changed.role is Role.VIEWER


@pytest.mark.parametrize(
    "shopify",
    [
        Shopify(failure=Retry("shopify.token_throttled", "Wait.")),
        Shopify(failure=Refused("session.stale", "Stale.")),
        Shopify(silent=True),
        Shopify(misled=True),
    ],
    ids=["throttled", "refused", "silent", "speaks of somebody else"],
)
async def test_while_shopify_does_not_say_it_nobody_loses_and_nobody_gains(
    database: Database, shopify: Shopify
) -> None:
    shopify.owners = {"1", "999"}
    office = Office(joined=await join(database), database=database, shopify=shopify)
    assert (await office.comes("1")).role is Role.VIEWER, "nobody is an owner on their own word"
    await office.sql("UPDATE member SET role = 'manager', asked_at = now() - interval '13 hours'")
    assert (await office.comes("1")).role is Role.MANAGER
    assert len(office.shopify.asked) == 1, "it is left in peace for a minute"
    office.at += 61
    assert (await office.comes("1")).role is Role.MANAGER
    assert len(office.shopify.asked) == 2
    office.at += 61
    shopify.failure, shopify.silent, shopify.misled = None, False, False
    assert (await office.comes("1")).role is Role.OWNER, "as soon as it does"


async def test_a_visit_is_noted_once_an_hour(office: Office) -> None:
    await office.comes("2")
    first = (await office.one("2")).seen_at
    await office.comes("2")
    assert (await office.one("2")).seen_at == first
    await office.sql("UPDATE member SET seen_at = now() - interval '2 hours'")
    await office.comes("2")
    assert (await office.one("2")).seen_at >= first


async def test_another_shops_staff_of_the_same_number_is_somebody_else(office: Office) -> None:
    other = Office(joined=await join(office.database), database=office.database, shopify=Shopify())
    one, two = await office.comes("1"), await other.comes("1")
    assert (one.role, two.role) == (Role.OWNER, Role.VIEWER)
    assert one.member != two.member
