"""Whatever stands in an answer of NetSuite's, what comes of it is one of our errors or a value that can be used."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.errors import Retry
from app.hosts.netsuite import documents, sql
from app.hosts.netsuite.directory import Directory
from app.hosts.netsuite.payload import LONGEST_MEMO, memo, memo_payments, payment_of
from app.hosts.netsuite.stock import NetSuiteStock
from tests.examples import EXAMPLES
from tests.hosts.netsuite.test_client import Account, answer, door

LINE = {"id": "7", "type": "SalesOrd", "status": "B", "externalid": "order-a-1", "sku": "TEA", "line": "1"}
STRANGE = ["", "x", "-1", "\u00b2", "9" * 5_000, "1.5", "1e9", " 7"]


def read(**changes: str) -> documents.FoundDocument:
    (one,) = documents.grouped([documents.TransactionRow(**{**LINE, **changes})])  # type: ignore[arg-type]
    return documents.as_found(one, "", payments={})


@pytest.mark.parametrize("told", STRANGE)
@pytest.mark.parametrize("column", ["id", "line"])
def test_an_id_that_is_none_is_an_answer_that_cannot_be_read(column: str, told: str) -> None:
    if (column, told) == ("line", ""):
        assert documents.stage_of(read(line="")).lines[0].id == 0
    elif told or column == "line":
        with pytest.raises(Retry) as raised:
            read(**{column: told})
        assert raised.value.code == "answer.unreadable"


@pytest.mark.parametrize("told", ["1E+999999", "NaN", "Infinity", "9" * 5_000, "0.1.2", "twelve"])
@pytest.mark.parametrize("column", ["quantity", "foreignamount", "foreigntotal", "shipped", "billed"])
def test_an_amount_that_is_none_is_an_answer_that_cannot_be_read(column: str, told: str) -> None:
    with pytest.raises(Retry):
        read(**{column: told})


@pytest.mark.parametrize(
    "told", ["0001-01-01 00:00:00", "9999-12-31 23:59:59", "yesterday", "2026-13-01 00:00:00"]
)
def test_a_time_that_no_zone_has_is_an_answer_that_cannot_be_read(told: str) -> None:
    with pytest.raises(Retry):
        sql.read_moment(told)


def test_a_list_that_goes_on_nowhere_ends_with_an_error() -> None:
    assert sql.further("8", 7) == 8
    for told in ("7", "x", "\u00b9"):
        with pytest.raises(Retry):
            sql.further(told, 7)


def test_a_memo_that_a_person_wrote_names_no_payments_that_are_none() -> None:
    assert memo_payments("Paid: t1=\u00b2, t2=5.00, t3=9.9.9, t4=, =3, t5") == {"t2": Decimal("5.00")}


def test_a_memo_holds_our_payments_whatever_the_note_is_like() -> None:
    record = EXAMPLES["plain"]()
    said = memo("x" * 5_000, record.payments)
    assert len(said) == LONGEST_MEMO
    assert set(memo_payments(said)) == {payment.key for payment in record.payments}
    assert memo("A note", ()) == "A note"
    assert memo(None, ()) == ""


def test_half_a_sign_stays_as_it_is_spelled() -> None:
    assert payment_of("order-a-1", "order-a-1-pay-t_2f_1") == "t/1"
    assert payment_of("order-a-1", "order-a-1-pay-t_d800_") == "t_d800_"


async def test_a_number_with_decimals_that_is_no_text_is_read_as_well() -> None:
    say = {"item": 1, "location": 2, "sku": "TEA", "quantityavailable": 1.5, "quantityonhand": 2}
    netsuite = door(Account(say=lambda request: answer(200, {"items": [say], "hasMore": False})))
    (reading,) = (await NetSuiteStock(netsuite, Directory(netsuite)).page(None)).readings
    assert (reading.available, reading.physical) == (Decimal("1.5"), Decimal(2))
