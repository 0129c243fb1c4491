"""What Shopify's events say of prices: a product's body is the news itself."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.domain.price import Shown
from app.errors import Rejected
from app.ports import PriceNews
from app.shopify.price_news import price_news

BODY = (
    b'{"id": 1, "updated_at": "2026-11-20T10:00:00-05:00", "variants": ['
    b'{"id": 7, "sku": "A", "price": "9.90", "compare_at_price": "12.00"},'
    b'{"id": 8, "sku": null, "price": "5.00", "compare_at_price": null}]}'
)


def test_a_product_tells_what_each_variant_shows_and_since_when() -> None:
    one, two = price_news("products/update", BODY).seen
    assert (one.key.variant, one.product, one.sku) == ("7", "1", "A")
    assert one.shown == Shown(price=Decimal("9.90"), was=Decimal("12.00"))
    assert one.at == datetime(2026, 11, 20, 15, tzinfo=UTC)
    assert (two.sku, two.shown) == ("", Shown(price=Decimal("5.00")))


def test_a_body_without_a_time_or_a_price_says_nothing() -> None:
    assert price_news("products/update", BODY.replace(b"-05:00", b"")) == PriceNews()
    assert len(price_news("products/update", BODY.replace(b'"9.90"', b"null")).seen) == 1
    assert price_news("inventory_items/update", BODY) == PriceNews()


def test_an_odd_body_is_refused_by_name() -> None:
    with pytest.raises(Rejected) as refused:
        price_news("products/update", b"[]")
    assert refused.value.code == "event.malformed"
