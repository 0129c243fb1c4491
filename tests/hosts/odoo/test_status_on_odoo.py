"""What became of sales is told whole: however many invoices were settled at once, and whichever clock Odoo has."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from app.hosts.odoo.spec import ODOO
from app.ports import Answer, Missing, Request
from tests.examples import EXAMPLES
from tests.hosts.odoo.rig import office
from tests.hosts.rig import StateInMemory, converge, orders

BEFORE = (datetime.now(UTC) - timedelta(minutes=30)).isoformat()


@dataclass
class Settled:
    """Implements `Http` as an Odoo where a bank statement has just settled invoices; keeps what it was asked about sales."""

    invoices: list[dict[str, Any]]
    behind: timedelta = timedelta(0)
    sales: list[Any] = field(default_factory=list)

    async def send(self, request: Request) -> Answer:
        asked = json.loads(request.body or b"{}")
        return Answer(
            status=200,
            headers={"date": format_datetime(datetime.now(UTC) - self.behind, usegmt=True)},
            body=json.dumps(self._said(request.url, asked)).encode(),
        )

    def _said(self, url: str, asked: dict[str, Any]) -> object:
        if url.endswith("/web/version"):
            return {"version": "19.0"}
        if url.endswith("/res.company/search_read"):
            return [{"id": 1, "name": "Beispiel", "currency_id": [1, "EUR"]}]
        if url.endswith("/account.move/search_read"):
            after = next((each[2] for each in asked["domain"] if each[:2] == ["id", ">"]), 0)
            return [each for each in self.invoices if each["id"] > after][: asked["limit"]]
        self.sales.append(asked["domain"])
        return {"length": 0, "records": []}


async def told(odoo: Settled, cursor: str | None = BEFORE) -> str:
    form = {"address": "https://odoo.test", "key": "k"}
    source = ODOO.open(form, odoo, StateInMemory()).document_status  # type: ignore[arg-type]  # it streams nothing
    return [page.cursor async for page in source.moved(cursor)][-1]  # type: ignore[union-attr]


async def test_no_settled_invoice_is_left_out_however_many_there_are() -> None:
    odoo = Settled([{"id": number, "invoice_origin": f"S{number}"} for number in range(1, 2_503)])
    odoo.invoices.append({"id": 2_503, "invoice_origin": "S9001, S9002"})
    await told(odoo)
    (domain,) = odoo.sales
    named = next(each[2] for each in domain if each[:2] == ["name", "in"])
    assert set(named) == {f"S{number}" for number in range(1, 2_503)} | {"S9001", "S9002"}


async def test_a_clock_that_is_late_hides_no_change() -> None:
    late = timedelta(minutes=20)
    odoo = Settled([], behind=late)
    for cursor in (None, BEFORE):
        assert datetime.fromisoformat(await told(odoo, cursor)) < datetime.now(UTC) - late + timedelta(
            seconds=5
        )


@pytest.mark.parametrize("dialect", ["json2", "jsonrpc"])
async def test_a_user_who_may_see_no_payments_is_told_how_far_sales_have_come(dialect: str) -> None:
    """Orders that are not paid through us need no right to Billing, and nothing is to pause for the lack of it."""
    odoo = office(dialect)
    desk = odoo.people.desk
    desk.rights = {**desk.rights, "account.payment": ""}
    await converge(orders(odoo.host), EXAMPLES["unpaid_sales_order"]())
    source = odoo.host.document_status
    assert not isinstance(source, Missing)
    pages = [page async for page in source.moved(BEFORE)]
    assert [status.number for page in pages for status in page.items] == ["S00001"]
    assert [found.number for found in await orders(odoo.host).numbered("S00001")] == ["S00001"]
