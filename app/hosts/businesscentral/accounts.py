"""Whose order it is: the customer that is linked, the one of our number, or one that is made under it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.hosts.businesscentral import keys
from app.hosts.businesscentral.client import BusinessCentral, ask
from app.hosts.businesscentral.directory import Directory
from app.hosts.businesscentral.odata import text
from app.hosts.businesscentral.payload import cut, place_body, reached_by
from app.hosts.businesscentral.refusals import Exists
from app.hosts.businesscentral.wire import Customer

PERSON, COMPANY = "Person", "Company"


class Accounts:
    """A number is unique in Business Central, so that nobody is made twice, whoever asks at the same time."""

    def __init__(self, central: BusinessCentral, directory: Directory) -> None:
        self._central, self._directory = central, directory

    async def named(self, customer: Mapping[str, Any], currency: str) -> dict[str, str]:
        """How a document names whom it is for, without asking whether they are there."""
        base = await self._directory.currency()
        if customer["linked"] and currency == base:
            return {"customerId": customer["linked"]}
        return {"customerNumber": keys.in_currency(customer["number"], currency, base)}

    async def is_there(self, number: str) -> bool:
        return bool(await self._central.rows(Customer, self.asked(number)))

    def asked(self, number: str) -> str:
        return ask("customers", filter=f"number eq {text(number)}")

    async def make(self, customer: Mapping[str, Any], currency: str, number: str) -> None:
        """Whoever has the number by now is as good."""
        body: dict[str, Any] = {
            "number": number,
            "displayName": cut(customer["name"], 100),
            "type": COMPANY if customer["company"] else PERSON,
            **place_body(customer["address"]),
            **reached_by(customer["email"], customer["phone"]),
        }
        if currency != await self._directory.currency():
            body["currencyCode"] = currency
        try:
            await self._central.post(Customer, "customers", body, personal=True)
        except Exists:
            return
