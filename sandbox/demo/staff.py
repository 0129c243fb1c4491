"""Who acts in each ERP of the demo, for the flows besides orders and stock; one row for each ERP."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from sandbox.demo.books import Books, MemoryBooks
from sandbox.demo.dispatch import DemoDispatch
from sandbox.demo.people import Doors
from sandbox.demo.people_doors import MemoryPeople
from sandbox.demo.prices import PriceBooks
from sandbox.demo.products import ProductBooks
from sandbox.demo.shipping import Dispatch
from sandbox.demo.tryton_dispatch import TrytonDispatch
from sandbox.demo.tryton_office import TrytonOffice

TIERS: Mapping[str, str] = {"memory": "WHOLESALE"}
"""A group of customers with prices of its own, where the ERP has such."""


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


def staff(books: Books, credentials: Mapping[str, str], shop: str, *, seed: int) -> Staff:
    if isinstance(books, MemoryBooks):
        dispatch = DemoDispatch(credentials, shop, seed=seed)
        return Staff(
            products=books,
            prices=books,
            dispatch=dispatch,
            people=MemoryPeople(credentials),
            ready=dispatch.ready,
        )
    office = TrytonOffice(credentials)
    return Staff(
        products=office,
        prices=office,
        dispatch=TrytonDispatch(credentials, shop, seed=seed),
        people=None,
    )
