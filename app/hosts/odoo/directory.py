"""Turns codes of a document (item, tax, currency, way of paying, warehouse, country) into Odoo's record numbers."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

from app.errors import Misconfigured, Rejected, Verdict
from app.hosts.odoo.client import Odoo
from app.hosts.odoo.records import Article
from app.hosts.odoo.wire import Domain, Named, Row

_REMEMBERED_SECONDS = 300.0
_MOST_REMEMBERED = 5_000
_SMALL = 1_000
"""Products that are read by one call, so that no order asks for its own; of a larger catalogue each asks for what it names."""
_OF_ARTICLES = ("default_code", "type", "uom_id")
T = TypeVar("T")


class TaxRow(Row, frozen=True, kw_only=True):
    name: str
    price_include: bool | None = None
    amount: Decimal = Decimal(0)


class JournalRow(Row, frozen=True, kw_only=True):
    name: str
    code: str
    currency_id: Named | None = None


class WarehouseRow(Row, frozen=True, kw_only=True):
    name: str
    code: str


class PricelistRow(Row, frozen=True, kw_only=True):
    name: str
    currency_id: Named

    @property
    def currency(self) -> str:
        return self.currency_id.display_name or ""


class CountryRow(Row, frozen=True, kw_only=True):
    code: str | None = None


class CarrierRow(Row, frozen=True, kw_only=True):
    name: str


@dataclass(kw_only=True)
class _Kept(Generic[T]):
    value: T
    read_at: float


class Directory:
    """Remembers what it read for some minutes, and reads again before it says that something does not exist."""

    def __init__(self, odoo: Odoo, clock: Callable[[], float] = time.monotonic) -> None:
        self._odoo, self._clock = odoo, clock
        self._tables: dict[str, _Kept[Sequence[Row]]] = {}
        self._items: dict[str, _Kept[Article]] = {}
        self._begun: _Kept[None] | None = None
        self._states: dict[int, Mapping[str, int]] = {}

    async def items(self, codes: Iterable[str]) -> dict[str, Article]:
        """By code. Rejected when one does not exist, or several products have it."""
        wanted, now = sorted(set(codes)), self._clock()
        known = {code: kept.value for code in wanted if (kept := self._items.get(code)) and self._fresh(kept)}
        missing = [code for code in wanted if code not in known]
        if missing and (self._begun is None or not self._fresh(self._begun)):
            known |= await self._small_catalogue(now)
            missing = [code for code in wanted if code not in known]
        if missing:
            domain: Domain = [["default_code", "in", [*missing]], *await self._ours()]
            for row in await self._odoo.rows(Article, "product.product", domain, _OF_ARTICLES):
                code = row.default_code or ""
                if code in known and known[code].id != row.id:
                    raise _several(code)
                known[code] = row
            if len(self._items) > _MOST_REMEMBERED:
                self._items.clear()
            self._items |= {code: _Kept(value=known[code], read_at=now) for code in missing if code in known}
        for code in wanted:
            if code not in known:
                raise _unknown("item", code)
        return {code: known[code] for code in wanted}

    async def _small_catalogue(self, now: float) -> Mapping[str, Article]:
        """All products that one alone has the code of; none where there are more than can be read at once."""
        domain: Domain = [["default_code", "!=", False], *await self._ours()]
        rows = await self._odoo.rows(Article, "product.product", domain, _OF_ARTICLES, most=_SMALL + 1)
        self._begun = _Kept(value=None, read_at=now)
        if len(rows) > _SMALL:
            return {}
        count = Counter(row.default_code for row in rows)
        found = {row.default_code: row for row in rows if row.default_code and count[row.default_code] == 1}
        self._items |= {code: _Kept(value=row, read_at=now) for code, row in found.items()}
        return found

    async def pricelist(self, currency: str, name: str | None) -> int | None:
        """The one that makes a document be in this currency; None: the company's own, and no list is needed for that."""
        if name is not None:
            return (await self._one(PricelistRow, "pricelist", name, lambda row: row.name == name)).id
        for again in (False, True):
            for row in await self._pricelists(again=again):
                if row.currency == currency:
                    return row.id
        if currency == (await self._odoo.company()).currency:
            return None
        raise Rejected(
            "currency.not_accepted",
            f"Odoo has no price list in {currency}, without which no quotation there is in that currency.",
            verdict=Verdict.NEEDS_MAPPING,
            facts={"currency": currency},
        )

    async def currency(self, code: str) -> int:
        for again in (False, True):
            for row in await self._table(
                Named, "res.currency", ("display_name",), [["name", "!=", ""]], again=again
            ):
                if row.display_name == code:
                    return row.id
        raise _unknown("currency", code)

    async def tax(self, name: str) -> int:
        """Rejected where its amount is part of the price: what we send are net prices."""
        row = await self._one(TaxRow, "tax", name, lambda row: row.name == name)
        if row.price_include:
            raise Rejected(
                "tax.in_price",
                f"Odoo's tax “{name}” is part of the price; map one that comes on top of it.",
                verdict=Verdict.NEEDS_MAPPING,
                facts={"tax": name, "table": "taxes", "code": name},
            )
        return row.id

    async def journal(self, method: str, currency: str) -> int:
        def fits(row: JournalRow) -> bool:
            own = row.currency_id.display_name if row.currency_id else currency
            return method in (row.code, row.name) and own == currency

        return (await self._one(JournalRow, "payment_method", method, fits, f" in {currency}")).id

    async def warehouse(self, code: str) -> int:
        return (await self._one(WarehouseRow, "warehouse", code, lambda row: code in (row.code, row.name))).id

    async def warehouses(self) -> Sequence[WarehouseRow]:
        return await self._rows_of("warehouse", WarehouseRow)

    async def pricelists(self) -> Sequence[PricelistRow]:
        return await self._pricelists()

    async def carrier(self, name: str) -> int:
        return (await self._one(CarrierRow, "shipping_method", name, lambda row: row.name == name)).id

    async def team(self, name: str) -> int:
        return (await self._one(CarrierRow, "sales_team", name, lambda row: row.name == name)).id

    async def country(self, code: str) -> int | None:
        """None when Odoo does not know it: an address does without."""
        rows = await self._table(CountryRow, "res.country", ("code",), [])
        return next((row.id for row in rows if row.code == code.upper()), None)

    async def state(self, country: int, code: str) -> int | None:
        if country not in self._states:
            domain: Domain = [["country_id", "=", country]]
            rows = await self._odoo.rows(CountryRow, "res.country.state", domain, ("code",))
            self._states[country] = {row.code: row.id for row in rows if row.code}
        return self._states[country].get(code.upper())

    async def names(self, what: str) -> list[tuple[str, str]]:
        """Code and name of those that exist, for the mapping tables."""
        match what:
            case "tax":
                return sorted({(row.name, row.name) for row in await self._rows_of(what, TaxRow, again=True)})
            case "payment_method":
                return sorted(
                    (row.code, row.name) for row in await self._rows_of(what, JournalRow, again=True)
                )
            case "warehouse":
                return sorted(
                    (row.code, row.name) for row in await self._rows_of(what, WarehouseRow, again=True)
                )
            case "pricelist":
                return sorted((row.name, row.name) for row in await self._pricelists(again=True))
            case "shipping_method" | "sales_team":
                return sorted(
                    (row.name, row.name) for row in await self._rows_of(what, CarrierRow, again=True)
                )
            case _:
                return []

    # --- tables ----------------------------------------------------------------------------------------------------

    async def _one(
        self, kind: type[R], what: str, code: str, fits: Callable[[R], bool], where: str = ""
    ) -> R:
        for again in (False, True):
            for row in await self._rows_of(what, kind, again=again):
                if fits(row):
                    return row
        raise _unknown(what, code, where)

    async def _rows_of(self, what: str, kind: type[R], *, again: bool = False) -> Sequence[R]:
        model, fields, domain = _TABLES_READ[what]
        if what in _SHARED:
            domain = [*domain, *await self._ours()]
        elif what != "sales_team":
            domain = [*domain, ["company_id", "=", (await self._odoo.company()).id]]
        try:
            return await self._table(kind, model, fields, domain, again=again)
        except (Misconfigured, Rejected) as error:
            # JSON-RPC says of a model that is not there what it says of any mistake.
            if what in _OF_MODULES and error.code in ("host.module_missing", "host.refused"):
                return ()
            raise

    async def _pricelists(self, *, again: bool = False) -> Sequence[PricelistRow]:
        return await self._rows_of("pricelist", PricelistRow, again=again)

    async def _table(
        self, kind: type[R], model: str, fields: Sequence[str], domain: Domain, *, again: bool = False
    ) -> Sequence[R]:
        kept = self._tables.get(model)
        if kept is None or again or not self._fresh(kept):
            rows = await self._odoo.rows(kind, model, domain, fields)
            kept = _Kept(value=rows, read_at=self._clock())
            self._tables[model] = kept
        return [row for row in kept.value if isinstance(row, kind)]

    async def _ours(self) -> Domain:
        """The company's own, and what all companies share."""
        return [["company_id", "in", [False, (await self._odoo.company()).id]]]

    def _fresh(self, kept: _Kept[T]) -> bool:
        return self._clock() - kept.read_at < _REMEMBERED_SECONDS


R = TypeVar("R", bound=Row)
Look = Callable[[], Awaitable[Sequence[Row]]]

_TABLES_READ: Mapping[str, tuple[str, tuple[str, ...], Domain]] = {
    "tax": ("account.tax", ("name", "price_include", "amount"), [["type_tax_use", "=", "sale"]]),
    "payment_method": (
        "account.journal",
        ("name", "code", "currency_id"),
        [["type", "in", ["bank", "cash", "credit"]]],
    ),
    "warehouse": ("stock.warehouse", ("name", "code"), []),
    "pricelist": ("product.pricelist", ("name", "currency_id"), []),
    "shipping_method": ("delivery.carrier", ("name",), []),
    "sales_team": ("crm.team", ("name",), []),
}
_SHARED = frozenset({"pricelist", "shipping_method"})
_OF_MODULES = frozenset({"shipping_method"})
"""What is there with its module only."""

_TABLES = {
    "item": "items",
    "tax": "taxes",
    "payment_method": "payments",
    "warehouse": "locations",
    "shipping_method": "shipping",
}
"""Where a merchant maps what."""


def _unknown(what: str, code: str, where: str = "") -> Rejected:
    name = {"pricelist": "tier"}.get(what, what)
    facts = {name: code + where, "code": code}
    if what in _TABLES:
        facts["table"] = _TABLES[what]
    return Rejected(
        f"{name}.unknown",
        f"Odoo has no {what.replace('_', ' ')} “{code}{where}”. Create it there or map another one.",
        verdict=Verdict.NEEDS_MAPPING,
        facts=facts,
    )


def _several(code: str) -> Rejected:
    return Rejected(
        "item.several",
        f"Odoo has several products of the internal reference “{code}”; leave it to one of them.",
        verdict=Verdict.NEEDS_MAPPING,
        facts={"item": code, "table": "items", "code": code},
    )
