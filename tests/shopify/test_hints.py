"""What a webhook's body says about which order, which version, and whether anything but our note has changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from app.domain.ids import StoreKey
from app.errors import Rejected
from app.ports import Flow, Hint
from app.shopify.hints import TOPICS, fingerprint, hints

ORDER: dict[str, Any] = {
    "id": 820982911946154508,
    "updated_at": "2026-11-20T10:00:00-05:00",
    "financial_status": "paid",
    "current_total_price": "10.00",
    "line_items": [{"id": 1, "quantity": 2, "current_quantity": 2}],
    "tags": "new",
}


def body(**changed: Any) -> bytes:
    return orjson.dumps(ORDER | changed)


@pytest.mark.parametrize("topic", ["orders/create", "orders/updated", "orders/paid", "orders/cancelled"])
def test_an_order_event_names_the_order_and_its_version(topic: str) -> None:
    (hint,) = hints(topic, body())
    assert (hint.flow, hint.key, hint.gone) == (Flow.ORDERS, "820982911946154508", False)
    assert hint.version == datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
    assert hint.fingerprint == fingerprint(body())


def test_an_edit_names_its_order() -> None:
    said = orjson.dumps({"order_edit": {"id": 1, "order_id": 77, "created_at": "2026-11-20T10:00:00Z"}})
    assert hints("orders/edited", said) == (Hint(flow=Flow.ORDERS, key="77"),)  # type: ignore[arg-type]


@pytest.mark.parametrize("topic", ["fulfillments/create", "fulfillments/update"])
def test_what_was_sent_names_itself_its_version_and_its_order(topic: str) -> None:
    said = b'{"id": 801, "order_id": 77, "status": "success", "updated_at": "2026-11-20T10:00:00-05:00"}'
    at = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
    sent = Hint(flow=Flow.FULFILLMENTS, key=StoreKey("801"), version=at, parent=StoreKey("77"))
    assert hints(topic, said) == (sent,)


def test_a_refund_names_itself_and_its_order() -> None:
    given = Hint(flow=Flow.REFUNDS, key=StoreKey("501"), parent=StoreKey("77"))
    assert hints("refunds/create", b'{"id": 501, "order_id": 77}') == (given,)


def test_a_deletion_says_that_the_order_is_gone() -> None:
    assert hints("orders/delete", b'{"id": 77}') == (Hint(flow=Flow.ORDERS, key="77", gone=True),)  # type: ignore[arg-type]


def test_our_own_note_leaves_the_fingerprint_as_it_was() -> None:
    echo = body(updated_at="2026-11-20T10:05:00-05:00", tags="new, erp")
    assert fingerprint(echo) == fingerprint(body())
    assert fingerprint(orjson.dumps(dict(reversed(ORDER.items())))) == fingerprint(body())


@pytest.mark.parametrize(
    "change",
    [
        {"financial_status": "voided"},
        {"current_total_price": "9.00"},
        {"cancelled_at": "2026-11-20T10:05:00-05:00"},
        {"line_items": [{"id": 1, "quantity": 2, "current_quantity": 1}]},
        {"shipping_address": {"address1": "Elsewhere 1"}},
        {"fulfillments": [{"id": 801, "updated_at": "2026-11-20T10:00:00-05:00"}]},
        {"refunds": [{"id": 501}]},
    ],
)
def test_a_real_change_moves_the_fingerprint(change: dict[str, Any]) -> None:
    assert fingerprint(body(**change)) != fingerprint(body())


def test_what_was_sent_moves_nothing_for_whoever_sends_it_himself() -> None:
    (before,), (sent,), (more,) = (
        hints("orders/updated", said)
        for said in (body(), body(fulfillments=[{"id": 801}]), body(refunds=[{"id": 501}]))
    )
    assert before.unsent == sent.unsent != more.unsent
    assert before.fingerprint != sent.fingerprint


@pytest.mark.parametrize("topic", sorted(TOPICS))
@pytest.mark.parametrize(
    "said", [b"", b"no json", b"[]", b"{}", b'{"id": "x"}', b"\xff", b"null", b'{"id": null}']
)
def test_a_body_that_can_not_be_read_is_refused_with_its_code(topic: str, said: bytes) -> None:
    with pytest.raises(Rejected, match=r"event\.malformed"):
        hints(topic, said)


def test_a_topic_we_do_not_follow_says_nothing() -> None:
    assert hints("products/update", b"no json") == ()


def test_a_time_without_a_zone_is_no_version() -> None:
    (hint,) = hints("orders/updated", body(updated_at="2026-11-20T10:00:00"))
    assert hint.version is None
