"""No more is given back of an order than it came to, however it was billed."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.credit import CreditDocument, GoodsBack
from app.domain.document import FoundDocument
from app.domain.ids import StoreKey
from app.domain.refund import Restock
from app.errors import Reason, Rejected
from app.hosts.netsuite import credit_steps, documents
from app.hosts.netsuite.clock import Clock
from app.hosts.netsuite.credits import NetSuiteCredits
from app.hosts.netsuite.directory import Directory
from app.hosts.netsuite.documents import TransactionRow
from app.hosts.netsuite.orders import NetSuiteOrders
from app.hosts.netsuite.writes import Writes
from app.hosts.rest.samples import _credit
from app.ports import Answer, Evidence, Found, Request, Step
from tests.hosts.netsuite.test_client import Account, answer, door, rows

CREDIT: CreditDocument = _credit()


def sold(total: str, **changes: str) -> FoundDocument:
    """An order that was billed by more than one document, or by none that we can tell."""
    row = {"id": "7", "type": "SalesOrd", "status": "G", "entity": "3", "sku": "TEA", "mainline": "T"}
    (one,) = documents.grouped([TransactionRow(**{**row, "foreigntotal": total, **changes})])  # type: ignore[arg-type]
    return documents.as_found(one, "", payments={})


async def given(total: str, before: list[dict[str, str]]) -> tuple[Evidence, Account]:
    def say(request: Request) -> Answer:
        if "/record/v1/creditMemo" in request.url:
            return answer(204, None, location="https://x/record/v1/creditMemo/99")
        query = json.loads(request.body or b"").get("q", "")
        return rows(*(before if "CustCred" in query else [{"id": "1", "name": "EUR", "sku": "ITEM-1"}]))

    account = Account(say=say)
    netsuite = door(account)
    directory, clock = Directory(netsuite), Clock(netsuite)
    writes = Writes(netsuite, directory)
    orders = NetSuiteOrders(netsuite, directory, writes, clock)
    given_back = NetSuiteCredits(netsuite, directory, orders, writes, clock)
    step = given_back.next_step(CREDIT, Found(documents=(), basis=sold(total)))
    assert isinstance(step, Step)
    assert step.payload["of"] == ""
    bare = Step(key=step.key, kind=step.kind, payload={**step.payload, "lines": [], "location": None})
    return await given_back.do(bare), account


async def test_an_order_of_several_bills_gives_back_no_more_than_it_came_to() -> None:
    before = [{"id": "50", "type": "CustCred", "externalid": "someone-elses", "foreigntotal": "-80.00"}]
    with pytest.raises(Rejected) as raised:
        await given("100.00", before)
    assert raised.value.code == "credit.exceeds"
    evidence, account = await given(f"{80 + CREDIT.total:f}", before)
    assert evidence.sink_key == "99"
    asked = next(body for each in account.asked if "CustCred" in (body := (each.body or b"").decode()))
    assert f"{CREDIT.order_reference}-R%" in asked


async def test_what_this_refund_made_already_does_not_count_against_it() -> None:
    evidence, _ = await given(
        f"{CREDIT.total:f}",
        [
            {
                "id": "50",
                "type": "CustCred",
                "externalid": str(CREDIT.external_id),
                "foreigntotal": f"-{CREDIT.total:f}",
            }
        ],
    )
    assert evidence.sink_key == "99"


def exchange(total: str, *, lost: str | None) -> CreditDocument:
    """One good comes back, and one that costs more goes out for it."""
    back = CREDIT.lines[0]
    net = Decimal(total) - back.net
    out = replace(back, key="sent-1", item="CUP", quantity=Decimal(-1), net=net, taxes=())
    return replace(
        CREDIT,
        lines=(replace(back, taxes=()), out),
        goods=(
            GoodsBack(
                line_key=StoreKey(back.key), item=back.item, quantity=back.quantity, restock=Restock.RETURN
            ),
            GoodsBack(line_key=StoreKey("sent-1"), item="CUP", quantity=Decimal(1), restock=Restock.SENT),
        ),
        payments=(),
        total=Decimal(total),
        tax_total=Decimal(0),
        lost_item=lost,
    )


def created(record: CreditDocument) -> Step:
    step = credit_steps.next_step(record, Found(documents=(), basis=sold("100.00")))
    assert isinstance(step, Step)
    return step


def lines_of(step: Step) -> list[tuple[object, ...]]:
    return [(row["item"], row["quantity"], row["net"]) for row in step.payload["lines"]]  # type: ignore[index, union-attr, call-overload]


def test_a_dearer_exchange_is_an_invoice_that_takes_what_went_out_from_its_shelf() -> None:
    step = created(exchange("-5.00", lost="OTHER"))
    assert step.payload["made"] == "CustInvc"
    assert lines_of(step) == [("OTHER", "2", "-20.00"), ("CUP", "1", "25.00")]


def test_a_cheaper_exchange_is_a_credit_memo_that_puts_what_came_back_on_its_shelf() -> None:
    step = created(exchange("5.00", lost="OTHER"))
    assert step.payload["made"] == "CustCred"
    assert lines_of(step) == [("ITEM-1", "2", "20.00"), ("OTHER", "1", "-15.00")]


@pytest.mark.parametrize("total", ["-5.00", "5.00"])
def test_an_exchange_waits_for_an_item_for_amounts_without_goods(total: str) -> None:
    """On its own item one of the two would be moved the wrong way."""
    told = credit_steps.next_step(exchange(total, lost=None), Found(documents=(), basis=sold("100.00")))
    assert isinstance(told, Reason)
    assert told.code == "mapping.adjustment_item_missing"


async def test_what_a_dearer_exchange_added_may_be_given_back_but_not_of_the_invoice_alone() -> None:
    before = [{"id": "50", "type": "CustInvc", "externalid": "refund-other", "foreigntotal": "30.00"}]
    evidence, account = await given(f"{CREDIT.total - 30:f}", before)
    assert evidence.sink_key == "99"
    assert not any("!transform" in each.url for each in account.asked)
    with pytest.raises(Rejected):
        await given(f"{CREDIT.total - 31:f}", before)
