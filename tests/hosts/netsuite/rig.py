"""A simulated NetSuite inside the test's process: an account as it is set up there, and a host that was opened on it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from app.domain.document import DocumentKind, SalesDocument
from app.hosts.netsuite.spec import NETSUITE
from app.ports import Host
from sandbox.erps.netsuite.__main__ import make
from sandbox.erps.netsuite.account import Account
from sandbox.erps.netsuite.books import Books
from sandbox.erps.netsuite.server import Desk
from sandbox.erps.office import Item
from sandbox.erps.serving import Chosen
from tests.examples import ITEMS, document, line
from tests.hosts.inside import Inside
from tests.hosts.rig import StateInMemory

_PRICE, _STOCK = Decimal(10), Decimal(1000)


@dataclass(kw_only=True)
class There:
    """`host` is ours; `books` are what the account's people see."""

    host: Host
    http: Inside
    books: Books

    def one(self, query: str, *values: Any) -> Any:
        """The only row of a question to the books, past every adapter."""
        (row,) = self.books.all(query, *values)
        return row

    def calls(self) -> dict[str, int]:
        """How many, by the table that is read or the record that is written."""
        found: Counter[str] = Counter()
        for request in self.http.asked:
            query = json.loads(request.body)["q"] if b'"q"' in (request.body or b"") else ""
            found[query.partition(" FROM ")[2].partition(" ")[0] or request.url.rpartition("/")[2]] += 1
        return dict(found)


def opened(
    account: Account | None = None, *, prepared: Callable[[Books], object] | None = None, **form: str
) -> There:
    """`prepared`: what was set up in the account before we came; `form`: fields beside those of the sign-in."""
    items = tuple(Item(sku=sku, title=sku.title(), price=_PRICE, stock=_STOCK) for sku in (*ITEMS, "CUP"))
    simulator = make(Chosen(items=items), account)
    desk = simulator.manners
    assert isinstance(desk, Desk)
    if prepared:
        prepared(desk.books)
    http = Inside(simulator=simulator)
    fields = {**simulator.credentials, "address": "http://127.0.0.1:9", **form}
    host = NETSUITE.open(fields, http, StateInMemory())  # type: ignore[arg-type]  # it streams nothing
    return There(host=host, http=http, books=desk.books)


def unpaid(item: str = "TEA", **changes: Any) -> SalesDocument:
    made = document([line(item, "20.00", "VAT20")], paid="0", kind=DocumentKind.SALES_ORDER)
    return replace(made, **{"location": "1", **changes})
