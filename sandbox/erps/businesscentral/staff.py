"""The company's people: what they do by hand in it, and what stands in its books, asked past the API."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec

from sandbox.erps.businesscentral import masters, posting
from sandbox.erps.businesscentral.books import Books, Row
from sandbox.erps.businesscentral.goods import Goods
from sandbox.erps.businesscentral.refusals import Refused as NoEntry
from sandbox.erps.businesscentral.schema import EMPTY
from sandbox.erps.businesscentral.writing import Body
from sandbox.erps.office import Booked, Item, Lacking, Parcel, Person, Quote, Refused, Sent, Ware

T = TypeVar("T")
_KEY = re.compile(r"\b(?:order|refund|parcel)-[A-Za-z0-9_]+-[A-Za-z0-9_]+")
_WORDS = {"salesOrders": "salesOrderLines", "salesInvoices": "salesInvoiceLines", "salesCreditMemos": "salesCreditMemoLines",
          "salesShipments": "salesShipmentLines"}  # fmt: skip
_NO_NUMBERS = "The number that a parcel is followed by stands on a page that its API does not have."
_DRAFT = "/DRAFT"
"""What the people here know an order by that an integration is still putting together: nothing of it leaves."""
NONE = Decimal(0)


class Staff:
    """Implements `Office`.

    A caller's whole key stands in a line of words of the document, where its external document number is too short for
    it; a payment is an order's if it has its external document number or its whole key, or is applied to its invoice.
    """

    def __init__(self, books: Books) -> None:
        self._books, self._goods = books, Goods(books)

    # --- goods ---------------------------------------------------------------------------------------------------------

    def stock(self, items: Sequence[Item]) -> None:
        self._do(lambda: self._goods.stock(items))

    def services(self) -> None:
        self._do(self._goods.services)

    def free(self) -> Mapping[str, Decimal]:
        return self._goods.free()

    def move(self, units: Mapping[str, Decimal]) -> None:
        self._do(lambda: self._goods.move(units))

    def sell(self, wares: Sequence[Ware]) -> None:
        self._do(lambda: self._goods.sell(wares))

    def price(self, prices: Mapping[str, Decimal], *, currency: str, tier: str) -> None:
        self._do(lambda: self._goods.price(prices, currency=currency, tier=tier))

    def quote(self, quotes: Sequence[Quote]) -> None:
        self._do(lambda: self._goods.quote(quotes))

    # --- documents -----------------------------------------------------------------------------------------------------

    def orders(self, external_id: str | None = None) -> Sequence[Booked]:
        """An invoice of an order is what became of it, by the order's own id; unposted invoices are drafts.

        One that was deleted, as an order is called off here, is told out of the archive.
        """
        paid = self._payments()
        found = [self._booked("salesOrders", row, paid) for row in self._books.all("salesOrders")]
        found += [self._booked("salesInvoices", row, paid) for row in self._books.all("salesInvoices")]
        found += [_called_off(row, words) for row, words in self._books.archived()]
        return [each for each in found if each.external_id and external_id in {None, each.external_id}]

    def credits(self, external_id: str | None = None) -> Sequence[Booked]:
        """Those that only undo an invoice give nothing back; dearer goods given in exchange stand on an invoice."""
        paid = self._payments()
        rows = self._books.all("salesCreditMemos", "status NOT IN ('Corrective', 'Canceled')")
        found = [self._booked("salesCreditMemos", row, paid) for row in rows]
        bills = [self._booked("salesInvoices", row, paid) for row in self._books.all("salesInvoices")]
        # What was owed in the end is no money back: it counts below nothing.
        owed = [bill for bill in bills if bill.external_id.startswith("refund-")]
        found += [msgspec.structs.replace(bill, total=-bill.total) for bill in owed]
        return [each for each in found if each.external_id and external_id in {None, each.external_id}]

    def cancel(self, order: str) -> None:
        def act() -> None:
            there = self._books.get("salesOrders", order)
            if there is not None:
                posting.zeroed(self._books, there)
                return
            invoice = self._books.one("salesInvoices", "id = ?1 OR orderId = ?1", order)
            if invoice is None:
                raise Refused("There is no such order.")
            posting.cancel_invoice(self._books, invoice)

        self._do(act)

    def ship(self, order: str, parcel: Parcel) -> str:
        if parcel.numbers:
            raise Lacking(_NO_NUMBERS)

        def act() -> str:
            there = self._books.get("salesOrders", order)
            if there is None:
                raise Refused("The goods left when it was posted.")
            units = self._packed(order, parcel.units)
            if not units:
                raise Refused("There is nothing to ship.")
            return posting.ship(self._books, there, units)

        return self._do(act)

    def shipments(self) -> Sequence[Sent]:
        found = []
        keys = self._keys("salesShipments")
        for row in self._books.all("salesShipments"):
            units: dict[str, Decimal] = defaultdict(Decimal)
            lines = self._books.all("salesShipmentLines", "documentId = ? AND lineType = 'Item'", row["id"])
            # A cent that was rounded off is a line of minus one.
            lines = [line for line in lines if self._stocked(line["lineObjectNumber"])] or lines
            for line in lines:
                if Decimal(line["quantity"]) > 0 and self._stocked(line["lineObjectNumber"]):
                    units[self._sku(line["lineObjectNumber"], line["_variant"])] += Decimal(line["quantity"])
            alive = bool(sum(Decimal(line["quantity"]) for line in lines))
            key = keys.get(row["id"], row["externalDocumentNumber"])
            if key:
                found.append(Sent(id=row["id"], external_id=key, alive=alive, units=units))
        return found

    def track(self, shipment: str, numbers: Sequence[str]) -> None:
        raise Lacking(_NO_NUMBERS)

    def recall(self, shipment: str) -> None:
        def act() -> None:
            there = self._books.get("salesShipments", shipment)
            if there is None:
                raise Refused("There is no such shipment.")
            posting.undo(self._books, there)

        self._do(act)

    # --- people --------------------------------------------------------------------------------------------------------

    def enter(self, person: Person) -> None:
        body: Body = {
            "displayName": f"{person.first_name} {person.last_name}".strip() or person.email,
            "type": "Person",
            "email": person.email,
            "phoneNumber": person.phone or "",
            "addressLine1": person.street or "",
            "city": person.city,
            "country": person.country,
        }
        self._do(lambda: masters.create(self._books, "customers", body))

    def change(self, person: Person) -> None:
        def act() -> None:
            there = self._books.one("customers", "LOWER(email) = ?", person.email.lower())
            if there is None:
                raise Refused("There is no such customer.")
            body: Body = {} if person.phone is None else {"phoneNumber": person.phone}
            if person.street is not None:
                body |= {"addressLine1": person.street}
                body |= {"city": person.city} if person.city else {}
                body |= {"country": person.country} if person.country else {}
            masters.change(self._books, "customers", there, body)

        self._do(act)

    def people(self) -> Sequence[Person]:
        found = []
        for row in self._books.all("customers", "email <> ''"):
            first, _, last = row["displayName"].partition(" ")
            found.append(
                Person(email=row["email"], first_name=first, last_name=last, phone=row["phoneNumber"] or None,
                       street=row["addressLine1"] or None, city=row["city"], country=row["country"])
            )  # fmt: skip
        return found

    def wipe(self) -> None:
        def act() -> None:
            for head, rows in _WORDS.items():
                self._books.delete(rows, "1")
                self._books.delete(head, "1")
            for set in ("customers", "customerPayments", "journalLines", "generalLedgerEntries"):
                self._books.delete(set, "1")
            self._books.forget()
            self._goods.wipe()

        self._do(act)

    # --- what is told --------------------------------------------------------------------------------------------------

    def _booked(self, set: str, row: Row, paid: Mapping[str, Decimal]) -> Booked:
        lines = self._books.all(_WORDS[set], "documentId = ? AND lineType <> 'Comment'", row["id"])
        key = self._key(set, row)
        draft = (set != "salesOrders" and row["status"] == "Draft") or row["externalDocumentNumber"].endswith(
            _DRAFT
        )
        gone = bool(lines) and not any(Decimal(line["quantity"]) for line in lines)
        cancelled = row["status"] == "Canceled" or (set == "salesOrders" and gone)
        order = row.get("orderId", EMPTY["guid"])
        names = {row["id"], row["externalDocumentNumber"].lower(), key.lower()} - {""}
        return Booked(
            id=order if set == "salesInvoices" and order != EMPTY["guid"] else row["id"],
            number=row["number"],
            external_id=key,
            real=not cancelled and not draft,
            cancelled=cancelled,
            total=_positive(row["totalAmountIncludingTax"]),
            paid=_positive(sum((amount for name, amount in paid.items() if name in names), NONE)),
            currency=row["currencyCode"],
            units=self._units(lines),
            ready=set == "salesOrders"
            and not (cancelled or draft)
            and any(self._waits(line) for line in lines),
        )

    def _payments(self) -> Mapping[str, Decimal]:
        """What was paid by each name that a payment gives: each payment counts by one of its names only."""
        rows = self._books.all("customerPayments")
        rows += [{**row, "appliesToInvoiceId": EMPTY["guid"]} for row in self._books.all("journalLines")]
        rows += [
            {"externalDocumentNumber": row["_external"], "comment": row["_comment"], "description": row["description"],
             "amount": row["_amount"], "appliesToInvoiceId": row["_invoice"]}
            for row in self._books.all("generalLedgerEntries", "_customer <> ?", EMPTY["guid"])
        ]  # fmt: skip
        found: dict[str, Decimal] = defaultdict(Decimal)
        for row in rows:
            key = _key_in((row["comment"], row["description"]))
            invoice = row["appliesToInvoiceId"]
            name = key or (invoice if invoice != EMPTY["guid"] else row["externalDocumentNumber"])
            found[name.lower()] += -Decimal(row["amount"])
        return found

    def _key(self, set: str, row: Row) -> str:
        lines = self._books.all(_WORDS[set], "documentId = ? AND lineType = 'Comment'", row["id"])
        return _key_in(line["description"] for line in lines) or row["externalDocumentNumber"]

    def _keys(self, set: str) -> Mapping[str, str]:
        lines = self._books.all(_WORDS[set], "lineType IN ('Comment', '')")
        return {line["documentId"]: key for line in lines if (key := _key_in((line["description"],)))}

    def _units(self, lines: Sequence[Row]) -> Mapping[str, Decimal]:
        found: dict[str, Decimal] = defaultdict(Decimal)
        for line in lines:
            if (
                line["lineType"] == "Item"
                and Decimal(line["quantity"])
                and self._stocked(line["lineObjectNumber"])
            ):
                found[self._sku(line["lineObjectNumber"], line["itemVariantId"])] += Decimal(line["quantity"])
        return found

    def _packed(self, order: str, units: Mapping[str, Decimal] | None) -> dict[str, Decimal]:
        """Of each line what is in the parcel; charges go with the parcel that takes all that is left."""
        left = None if units is None else {sku.upper(): count for sku, count in units.items()}
        found: dict[str, Decimal] = {}
        for line in self._books.all("salesOrderLines", "documentId = ? AND lineType <> 'Comment'", order):
            due = Decimal(line["quantity"]) - Decimal(line["shippedQuantity"])
            if left is None:
                taken = due
            else:
                sku = self._sku(line["lineObjectNumber"], line["itemVariantId"])
                taken = min(due, left.get(sku, NONE))
                left[sku] = left.get(sku, NONE) - taken
            if taken:
                found[line["id"]] = taken
        return found

    def _waits(self, line: Row) -> bool:
        """Goods of it have not left."""
        left = Decimal(line["quantity"]) > Decimal(line["shippedQuantity"])
        return left and line["lineType"] == "Item" and self._stocked(line["lineObjectNumber"])

    def _stocked(self, number: str) -> bool:
        item = self._books.one("items", "number = ?", number)
        return item is not None and item["type"] == "Inventory"

    def _sku(self, number: str, variant: str) -> str:
        found = self._books.get("itemVariants", variant) if variant != EMPTY["guid"] else None
        return f"{number}-{found['code']}" if found else str(number)

    def _do(self, act: Callable[[], T]) -> T:
        try:
            with self._books.change():
                return act()
        except NoEntry as refusal:
            raise Refused(refusal.sentence) from refusal


def _key_in(texts: Iterable[str]) -> str:
    found = (_KEY.search(text) for text in texts)
    return next((each[0] for each in found if each), "")


def _positive(value: object) -> Decimal:
    return abs(Decimal(str(value or 0)))


def _called_off(order: Row, words: Iterable[str]) -> Booked:
    """A draft of an integration's was never anybody's order: it has no name here."""
    named = order["externalDocumentNumber"]
    return Booked(
        id=order["id"],
        number=order["number"],
        external_id="" if named.endswith(_DRAFT) else _key_in(words) or named,
        real=False,
        cancelled=True,
        total=_positive(order["totalAmountIncludingTax"]),
        paid=NONE,
        currency=order["currencyCode"],
        units={},
        ready=False,
    )
