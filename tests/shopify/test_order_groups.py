"""Who a buyer is to the merchant: the customer's tags and, in business, the company's location, read with the order."""

from __future__ import annotations

from typing import Any

from app.domain.customer import Buyer
from app.domain.money import CurrencySide
from app.mapping.tree import tree, value
from app.templates import Value
from tests.shopify.test_order_record import order

CUSTOMER: dict[str, Any] = {
    "id": "gid://shopify/Customer/7001",
    "firstName": "Ada",
    "lastName": "Beispiel",
    "tags": ["VIP", "wholesale"],
    "taxExempt": False,
    "defaultEmailAddress": None,
    "defaultPhoneNumber": None,
}
COMPANY = {"id": "gid://shopify/Company/3", "name": "Nordwind GmbH"}


def seen(path: str, **changed: Any) -> Value:
    return value(tree(order("10.00", **changed), CurrencySide.SHOP), path)


def test_a_customers_tags_are_read_with_the_order() -> None:
    assert order("10.00", customer=CUSTOMER).buyer.tags == ("VIP", "wholesale")
    assert seen("order.buyer.tags", customer=CUSTOMER) == ("VIP", "wholesale")


def test_a_guest_and_a_customer_that_we_may_not_see_have_none() -> None:
    assert order("10.00").buyer == Buyer(key=None)
    assert seen("order.buyer.tags") == ()


def test_a_company_is_known_by_its_id_and_by_the_location_that_bought() -> None:
    office = {"id": "gid://shopify/CompanyLocation/5", "name": "Head office"}
    bought = {"purchasingEntity": {"company": COMPANY, "location": office}}
    assert seen("order.buyer.company_key", **bought) == "3"
    assert seen("order.buyer.company_location", **bought) == "Head office"
    assert seen("order.buyer.company_location") is None
