"""What Shopify's events say of stock: levels and SKUs are taken from the body as they are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.domain.ids import StoreKey
from app.domain.inventory import ItemSeen, LevelKey, LevelSeen, StoreLocation
from app.errors import Rejected
from app.ports import StockNews
from app.shopify.stock_news import stock_news

LEVEL = (
    b'{"inventory_item_id": 7, "location_id": 8, "available": 5, "updated_at": "2026-11-20T10:00:00-05:00"}'
)


def test_a_level_tells_its_new_quantity_and_when() -> None:
    key = LevelKey(item="7", location="8")  # type: ignore[arg-type]
    at = datetime(2026, 11, 20, 15, tzinfo=UTC)
    assert stock_news("inventory_levels/update", LEVEL).levels == (LevelSeen(key=key, available=5, at=at),)


def test_a_level_without_a_quantity_or_a_time_tells_nothing() -> None:
    assert stock_news("inventory_levels/update", LEVEL.replace(b"5,", b"null,", 1)) == StockNews()
    assert stock_news("inventory_levels/update", LEVEL.replace(b"-05:00", b"")) == StockNews()


def test_a_product_tells_the_sku_of_each_variant() -> None:
    body = b'{"id": 1, "variants": [{"inventory_item_id": 7, "sku": "A"}, {"inventory_item_id": 9, "sku": null}]}'
    found = stock_news("products/update", body).items
    assert found == (ItemSeen(key="7", sku="A"), ItemSeen(key="9", sku=""))  # type: ignore[arg-type]


def test_an_item_tells_its_sku_and_whether_it_is_counted_and_when_it_is_gone() -> None:
    item = stock_news("inventory_items/update", b'{"id": 7, "sku": "A", "tracked": false}').items[0]
    assert (item.key, item.sku, item.tracked) == ("7", "A", False)
    assert stock_news("inventory_items/delete", b'{"id": 7}').gone == ("7",)


def test_items_tell_when_it_was_said_so_that_an_older_word_does_not_win() -> None:
    at = datetime(2026, 11, 20, 15, tzinfo=UTC)
    said = b'"updated_at": "2026-11-20T10:00:00-05:00"'
    item = b'{"id": 7, "sku": "A", %s}' % said
    product = b'{"id": 1, %s, "variants": [{"inventory_item_id": 7, "sku": "A"}]}' % said
    assert stock_news("inventory_items/update", item).items[0].at == at
    assert stock_news("products/update", product).items[0].at == at


def test_a_level_that_is_no_longer_stocked_has_ended() -> None:
    body = b'{"inventory_item_id": 7, "location_id": 8}'
    key = LevelKey(item="7", location="8")  # type: ignore[arg-type]
    assert stock_news("inventory_levels/disconnect", body) == StockNews(ended=(key,))


@pytest.mark.parametrize("what", ["create", "update", "activate", "deactivate"])
@pytest.mark.parametrize("active", [True, False])
def test_a_location_tells_its_name_whether_it_is_open_and_when(what: str, active: bool) -> None:
    body = b'{"id": 8, "name": "Outlet", "active": %s, "updated_at": "2026-11-20T10:00:00-05:00"}'
    said = stock_news(f"locations/{what}", body % str(active).lower().encode())
    at = datetime(2026, 11, 20, 15, tzinfo=UTC)
    place = StoreLocation(key=StoreKey("8"), name="Outlet", active=active, at=at)
    assert said == StockNews(locations=(place,))


def test_a_location_that_was_deleted_is_closed() -> None:
    assert stock_news("locations/delete", b'{"id": 8}') == StockNews(closed=(StoreKey("8"),))


def test_a_location_without_a_name_or_a_state_can_t_be_read() -> None:
    for body in (b'{"id": 8, "name": "Outlet"}', b'{"id": 8, "active": true}', b"{}"):
        with pytest.raises(Rejected) as refused:
            stock_news("locations/update", body)
        assert refused.value.code == "event.malformed"


def test_an_operation_that_is_over_is_a_hint_to_look_at_it() -> None:
    body = b'{"admin_graphql_api_id": "gid://shopify/BulkOperation/1", "status": "completed"}'
    assert stock_news("bulk_operations/finish", body) == StockNews(bulk=("gid://shopify/BulkOperation/1",))


@pytest.mark.parametrize("body", [b"", b"[]", b'{"inventory_item_id": "x"}', b"\xff"])
def test_a_body_that_can_not_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(Rejected) as refused:
        stock_news("inventory_levels/update", body)
    assert refused.value.code == "event.malformed"


def test_a_topic_nobody_follows_says_nothing() -> None:
    assert stock_news("carts/update", b"{}") == StockNews()
