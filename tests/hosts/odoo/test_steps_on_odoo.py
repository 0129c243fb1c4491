"""Which step of an order is next in Odoo, and which of them may be sent again before a late one is out of the way."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from app.domain.document import DocumentState, FoundDocument, FoundLine
from app.domain.ids import SinkKey
from app.errors import Reason
from app.hosts.odoo import credit_steps
from app.hosts.odoo.stage import Stage
from app.hosts.odoo.steps import next_step
from app.hosts.rest.samples import _credit, _order
from app.ports import Found, Step


def test_a_rounding_line_is_not_sent_again_while_the_first_may_still_come() -> None:
    order = _order()
    stage = Stage(
        sale="draft", ordered_at="2026-11-03 10:00:00", billable=False, left=False, payments={}, invoices=[]
    )
    quotation = FoundDocument(
        sink_key=SinkKey("7"),
        number="S00007",
        external_id=order.external_id,
        state=DocumentState.DRAFT,
        total=order.total - Decimal("0.01"),
        tax_total=order.tax_total - Decimal("0.01"),
        currency=order.currency,
        stage=msgspec.json.encode(stage).decode(),
        lines=tuple(FoundLine(item=each.item, quantity=each.quantity, net=each.net) for each in order.lines),
    )
    step = next_step(order, Found(documents=(quotation,)))
    assert isinstance(step, Step)
    assert (step.key, step.payload["price"], step.repeatable) == (f"round:{order.edit}", "0.01", False)


def test_nothing_is_given_back_of_a_sale_that_waits_for_an_approval() -> None:
    stage = Stage(
        sale="to approve", ordered_at="2026-11-03 10:00:00", billable=False, left=False, payments={}, invoices=[]
    )  # fmt: skip
    sale = FoundDocument(
        sink_key=SinkKey("7"), number="S00007", external_id="order-demo-1", state=DocumentState.OPEN,
        total=None, tax_total=None, currency=None, stage=msgspec.json.encode(stage).decode(),
    )  # fmt: skip
    reason = credit_steps.next_step(_credit(), Found(basis=sale))
    assert isinstance(reason, Reason)
    assert reason.code == "document.state_unknown"


def test_the_rounding_line_of_a_credit_is_not_sent_again_either() -> None:
    credit = _credit()
    stage = Stage(
        sale="sale", ordered_at="2026-11-03 10:00:00", billable=False, left=False, payments={}, invoices=[]
    )  # fmt: skip
    note = FoundDocument(
        sink_key=SinkKey("9"), number="RINV/9", external_id=credit.external_id, state=DocumentState.DRAFT,
        total=credit.total - Decimal("0.01"), tax_total=credit.tax_total - Decimal("0.01"),
        currency=credit.currency, stage=msgspec.json.encode(stage).decode(),
        lines=tuple(FoundLine(item=each.item, quantity=each.quantity, net=each.net) for each in credit.lines),
    )  # fmt: skip
    step = credit_steps.next_step(credit, Found(documents=(note,)))
    assert isinstance(step, Step)
    assert (step.key, step.payload["price"], step.repeatable) == ("round", "0.01", False)
