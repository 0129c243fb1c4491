"""Joining a shop by a code: the shop moves as it stands or not at all, and whoever guesses gets nowhere."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from app.crypto import SecretHash
from app.domain.access import Role
from app.operations.joining import MOST_TRIES
from tests.graphql.conftest import Api
from tests.graphql.joined import WHERE, alone, code_of, comes, pair, place, refused

LOG = "query ($action: String) { auditLog(action: $action) { nodes { actor subject facts { name value } } } }"
VIEWER = "{ viewer { role } }"


async def count(api: Api, sql: str, *values: object) -> int:
    return int(await api.owner.fetchval(f"SELECT count(*) FROM {sql}", *values))


async def test_a_shop_joins_with_a_code_and_belongs_to_the_organisation_from_then_on(api: Api) -> None:
    other = await alone(api)
    mine = api.mine.joined
    payload = await comes(api, other, await code_of(api))
    assert payload == {"domain": other.joined.domain, "organisation": mine.domain, "userErrors": []}
    seen = (await api.ask(WHERE, token=other.session))["shop"]
    assert seen["domain"] == other.joined.domain
    both = [{"domain": mine.domain}, {"domain": other.joined.domain}]
    assert seen["organisation"] == {"name": mine.domain, "shops": both}
    assert (await api.ask(WHERE))["shop"] == {"domain": mine.domain, "organisation": seen["organisation"]}
    held = await api.core.rows.read(other.joined.domain)
    assert held is not None
    assert held.pair.access_token == pair().access_token
    (entry,) = (await api.ask(LOG, action="shop.join"))["auditLog"]["nodes"]
    now = await place(api, other.joined.domain)
    assert (entry["subject"], now.tenant, now.state) == (str(now.shop), mine.tenant, "installed")
    assert {"name": "domain", "value": other.joined.domain} in entry["facts"]


async def test_whoever_asks_from_a_shop_is_told_of_its_own_connections_first(api: Api) -> None:
    other, mine, added = await alone(api), api.mine.joined, uuid4()
    await comes(api, other, await code_of(api))
    await api.owner.execute(
        "INSERT INTO connection (tenant_id, id, shop_id, host, name, sealed_credentials)"
        " SELECT tenant_id, $1, $2, host, 'Theirs', sealed_credentials FROM connection WHERE id = $3",
        added,
        (await place(api, other.joined.domain)).shop,
        mine.connection,
    )

    async def domains(**who: str) -> list[str]:
        listed = await api.ask("{ connections { shop { domain } } }", **who)
        return [each["shop"]["domain"] for each in listed["connections"]]

    assert await domains() == [mine.domain, other.joined.domain]
    assert await domains(token=other.session) == [other.joined.domain, mine.domain]


async def test_what_its_own_organisation_had_ends_with_it(api: Api) -> None:
    other = await alone(api)
    tool, clerk = await other.token("admin"), await other.member(Role.OWNER)
    assert (await api.ask(VIEWER, token=clerk.session))["viewer"]["role"] == "OWNER"
    await comes(api, other, await code_of(api))
    assert await api.refused(WHERE, token=tool) == ["api.token_invalid"]
    assert (await api.ask(VIEWER, token=clerk.session))["viewer"]["role"] == "VIEWER", (
        "nobody was told of here"
    )
    tables = await api.owner.fetch(
        "SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'"
        " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace"
    )
    assert len(tables) > 40
    left = {
        row["name"]: await count(api, f"{row['name']} WHERE tenant_id = $1", other.joined.tenant)
        for row in tables
    }
    assert {name for name, rows in left.items() if rows} == set()
    assert await count(api, "tenant WHERE id = $1", other.joined.tenant) == 0


async def test_a_code_is_kept_by_nobody_and_the_newest_alone_counts(api: Api) -> None:
    other, first = await alone(api), await code_of(api)
    code = await code_of(api)
    kept = await api.owner.fetch("SELECT digest FROM shop_join_code")
    assert [row["digest"] for row in kept] == [SecretHash.of(code.replace("-", "")).digest]
    log = await api.owner.fetch("SELECT audit_log::text AS row FROM audit_log")
    assert len(code) == 23
    assert code not in f"{log} {kept}"
    assert await refused(api, other, first) == ["shop_join.unknown"]
    typed = f" {code.lower().replace('-', ' ').replace('0', 'o').replace('1', 'l')}\n"
    assert (await comes(api, other, typed))["domain"] == other.joined.domain


async def test_asked_twice_it_is_done_once_and_said_twice(api: Api) -> None:
    other, code = await alone(api), await code_of(api)
    once = await comes(api, other, code)
    before = await place(api, other.joined.domain)
    other.joined = type(other.joined)(**{**vars(other.joined), "tenant": before.tenant, "shop": before.shop})
    await other.member(Role.OWNER, "7")
    assert await comes(api, other, code) == once
    assert await place(api, other.joined.domain) == before


async def test_two_shops_that_come_with_one_code_at_once_are_one_shop_more(api: Api) -> None:
    for _ in range(4):
        code, pairs = await code_of(api), [await alone(api) for _ in range(2)]
        said = await asyncio.gather(*(refused(api, each, code) for each in pairs))
        assert sorted(said) == [[], ["shop_join.used"]]
        places = [(await place(api, each.joined.domain)).tenant for each in pairs]
        assert (places[0] == api.mine.joined.tenant) is (said[0] == [])
        assert (places[1] == api.mine.joined.tenant) is (said[1] == [])
        stayed = pairs[said.index(["shop_join.used"])]
        assert (await api.ask(WHERE, token=stayed.session))["shop"]["domain"] == stayed.joined.domain


async def test_two_shops_that_join_each_other_at_once_do_not_both_move(api: Api) -> None:
    one, two = await alone(api), await alone(api)
    codes = [await code_of(api, one), await code_of(api, two)]
    said = await asyncio.gather(refused(api, one, codes[1]), refused(api, two, codes[0]))
    places = [(await place(api, each.joined.domain)).tenant for each in (one, two)]
    assert places[0] == places[1], said
    assert sorted(map(len, said)) == [0, 1]


async def test_a_code_that_has_ended_lets_nobody_in(api: Api) -> None:
    other, code = await alone(api), await code_of(api)
    await api.owner.execute("UPDATE shop_join_code SET expires_at = now()")
    assert await refused(api, other, code) == ["shop_join.ended"]
    assert (await place(api, other.joined.domain)).tenant == other.joined.tenant
    await api.owner.execute("UPDATE shop_join_code SET expires_at = now() + interval '1 minute'")
    assert await refused(api, other, code) == []


async def test_whoever_guesses_is_stopped_however_many_guesses_come_at_once(api: Api) -> None:
    other, code = await alone(api), await code_of(api)
    guesses = [f"{number:020}" for number in range(MOST_TRIES + 5)]
    said = await asyncio.gather(*(refused(api, other, guess) for guess in guesses))
    assert sorted(said) == [["shop_join.too_many"]] * 5 + [["shop_join.unknown"]] * MOST_TRIES
    assert await refused(api, other, code) == ["shop_join.too_many"], "nor by the right one"
    await api.owner.execute("UPDATE audit_log SET at = at - interval '16 minutes'")
    assert await refused(api, other, code) == []


async def test_a_shop_with_a_connection_stays_and_one_with_practice_alone_leaves_that_behind(
    api: Api,
) -> None:
    code, joined = await code_of(api), api.theirs.joined
    assert await refused(api, api.theirs, code) == ["shop_join.connected"]
    assert (await place(api, joined.domain)).tenant == joined.tenant
    await api.orders(2, of=api.theirs)
    await api.owner.execute("UPDATE connection SET practice = true WHERE tenant_id = $1", joined.tenant)
    assert await refused(api, api.theirs, code) == []
    assert (await place(api, joined.domain)).tenant == api.mine.joined.tenant
    assert await count(api, "record WHERE tenant_id = $1", joined.tenant) == 0
    assert await count(api, "connection WHERE id = $1", joined.connection) == 0


async def test_a_shop_does_not_join_itself_nor_come_uninstalled_nor_is_it_anothers_to_move(api: Api) -> None:
    other, code = await alone(api), await code_of(api)
    assert await refused(api, api.mine, code) == ["shop_join.own"]
    theirs = await alone(api)
    where = "query { shop { id } }"
    named = (await api.ask(where, token=theirs.session))["shop"]["id"]
    assert await refused(api, other, code, shop=named) == ["shop.unknown"]
    await api.owner.execute("UPDATE shop SET state = 'uninstalled' WHERE tenant_id = $1", other.joined.tenant)
    assert await refused(api, other, code) == ["shop_join.uninstalled"]
    await api.owner.execute("UPDATE shop SET state = 'installed' WHERE tenant_id = $1", other.joined.tenant)
    assert await refused(api, other, code) == [], "the code still counts"


async def test_whoever_may_no_longer_bring_shops_in_leaves_no_code_behind(api: Api) -> None:
    other, clerk = await alone(api), await api.mine.member(Role.OWNER)
    made = (await api.ask("mutation { shopJoinCode { code } }", token=clerk.session))["shopJoinCode"]
    lower = """mutation ($member: ID!) { memberRoleSet(member: $member, role: MANAGER) { userErrors { code } } }"""
    assert (await api.ask(lower, member=clerk.id))["memberRoleSet"]["userErrors"] == []
    assert await refused(api, other, made["code"]) == ["shop_join.unknown"]
    assert await api.refused("mutation { shopJoinCode { code } }", token=clerk.session) == [
        "api.role_missing"
    ]


@pytest.mark.parametrize("role", [Role.MANAGER, Role.OPERATOR, Role.VIEWER])
async def test_owners_alone_make_codes_and_bring_shops_in(api: Api, role: Role) -> None:
    other, code = await alone(api), await code_of(api)
    clerk = await other.member(role)
    join = "mutation ($code: String!) { shopJoin(code: $code) { domain } }"
    assert await api.refused(join, token=clerk.session, code=code) == ["api.role_missing"]
    assert (await place(api, other.joined.domain)).tenant == other.joined.tenant


async def test_an_organisation_with_more_shops_goes_on_without_the_one_that_left(api: Api) -> None:
    first, second = await alone(api), await alone(api)
    await comes(api, second, await code_of(api, first))
    tool = await first.token("admin")
    named = (await api.ask("{ shop { organisation { shops { id domain } } } }", token=tool))["shop"]
    chosen = next(
        each["id"] for each in named["organisation"]["shops"] if each["domain"] == second.joined.domain
    )
    join = """mutation ($code: String!, $shop: ID) { shopJoin(code: $code, shop: $shop) { domain } }"""
    moved = await api.ask(join, token=tool, code=await code_of(api), shop=chosen)
    assert moved["shopJoin"]["domain"] == second.joined.domain
    assert (await place(api, second.joined.domain)).tenant == api.mine.joined.tenant
    assert (await api.ask("{ shop { organisation { shops { domain } } } }", token=tool))["shop"] == {
        "organisation": {"shops": [{"domain": first.joined.domain}]}
    }
