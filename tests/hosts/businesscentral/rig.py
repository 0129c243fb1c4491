"""A connection to a simulated Business Central inside the test's own process, and its people."""

from __future__ import annotations

from decimal import Decimal

from app.hosts.businesscentral.access import access_of
from app.hosts.businesscentral.client import BusinessCentral
from app.hosts.businesscentral.spec import BUSINESS_CENTRAL
from app.ports import Host
from sandbox.erps.businesscentral.__main__ import make
from sandbox.erps.businesscentral.staff import Staff
from sandbox.erps.office import Item, Ware
from sandbox.erps.serving import Chosen
from tests.examples import ITEMS
from tests.hosts.inside import Inside
from tests.hosts.rig import StateInMemory


def company() -> tuple[Host, Staff, Inside]:
    items = tuple(Item(sku=sku, title=sku.title(), price=Decimal(4), stock=Decimal(1000)) for sku in ITEMS)
    http = Inside(simulator=make(Chosen(items=items)))
    staff = http.simulator.office
    assert isinstance(staff, Staff)
    return another(http), staff, http


def another(http: Inside) -> Host:
    """A connection of another process, which has met nothing yet."""
    form = {**http.simulator.credentials, "address": "http://central.test"}
    return BUSINESS_CENTRAL.open(form, http, StateInMemory())  # type: ignore[arg-type]  # it streams nothing


def door(http: Inside) -> BusinessCentral:
    """What every part of a connection asks by."""
    form = {**http.simulator.credentials, "address": "http://central.test"}
    return BusinessCentral(http, access_of(form), StateInMemory())


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def varied(staff: Staff, item: str, *codes: str) -> None:
    """An item that is sold in variants alone."""
    staff.sell(
        [
            Ware(sku=f"{item}-{code}", group=item, title=item.title(), variant=code.title(), price=Decimal(8))
            for code in codes
        ]
    )
