"""What a demo asks of an ERP: nothing that this one does not tell."""

from __future__ import annotations

import pytest

from app.cli.demo import Chosen
from app.ports import Flow
from app.registry import HOSTS


@pytest.mark.parametrize("erp", sorted(HOSTS))
def test_stock_is_carried_where_it_was_chosen_and_the_erp_tells_it(erp: str) -> None:
    chosen = Chosen(
        orders=1, skus=2, seed=7, erp=erp, erp_config=None, faults="none", flows=("orders", "inventory")
    )
    assert chosen.stock is (Flow.INVENTORY not in HOSTS[erp].missing)
    assert not Chosen(
        orders=1, skus=2, seed=7, erp=erp, erp_config=None, faults="none", flows=("orders",)
    ).stock
