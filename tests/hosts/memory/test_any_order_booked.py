"""Whatever is ordered, changed and given back: the demo ERP's own arithmetic nets to the store's figures, or it is held."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.credit import CreditDocument
from app.domain.document import SalesDocument
from app.domain.money import CurrencySide, total
from app.errors import Reason, StockbridgeError
from app.hosts.memory.adapter import Connection, open_host
from app.hosts.memory.ledger import Ledger, Rules
from app.hosts.memory.server import Desk, build
from app.ports import Answer, Fence, Host, Missing, Request, Sink, Step, TaxRule
from app.sync import orders as order_flow
from app.sync.flow import Put
from app.sync.order_told import Told
from tests.drawing import tried
from tests.mapping.shop import ACTS, EXCHANGES, Described, DrawnShop, acts, orders
from tests.mapping.test_any_order import LATER, amount, booked, first, rules

_IN_WORDS = ("credit.exceeds", "total.differs")
"""What the ERP itself refuses says by how much in its sentence."""
_NUMBERS = itertools.count(1)


class InProcess:
    """Implements `Http` over the demo ERP's own application."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def send(self, request: Request) -> Answer:
        answer = await self._client.request(
            request.method, request.url, headers=dict(request.headers), content=request.body
        )
        return Answer(status=answer.status_code, headers=dict(answer.headers), body=answer.content)


@pytest.fixture(scope="module", params=["exact", "computed"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    with tempfile.TemporaryDirectory() as home:
        ledger = Ledger(Path(home) / "books.sqlite", Rules(tax=request.param))
        yield Desk(ledger=ledger, key="k")
        ledger.close()


async def booked_in(desk: Desk, shop: DrawnShop, record: dict[str, Any], drawn: list[Described]) -> None:
    transport = httpx.ASGITransport(build(desk, control=False))
    async with httpx.AsyncClient(transport=transport, base_url="http://erp") as client:
        connection = Connection(
            address="http://erp",
            key="k",
            fence=Fence.UNIQUE,
            tax=TaxRule(desk.ledger.rules.tax),
            deadline=timedelta(seconds=5),
        )
        await _all_of_it(open_host(connection, InProcess(client)), shop, record, drawn)


async def _all_of_it(host: Host, shop: DrawnShop, record: dict[str, Any], drawn: list[Described]) -> None:
    side = CurrencySide.PRESENTMENT
    sink, back = host.orders, host.refunds
    assert not isinstance(sink, Missing)
    assert not isinstance(back, Missing)
    told = first(await shop.read_now(record), side)
    ours = f"{told.document.external_id}-{next(_NUMBERS)}"
    held = await settle(sink, replace(told.document, external_id=ours))
    for act in drawn:
        shop.happens(record, act)
    order = await shop.read_now(record)
    refunds = await shop.refunds_now(order)
    books = booked(order, refunds, told, side)
    decided = order_flow.decide(order, Told.of(told.told), rules(side), LATER)
    held += [*books.held]
    if isinstance(decided, Put):
        held += await settle(sink, replace(decided.document, external_id=ours))
    for credit in books.credits:
        mine = replace(credit, external_id=f"{credit.external_id}-{ours}", order_external_id=ours)
        held += await settle(back, mine)
    if held:
        for reason in held:
            assert reason.facts.get("difference") or reason.code in _IN_WORDS, reason
        return
    there = list((await sink.find(replace(told.document, external_id=ours))).documents)
    (document,) = there
    given = [
        (await back.find(replace(c, external_id=f"{c.external_id}-{ours}", order_external_id=ours))).documents
        for c in books.credits
    ]
    owed = amount(record, "currentTotalPriceSet", side) + amount(record, "refundDiscrepancySet", side)
    assert document.total is not None
    if document.state.value == "cancelled":
        assert owed == 0
        return
    assert document.total - total(found.total or Decimal(0) for each in given for found in each) == owed


async def settle(
    sink: Sink[SalesDocument] | Sink[CreditDocument], document: Any, *, most: int = 40
) -> list[Reason]:
    """What the engine does; answers with why it stopped before everything was there."""
    for _ in range(most):
        step = sink.next_step(document, await sink.find(document))
        if step is None:
            return []
        if isinstance(step, Reason):
            return [] if step.code == "document.cancelled_in_erp" else [step]
        assert isinstance(step, Step)
        try:
            await sink.do(step)
        except StockbridgeError as refused:
            return [refused.reason]
    raise AssertionError("never done")


@tried(12)
@given(st.sampled_from(["EUR", "JPY", "KWD"]), orders(), acts((*ACTS, "edit", "add", *EXCHANGES, *EXCHANGES)))
def test_what_the_demo_erp_has_booked_nets_to_the_shops_own_figures(
    desk: Desk, currency: str, described: Described, drawn: list[Described]
) -> None:
    shop = DrawnShop(currency)
    record = shop.place(described)
    asyncio.run(booked_in(desk, shop, record, drawn))
