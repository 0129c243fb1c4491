"""A simulated Odoo inside the test's own process: the adapter's requests go straight into it, and the test sees its tables."""

from __future__ import annotations

from dataclasses import dataclass

from app.hosts.odoo.spec import ODOO
from app.ports import Host
from sandbox.erps.odoo.__main__ import make
from sandbox.erps.odoo.people import OdooPeople
from sandbox.erps.odoo.tables import Tables
from sandbox.erps.office import Item
from sandbox.erps.serving import Chosen
from tests.examples import ITEMS
from tests.hosts.inside import Inside
from tests.hosts.rig import StateInMemory

METHODS = {"card": "CARD", "cash": "CSH1", "gift_card": "GIFT"}


@dataclass(kw_only=True)
class Office:
    """One simulated Odoo with the examples' items, opened."""

    dialect: str
    http: Inside
    host: Host
    people: OdooPeople
    tables: Tables


def office(dialect: str = "json2", **form: str) -> Office:
    items = tuple(Item(sku=sku, title=sku.title(), price=4, stock=1000) for sku in ITEMS)  # type: ignore[arg-type]
    simulator = make(Chosen(items=items, dialect=dialect))
    http = Inside(simulator=simulator)
    credentials = {"address": "http://odoo.test", **simulator.credentials, **form}
    host = ODOO.open(credentials, http, StateInMemory())  # type: ignore[arg-type]
    people = simulator.office
    assert isinstance(people, OdooPeople)
    return Office(dialect=dialect, http=http, host=host, people=people, tables=people.tables)
