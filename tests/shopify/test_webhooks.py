"""The webhook door: what it lets in, what it stores, and that it stores nothing else."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from app.errors import Retry
from app.inbox import Event
from app.shopify.webhooks import Webhooks, routes
from tests.shopify.fakes import PREVIOUS, SECRET, SHOP, Box, browser, signature

BODY = b'{"id": 820982911946154508, "updated_at": "2026-11-20T10:00:00-05:00"}'
MOST = 1_000


@pytest.fixture
def box() -> Box:
    return Box()


@pytest.fixture
def door(box: Box) -> httpx.AsyncClient:
    webhooks = Webhooks(secrets=(SECRET.encode(), PREVIOUS.encode()), intake=box, most_bytes=MOST)
    return browser(routes(webhooks))


def headers(body: bytes = BODY, prefix: str = "X-Shopify-", **changed: str | None) -> dict[str, str]:
    """Shopify's headers; `changed` by their last part, None leaves one out."""
    sent: dict[str, str | None] = {
        "Hmac-Sha256": signature(body),
        "Topic": "orders/updated",
        "Shop-Domain": SHOP,
        "API-Version": "2026-10",
        "Webhook-Id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        "Event-Id": "98880550-7158-44d4-b7cd-2c97c8a091b5",
        "Triggered-At": "2026-11-20T10:00:01.123456789Z",
    }
    sent |= {name.replace("_", "-"): value for name, value in changed.items()}
    return {prefix + name: value for name, value in sent.items() if value is not None}


async def post(door: httpx.AsyncClient, sent: dict[str, str], body: bytes = BODY) -> int:
    return (await door.post("/webhooks/orders", content=body, headers=sent)).status_code


async def test_a_signed_message_is_stored_as_it_came(door: httpx.AsyncClient, box: Box) -> None:
    assert await post(door, headers()) == 200
    assert box.events == [
        Event(
            shop_domain=SHOP,
            topic="orders/updated",
            webhook_id="b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
            event_id="98880550-7158-44d4-b7cd-2c97c8a091b5",
            triggered_at=datetime(2026, 11, 20, 10, 0, 1, 123456, tzinfo=UTC),
            api_version="2026-10",
            body=BODY,
        )
    ]


async def test_the_newer_header_family_is_read_as_well(door: httpx.AsyncClient, box: Box) -> None:
    assert await post(door, headers(prefix="shopify-")) == 200
    assert box.events[0].topic == "orders/updated"


async def test_headers_of_two_families_are_never_mixed(door: httpx.AsyncClient, box: Box) -> None:
    mixed = headers(prefix="shopify-") | {"X-Shopify-Shop-Domain": "other.myshopify.com"}
    assert await post(door, mixed) == 200
    assert box.events[0].shop_domain == SHOP
    wrong_beside_right = headers(prefix="shopify-") | {"X-Shopify-Hmac-Sha256": signature(b"other")}
    assert await post(door, wrong_beside_right) == 401


async def test_the_previous_secret_is_still_accepted(door: httpx.AsyncClient, box: Box) -> None:
    assert await post(door, headers(Hmac_Sha256=signature(BODY, PREVIOUS))) == 200
    assert len(box.events) == 1


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        signature(BODY, "a-secret-of-somebody-else-entirely"),
        signature(BODY + b" "),
        signature(BODY)[:-2],
        signature(BODY).lower(),
        base64.b64encode(b"").decode(),
        base64.b64encode(b"x" * 31).decode(),
        "not base64 at all !",
        "sécret-ünd-ümlaut",
        signature(BODY, ""),
    ],
)
async def test_a_missing_empty_or_wrong_signature_is_refused(
    door: httpx.AsyncClient, box: Box, given: str | None
) -> None:
    sent: dict[str, Any] = headers(Hmac_Sha256=None)
    if given is not None:
        sent["X-Shopify-Hmac-Sha256"] = given.encode("utf-8")
    assert (await door.post("/webhooks/orders", content=BODY, headers=sent)).status_code == 401
    assert box.events == []


async def test_an_empty_secret_signs_nothing(box: Box) -> None:
    door = browser(routes(Webhooks(secrets=(b"",), intake=box, most_bytes=MOST)))
    assert await post(door, headers(Hmac_Sha256=signature(BODY, ""))) == 401


@pytest.mark.parametrize("body", [b"", b"not json", b'{"id":', b"\xff\xfe\x00", b"[]"])
async def test_what_is_signed_is_stored_even_when_it_is_no_json(
    door: httpx.AsyncClient, box: Box, body: bytes
) -> None:
    assert await post(door, headers(body), body) == 200
    assert [event.body for event in box.events] == [body]


async def test_a_body_over_the_cap_is_refused_by_its_stated_length(door: httpx.AsyncClient, box: Box) -> None:
    full, over = b"x" * MOST, b"x" * (MOST + 1)
    assert await post(door, headers(full), full) == 200
    assert await post(door, headers(over), over) == 413
    assert len(box.events) == 1


async def test_a_body_without_a_length_is_cut_off_while_it_streams(box: Box) -> None:
    webhooks = Webhooks(secrets=(SECRET.encode(),), intake=box, most_bytes=MOST)
    parts = _Parts([b"x" * 600] * 1_000)
    status = await _run(webhooks, parts, {})
    assert status == 413
    assert parts.read == 2


async def test_a_sender_who_leaves_stores_nothing(box: Box) -> None:
    webhooks = Webhooks(secrets=(SECRET.encode(),), intake=box, most_bytes=MOST)
    assert await _run(webhooks, _Parts([BODY[:10]], leaves=True), headers(BODY[:10])) == 400
    assert box.events == []


@pytest.mark.parametrize(
    "shop", [None, "", "evil.com", "evil.com/.myshopify.com", "goods.myshopify.com.evil.com"]
)
async def test_a_signed_message_that_names_no_shop_is_not_stored(
    door: httpx.AsyncClient, box: Box, shop: str | None
) -> None:
    assert await post(door, headers(Shop_Domain=shop)) == 400
    assert await post(door, headers(Topic=None)) == 400
    assert box.events == []


async def test_a_missing_id_is_made_from_the_message_and_the_same_each_time(
    door: httpx.AsyncClient, box: Box
) -> None:
    for sent in (
        headers(Webhook_Id=None),
        headers(Webhook_Id=None),
        headers(Webhook_Id=None, Topic="orders/paid"),
    ):
        assert await post(door, sent) == 200
    first, again, other = (event.webhook_id for event in box.events)
    assert first == again != other


@pytest.mark.parametrize("at", [None, "yesterday", "2026-11-20T10:00:00", "0000"])
async def test_a_time_that_can_not_be_read_is_no_time(
    door: httpx.AsyncClient, box: Box, at: str | None
) -> None:
    assert await post(door, headers(Triggered_At=at)) == 200
    assert box.events[0].triggered_at is None


async def test_an_overloaded_inbox_makes_shopify_come_again(door: httpx.AsyncClient, box: Box) -> None:
    box.failure = Retry("inbox.overloaded", "Too many events are waiting.")
    answer = await door.post("/webhooks/orders", content=BODY, headers=headers())
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    box.failure = None
    assert await post(door, headers()) == 200


async def test_only_a_post_is_answered(door: httpx.AsyncClient, box: Box) -> None:
    assert (await door.get("/webhooks/orders", headers=headers())).status_code == 405
    assert box.events == []


class _Parts:
    """A request's body as a server hands it over, part by part."""

    def __init__(self, parts: Iterable[bytes], *, leaves: bool = False) -> None:
        self._parts, self._leaves, self.read = iter(parts), leaves, 0

    async def __call__(self) -> dict[str, Any]:
        part = next(self._parts, None)
        if part is None:
            return {"type": "http.disconnect"}
        self.read += 1
        return {"type": "http.request", "body": part, "more_body": True}


async def _run(webhooks: Webhooks, parts: _Parts, sent: dict[str, str]) -> int:
    said: list[Any] = []

    async def send(message: Any) -> None:
        said.append(message)

    raw = [(name.lower().encode(), value.encode()) for name, value in sent.items()]
    await webhooks({"type": "http", "method": "POST", "headers": raw}, parts, send)
    return int(said[0]["status"])


async def test_each_answer_is_counted(box: Box) -> None:
    counted: list[str] = []
    secrets = (SECRET.encode(),)
    webhooks = Webhooks(secrets=secrets, intake=box, most_bytes=MOST, count=counted.append)
    door = browser(routes(webhooks))
    await post(door, headers())
    await post(door, headers(Hmac_Sha256=None))
    await post(door, headers(Shop_Domain="evil.com"))
    await post(door, headers(b"x" * 2_000), b"x" * 2_000)
    box.failure = Retry("inbox.overloaded", "Too many events are waiting.")
    await post(door, headers())
    assert counted == ["stored", "refused", "malformed", "oversized", "busy"]
