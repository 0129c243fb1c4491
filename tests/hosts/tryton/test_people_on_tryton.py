"""The people of the demo's Tryton do what they say there, and what the adapter reads of it is what they did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from app.domain.document import DocumentKind, SalesDocument
from app.domain.ids import ExternalId
from app.domain.shipment import ShipmentState
from app.outbound import Outbound
from app.ports import Sink
from sandbox.demo.shipping import Left
from sandbox.demo.tryton_dispatch import TrytonDispatch
from sandbox.demo.tryton_office import INNER, TrytonOffice, signed_in
from tests.examples import document, line
from tests.hosts.rig import converge, opened
from tests.hosts.tryton.rig import TrytonUnderTest

pytestmark = pytest.mark.tryton

SHOP = "goods.myshopify.com"


def ware(sku: str, title: str, **more: Any) -> Mapping[str, Any]:
    usual = {
        "description": "Of clay",
        "category": "Kitchen",
        "tags": ["web"],
        "price": "4.50",
        "active": True,
    }
    return {"sku": sku, "group": sku.partition("-")[0], "title": title, **usual, **more}


async def test_what_the_office_puts_in_changes_and_ends_is_read_as_that(
    erp: TrytonUnderTest, http: Outbound
) -> None:
    source, office = opened(erp, http).items, TrytonOffice(erp.credentials)
    assert hasattr(source, "changes")
    tag = f"G{uuid4().int % 10**6}"
    cup = ware(f"{tag}-1", "Cup")
    office.sell([cup, ware(f"{tag}own-1", "Till roll", tags=["internal"])])

    async def shown() -> dict[str, Any]:
        keys = [change.key async for page in source.changes(None) for change in page.items]
        found = [product for key in keys if (product := await source.get(key)) is not None]
        return {product.items[0].sku: product for product in found}

    made = await shown()
    assert (made[f"{tag}-1"].name, made[f"{tag}-1"].category) == ("Cup", "Kitchen")
    assert made[f"{tag}own-1"].category == INNER
    office.sell([{**cup, "title": "Mug"}, ware(f"{tag}-2", "Mug")])
    changed = (await shown())[f"{tag}-1"]
    assert (changed.name, [item.sku for item in changed.items]) == ("Mug", [f"{tag}-1", f"{tag}-2"])
    office.sell([{**cup, "title": "Mug", "active": False}])
    ended = await source.get(changed.key)
    assert ended is not None
    assert [(item.sku, item.active) for item in ended.items] == [(f"{tag}-1", False), (f"{tag}-2", False)]


async def test_a_variant_that_ends_alone_is_heard_of_and_told_as_ended(
    erp: TrytonUnderTest, http: Outbound
) -> None:
    source, tag = opened(erp, http).items, f"V{uuid4().int % 10**6}"
    assert hasattr(source, "changes")
    TrytonOffice(erp.credentials).sell([ware(f"{tag}-1", "Bowl"), ware(f"{tag}-2", "Bowl")])
    since = await source.cursor_at(datetime.now(UTC) - timedelta(minutes=1))
    before = {change.key: change.version async for page in source.changes(since) for change in page.items}
    rpc = signed_in(erp.credentials)
    rpc.write("product.product", rpc.one("product.product", ["code", "=", f"{tag}-2"]), active=False)
    after = {change.key: change.version async for page in source.changes(since) for change in page.items}
    (key,) = [key for key in after if after[key] != before.get(key)]
    told = await source.get(key)
    assert told is not None
    assert [(item.sku, item.active) for item in told.items] == [(f"{tag}-1", True), (f"{tag}-2", False)]


async def test_a_price_that_the_office_changes_is_read_as_that(erp: TrytonUnderTest, http: Outbound) -> None:
    source, skus = opened(erp, http).prices, ("SKU-00007", "SKU-00008")
    assert hasattr(source, "of")
    before = {each.item: each.price for each in await source.of(skus)}
    TrytonOffice(erp.credentials).price({"SKU-00007": Decimal("12.34")}, currency="EUR")
    assert {each.item: each.price for each in await source.of(skus)} == before | {
        "SKU-00007": Decimal("12.34")
    }


async def sold(erp: TrytonUnderTest, sink: Sink[SalesDocument], number: int, *, lines: int) -> None:
    goods = [line("TEA", "20.00", quantity="2"), line("MUG", "5.00")][:lines]
    made = document(goods, kind=DocumentKind.SALES_ORDER)
    await converge(sink, replace(erp.adapt(made), external_id=ExternalId(f"order-goods_1-{number}")))


async def test_what_the_warehouse_sends_corrects_and_calls_off_is_read_as_that(
    erp: TrytonUnderTest, http: Outbound, sink: Sink[SalesDocument]
) -> None:
    source, first = opened(erp, http).shipments, uuid4().int % 10**8
    assert hasattr(source, "get")
    for number in range(first, first + 4):
        await sold(erp, sink, number, lines=2)
    await sold(erp, sink, first + 4, lines=1)
    warehouse = TrytonDispatch(erp.credentials, SHOP, seed=3)
    lines = {"1": "sku-00001", "2": "SKU-00002"}
    # One of the last order's goods is not asked for, so nothing of it may leave.
    wanted = {str(number): lines for number in range(first, first + 4)} | {str(first + 4): {"2": "SKU-00002"}}
    sent = warehouse.send(wanted)
    left = mine(warehouse, first)
    assert len(left) == sent > 4, "one of them in two parcels, by this seed"
    assert {each.order for each in left} == {str(number) for number in range(first, first + 4)}
    units = [sum(each.units.get(sku, 0) for each in left) for sku in ("sku-00001", "sku-00002")]
    assert units == [8, 4]
    assert warehouse.correct() >= 2
    after = {each.key: each for each in mine(warehouse, first)}
    assert [each.alive for each in after.values()].count(False) >= 1
    assert any(after[each.key].numbers != each.numbers for each in left)
    for each in after.values():
        (sale,) = await keys(erp, each)
        read = await source.get(f"{each.key}-{sale}")
        assert read is not None
        assert (read.state is ShipmentState.CANCELLED) is not each.alive
        assert read.tracking.numbers == (each.numbers if each.alive else read.tracking.numbers)
        assert read.tracking.carrier


def mine(warehouse: TrytonDispatch, first: int) -> list[Left]:
    return [each for each in warehouse.left() if first <= int(each.order) < first + 5]


async def keys(erp: TrytonUnderTest, shipment: Left) -> list[str]:
    """The sales that a shipment holds goods of."""
    found = await erp.ask("GET", f"stock.shipment.out/{shipment.key}?f=outgoing_moves.sale.id")
    return sorted({str(move["sale"]["id"]) for move in found["outgoing_moves"]})
