"""The judge's books of Tryton: what is free, and goods that come and go by stock moves as its own people make them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sandbox.demo.staff import hands
from tests.rigs.test_tryton_rig import COMMAND, line_of, running

pytestmark = pytest.mark.tryton


def test_stock_moves_change_what_is_free_and_nothing_else() -> None:
    with running(COMMAND) as rig:
        books = hands("tryton", "doors").books(line_of(rig), "demo.myshopify.com")
        before = books.free()
        assert before["SKU-00001"] == before["SKU-00002"] == Decimal(1000)
        books.move({"SKU-00001": 5, "SKU-00002": -3})
        moved = {"SKU-00001": Decimal(1005), "SKU-00002": Decimal(997)}
        assert books.free() == {**before, **moved}
        assert books.documents() == []
