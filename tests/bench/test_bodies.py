"""The webhooks of a bench: as large as Shopify's, signed as Shopify signs, the same for the same seed."""

from __future__ import annotations

from app.shopify.hints import hints
from app.shopify.webhooks import event, signed_by
from bench.bodies import SIZE, signed_orders
from bench.load import ID, head

SECRET = "bench-secret"


def test_bodies_are_as_long_as_said_and_name_an_order() -> None:
    for order in signed_orders(5, secret=SECRET, seed=1):
        assert abs(len(order.body) - SIZE) < 200
        (hint,) = hints("orders/create", order.body)
        assert hint.version is not None


def test_our_own_door_takes_the_signature_and_refuses_it_over_other_bytes() -> None:
    order = signed_orders(1, secret=SECRET, seed=1)[0]
    headers = {b"x-shopify-hmac-sha256": order.signature.encode()}
    assert signed_by(headers, order.body, [SECRET.encode()])
    assert not signed_by(headers, order.body + b" ", [SECRET.encode()])


def test_a_head_carries_what_the_door_reads() -> None:
    order = signed_orders(1, secret=SECRET, seed=1)[0]
    lines = head(order, shop="a.myshopify.com", host="127.0.0.1:1").split("\r\n")[1:-2]
    pairs = (line.partition(": ") for line in lines)
    read = event({n.lower().encode(): v.encode() for n, _, v in pairs}, b"x-shopify-", order.body)
    assert (read.shop_domain, read.topic, read.webhook_id) == ("a.myshopify.com", "orders/create", ID)


def test_the_same_seed_makes_the_same_bodies_and_another_one_others() -> None:
    def bodies(seed: int) -> list[bytes]:
        return [order.body for order in signed_orders(3, secret=SECRET, seed=seed)]

    assert bodies(1) == bodies(1)
    assert bodies(1) != bodies(2)
    assert len(set(bodies(1))) == 3
