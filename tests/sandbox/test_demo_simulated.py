"""The demo's people in a simulated ERP, over the doors that all of them share; and what is told of each ERP in a file."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from decimal import Decimal

import httpx
import pytest
import uvicorn

from app.registry import HOSTS
from sandbox.demo.people import Person
from sandbox.demo.staff import Staff, hands
from sandbox.demo.tables import known, tables_of
from sandbox.erps.office import Booked, Sent
from sandbox.erps.serving import built
from tests.sandbox.slip_erp import Slips, slip_erp

SHOP = "demo1.myshopify.com"


class Crediting(Slips):
    """Takes back once, by a key with a prefix of its own."""

    def credits(self, external_id: str | None = None) -> list[Booked]:
        total = Decimal("4.50")
        return [
            Booked(
                id="c1",
                external_id="cm_refund-demo1_myshopify_com-71",
                real=True,
                cancelled=False,
                total=total,
                paid=total,
                currency="EUR",
            )
        ]


@pytest.fixture
def office() -> Slips:
    return Slips()


@pytest.fixture
def address(office: Slips) -> Iterator[str]:
    """In a thread beside the test: the judge's client is a blocking one."""
    config = uvicorn.Config(built(slip_erp(office)), port=0, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/some/path"
    server.should_exit = True
    thread.join()


@pytest.fixture
def staff(address: str) -> Staff:
    return hands("slips", "doors").staff({"address": address}, SHOP, 7)


def ordered(address: str, *keys: str) -> None:
    for key in keys:
        told = {"key": f"so_order-demo1_myshopify_com-{key}"}
        httpx.post(f"{address.removesuffix('/some/path')}/slips", json=told, trust_env=False)


@pytest.mark.parametrize(("sku", "bare"), [("FALLBACK", "fallback"), ("TEA", "")])
def test_goods_without_a_sku_have_a_name_where_the_erp_stocks_one(
    staff: Staff, address: str, sku: str, bare: str
) -> None:
    hands("slips", "doors").books({"address": address}, SHOP).stock(
        [{"sku": sku, "title": sku, "price": "1.00", "stock": "5"}]
    )
    assert staff.dispatch.bare == bare


def test_what_left_under_the_name_of_goods_without_a_sku_is_goods_though_nobody_stocks_it(
    staff: Staff, office: Slips
) -> None:
    assert staff.dispatch.bare == ""
    office.sent["s1"] = Sent(id="s1", external_id="any", alive=True, units={"FALLBACK": Decimal(1)})
    assert staff.dispatch.bare == "fallback"


def test_the_books_tell_the_shops_own_documents_and_what_may_be_sold(address: str, office: Slips) -> None:
    books = hands("slips", "doors").books({"address": address}, SHOP)
    books.stock([{"sku": "TEA", "title": "Tea", "price": "4.50", "stock": 8, "tags": ["x"]}])
    books.move({"TEA": -3})
    ordered(address, "17")
    office.slips.append("so_order-another_myshopify_com-18")
    (found,) = books.documents()
    assert (found.key, found.total, found.real) == ("17", Decimal("12.50"), True)
    assert found.units == {"TEA": Decimal(1), "MUG": Decimal(1)}
    assert books.free() == {"TEA": Decimal(5)}
    assert books.credits() == "Slips are never taken back."


@pytest.mark.parametrize("office", [Crediting()])
def test_credits_are_found_behind_an_erps_own_prefix(address: str, office: Slips) -> None:
    found = hands("slips", "doors").books({"address": address}, SHOP).credits()
    assert [(each.key, each.total) for each in found if not isinstance(each, str)] == [
        ("71", Decimal("4.50"))
    ]


def test_what_is_ordered_leaves_and_some_of_it_is_corrected(
    address: str, staff: Staff, office: Slips
) -> None:
    keys = [str(number) for number in range(40)]
    ordered(address, *keys)
    dispatch = staff.dispatch
    assert staff.ready is not None
    assert staff.ready()["3"] == {"tea", "mug"}
    sent = dispatch.send({key: {"l1": "tea", "l2": "MUG"} for key in keys})
    assert 40 < sent < 80
    assert staff.ready() == {}
    left = dispatch.left()
    assert len(left) == sent
    assert sum(sum(each.units.values()) for each in left) == 80
    assert dispatch.correct() > 0
    changed = dispatch.left()
    assert any(not each.alive for each in changed)
    assert any(number.startswith("C") for each in changed for number in each.numbers)


def test_only_the_goods_that_were_asked_for_leave(address: str, staff: Staff) -> None:
    ordered(address, "5")
    assert staff.dispatch.send({"5": {"l1": "TEA"}}) == 1
    (left,) = staff.dispatch.left()
    assert left.units == {"tea": 1}


def test_people_are_entered_and_move(staff: Staff) -> None:
    assert staff.people is not None
    staff.people.enter(Person(email="A@example.com", phone=None, street=None))
    staff.people.change("a@example.com", phone="+4930", street="Weg 3")
    assert staff.people.people() == [Person(email="A@example.com", phone="+4930", street="Weg 3")]


def test_products_and_prices_come_in(staff: Staff, office: Slips) -> None:
    ware = {
        "sku": "A-1",
        "group": "A",
        "title": "A",
        "price": "3.00",
        "tags": ["web"],
        "weight": "120",
        "active": True,
    }
    staff.products.sell([ware | {"cost": "1.20", "barcode": None, "category": "Kitchen", "variant": "S"}])
    staff.prices.price({"A-1": Decimal("3.50")}, currency="EUR", tier="GOLD")
    assert (office.wares["A-1"].cost, office.wares["A-1"].tags) == (Decimal("1.20"), ("web",))
    assert office.prices == {("GOLD", "A-1"): Decimal("3.50")}


def test_nobody_judges_a_vendors_server_without_a_row_for_it() -> None:
    with pytest.raises(SystemExit, match="no row"):
        hands("slips", "api")
    assert hands("memory", "api") is hands("memory", "doors")


@pytest.mark.parametrize("erp", known())
def test_the_tables_of_an_erp_fill_in_its_form(erp: str) -> None:
    tables = tables_of(erp)
    asked = {field.name: field for field in HOSTS[erp].form}
    assert tables.server.credentials.keys() <= asked.keys()
    assert {name for name, field in asked.items() if field.required} <= tables.server.credentials.keys()


def test_every_erp_that_a_demo_knows_is_one_of_ours() -> None:
    """One that was only just begun has no demo yet."""
    assert set(known()) <= set(HOSTS)
    assert set(known()) >= {"memory", "tryton", "netsuite", "odoo", "businesscentral", "rest"}
