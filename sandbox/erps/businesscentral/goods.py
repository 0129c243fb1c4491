"""Items as the company's people keep them: what is sold, in groups, at what price, and how much lies in the main warehouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import groupby

from sandbox.erps.businesscentral import company as setup
from sandbox.erps.businesscentral.books import Books, Row
from sandbox.erps.businesscentral.lines import pieces
from sandbox.erps.businesscentral.posting import entry
from sandbox.erps.office import Item, Lacking, Quote, Refused, Ware

_SERVICES = frozenset(setup.CHARGES)


class Goods:
    """A SKU is an item's number; where the item has variants, its number and the variant's code with a hyphen between."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def stock(self, items: Sequence[Item]) -> None:
        for told in items:
            there, _ = self.of(told.sku)
            row = there or self._new(told.sku, told.title, told.price)
            if there is not None:
                self._books.update("items", row["id"], displayName=told.title[:100], unitPrice=told.price)
            if told.stock is not None and row["type"] == "Inventory":
                self._moved(row, told.stock - self._lies(row))

    def free(self) -> Mapping[str, Decimal]:
        """What lies in the main warehouse, less what open orders have not shipped of it."""
        promised: dict[str, Decimal] = {}
        main = self._main()
        for line in self._books.all("salesOrderLines", "lineType = 'Item' AND locationId = ?", main):
            left = Decimal(line["quantity"]) - Decimal(line["shippedQuantity"])
            item = self._books.get("items", line["itemId"])
            assert item is not None
            promised[line["itemId"]] = promised.get(line["itemId"], Decimal(0)) + left * pieces(item, line)
        lies: dict[str, Decimal] = {}
        for row in self._books.all("itemLedgerEntries", "_location = ?", setup.LOCATIONS[0][0]):
            lies[row["itemNumber"]] = lies.get(row["itemNumber"], Decimal(0)) + Decimal(row["quantity"])
        return {
            row["number"]: lies.get(row["number"], Decimal(0)) - promised.get(row["id"], Decimal(0))
            for row in self._books.all("items", "type = 'Inventory'")
        }

    def move(self, units: Mapping[str, Decimal]) -> None:
        for sku, count in units.items():
            self._moved(self._known(sku), count)

    def sell(self, wares: Sequence[Ware]) -> None:
        for group, several in groupby(wares, key=lambda ware: ware.group):
            told = list(several)
            inside = f"{group}-".upper()
            if len(group) <= 20 and all(ware.sku.upper().startswith(inside) for ware in told):
                self._varied(group.upper(), inside, told)
            else:
                for ware in told:
                    self._put(ware.sku.upper(), ware, active=ware.active)

    def price(self, prices: Mapping[str, Decimal], *, currency: str, tier: str) -> None:
        if tier or currency != setup.BASE:
            raise Lacking(
                "Its API tells one price of an item, in the company's own currency, and no price lists."
            )
        for sku, price in prices.items():
            self._books.update("items", self._known(sku)["id"], unitPrice=price)

    def quote(self, quotes: Sequence[Quote]) -> None:
        for quote in quotes:
            if self._books.one("currencies", "code = ?", quote.currency) is None:
                raise Refused(f"There is no currency {quote.currency}.")
            self._books.rate(quote.day.isoformat(), quote.currency, quote.rate, worth=Decimal(1))

    def wipe(self) -> None:
        for set in ("itemVariants", "itemLedgerEntries", "itemCategories"):
            self._books.delete(set, "1")
        self._books.delete("items", "type <> 'Service'")

    def of(self, sku: str) -> tuple[Row | None, Row | None]:
        """The item, and the variant of it, that a SKU names."""
        number = sku.upper()
        item = self._books.one("items", "number = ?", number)
        if item is not None:
            return item, None
        for at in range(len(number) - 1, 0, -1):
            if number[at] == "-" and (item := self._books.one("items", "number = ?", number[:at])):
                found = self._books.one(
                    "itemVariants", "itemId = ? AND code = ?", item["id"], number[at + 1 :]
                )
                if found is not None:
                    return item, found
        return None, None

    def services(self) -> None:
        """What is charged beside goods, from the beginning."""
        for code in setup.CHARGES:
            self._new(code, code.replace("-", " ").title(), Decimal(0))

    def _varied(self, number: str, inside: str, wares: Sequence[Ware]) -> None:
        """Items of one group are variants of one item; they share its price."""
        there = self._books.one("items", "number = ?", number)
        codes = {ware.sku.upper().removeprefix(inside): ware for ware in wares}
        known = (
            {row["code"] for row in self._books.all("itemVariants", "itemId = ?", there["id"])}
            if there
            else set()
        )
        ended = not any(ware.active for ware in wares) and known <= set(codes)
        item = self._put(number, wares[0], active=not ended)
        for code, ware in codes.items():
            told = {"description": (ware.variant or ware.title)[:100]}
            if code not in known:
                self._books.insert(
                    "itemVariants",
                    {"itemId": item["id"], "itemNumber": number, "code": code, **told},
                )

    def _put(self, number: str, ware: Ware, *, active: bool) -> Row:
        there = self._books.one("items", "number = ?", number)
        row = there or self._new(number, ware.title, ware.price)
        category = self._category(ware.category) if ware.category else None
        group = next((tag.upper() for tag in ware.tags if tag.upper() in setup.POSTING_GROUPS), "RETAIL")
        found = self._books.one("generalProductPostingGroups", "code = ?", group)
        assert found is not None
        self._books.update(
            "items",
            row["id"],
            displayName=ware.title[:100],
            displayName2=ware.description[:50],
            unitPrice=ware.price,
            unitCost=ware.cost or Decimal(0),
            gtin=(ware.barcode or "")[:14],
            blocked=not active,
            generalProductPostingGroupCode=group,
            generalProductPostingGroupId=found["id"],
            **({"itemCategoryCode": category["code"], "itemCategoryId": category["id"]} if category else {}),
        )
        return row

    def _category(self, name: str) -> Row:
        code = name.upper()[:20]
        return self._books.one("itemCategories", "code = ?", code) or self._books.insert(
            "itemCategories", {"code": code, "displayName": name}
        )

    def _new(self, sku: str, title: str, price: Decimal) -> Row:
        if len(sku) > 20:
            raise Refused("An item's number has 20 characters at most.")
        zero = self._books.one("taxGroups", "code = 'ZERO'")
        pieces = self._books.one("unitsOfMeasure", "code = 'PCS'")
        assert zero is not None
        assert pieces is not None
        return self._books.insert(
            "items",
            {
                "number": sku.upper(),
                "displayName": title[:100],
                "type": "Service" if sku.upper() in _SERVICES else "Inventory",
                "unitPrice": price,
                "taxGroupCode": zero["code"],
                "taxGroupId": zero["id"],
                "baseUnitOfMeasureCode": pieces["code"],
                "baseUnitOfMeasureId": pieces["id"],
                "generalProductPostingGroupCode": "RETAIL",
            },
        )

    def _known(self, sku: str) -> Row:
        item, _ = self.of(sku)
        if item is None:
            raise Refused(f"There is no item {sku}.")
        return item

    def _lies(self, item: Row) -> Decimal:
        rows = self._books.all(
            "itemLedgerEntries", "itemNumber = ? AND _location = ?", item["number"], setup.LOCATIONS[0][0]
        )
        return sum((Decimal(row["quantity"]) for row in rows), Decimal(0))

    def _moved(self, item: Row, count: Decimal) -> None:
        if count:
            entry(self._books, item, count)

    def _main(self) -> str:
        found = self._books.one("locations", "code = ?", setup.LOCATIONS[0][0])
        assert found is not None
        return str(found["id"])
