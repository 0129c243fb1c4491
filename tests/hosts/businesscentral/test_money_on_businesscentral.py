"""Lines for money, in journals of every kind: each is written once, into the account that the journal balances."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from app.domain.credit import CreditDocument
from app.domain.document import DocumentKind, SalesDocument
from app.errors import Rejected, Retry
from app.ports import Answer, Host, Missing, Sink, Step
from sandbox.erps.businesscentral.refusals import same_line
from tests.examples import document, line
from tests.hosts.businesscentral.rig import company
from tests.hosts.rig import converge, orders
from tests.hosts.test_contract_refunds import credit_of


def refunds(host: Host) -> Sink[CreditDocument]:
    assert not isinstance(host.refunds, Missing)
    return host.refunds


async def credited(host: Host, credit: CreditDocument) -> list[Step]:
    done: list[Step] = []
    while isinstance(step := refunds(host).next_step(credit, await refunds(host).find(credit)), Step):
        await refunds(host).do(step)
        done.append(step)
    return done


def taken() -> Answer:
    """Another line was numbered by the same last one, and was faster."""
    refusal = same_line("CARD", 20000)
    return Answer(status=refusal.status, headers={}, body=json.dumps(refusal.body).encode())


async def test_a_payment_whose_line_number_another_one_took_is_written_a_moment_later() -> None:
    host, staff, http = company()
    record = document([line("TEA", "20.00", "VAT20")], kind=DocumentKind.SALES_ORDER)
    http.instead['"amount":'] = [taken()]
    with pytest.raises(Retry) as busy:
        await converge(orders(host), record)
    assert (busy.value.code, busy.value.after is None) == ("host.busy", False)
    await converge(orders(host), record)
    assert len(staff._books.all("customerPayments")) == 1


async def test_money_that_goes_back_and_whose_line_number_another_one_took_goes_back_once() -> None:
    host, staff, http = company()
    sold = document([line("TEA", "20.00", "VAT20")])
    await converge(orders(host), sold)
    credit = credit_of(sold, lines=1)
    http.instead['"amount":'] = [taken()]
    with pytest.raises(Retry):
        await credited(host, credit)
    await credited(host, credit)
    assert len(staff._books.all("journalLines")) == 1


def wired() -> tuple[SalesDocument, CreditDocument]:
    """Paid and given back by a way whose journal is balanced by a bank's account."""
    sold = document([line("TEA", "20.00", "VAT20")])
    sold = replace(sold, payments=tuple(replace(each, method="WIRE") for each in sold.payments))
    back = credit_of(sold, lines=1)
    return sold, replace(back, payments=tuple(replace(each, method="WIRE") for each in back.payments))


async def test_money_goes_back_from_the_bank_that_balances_its_journal_by_one_call() -> None:
    host, staff, http = company()
    sold, credit = wired()
    await converge(orders(host), sold)
    steps = await credited(host, credit)
    assert steps[-1].payload["action"] == "return"
    (row,) = staff._books.all("journalLines")
    assert (row["accountType"], row["accountNumber"]) == ("Bank Account", "CHECKING")
    assert sum(b'"accountType"' in (call.body or b"") for call in http.asked) == 1
    assert await credited(host, credit) == []


async def test_a_journal_that_was_given_a_bank_later_still_has_the_id_of_its_account_before() -> None:
    host, staff, _ = company()
    journal = staff._books.one("customerPaymentJournals", "code = 'CARD'")
    assert journal is not None
    staff._books.update("customerPaymentJournals", journal["id"], balancingAccountNumber="CHECKING")
    sold = document([line("TEA", "20.00", "VAT20")])
    await converge(orders(host), sold)
    await credited(host, credit_of(sold, lines=1))
    (row,) = staff._books.all("journalLines")
    assert (row["accountType"], row["accountNumber"]) == ("Bank Account", "CHECKING")


async def test_a_journal_that_was_made_from_a_template_has_the_number_of_its_account_and_not_its_id() -> None:
    host, staff, http = company()
    journal = staff._books.one("customerPaymentJournals", "code = 'CARD'")
    assert journal is not None
    staff._books.update(
        "customerPaymentJournals", journal["id"], balancingAccountId="00000000-0000-0000-0000-000000000000"
    )
    sold = document([line("TEA", "20.00", "VAT20")])
    await converge(orders(host), sold)
    await credited(host, credit_of(sold, lines=1))
    (row,) = staff._books.all("journalLines")
    assert (row["accountType"], row["accountNumber"]) == ("G/L Account", journal["balancingAccountNumber"])
    assert sum(b'"accountType"' in (call.body or b"") for call in http.asked) == 1


async def test_an_account_that_was_given_to_the_journal_after_the_hold_is_seen_at_the_next_try() -> None:
    host, staff, _ = company()
    books = staff._books
    journal = books.one("customerPaymentJournals", "code = 'CARD'")
    assert journal is not None
    books.update("customerPaymentJournals", journal["id"], balancingAccountNumber="")
    sold = document([line("TEA", "20.00", "VAT20")])
    await converge(orders(host), sold)
    credit = credit_of(sold, lines=1)
    with pytest.raises(Rejected) as held:
        await credited(host, credit)
    assert held.value.code == "payment_method.no_account"
    books.update("customerPaymentJournals", journal["id"], **books.balancing("2910"))
    await credited(host, credit)
    assert len(books.all("journalLines")) == 1
