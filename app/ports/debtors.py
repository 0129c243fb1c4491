"""What an ERP tells of its debtors: asked about one buyer before their order is sent."""

from __future__ import annotations

from typing import Protocol

from app.domain.customer import Buyer
from app.domain.debtor import Debtor


class Debtors(Protocol):
    """An ERP's customers as those who owe it."""

    async def of(self, buyer: Buyer) -> Debtor | None:
        """Reads, strongly consistent, and never writes. None: it has no such customer, so nothing is owed and no limit set.

        Personal data never stands in an address. Raises `Retry` where it can't say now: nobody is taken for good then.
        """
        ...
