"""The demo ERP's accounts: a limit that somebody set, and what all documents of a customer come to less what was paid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.debtor import Debtor
from app.domain.document import DocumentKind
from app.domain.ids import StoreKey
from app.domain.money import Money
from app.errors import Retry
from app.ports import Debtors
from tests.examples import BUYER, in_kind
from tests.hosts.memory.rig import MemoryUnderTest, running
from tests.hosts.rig import converge, door, opened, orders

LIMIT = {"amount": "100.50", "currency": "EUR"}


@pytest.fixture(scope="module")
def erp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryUnderTest]:
    with running(tmp_path_factory.mktemp("erp") / "erp.sqlite", items="any") as under:
        yield under


def euros(amount: str | Decimal) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


def asked(debtors: object) -> Debtors:
    assert hasattr(debtors, "of")
    return debtors


async def test_limit_and_balance_follow_the_books(erp: MemoryUnderTest) -> None:
    async with door(erp) as http:
        host = opened(erp, http)
        debtors = asked(host.debtors)
        buyer = replace(BUYER, key=StoreKey("4711"), email="owing@example.com")
        document = replace(in_kind(DocumentKind.ORDER_WITH_DEPOSIT, paid="4.00"), buyer=buyer)
        await converge(orders(host), document)
        assert await debtors.of(buyer) == Debtor(owed=euros(document.total - 4))
        (account,) = (await erp.ask("POST", "/v1/customers/accounts", {"key": "4711"}))["accounts"]
        await erp.ask("PUT", f"/v1/customers/{account['customer']}/limit", LIMIT)
        assert await debtors.of(buyer) == Debtor(owed=euros(document.total - 4), limit=euros("100.50"))


async def test_what_was_called_off_is_owed_by_nobody(erp: MemoryUnderTest) -> None:
    async with door(erp) as http:
        host = opened(erp, http)
        buyer = replace(BUYER, key=StoreKey("4712"), email="gone@example.com")
        made, _ = await converge(
            orders(host), replace(in_kind(DocumentKind.SALES_ORDER, paid="0"), buyer=buyer)
        )
        await erp.cancel(made.sink_key)
        found = await asked(host.debtors).of(buyer)
        assert found is not None
        assert found.owed.amount == 0


async def test_a_lost_answer_is_an_answer_that_did_not_come(erp: MemoryUnderTest) -> None:
    async with door(erp) as http:
        debtors = asked(opened(erp, http).debtors)
        await erp.next("account", "error")
        with pytest.raises(Retry):
            await debtors.of(BUYER)
