"""The three privacy topics: whose data, of which shop, and never on the word of an unsigned header alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest

from app.errors import Rejected
from app.shopify.privacy import CUSTOMER_REDACT, DATA_REQUEST, SHOP_REDACT, TOPICS, Done, Person, act
from tests.shopify.fakes import NOW, SHOP, Shops
from tests.shopify.test_install import Access

REDACT = {
    "shop_id": 1,
    "shop_domain": SHOP,
    "customer": {"id": 191167, "email": "ada@example.com", "phone": "555-625-1199"},
    "orders_to_redact": [299938, 280263],
}


async def do(
    topic: str, body: Any, shops: Shops, access: Access | None = None, *, after: float | None = 60
) -> Done:
    return await act(
        topic,
        body if isinstance(body, bytes) else orjson.dumps(body),
        triggered_at=None if after is None else NOW + timedelta(minutes=after),
        data=shops,
        still_installed=access or Access(works=False),
    )


async def test_a_customer_is_erased_by_every_name_shopify_gives() -> None:
    shops = Shops()
    assert await do(CUSTOMER_REDACT, REDACT, shops) is Done.ERASED
    assert shops.erased == [
        Person(
            customer_key="191167",
            email="ada@example.com",
            phone="555-625-1199",
            order_keys=("299938", "280263"),
        )  # type: ignore[arg-type]
    ]


@pytest.mark.parametrize(
    "customer", [{"email": "ada@example.com"}, {"id": None, "email": "ada@example.com", "phone": ""}]
)
async def test_some_customers_are_an_email_only(customer: dict[str, Any]) -> None:
    shops = Shops()
    await do(CUSTOMER_REDACT, {"shop_domain": SHOP, "customer": customer}, shops)
    assert shops.erased == [Person(customer_key=None, email="ada@example.com", phone=None, order_keys=())]


async def test_a_body_with_nulls_is_read() -> None:
    shops = Shops()
    await do(CUSTOMER_REDACT, {"shop_domain": SHOP, "customer": None, "orders_to_redact": None}, shops)
    assert shops.erased == [Person(customer_key=None, email=None, phone=None, order_keys=())]


async def test_a_data_request_is_exported_under_its_number() -> None:
    shops = Shops()
    asked = {**REDACT, "orders_requested": [299938], "data_request": {"id": 9999}}
    assert await do(DATA_REQUEST, asked, shops) is Done.EXPORTED
    ((person, number),) = shops.exported
    assert (person.order_keys, number) == (("299938",), "9999")
    assert shops.erased == []


async def test_a_shop_that_left_is_erased_at_once() -> None:
    shops, access = Shops(), Access(works=True)
    assert await do(SHOP_REDACT, {"shop_domain": SHOP}, shops, access) is Done.ERASED
    assert (shops.erased, access.asked) == ([SHOP], 0)


async def test_a_shop_installed_again_since_is_kept() -> None:
    shops = Shops().installed_since(NOW)
    assert await do(SHOP_REDACT, {"shop_domain": SHOP}, shops, after=-60) is Done.KEPT
    assert shops.erased == []


async def test_a_shop_whose_uninstall_we_missed_is_erased() -> None:
    shops = Shops().installed_since(NOW)
    assert await do(SHOP_REDACT, {"shop_domain": SHOP}, shops, Access(works=False)) is Done.ERASED


@pytest.mark.parametrize("after", [60, None])
async def test_a_replayed_request_with_a_forged_time_erases_nothing(after: float | None) -> None:
    shops = Shops().installed_since(NOW)
    assert await do(SHOP_REDACT, {"shop_domain": SHOP}, shops, Access(works=True), after=after) is Done.KEPT
    assert shops.erased == []


@pytest.mark.parametrize("topic", sorted(TOPICS))
@pytest.mark.parametrize(
    "body", [b"", b"no json", b"{}", b"[]", {"shop_domain": "evil.com"}, {"shop_domain": 7}]
)
async def test_a_request_that_can_not_be_read_is_held_and_does_nothing(topic: str, body: Any) -> None:
    shops = Shops()
    with pytest.raises(Rejected, match=r"event\.malformed"):
        await do(topic, body, shops)
    assert (shops.erased, shops.exported) == ([], [])


async def test_an_unknown_topic_does_nothing() -> None:
    with pytest.raises(Rejected, match=r"privacy\.unknown_topic"):
        await do("customers/update", REDACT, Shops())


def test_a_person_never_shows_an_email_or_a_phone() -> None:
    shown = repr(Person(customer_key=None, email="ada@example.com", phone="555", order_keys=()))
    assert "ada" not in shown
    assert "555" not in shown
