"""Who looks into each ERP of the demo and who acts there; simulated ones share their doors, others have a row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from sandbox.demo.books import Books, MemoryBooks
from sandbox.demo.dispatch import DemoDispatch
from sandbox.demo.odoo_books import OdooBooks
from sandbox.demo.odoo_office import OdooDispatch, OdooPeople
from sandbox.demo.people import Doors
from sandbox.demo.people_doors import MemoryPeople
from sandbox.demo.prices import PriceBooks
from sandbox.demo.products import ProductBooks
from sandbox.demo.shipping import Dispatch
from sandbox.demo.simulated import SimulatedBooks, SimulatedDispatch, SimulatedPeople
from sandbox.demo.tryton_books import TrytonBooks
from sandbox.demo.tryton_dispatch import TrytonDispatch
from sandbox.demo.tryton_office import TrytonOffice

Through = Literal["doors", "api"]
"""How an ERP is looked into: the demo started it and it has doors for that, or it runs somewhere and has its API alone."""


@dataclass(frozen=True, kw_only=True)
class Staff:
    """Who puts products in, changes prices, sends goods and enters customers. None: this ERP has nobody for it.

    `ready`: its documents that goods may leave from in the store as well.
    """

    products: ProductBooks
    prices: PriceBooks
    dispatch: Dispatch
    people: Doors | None
    ready: Callable[[], Mapping[str, Collection[str]]] | None = None


@dataclass(frozen=True, kw_only=True)
class Hands:
    """`books` of credentials and shop; `staff` of the same and a seed."""

    books: Callable[[Mapping[str, str], str], Books]
    staff: Callable[[Mapping[str, str], str, int], Staff]


def hands(host: str, through: Through) -> Hands:
    rows = OWN if through == "doors" else OWN | REAL
    if host in rows:
        return rows[host]
    if through == "doors":
        return SIMULATED
    raise SystemExit(
        f"No judge can look into a {host} that runs by itself: sandbox/demo/staff.py has no row for it."
    )


def _demo_erp(credentials: Mapping[str, str], shop: str, seed: int) -> Staff:
    dispatch = DemoDispatch(credentials, shop, seed=seed)
    books = MemoryBooks(credentials, shop)
    return Staff(
        products=books,
        prices=books,
        dispatch=dispatch,
        people=MemoryPeople(credentials),
        ready=dispatch.ready,
    )


def _tryton(credentials: Mapping[str, str], shop: str, seed: int) -> Staff:
    office = TrytonOffice(credentials)
    dispatch = TrytonDispatch(credentials, shop, seed=seed)
    return Staff(products=office, prices=office, dispatch=dispatch, people=None)


def _odoo(credentials: Mapping[str, str], shop: str, seed: int) -> Staff:
    """A real Odoo's, with the rights of whoever's key it is: products and prices take an administrator's."""
    books, dispatch = OdooBooks(credentials, shop), OdooDispatch(credentials, shop, seed=seed)
    people = OdooPeople(credentials)
    return Staff(products=books, prices=books, dispatch=dispatch, people=people, ready=dispatch.ready)


def _simulated(credentials: Mapping[str, str], shop: str, seed: int) -> Staff:
    books, dispatch = SimulatedBooks(credentials, shop), SimulatedDispatch(credentials, shop, seed=seed)
    people = SimulatedPeople(credentials)
    return Staff(products=books, prices=books, dispatch=dispatch, people=people, ready=dispatch.ready)


SIMULATED = Hands(books=SimulatedBooks, staff=_simulated)
OWN: dict[str, Hands] = {
    "memory": Hands(books=MemoryBooks, staff=_demo_erp),
    "tryton": Hands(books=TrytonBooks, staff=_tryton),
}
"""Whose server is no simulated one with the doors that these share."""
REAL: dict[str, Hands] = {"odoo": Hands(books=OdooBooks, staff=_odoo)}
"""Vendors' own servers, as `--erp-config` names them: whoever acts there has the API alone."""
