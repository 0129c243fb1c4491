"""Nothing secret and nobody's data gets into a log line, whichever way it comes."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
import structlog

from app import logs
from app.errors import Rejected, Unclear

TOKEN = "shpat_" + "0123456789abcdef" * 2
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl"
SECRETS = (
    TOKEN,
    "shpua_zzzz1111",
    JWT,
    "hunter2secret",
    "ada.lovelace@example.com",
    "Lovelace",
    "+44 20 7946 0958",
    "12 St James Square",
    "deadbeefcafe",
    "203.0.113.77",
)


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def written() -> Callable[[], str]:
    stream = io.StringIO()
    logs.configure("info", False, stream)
    return stream.getvalue


@pytest.fixture(params=[False, True], ids=["json", "terminal"])
def any_renderer(request: pytest.FixtureRequest) -> Callable[[], str]:
    stream = io.StringIO()
    logs.configure("info", request.param, stream)
    return stream.getvalue


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def clean(text: str) -> None:
    found = [secret for secret in SECRETS if secret in text]
    assert not found, f"{found} in {text}"


@dataclass
class Person:
    said: str


FIELDS = {
    "access_token": TOKEN,
    "refreshToken": "deadbeefcafe",
    "client_secret": "hunter2secret",
    "subject_token": JWT,
    "id_token": JWT,
    "X-Shopify-Hmac-Sha256": "deadbeefcafe",
    "Authorization": "Bearer hunter2secret",
    "password": "hunter2secret",
    "api_key": "hunter2secret",
    "key": "hunter2secret",
    "email": "ada.lovelace@example.com",
    "phone": "+44 20 7946 0958",
    "name": "Lovelace",
    "first_name": "Lovelace",
    "lastName": "Lovelace",
    "address1": "12 St James Square",
    "shipping_address": {"street": "12 St James Square"},
    "customer": {"said": "Lovelace"},
    "body": b"Lovelace",
    "payload": '{"last_name": "Lovelace"}',
    "client_addr": "203.0.113.77",
}


@pytest.mark.parametrize("field", FIELDS)
def test_field_is_masked_by_its_name(any_renderer: Callable[[], str], field: str) -> None:
    logs.get("test").info("order.put", **{field: FIELDS[field]})
    assert "order.put" in any_renderer()
    clean(any_renderer())


@pytest.mark.parametrize("field", FIELDS)
def test_field_is_masked_inside_other_fields(any_renderer: Callable[[], str], field: str) -> None:
    logs.get("test").info(
        "order.put", answer={"nodes": [{field: FIELDS[field]}, (field, {field: FIELDS[field]})]}
    )
    clean(any_renderer().replace(f"('{field}', '{FIELDS[field]}')", ""))


SENTENCES = (
    f"refused {TOKEN} for one.myshopify.com",
    "old token shpua_zzzz1111.",
    "header Authorization: Bearer hunter2secret",
    f"session {JWT} expired",
    "mail to ada.lovelace@example.com bounced",
    "GET https://one.myshopify.com/admin/oauth?code=hunter2secret&hmac=deadbeefcafe failed",
    "GET /auth/callback?shop=one.myshopify.com&hmac=deadbeefcafe HTTP/1.1",
    "postgresql://app:hunter2secret@db.internal/stockbridge is away",
    "redis://:hunter2secret@cache.internal:6379/0",
    "https://user:hunter2secret@erp.example/api/orders",
    "id_token=hunter2secret and hmac=deadbeefcafe",
    '{"access_token":"hunter2secret","scope":"read_orders"}',
    "called +44 20 7946 0958 twice",
)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_text_is_scrubbed_wherever_it_stands(any_renderer: Callable[[], str], sentence: str) -> None:
    logs.get("test").warning(sentence, said=sentence, nested={"each": [sentence]})
    logging.getLogger("some.library").warning(sentence)
    logging.getLogger("some.library").warning("it said %s", sentence)
    assert any_renderer()
    clean(any_renderer())


def test_scrubbing_leaves_what_is_needed_to_find_the_cause() -> None:
    said = logs.scrub(
        "POST https://u:p@one.myshopify.com/admin/api/2026-10/graphql.json?x=1 gave 502 at 10:00:00+00:00"
    )
    assert (
        said
        == f"POST https://one.myshopify.com/admin/api/2026-10/graphql.json?{logs.MASK} gave 502 at 10:00:00+00:00"
    )
    assert logs.scrub("order #1001 held: needs_mapping (SKU A-1 = B-2?)") == (
        "order #1001 held: needs_mapping (SKU A-1 = B-2?)"
    )


def fail_over(error: Exception) -> None:
    surname = "Lovelace"
    try:
        raise ValueError(f"invalid literal for {surname} ada.lovelace@example.com hunter2secret")
    except ValueError as cause:
        raise error from cause


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        (Rejected("erp.refused", "The ERP refused Lovelace, 12 St James Square."), "Rejected erp.refused"),
        (Unclear("erp.silent", "ada.lovelace@example.com"), "Unclear erp.silent"),
        (KeyError("Lovelace"), "KeyError"),
        (OSError(104, "reset by Lovelace"), "ConnectionResetError 104"),
    ],
)
def test_error_shows_type_code_and_place_but_no_message_and_no_variable(
    written: Callable[[], str], error: Exception, shown: str
) -> None:
    try:
        fail_over(error)
    except Exception:
        logs.get("test").exception("drain.failed")
        logging.getLogger("some.library").exception("it failed")
    clean(written())
    for line in lines(written()):
        assert line["error"] == shown
        assert line["because"] == ["ValueError"]
        assert any("fail_over" in frame for frame in line["traceback"])


def test_error_given_as_a_field_shows_no_message(written: Callable[[], str]) -> None:
    logs.get("test").warning("x.y", error=Rejected("erp.refused", "Lovelace"), all=[ValueError("Lovelace")])
    clean(written())
    assert lines(written())[0]["error"] == "Rejected erp.refused"


def test_error_about_our_own_code_keeps_its_message(written: Callable[[], str]) -> None:
    try:
        getattr(None, "missing")  # noqa: B009
    except AttributeError:
        logs.get("test").exception("bug")
    assert "'missing'" in lines(written())[0]["error"]


async def test_error_nobody_awaited_goes_the_same_way(written: Callable[[], str]) -> None:
    loop = asyncio.get_running_loop()
    loop.default_exception_handler(
        {"message": "Task exception was never retrieved", "exception": ValueError("Lovelace hunter2secret")}
    )
    clean(written())
    assert lines(written())[0]["error"] == "ValueError"


def test_unknown_object_shows_its_type_alone(written: Callable[[], str]) -> None:
    logs.get("test").info(
        "x.y", who=Person("Lovelace"), many=[Person("hunter2secret")], raw_bytes=b"Lovelace"
    )
    clean(written())
    assert lines(written())[0]["who"] == "<Person>"


def test_values_of_the_engine_stay_readable(written: Callable[[], str]) -> None:
    at = datetime(2026, 11, 20, 10, tzinfo=UTC)
    logs.get("test").info(
        "order.put", total=Decimal("10.50"), at=at, record=UUID(int=7), tries=2, sink_key="sale/17", ok=True
    )
    line = lines(written())[0]
    assert (line["total"], line["tries"], line["sink_key"], line["ok"]) == ("10.50", 2, "sale/17", True)
    assert line["at"].startswith("2026-11-20")
    assert line["record"].endswith("0007")
    assert (line["event"], line["level"], line["logger"]) == ("order.put", "info", "stockbridge.test")


def test_access_line_tells_method_path_and_status_only(any_renderer: Callable[[], str]) -> None:
    logging.getLogger("uvicorn.access").info(
        '%s - "%s %s HTTP/%s" %d',
        "203.0.113.77:55555",
        "GET",
        f"/auth/callback?shop=one.myshopify.com&hmac=deadbeefcafe&id_token={JWT}",
        "1.1",
        200,
    )
    clean(any_renderer())
    assert "/auth/callback" in any_renderer()
    assert "http.answered" in any_renderer()


def test_query_of_a_database_library_is_not_logged(written: Callable[[], str]) -> None:
    logs.configure("debug", False)
    for each in ("tortoise.db_client", "asyncpg", "httpx", "arq.worker"):
        logging.getLogger(each).info("SELECT * FROM customer WHERE name = 'Lovelace'")
    clean(written())


async def test_line_says_what_it_is_about_and_tasks_inherit_it(written: Callable[[], str]) -> None:
    async def deeper() -> None:
        logs.get("test").info("order.put")

    with logs.bound(shop="one", connection="two", flow="orders", event=UUID(int=1)):
        await asyncio.create_task(deeper())
    logs.get("test").info("after")
    inside, outside = lines(written())
    assert (inside["shop"], inside["connection"], inside["flow"]) == ("one", "two", "orders")
    assert inside["event_id"] == str(UUID(int=1))
    assert "shop" not in outside


def test_bound_values_are_scrubbed_too(written: Callable[[], str]) -> None:
    with logs.bound(shop="ada.lovelace@example.com"):
        logs.get("test").info("x.y")
    clean(written())


def test_level_is_kept(written: Callable[[], str]) -> None:
    logs.get("test").debug("unimportant")
    assert written() == ""
