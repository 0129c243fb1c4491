"""Tryton's own tests run against the server of the contract suite."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from app.domain.document import SalesDocument
from app.outbound import Outbound
from app.ports import Sink
from tests.hosts.rig import door, opened, orders
from tests.hosts.tryton.rig import TrytonUnderTest


@pytest.fixture
def erp(tryton_on_sqlite: TrytonUnderTest) -> TrytonUnderTest:
    return tryton_on_sqlite


@pytest.fixture
async def http(erp: TrytonUnderTest) -> AsyncIterator[Outbound]:
    async with door(erp) as opened_door:
        yield opened_door


@pytest.fixture
def sink(erp: TrytonUnderTest, http: Outbound) -> Sink[SalesDocument]:
    return orders(opened(erp, http))
