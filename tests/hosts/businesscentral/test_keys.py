"""Our keys in fields that are short and in capitals: they fit, they differ, and a customer's is read back."""

from __future__ import annotations

import pytest

from app.domain.customer import Buyer
from app.domain.ids import StoreKey, external_id
from app.hosts.businesscentral import keys

LONG = external_id(kind="order", store="a-shop-with-a-long-name.myshopify.com", key="5432109876543")


def test_the_longest_numbers_fit_into_their_fields() -> None:
    order = keys.order_number("#A-VERY-LONG-ORDER-NAME-1001", LONG)
    assert len(order + keys.DRAFT) <= 35
    assert len(keys.credit_number("#A-VERY-LONG-ORDER-NAME-1001", LONG, f"refund{LONG}")) <= 35
    assert len(keys.payment_number(LONG, "9876543210987")) <= 20
    assert len(keys.in_currency(keys.person_number("7654321098765"), "USD", "EUR")) <= 20
    guest = keys.account_number(Buyer(key=None), LONG)
    assert len(keys.in_currency(guest, "USD", "EUR")) <= 20


def test_numbers_are_in_capitals_as_business_central_keeps_them() -> None:
    for number in (
        keys.order_number("#b1001", LONG),
        keys.payment_number(LONG, "abc"),
        keys.person_number("3f9a"),
    ):
        assert number == number.upper()


def test_orders_of_one_name_and_other_keys_have_other_numbers_that_begin_alike() -> None:
    one, other = (keys.order_number("#1001", key) for key in (LONG, f"{LONG}4"))
    assert one != other
    assert one.startswith("#1001/") and other.startswith("#1001/")  # noqa: PT018 - of both


@pytest.mark.parametrize("key", ["7001", "7654321098765", "3f9a0c1d2e3f"])
def test_the_stores_key_of_a_customer_is_read_back_from_the_number(key: str) -> None:
    assert keys.person_key(keys.person_number(key)) == key


@pytest.mark.parametrize(
    "number", ["C00010", "10000", "SG-ABCDEF", "SX-ABCDEFGHIJKL", "SB-88", "SC-7001-USD"]
)
def test_other_customers_are_nobodys_of_the_store(number: str) -> None:
    assert keys.person_key(number) is None


def test_a_key_that_does_not_fit_stands_there_as_a_digest() -> None:
    number = keys.person_number("gid-of-a-customer-of-another-platform")
    assert number.startswith("SX-")
    assert len(number) <= 16


def test_people_of_a_company_share_its_number_and_guests_have_their_own() -> None:
    one = Buyer(key=StoreKey("1"), company_key=StoreKey("88"))
    assert keys.account_number(one, "a") == keys.account_number(
        Buyer(key=None, company_key=StoreKey("88")), "b"
    )
    assert keys.account_number(Buyer(key=None), "a") != keys.account_number(Buyer(key=None), "b")
    assert keys.is_guest(keys.account_number(Buyer(key=None), "a"))


def test_an_account_for_another_currency_is_told_from_a_customers_own() -> None:
    assert keys.is_side_account("SC-7001-USD")
    assert not keys.is_side_account("SC-7001")
    assert not keys.is_side_account("K-1-USD")
