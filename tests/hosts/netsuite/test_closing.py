"""An order that was given up before anything was booked of it is closed, whatever it was to be shipped with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.document import DocumentKind, DocumentLineKind, SalesDocument
from app.ports import Missing
from sandbox.erps.netsuite.account import Account
from tests.examples import document, line
from tests.hosts.converging import settled
from tests.hosts.netsuite.rig import opened, unpaid
from tests.hosts.rig import converge, orders
from tests.hosts.test_contract_refunds import credit_of


def by_freight() -> SalesDocument:
    """Shipping is mapped to a shipping item, which is the order's own and no line."""
    lines = [line("TEA", "20.00", "VAT20"), line("Express", "4.90", kind=DocumentLineKind.SHIPPING)]
    return replace(document(lines, paid="0", kind=DocumentKind.SALES_ORDER), location="1")


@pytest.mark.parametrize("order", [unpaid(codes={"shipping_method": "Express"}), by_freight()])
async def test_an_order_with_a_way_of_shipping_is_closed(order: SalesDocument) -> None:
    there = opened(
        Account(suite_tax=False),
        prepared=lambda books: books.insert("_item", id=41, itemid="Express", type="ShipItem"),
    )
    await converge(orders(there.host), order)
    assert not isinstance(there.host.refunds, Missing)
    _, steps = await settled(there.host.refunds, credit_of(order))
    assert steps == ["cancel-order"]
    assert there.one("SELECT status FROM _tran WHERE type = 'SalesOrd'")["status"] == "H"
