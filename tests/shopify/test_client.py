"""The one door to the Admin API: pacing, renewal, and what each answer means."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.errors import AccessLost, Bug, Misconfigured, Rejected, Retry, StockbridgeError, Throttled, Unclear
from app.ports import Answer, Lane
from app.settings import API_VERSION
from app.shopify.answers import accept, user_errors
from app.shopify.client import Client
from tests.shopify.fakes import SHOP, Keys, Network, Pace, answer, graphql, spent, throttled

DATA = {"shop": {"name": "Goods"}}


class Door:
    """A client with everything around it in reach."""

    def __init__(self, *said: Answer | StockbridgeError) -> None:
        self.network, self.pace, self.keys = Network().will_say(*said), Pace(), Keys()
        self.alarms: list[str] = []
        self.client = Client(
            shop=SHOP, http=self.network, tokens=self.keys, limiter=self.pace, count=self.alarms.append
        )

    async def ask(self) -> Any:
        return await self.client.run("shop", {}, Lane.ORDERS)

    async def change(self) -> Any:
        return await self.client.run("marks_set", {"metafields": []}, Lane.ORDERS)


def failed(code: str, data: Any = None) -> Answer:
    return graphql(data, errors=[{"message": "what Shopify says", "extensions": {"code": code}}])


async def test_a_document_is_sent_to_the_pinned_version_with_the_shops_token() -> None:
    door = Door(graphql(DATA))
    assert await door.ask() == DATA
    request = door.network.sent[0]
    assert request.url == f"https://{SHOP}/admin/api/{API_VERSION}/graphql.json"
    assert request.headers["x-shopify-access-token"] == "first"
    assert door.network.bodies[0]["query"].startswith("query Shop")
    assert not request.writes


async def test_a_mutation_says_that_it_writes() -> None:
    door = Door(graphql({"metafieldsSet": {"userErrors": []}}))
    await door.change()
    assert door.network.sent[0].writes


async def test_null_variables_travel_as_null() -> None:
    door = Door(graphql(DATA))
    await door.client.run("marks_set", {"metafields": [{"compareDigest": None}]}, Lane.ORDERS)
    assert door.network.bodies[0]["variables"] == {"metafields": [{"compareDigest": None}]}


async def test_the_limiter_is_asked_before_and_told_after() -> None:
    door = Door(graphql(DATA, cost=spent(255, actual=31, available=1_700)))
    await door.ask()
    assert door.pace.taken == [("shop", Lane.ORDERS)]
    assert door.pace.settled == [
        {
            "document": "shop",
            "reserved": 42,
            "requested": 255,
            "actual": 31,
            "available": 1_700,
            "maximum": 2_000,
            "rate": 100.0,
        }
    ]


async def test_a_throttled_answer_is_told_and_waited_out() -> None:
    door = Door(throttled(requested=300, available=100), graphql(DATA))
    assert await door.ask() == DATA
    assert [told["available"] for told in door.pace.refused] == [100]
    assert len(door.pace.taken) == 2


async def test_throttling_without_end_says_when_to_come_back() -> None:
    door = Door(*[throttled(requested=500, available=100)] * 3)
    with pytest.raises(Throttled) as caught:
        await door.ask()
    assert caught.value.after == timedelta(seconds=4)
    assert len(door.pace.refused) == 3


async def test_429_says_when_to_come_back() -> None:
    with pytest.raises(Throttled) as caught:
        await Door(answer({}, 429, **{"retry-after": "7.5"})).ask()
    assert caught.value.after == timedelta(seconds=7.5)
    with pytest.raises(Throttled) as caught:
        await Door(answer({}, 429, **{"retry-after": "soon"})).ask()
    assert caught.value.after == timedelta(seconds=2)


async def test_a_refused_token_is_renewed_once() -> None:
    door = Door(answer({"errors": "[API] Invalid API key or access token"}, 401), graphql(DATA))
    assert await door.ask() == DATA
    assert door.keys.was_refused == ["first"]
    assert door.network.sent[1].headers["x-shopify-access-token"] == "second"


async def test_twice_refused_means_that_access_is_lost() -> None:
    door = Door(answer({}, 401), answer({}, 401))
    door.keys.tokens.append("third")
    with pytest.raises(AccessLost, match=r"shopify\.token_refused"):
        await door.ask()
    assert len(door.network.sent) == 2


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (402, AccessLost, "shopify.shop_frozen"),
        (403, AccessLost, "shopify.forbidden"),
        (404, AccessLost, "shopify.shop_missing"),
        (423, AccessLost, "shopify.shop_locked"),
        (430, Throttled, "shopify.throttled"),
        (400, Bug, "shopify.request_malformed"),
        (500, Retry, "shopify.unanswered"),
        (503, Retry, "shopify.unanswered"),
    ],
)
async def test_a_status_says_what_happens_next(status: int, kind: type[StockbridgeError], code: str) -> None:
    with pytest.raises(kind) as caught:
        await Door(answer(b"<html>", status)).ask()
    assert caught.value.code == code


@pytest.mark.parametrize("said", [answer(b"<html>", 502), answer(b"<html>"), failed("INTERNAL_SERVER_ERROR")])
async def test_a_lost_answer_is_unclear_for_a_mutation_and_only_a_retry_for_a_query(said: Answer) -> None:
    with pytest.raises(Unclear, match=r"shopify\.unanswered"):
        await Door(said).change()
    with pytest.raises(Retry, match=r"shopify\.unanswered"):
        await Door(said).ask()


@pytest.mark.parametrize(
    ("code", "kind", "means"),
    [
        ("ACCESS_DENIED", Misconfigured, "shopify.scope_missing"),
        ("SHOP_INACTIVE", AccessLost, "shopify.shop_frozen"),
        ("MAX_COST_EXCEEDED", Bug, "shopify.document_refused"),
        ("undefinedField", Bug, "shopify.document_refused"),
    ],
)
async def test_an_error_in_the_body_says_what_happens_next(
    code: str, kind: type[StockbridgeError], means: str
) -> None:
    with pytest.raises(kind) as caught:
        await Door(failed(code)).ask()
    assert caught.value.code == means


DENIED = {"order": {"id": "gid://shopify/Order/1", "email": None, "paymentTerms": None}}


def denied(*path: str, data: Any = DENIED) -> Answer:
    error = {"message": "Access denied", "path": [*path], "extensions": {"code": "ACCESS_DENIED"}}
    return graphql(data, errors=[error])


async def test_what_shopify_denies_of_a_person_stays_null() -> None:
    assert await Door(denied("order", "email")).ask() == DENIED
    assert await Door(denied("order", "customer", "firstName")).ask() == DENIED


@pytest.mark.parametrize(
    "said", [denied("order", "paymentTerms"), denied("order", data={"order": None}), denied()]
)
async def test_what_is_denied_for_want_of_a_scope_is_never_taken_for_nothing(said: Answer) -> None:
    with pytest.raises(Misconfigured, match=r"shopify\.scope_missing"):
        await Door(said).ask()


async def test_errors_as_a_bare_sentence_are_read_too() -> None:
    with pytest.raises(Bug, match=r"shopify\.document_refused"):
        await Door(answer({"errors": "Not Found"})).ask()


@pytest.mark.parametrize(("served", "heard"), [(API_VERSION, []), ("2027-01", ["api_version"])])
async def test_another_version_than_asked_for_is_an_alarm_and_works(served: str, heard: list[str]) -> None:
    said = Answer(status=200, headers={"x-shopify-api-version": served}, body=graphql(DATA).body)
    door = Door(said)
    assert await door.ask() == DATA
    assert door.alarms == heard


async def test_a_network_failure_passes_as_it_is() -> None:
    with pytest.raises(Retry, match="never left"):
        await Door(Retry("network.unreachable", "It never left.")).ask()


async def test_a_document_that_is_not_there_is_our_fault() -> None:
    with pytest.raises(Bug, match=r"shopify\.no_document"):
        await Door().client.run("nothing", {}, Lane.ORDERS)


def test_user_errors_become_a_refusal_in_shopifys_words() -> None:
    payload = {
        "userErrors": [
            {"code": "INVALID", "message": "Value is too long", "field": ["metafields", "3", "value"]}
        ]
    }
    assert user_errors(payload)[0].index == 3
    with pytest.raises(Rejected, match="Value is too long") as caught:
        accept(payload)
    assert caught.value.facts == {"codes": "INVALID"}
    accept({"userErrors": []})
    with pytest.raises(Rejected):
        accept(None)


# --- how many at once ----------------------------------------------------------------------------------------------------


async def test_as_many_calls_are_wanted_under_way_as_the_rate_and_the_answers_time_ask_for() -> None:
    door = Door()
    door.pace.rate = 1_000.0
    assert door.client.at_once(10) == 60
    door.pace.rate = 100.0
    assert door.client.at_once(10) == 6


async def test_quick_answers_need_fewer_calls_under_way() -> None:
    door = Door(*[graphql(DATA)] * 30)
    before = door.client.at_once(0.1)
    for _ in range(30):
        await door.ask()
    assert door.client.at_once(0.1) < before / 5
