"""The table of money states: what Shopify shows and what has moved, and what the order is for an ERP."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.domain.order import MoneyState as Is
from app.shopify.money_state import Movement, money_state

TOTAL = Decimal("100.00")


def moved(
    kind: str,
    status: str = "SUCCESS",
    amount: str = "100.00",
    *,
    manual: bool = False,
    key: str = "1",
    of: str | None = None,
) -> Movement:
    return Movement(key=key, kind=kind, status=status, manual=manual, amount=Decimal(amount), parent=of)


SALE, CAPTURE, RESERVED = moved("SALE"), moved("CAPTURE", key="2", of="1"), moved("AUTHORIZATION")
PROMISED = moved("SALE", "PENDING", manual=True)
UNDECIDED = moved("SALE", "PENDING")
LET_GO = moved("VOID", key="2", of="1")

TABLE = [
    ("paid by sale", "PAID", [SALE], False, Is.PAID),
    ("paid by capture", "PAID", [RESERVED, CAPTURE], False, Is.PAID),
    (
        "paid by gift card and card",
        "PAID",
        [moved("SALE", amount="40"), moved("SALE", amount="60", key="2")],
        False,
        Is.PAID,
    ),
    ("marked as paid without a transaction", "PAID", [], False, Is.PAID),
    ("paid, and had terms", "PAID", [SALE], True, Is.PAID),
    (
        "paid, then refunded in part",
        "PARTIALLY_REFUNDED",
        [SALE, moved("REFUND", amount="10", key="2")],
        False,
        Is.PAID,
    ),
    (
        "half paid, then refunded in part",
        "PARTIALLY_REFUNDED",
        [moved("SALE", amount="50"), moved("REFUND", amount="10", key="2")],
        False,
        Is.PARTLY_PAID,
    ),
    ("paid, then refunded", "REFUNDED", [SALE, moved("REFUND", key="2")], False, Is.PAID),
    ("authorised", "AUTHORIZED", [RESERVED], False, Is.AUTHORISED),
    (
        "authorised by a card reader, still shown as pending",
        "PENDING",
        [moved("EMV_AUTHORIZATION")],
        False,
        Is.AUTHORISED,
    ),
    (
        "partly captured",
        "PARTIALLY_PAID",
        [RESERVED, moved("CAPTURE", amount="30", key="2", of="1")],
        False,
        Is.PARTLY_PAID,
    ),
    (
        "gift card paid, rest at the door",
        "PENDING",
        [moved("SALE", amount="30"), PROMISED],
        False,
        Is.PARTLY_PAID,
    ),
    ("terms", "PENDING", [], True, Is.TERMS),
    ("terms with a transaction to come", "PENDING", [UNDECIDED], True, Is.TERMS),
    ("manual gateway", "PENDING", [PROMISED], False, Is.TERMS),
    ("manual gateway after a card failed", "PENDING", [moved("SALE", "FAILURE"), PROMISED], False, Is.TERMS),
    ("pending at the processor", "PENDING", [UNDECIDED], False, Is.PENDING),
    ("processor is asked", "PENDING", [moved("AUTHORIZATION", "AWAITING_RESPONSE")], False, Is.PENDING),
    (
        "manual gateway and a processor that has not decided",
        "PENDING",
        [PROMISED, UNDECIDED],
        False,
        Is.PENDING,
    ),
    ("no transaction yet", "PENDING", [], False, Is.PENDING),
    ("only failures", "PENDING", [moved("SALE", "FAILURE"), moved("SALE", "ERROR")], False, Is.PENDING),
    ("authorisation let go, still shown as pending", "PENDING", [RESERVED, LET_GO], False, Is.PENDING),
    ("voided", "VOIDED", [RESERVED, LET_GO], False, Is.VOIDED),
    ("voided, and had terms", "VOIDED", [], True, Is.VOIDED),
    ("expired", "EXPIRED", [RESERVED], False, Is.EXPIRED),
    ("no status, paid", None, [SALE], False, Is.PAID),
    ("no status, authorised", None, [RESERVED], False, Is.AUTHORISED),
    ("no status, nothing", None, [], False, Is.PENDING),
    (
        "a status of tomorrow, partly paid",
        "SOMETHING_NEW",
        [moved("SALE", amount="1")],
        False,
        Is.PARTLY_PAID,
    ),
]


@pytest.mark.parametrize(
    ("status", "movements", "terms", "state"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_the_money_state_of_an_order(
    status: str | None, movements: list[Movement], terms: bool, state: Is
) -> None:
    assert money_state(status, TOTAL, movements, terms=terms) is state


@pytest.mark.parametrize("status", ["PAID", "PENDING", "AUTHORIZED", None])
def test_an_order_that_costs_nothing_is_paid(status: str | None) -> None:
    assert money_state(status, Decimal(0), [], terms=True) is Is.PAID


def test_every_status_of_the_schema_is_in_the_table() -> None:
    known = {
        "AUTHORIZED",
        "EXPIRED",
        "PAID",
        "PARTIALLY_PAID",
        "PARTIALLY_REFUNDED",
        "PENDING",
        "REFUNDED",
        "VOIDED",
    }
    assert {row[1] for row in TABLE} >= known
    assert {row[4] for row in TABLE} == set(Is)
