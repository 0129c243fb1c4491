"""Turns codes of a document (item, tax, currency, way of paying, warehouse, country) into Tryton's record numbers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from app.errors import Rejected, Retry, Verdict
from app.hosts.tryton.client import Tryton
from app.hosts.tryton.records import Coded, Journal, Labelled, Named, Place, Product, Row
from app.hosts.tryton.refusals import BAD_REQUEST

_REMEMBERED_SECONDS = 300.0


@dataclass(frozen=True, kw_only=True)
class _Codes:
    """Everything but items, which are many and change often."""

    currencies: Mapping[str, int]
    taxes: Mapping[str, int]
    journals: Mapping[tuple[str, str], int]
    warehouses: Mapping[str, int]
    countries: Mapping[str, int]
    carriers: Mapping[str, int] | None


class Directory:
    """Remembers what it read for some minutes, and reads again before it says that something does not exist."""

    def __init__(self, tryton: Tryton, clock: Callable[[], float] = time.monotonic) -> None:
        self._tryton = tryton
        self._clock = clock
        self._codes: _Codes | None = None
        self._read_at = 0.0

    async def items(self, codes: Iterable[str]) -> dict[str, Product]:
        """By code. Rejected when one does not exist."""
        wanted = sorted(set(codes))
        rows = await self._tryton.find(
            Product, "product.product", ("code", "sale_uom.id"), [["code", "in", [*wanted]]]
        )
        found = {row.code: row for row in rows if row.code}
        for code in wanted:
            if code not in found:
                raise _unknown("item", code)
        return {code: found[code] for code in wanted}

    async def currency(self, code: str) -> int:
        for read in (self._known, self._read):
            found = (await read()).currencies.get(code)
            if found is not None:
                return found
        raise Rejected(
            "currency.not_accepted",
            f"Tryton has no currency {code}.",
            verdict=Verdict.NEEDS_MAPPING,
            facts={"currency": code},
        )

    async def tax(self, name: str) -> int:
        return await self._one(lambda codes: codes.taxes.get(name), "tax", name)

    async def journal(self, method: str, currency: str) -> int:
        return await self._one(
            lambda codes: codes.journals.get((method, currency)), "payment_method", method, f" in {currency}"
        )

    async def warehouse(self, code: str) -> int:
        return await self._one(lambda codes: codes.warehouses.get(code), "warehouse", code)

    async def carrier(self, name: str) -> int:
        return await self._one(lambda codes: (codes.carriers or {}).get(name), "shipping_method", name)

    async def charges_shipping(self) -> bool:
        """Whether this Tryton would add its own cost of shipping to a sale (module sale_shipment_cost)."""
        return (await self._known()).carriers is not None

    async def country(self, code: str) -> int | None:
        """None when Tryton's countries were never loaded: an address does without."""
        return (await self._known()).countries.get(code)

    async def names(self, what: str) -> list[str]:
        """The codes that exist, for the mapping tables."""
        codes = await self._read()
        tables: dict[str, Iterable[str]] = {
            "warehouse": codes.warehouses,
            "tax": codes.taxes,
            "payment_method": {method for method, _ in codes.journals},
            "shipping_method": codes.carriers or (),
        }
        return sorted(tables.get(what, ()))

    async def _one(self, look: Callable[[_Codes], int | None], what: str, code: str, where: str = "") -> int:
        for read in (self._known, self._read):
            found = look(await read())
            if found is not None:
                return found
        raise _unknown(what, code, where)

    async def _known(self) -> _Codes:
        if self._codes is None or self._clock() - self._read_at > _REMEMBERED_SECONDS:
            return await self._read()
        return self._codes

    async def _read(self) -> _Codes:
        currencies = await self._tryton.find(Coded, "currency.currency", ("code",), [])
        countries = await self._tryton.find(Coded, "country.country", ("code",), [])
        taxes = await self._tryton.find(Named, "account.tax", ("name",), [["parent", "=", None]])
        journals = await self._tryton.find(Journal, "account.payment.journal", ("name", "currency.code"), [])
        warehouses = await self._tryton.find(
            Place, "stock.location", ("code", "name"), [["type", "=", "warehouse"]]
        )
        carriers = await self._carriers()
        self._codes = _Codes(
            currencies=_by_code(currencies),
            countries=_by_code(countries),
            taxes={row.name: row.id for row in taxes},
            journals={(row.name, row.currency.code or ""): row.id for row in journals},
            warehouses={row.code or row.name: row.id for row in warehouses},
            carriers=carriers,
        )
        self._read_at = self._clock()
        return self._codes

    async def _carriers(self) -> dict[str, int] | None:
        try:
            await self._tryton.find(Row, "sale.sale", ("shipment_cost_method",), [], most=1)
            rows = await self._tryton.find(Labelled, "carrier", ("rec_name",), [])
        except Retry as error:
            if error.code == BAD_REQUEST:
                return None
            raise
        return {row.rec_name: row.id for row in rows}


_TABLES = {
    "item": "items",
    "tax": "taxes",
    "payment_method": "payments",
    "warehouse": "locations",
    "shipping_method": "shipping",
}
"""Where a merchant maps what."""


def _by_code(rows: Iterable[Coded]) -> dict[str, int]:
    return {row.code: row.id for row in rows if row.code}


def _unknown(what: str, code: str, where: str = "") -> Rejected:
    return Rejected(
        f"{what}.unknown",
        f"Tryton has no {what.replace('_', ' ')} “{code}{where}”. Create it there or map another one.",
        verdict=Verdict.NEEDS_MAPPING,
        facts={what: code + where, "table": _TABLES[what], "code": code},
    )
