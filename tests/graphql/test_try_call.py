"""A connection document's call is tried over the API, beside the connection test, before anything is stored."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from app.hosts.rest.spec import REST
from app.ports import Fence
from tests.graphql.conftest import Api
from tests.graphql.test_journey import pairs, store, world
from tests.hosts.simulated import SimulatedUnderTest, running

__all__ = ["store", "world"]

TEST = """mutation ($input: ConnectionTestInput!) { connectionTest(input: $input) {
    answer { account } tried { request status answer rows problem } userErrors { code field message } } }"""


@pytest.fixture(scope="module")
def erp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedUnderTest]:
    home = tmp_path_factory.mktemp("kontor")
    with running(REST, home, wrong={"secret": "no-such-secret"}, fence=Fence.UNIQUE) as under:
        yield under


async def test_a_call_is_tried_and_a_document_that_is_wrong_is_told_by_path(
    world: Api, erp: SimulatedUnderTest
) -> None:
    token = await world.mine.token("admin")
    given = {"host": "rest", "fields": pairs(erp.credentials), "call": "stock.of"}
    asked = {**given, "values": pairs({"items": "TEA"})}
    found = (await world.ask(TEST, token=token, input=asked))["connectionTest"]
    assert found["userErrors"] == []
    assert (found["tried"]["status"], found["tried"]["rows"]) == (200, 1)
    assert json.loads(found["tried"]["answer"])["holdings"][0]["article"] == "TEA"
    assert not any(secret in str(found) for secret in erp.secrets)
    unknown = (await world.ask(TEST, token=token, input={**given, "call": "orders.create"}))["connectionTest"]
    assert [each["code"] for each in unknown["userErrors"]] == ["description.no_call"]
    broken = json.loads(erp.credentials["document"])
    broken["stock"]["page"]["rosw"] = "holdings"
    fields = pairs({**erp.credentials, "document": json.dumps(broken)})
    refused = (await world.ask(TEST, token=token, input={**given, "fields": fields}))["connectionTest"]
    (error,) = refused["userErrors"]
    assert error["code"] == "description.unknown_key"
    assert "stock.page.rosw" in error["message"]
    assert "Did you mean `rows`?" in error["message"]
