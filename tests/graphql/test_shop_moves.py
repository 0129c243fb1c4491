"""What happens to a shop in the very moment it moves: uninstalls, renewals, events, erasure, and a move cut off in its middle."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from dataclasses import asdict
from datetime import timedelta
from uuid import uuid4

import pytest

from app.domain.access import Role
from app.graphql.caller import Doorkeeper
from app.graphql.ids import Kind, gid
from app.inbox import PURPOSE, Event
from app.models import upkeep
from app.shopify.roster import Roster
from app.shopify.session import SessionCheck
from app.wiring import open_inbox, utc_now
from tests.conftest import Addresses
from tests.graphql.conftest import Api
from tests.graphql.joined import JOIN, WHERE, alone, code_of, comes, pair, place, refused
from tests.graphql.test_shop_joining import count
from tests.patience import FAR


def event(domain: str, webhook: str, topic: str = "orders/create") -> Event:
    return Event(shop_domain=domain, topic=topic, webhook_id=webhook, body=b'{"id": 1}')


async def test_an_uninstall_at_the_same_moment_ends_the_stay_wherever_the_shop_is(api: Api) -> None:
    for _ in range(5):
        other, code = await alone(api), await code_of(api)
        install = await api.core.rows.current(other.joined.domain)
        assert install is not None
        said, ended = await asyncio.gather(
            refused(api, other, code),
            api.core.rows.uninstall(other.joined.domain, installed_at=install.installed_at),
        )
        now = await place(api, other.joined.domain)
        moved = now.tenant == api.mine.joined.tenant
        assert (ended, now.state, moved) == (True, "uninstalled", said == [])
        assert said in ([], ["shop_join.uninstalled"])


async def test_an_install_or_a_renewal_that_was_under_way_is_the_shops_where_it_is_now(api: Api) -> None:
    other, holder = await alone(api), uuid4()
    domain, rows = other.joined.domain, api.core.rows
    held = await rows.read(domain)
    assert held is not None
    assert await rows.lease(domain, holder=holder, until=timedelta(minutes=1))
    assert await refused(api, other, await code_of(api)) == []
    assert not await rows.lease(domain, holder=uuid4(), until=timedelta(minutes=1)), "one renews at a time"
    assert await rows.store(domain, pair("renewed"), over=held.version)
    await rows.release(domain, holder=holder)
    now = await rows.read(domain)
    assert now is not None
    assert (now.pair.access_token, now.version) == ("renewed", held.version + 1)
    others = [await alone(api) for _ in range(8)]
    for each in others:
        code = await code_of(api)
        said, _ = await asyncio.gather(
            refused(api, each, code), rows.install(each.joined.domain, pair("anew"), at=utc_now())
        )
        found = await rows.read(each.joined.domain)
        assert found is not None
        assert (said, found.pair.access_token) == ([], "anew")


async def test_events_from_before_and_during_the_move_are_handled_where_the_shop_is_now(api: Api) -> None:
    other, code = await alone(api), await code_of(api)
    domain, mine = other.joined.domain, api.mine.joined.tenant
    async with open_inbox(api.core) as inbox:
        inbox.start()
        await inbox.receive(event(domain, "before"))
        assert await refused(api, other, code) == []
        assert await count(api, "inbox_work WHERE tenant_id = $1", mine) == 1
        # The intake still takes it for the organisation that the shop has left.
        await inbox.receive(event(domain, "after", "app/uninstalled"))
        assert await count(api, "inbox_work WHERE tenant_id = $1", other.joined.tenant) == 1
        await inbox.stop()
    due = await upkeep.shops_with_unowned(api.core.database, most=9)
    assert due == [(mine, domain)]
    assert await api.core.rows.adopt_unowned(*due[0]) == 1
    rows = await api.owner.fetch(
        "SELECT e.tenant_id, e.body, e.topic FROM inbox_work w JOIN inbox_event e ON e.id = w.event_id ORDER BY e.id"
    )
    assert [(row["tenant_id"], row["topic"]) for row in rows] == [
        (mine, "orders/create"),
        (mine, "app/uninstalled"),
    ]
    assert [api.core.vault.unpack(row["body"], tenant=mine, purpose=PURPOSE) for row in rows] == [
        b'{"id": 1}'
    ] * 2
    assert await count(api, "inbox_event WHERE tenant_id = $1", other.joined.tenant) == 0
    assert await upkeep.shops_with_unowned(api.core.database, most=9) == []


async def test_a_move_that_is_cut_off_in_its_middle_has_not_begun(api: Api) -> None:
    other, code = await alone(api), await code_of(api)
    await other.token("admin")
    sealed = await api.owner.fetchval(
        "SELECT sealed_tokens FROM shop WHERE tenant_id = $1", other.joined.tenant
    )
    broken = sealed[:-1] + bytes([sealed[-1] ^ 1])
    spoil = "UPDATE shop SET sealed_tokens = $2 WHERE tenant_id = $1"
    await api.owner.execute(spoil, other.joined.tenant, broken)
    before = [await count(api, f"{table} WHERE tenant_id = $1", other.joined.tenant) for table in _HAS]
    assert await api.refused(JOIN, token=other.session, code=code) == ["api.internal"]
    after = [await count(api, f"{table} WHERE tenant_id = $1", other.joined.tenant) for table in _HAS]
    assert (after, await count(api, "shop_join_code WHERE used_at IS NULL")) == (
        [*before[:-1], before[-1] + 1],
        1,
    )
    assert (await api.ask(WHERE, token=other.session))["shop"]["domain"] == other.joined.domain
    await api.owner.execute(spoil, other.joined.tenant, sealed)
    assert await refused(api, other, code) == []


_HAS = ("shop", "member", "api_token", "audit_log")
"""The log has the try as well."""


async def test_erasing_a_shop_that_joined_erases_that_one_alone_with_what_was_left_behind(api: Api) -> None:
    other, code, mine = await alone(api), await code_of(api), api.mine.joined
    domain = other.joined.domain
    await api.orders(2)
    async with open_inbox(api.core) as inbox:
        inbox.start()
        await inbox.receive(event(domain, "before"))
        assert await refused(api, other, code) == []
        await inbox.receive(event(domain, "after"))
        await inbox.stop()
    await api.core.rows.erase_shop(domain)
    assert await count(api, "shop WHERE domain = $1", domain) == 0
    for table in ("inbox_event", "inbox_work", "inbox_seen"):
        assert await count(api, f"{table} WHERE shop_domain = $1", domain) == 0
    assert await count(api, "record WHERE tenant_id = $1", mine.tenant) == 2
    shops = (await api.ask(WHERE))["shop"]["organisation"]["shops"]
    assert shops == [{"domain": mine.domain}]


async def test_a_privacy_request_that_was_carried_out_is_still_told_where_the_shop_is_now(api: Api) -> None:
    other = await alone(api)
    await api.owner.execute(
        "INSERT INTO privacy_request (tenant_id, id, shop_id, topic, done_at, result)"
        " SELECT tenant_id, gen_random_uuid(), id, 'customers/redact', now(), '{\"erased\": 2}' FROM shop"
        " WHERE tenant_id = $1",
        other.joined.tenant,
    )
    before = await api.owner.fetchrow("SELECT id, topic, done_at, received_at, result FROM privacy_request")
    assert (await comes(api, other, await code_of(api)))["userErrors"] == []
    now = await place(api, other.joined.domain)
    after = await api.owner.fetchrow(
        "SELECT id, topic, done_at, received_at, result FROM privacy_request WHERE tenant_id = $1 AND shop_id = $2",
        now.tenant,
        now.shop,
    )
    assert after == before


async def test_whoever_watched_in_the_organisation_that_the_shop_left_is_not_who_they_were(api: Api) -> None:
    other = await alone(api)
    core = api.mine.core
    roster = Roster(database=core.database, vault=core.vault, ask=core.installer.endpoint.staff_user)
    sessions = SessionCheck(client_id=core.settings.shopify_api_key, secrets=core.settings.secrets)
    door = Doorkeeper(database=core.database, sessions=sessions, roster=roster, requests=core.requests)
    known, tool = [
        await door.caller(f"Bearer {each}") for each in (other.session, await other.token("admin"))
    ]
    assert [await door.still(each) for each in (known, tool)] == [True, True]
    assert await refused(api, other, await code_of(api)) == []
    assert [await door.still(each) for each in (known, tool)] == [False, False]
    again = await door.caller(f"Bearer {other.session}")
    assert (again.tenant, again.role) == (api.mine.joined.tenant, Role.VIEWER), (
        "Shopify is away and says nothing"
    )


@pytest.mark.long
@pytest.mark.parametrize(
    "words", ["FROM shop WHERE", "INTO shop (", "SET used_at", "SELECT name FROM tenant"]
)
async def test_a_process_that_is_killed_while_a_shop_moves_moves_none(
    api: Api, addresses: Addresses, valkey_url: str, words: str
) -> None:
    other, code = await alone(api), await code_of(api)
    told = {
        "words": words,
        "addresses": asdict(addresses),
        "valkey": valkey_url,
        "headers": {"Authorization": f"Bearer {await other.token('admin')}"},
        "body": {"query": JOIN, "variables": {"code": code, "shop": gid(Kind.SHOP, other.joined.shop)}},
    }
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.graphql.dying", stdin=asyncio.subprocess.PIPE
    )
    await asyncio.wait_for(child.communicate(json.dumps(told).encode()), FAR)
    assert child.returncode == -signal.SIGKILL
    assert (await place(api, other.joined.domain)).tenant == other.joined.tenant
    assert (await api.ask(WHERE, token=other.session))["shop"]["domain"] == other.joined.domain
    assert await refused(api, other, code) == []
