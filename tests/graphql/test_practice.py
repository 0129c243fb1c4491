"""Practising over the API: one connection to the demo ERP, marked, its faults on a switch, and the shop is left alone."""

from __future__ import annotations

from typing import Any

import pytest

from app.errors import Refused
from app.models import connections
from app.operations import practice
from app.sync.writes import PRACTICE, shut
from tests.graphql.furnished import Own, api, core_with_sides, erp, own

__all__ = ["api", "erp", "own"]

START = "mutation { practiceStart { connection { id name practice state hostKey } userErrors { code } } }"
SHOWN = "{ practice { offered faults connection { id } } connections { id practice } }"
FAULTS = """mutation ($id: ID!, $on: Boolean!) { practiceFaults(connection: $id, on: $on) {
    practice { faults } userErrors { code field } } }"""


async def did(own: Own, document: str, **variables: Any) -> Any:
    return await own.api.ask(document, token=own.tenant.session, **variables)


async def test_it_is_offered_begun_once_and_marked(own: Own) -> None:
    assert (await did(own, SHOWN))["practice"] == {"offered": True, "faults": None, "connection": None}
    made = (await did(own, START))["practiceStart"]
    assert made["userErrors"] == []
    kept = made["connection"]
    assert (kept["practice"], kept["state"], kept["name"]) == (True, "SETUP", "Practice")
    again = (await did(own, START))["practiceStart"]
    assert (again["connection"], again["userErrors"]) == (None, [{"code": "practice.begun"}])
    seen = await did(own, SHOWN)
    assert seen["practice"] == {"offered": True, "faults": False, "connection": {"id": kept["id"]}}
    assert {each["id"]: each["practice"] for each in seen["connections"]} == {
        own.connection: False,
        kept["id"]: True,
    }


async def test_faults_are_switched_for_practice_alone(own: Own) -> None:
    kept = (await did(own, START))["practiceStart"]["connection"]
    for on in (True, False):
        switched = (await did(own, FAULTS, id=kept["id"], on=on))["practiceFaults"]
        assert switched == {"practice": {"faults": on}, "userErrors": []}
    refused = (await did(own, FAULTS, id=own.connection, on=True))["practiceFaults"]
    assert refused["userErrors"] == [{"code": "practice.not_practice", "field": ["connection"]}]


async def test_it_may_write_to_its_erp_and_never_to_the_shop(own: Own) -> None:
    await did(own, START)
    async with own.api.core.database.tenant(own.tenant.joined.tenant) as tx:
        joined = await connections.of_shop(tx, tenant=own.tenant.joined.tenant, shop=own.tenant.joined.shop)
    (made,) = [each for each in joined if each.practice]
    assert shut(made, "host") is None
    assert shut(made, "store") == PRACTICE
    assert [shut(each, "store") for each in joined if not each.practice] == [None]


async def test_a_server_without_a_room_says_so(own: Own) -> None:
    bare = core_with_sides(own.api.mine.core)
    assert not (await practice.offer(bare, own.tenant.joined.tenant)).offered
    joined = own.tenant.joined
    with pytest.raises(Refused) as refused:
        await practice.start(bare, tenant=joined.tenant, shop=joined.shop, by="test")
    assert refused.value.code == "practice.not_offered"
