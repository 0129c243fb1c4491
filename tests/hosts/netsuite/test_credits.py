"""No more is given back of an order than it came to, however it was billed."""

from __future__ import annotations

import json

import pytest

from app.domain.credit import CreditDocument
from app.domain.document import FoundDocument
from app.errors import Rejected
from app.hosts.netsuite import documents
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
    before = [{"id": "50", "externalid": "someone-elses", "foreigntotal": "-80.00"}]
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
        [{"id": "50", "externalid": str(CREDIT.external_id), "foreigntotal": f"-{CREDIT.total:f}"}],
    )
    assert evidence.sink_key == "99"
