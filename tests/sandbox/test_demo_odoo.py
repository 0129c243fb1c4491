"""The demo's judge of a real Odoo asks its API alone: it sees what the doors of the simulated one say of the same documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.ids import external_id
from app.hosts.odoo.spec import ODOO
from sandbox.demo.odoo_books import OdooBooks
from sandbox.demo.odoo_office import OdooDispatch, OdooPeople
from sandbox.demo.people import Person
from tests.examples import EXAMPLES
from tests.hosts.rig import converge, door, opened, orders
from tests.hosts.simulated import SimulatedUnderTest, Words, running

SHOP = "demo.myshopify.com"


@pytest.fixture(params=["json2", "jsonrpc"])
def odoo(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SimulatedUnderTest]:
    words = Words(methods={"card": "CARD"})
    with running(ODOO, tmp_path, wrong={}, words=words, dialect=request.param) as under:
        yield under


async def test_documents_deliveries_and_people_are_seen_over_the_api(odoo: SimulatedUnderTest) -> None:
    made = EXAMPLES["deposit"]()
    key = external_id(kind="order", store=SHOP, key="17")
    async with door(odoo) as http:
        await converge(orders(opened(odoo, http)), replace(odoo.adapt(made), external_id=key))
    books = OdooBooks(odoo.credentials, SHOP)
    (booked,) = books.documents()
    assert (booked.key, booked.real, booked.total, booked.paid, booked.currency) == (
        "17", True, made.total, made.total, "EUR",
    )  # fmt: skip
    assert booked.units == {"TEA": Decimal(2)}
    assert books.credits() == []
    assert books.free()["TEA"] == odoo.stocked[2] - 2
    dispatch = OdooDispatch(odoo.credentials, SHOP, seed=1)
    assert dispatch.ready() == {"17": {"tea"}}
    assert dispatch.send({"17": {"1": "TEA"}}) == 1
    (left,) = dispatch.left()
    assert (left.order, left.alive, left.units) == ("17", True, {"tea": 2})


def test_people_are_entered_and_changed_over_the_api(odoo: SimulatedUnderTest) -> None:
    people = OdooPeople(odoo.credentials)
    people.enter(Person(email="neu@example.com", phone="+49 30 1", street="Weg 1"))
    people.change("NEU@example.com", phone="+49 30 2", street="Weg 2")
    assert Person(email="neu@example.com", phone="+49 30 2", street="Weg 2") in people.people()
