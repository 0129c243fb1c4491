"""What the event stream alone has: details that do not exist yet, and a signature of its own."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.order import MoneyState
from app.errors import Refused, Retry
from app.ports import Http
from tests.stores.event_stream.events import NUMBER, SIGNATURE, TOPIC, sign
from tests.stores.rig import EventStreamUnderTest, opened


async def test_an_order_without_its_payment_details_is_not_ready_yet(
    stream_shop: EventStreamUnderTest, http: Http
) -> None:
    store = opened(stream_shop, http)
    (placed,) = await stream_shop.place(pending=True)
    with pytest.raises(Retry) as wait:
        await store.orders.get(placed.key)
    assert wait.value.code == "order.details_pending"
    assert wait.value.after == timedelta(seconds=0.4)
    await stream_shop.pay(placed.key)
    order = await store.orders.get(placed.key)
    assert order is not None
    assert order.money_state is MoneyState.PAID


def test_only_a_right_signature_over_all_of_it_vouches_for_an_event(
    stream_shop: EventStreamUnderTest,
) -> None:
    deliver = stream_shop.spec.delivery
    assert deliver
    entered, body = stream_shop.credentials, b'{"order": "E-1"}'
    right = {
        TOPIC: "order.paid",
        NUMBER: "7",
        SIGNATURE: sign(entered["secret"], "order.paid", "7", body),
    }
    told = deliver(entered, right, body)
    assert (told.topic, told.id, told.body) == ("order.paid", "7", body)
    wrong = [
        ({**right, SIGNATURE: ""}, body),
        ({name: value for name, value in right.items() if name != SIGNATURE}, body),
        ({**right, TOPIC: "order.placed"}, body),
        ({**right, NUMBER: "8"}, body),
        ({**right, SIGNATURE: sign("other", "order.paid", "7", body)}, body),
        ({**right, SIGNATURE: "ü" * 64}, body),
        (right, body + b" "),
    ]
    for headers, sent in wrong:
        with pytest.raises(Refused):
            deliver(entered, headers, sent)
