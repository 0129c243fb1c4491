"""A payment is booked once, whatever number it was posted under."""

from __future__ import annotations

from app.domain.document import DocumentKind
from app.ports import Missing, Step
from sandbox.erps.businesscentral import payments
from sandbox.erps.businesscentral.staff import Staff
from tests.examples import document, line
from tests.hosts.businesscentral.rig import company
from tests.hosts.rig import converge, orders
from tests.hosts.test_contract_refunds import credit_of


def post_all(staff: Staff) -> None:
    """People post every journal, whose batches have a Posting No. Series."""
    books = staff._books
    with books.change():
        waiting = {
            row["journalId"] for each in ("customerPayments", "journalLines") for row in books.all(each)
        }
        for journal in waiting:
            payments.post(books, journal)
        assert waiting
        for place, row in enumerate(books.all("generalLedgerEntries")):
            books.update("generalLedgerEntries", row["id"], documentNumber=f"PGJ{place // 2:05}")


async def test_a_payment_that_was_posted_under_a_number_of_the_journals_series_is_not_booked_again() -> None:
    host, staff, http = company()
    record = document([line("TEA", "20.00", "VAT20")], kind=DocumentKind.SALES_ORDER)
    _, steps = await converge(orders(host), record)
    assert any(step.payload["action"] == "pay" for step in steps)
    post_all(staff)
    before = len(http.asked)
    found = await orders(host).find(record)
    assert len(http.asked) == before + 1
    assert not isinstance(orders(host).next_step(record, found), Step)
    assert found.documents[0].payments == {str(each.key) for each in record.payments}


async def test_money_that_went_back_and_was_posted_under_such_a_number_does_not_go_back_again() -> None:
    host, staff, _ = company()
    refunds = host.refunds
    assert not isinstance(refunds, Missing)
    sold = document([line("TEA", "20.00", "VAT20")])
    await converge(orders(host), sold)
    credit = credit_of(sold, lines=1)
    found = await refunds.find(credit)
    while isinstance(step := refunds.next_step(credit, found), Step):
        await refunds.do(step)
        found = await refunds.find(credit)
    post_all(staff)
    found = await refunds.find(credit)
    assert not isinstance(refunds.next_step(credit, found), Step)
    assert found.documents[0].payments == {str(each.key) for each in credit.payments}
