"""Turns codes of a document (item, tax, currency, way of paying, location, ...) into NetSuite's internal ids."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.errors import Misconfigured, Rejected, Verdict
from app.hosts.netsuite import sql
from app.hosts.netsuite.client import NetSuite
from app.hosts.netsuite.features import Feature
from app.hosts.netsuite.sql import Named, Row

_REMEMBERED_SECONDS = 300.0
CUSTOM_LEVEL = "-1"
"""The price level under which a line keeps the price that it is sent with."""
SHIP_ITEM = "ShipItem"


class ItemRow(Row, frozen=True):
    id: str | int
    sku: str
    itemtype: str = ""


class TaxRow(Named, frozen=True):
    taxtype: str | int | None = None
    rate: str | int | None = None


class _Home(Named, frozen=True):
    currency: str | int = ""
    symbol: str = ""


@dataclass(frozen=True, kw_only=True)
class Listing:
    """Where a kind of code stands: its table, the column of its name, and the look-up table that merchants map it in."""

    table: str
    name: str
    mapped: str
    what: str
    feature: Feature | None = None
    where: str = "isinactive = 'F'"


LISTS: Mapping[str, Listing] = {
    "currency": Listing(table="currency", name="symbol", mapped="", what="currency"),
    "location": Listing(
        table="location", name="name", mapped="locations", what="warehouse", feature=Feature.LOCATIONS
    ),
    "department": Listing(
        table="department", name="name", mapped="departments", what="department", feature=Feature.DEPARTMENTS
    ),
    "class": Listing(
        table="classification", name="name", mapped="classes", what="class", feature=Feature.CLASSES
    ),
    "subsidiary": Listing(
        table="subsidiary",
        name="name",
        mapped="subsidiaries",
        what="subsidiary",
        feature=Feature.SUBSIDIARIES,
    ),
    "method": Listing(table="paymentmethod", name="name", mapped="payments", what="payment_method"),
    "shipping_method": Listing(table="shipitem", name="itemid", mapped="shipping", what="shipping_method"),
    "price_level": Listing(table="pricelevel", name="name", mapped="", what="price_level"),
}


_HOMES = (
    "SELECT s.id, s.name, s.currency, c.symbol FROM subsidiary s JOIN currency c ON c.id = s.currency"
    " WHERE s.isinactive = 'F' ORDER BY s.id"
)
_BASE = "SELECT c.id, c.name, c.id AS currency, c.symbol FROM currency c WHERE c.isbasecurrency = 'T' ORDER BY c.id"


class Directory:
    """Remembers what it read for some minutes, and reads again before it says that something does not exist."""

    def __init__(self, netsuite: NetSuite, clock: Callable[[], float] = time.monotonic) -> None:
        self._netsuite, self._clock = netsuite, clock
        self._lists: dict[str, tuple[float, dict[str, str]]] = {}
        self._items: dict[str, tuple[float, ItemRow]] = {}
        self._several: set[str] = set()
        self._taxes: tuple[float, dict[str, TaxRow]] | None = None
        self._home: tuple[float, tuple[str, str]] | None = None
        self._suite_tax: tuple[float, bool] | None = None
        self._paid_by: str | None = None

    # --- items -------------------------------------------------------------------------------------------------------

    async def items(self, codes: Iterable[str]) -> dict[str, ItemRow]:
        """By SKU. Rejected when one does not exist, or several items have it."""
        wanted = sorted(set(codes))
        found = await self.found(wanted)
        for code in wanted:
            if code not in found:
                raise _ambiguous(code) if code in self._several else unknown("item", code, "items")
        return found

    async def found(self, codes: Iterable[str]) -> dict[str, ItemRow]:
        """Those of them that there are, by SKU; one that several items have stands for none of them."""
        wanted = sorted(set(codes))
        fresh = self._clock() - _REMEMBERED_SECONDS
        missing = [code for code in wanted if self._items.get(code, (fresh,))[0] <= fresh]
        for some in sql.slices(missing):
            await self._read_items(some)
        return {code: self._items[code][1] for code in wanted if self._items.get(code, (fresh,))[0] > fresh}

    async def _read_items(self, codes: Sequence[str]) -> None:
        self._remember(codes, await self._named(f"IN ({sql.texts(codes)})"))
        if self._netsuite.access.sku_field != "itemid":
            return
        fresh = self._clock() - _REMEMBERED_SECONDS
        # A child of a matrix is shown behind its parent's name.
        children = [
            code
            for code in codes
            if self._items.get(code, (fresh,))[0] <= fresh and code not in self._several
        ]
        if children:
            likes = " OR i.itemid ".join(f"LIKE {sql.text(f'% : {code}')}" for code in children)
            self._remember(children, await self._named(likes))

    def _remember(self, codes: Sequence[str], rows: list[ItemRow]) -> None:
        """No field of an item but its whole name is kept unique by NetSuite: nobody guesses which of two is meant."""
        for code in codes:
            mine = {str(row.id): row for row in rows if sku_of(row.sku) == code or row.sku == code}
            self._several.discard(code)
            if len(mine) == 1:
                self._items[code] = self._clock(), next(iter(mine.values()))
            elif mine:
                self._items.pop(code, None)
                self._several.add(code)

    async def _named(self, condition: str) -> list[ItemRow]:
        column = f"i.{self._netsuite.access.sku_field}"
        return await self._netsuite.rows(
            ItemRow,
            f"SELECT i.id, {column} AS sku, i.itemtype FROM item i"
            f" WHERE ({column} {condition}) AND i.isinactive = 'F' ORDER BY i.id",
        )

    # --- lists -------------------------------------------------------------------------------------------------------

    async def id_of(self, kind: str, code: str) -> str:
        """A number is an internal id already, but of a currency; everything else is a name. Rejected when there is none."""
        if code.isascii() and code.isdigit() and kind != "currency":
            return code
        for read in (self._known, self._read):
            found = (await read(kind)).get(code.casefold())
            if found is not None:
                return found
        listing = LISTS[kind]
        if kind == "currency":
            raise Rejected(
                "currency.not_accepted",
                f"NetSuite has no currency {code}.",
                verdict=Verdict.NEEDS_MAPPING,
                facts={"currency": code},
            )
        raise unknown(listing.what, code, listing.mapped)

    async def listed(self, kind: str) -> list[Named]:
        """Everything of a kind, by name, for the mapping tables; nothing where the account does not know the kind."""
        listing = LISTS[kind]
        words = f"SELECT id, {listing.name} AS name FROM {listing.table} WHERE {listing.where} ORDER BY id"
        if listing.feature is None:
            return await self._netsuite.rows(Named, words)
        return await self._netsuite.rows_of(listing.feature, Named, words) or []

    async def only_subsidiary(self) -> str | None:
        """The one there is. None: there are several, or the account has none."""
        try:
            known = set((await self._known("subsidiary")).values())
        except Misconfigured:
            return None
        return known.pop() if len(known) == 1 else None

    async def home_currency(self) -> tuple[str, str]:
        """Internal id and ISO code of what our subsidiary keeps its books in; of several the first one's counts.

        An account without subsidiaries keeps one kind of books. Misconfigured where the form names one all the same.
        """
        if self._home is None or self._clock() - self._home[0] > _REMEMBERED_SECONDS:
            rows = await self._netsuite.rows_of(Feature.SUBSIDIARIES, _Home, _HOMES)
            if rows is None and not self._netsuite.access.subsidiary:
                rows = await self._netsuite.rows(_Home, _BASE)
            rows = rows or []
            named = self._netsuite.access.subsidiary.casefold()
            chosen = [row for row in rows if named in {str(row.id), row.name.casefold()}] or rows
            if not chosen:
                raise no_subsidiary()
            self._home = self._clock(), (str(chosen[0].currency), chosen[0].symbol)
        return self._home[1]

    async def _known(self, kind: str) -> dict[str, str]:
        kept = self._lists.get(kind)
        if kept is None or self._clock() - kept[0] > _REMEMBERED_SECONDS:
            return await self._read(kind)
        return kept[1]

    async def _read(self, kind: str) -> dict[str, str]:
        rows = await self.listed(kind)
        named = {row.name.casefold(): str(row.id) for row in reversed(rows) if row.name}
        self._lists[kind] = self._clock(), named
        return named

    # --- taxes -------------------------------------------------------------------------------------------------------

    async def suite_tax(self) -> bool:
        """Whether the account has SuiteTax, under which exact amounts can be sent; its tables are there then and not else.

        Nobody gives SuiteTax up. Not to see it may be a right that the role lacks, so that is asked again after minutes.
        """
        known = self._suite_tax
        if known is None or not (known[1] or self._clock() - known[0] <= _REMEMBERED_SECONDS):
            sees = await self._sees_suite_tax()
            self._suite_tax = self._clock(), sees
            if known is not None and sees:
                self._taxes = None  # codes were read without the types that they are of
            return sees
        return known[1]

    async def _sees_suite_tax(self) -> bool:
        try:
            await self._netsuite.page(Named, "SELECT id, name FROM taxtype ORDER BY id", limit=1)
        except Misconfigured as error:
            if error.code != "host.query_refused":
                raise
            return False
        return True

    async def tax(self, code: str) -> TaxRow:
        """By name or internal id."""
        for fresh in (False, True):
            found = (await self._tax_rows(again=fresh)).get(code.casefold())
            if found is not None:
                return found
        raise unknown("tax", code, "taxes")

    async def tax_names(self) -> list[TaxRow]:
        return list({str(row.id): row for row in (await self._tax_rows(again=True)).values()}.values())

    async def _tax_rows(self, *, again: bool) -> dict[str, TaxRow]:
        kind = ", taxtype" if await self.suite_tax() else ""
        if self._taxes is None or again or self._clock() - self._taxes[0] > _REMEMBERED_SECONDS:
            rows = await self._netsuite.rows(
                TaxRow,
                f"SELECT id, itemid AS name, rate{kind} FROM salestaxitem WHERE isinactive = 'F' ORDER BY id",
            )
            by_id = {str(row.id): row for row in rows}
            self._taxes = self._clock(), {**by_id, **{row.name.casefold(): row for row in reversed(rows)}}
        return self._taxes[1]

    # --- ways of paying ----------------------------------------------------------------------------------------------

    async def paid_by(self) -> str:
        """The field in which this account takes how something was paid: newer accounts have options, older ones methods."""
        if self._paid_by is None:
            try:
                catalog = await self._netsuite.catalog("customerpayment")
            except Rejected:
                catalog = {}
            self._paid_by = "paymentMethod" if _has(catalog, "paymentMethod") else "paymentOption"
        return self._paid_by


_BELOW = " : "


def sku_of(told: str, whole: Collection[str] = ()) -> str:
    """An item's own name, without its parents' before it, but for those that are asked for by their `whole` names."""
    return told if told in whole else told.rpartition(_BELOW)[2]


def whole_names(names: Iterable[str | None]) -> frozenset[str]:
    """Those that say an item's parents before it: several items may have one own name."""
    return frozenset(name for name in names if name and _BELOW in name)


def no_subsidiary() -> Misconfigured:
    return Misconfigured("subsidiary.none", "NetSuite shows the role of the integration no subsidiary.")


def _has(catalog: Mapping[str, object], field: str) -> bool:
    match catalog:
        case {"components": {"schemas": {"customerPayment": {"properties": dict() as properties}}}}:
            return field in properties
        case _:
            return False


def _ambiguous(code: str) -> Rejected:
    return Rejected(
        "item.several",
        f"NetSuite has several items of the SKU “{code}”; leave it to one of them.",
        verdict=Verdict.NEEDS_MAPPING,
        facts={"item": code, "table": "items", "code": code},
    )


def unknown(what: str, code: str, table: str) -> Rejected:
    return Rejected(
        f"{what}.unknown",
        f"NetSuite has no {what.replace('_', ' ')} “{code}”. Create it there or map another one.",
        verdict=Verdict.NEEDS_MAPPING,
        facts={what: code, "table": table, "code": code},
    )
