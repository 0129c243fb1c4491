"""Reads the transactions that carry our keys, their lines with them, and says how far each has come."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

import msgspec

from app.domain.document import DocumentState, FoundDocument, FoundLine
from app.domain.ids import SinkKey
from app.hosts.netsuite import sql
from app.hosts.netsuite.client import NetSuite
from app.hosts.netsuite.directory import sku_of
from app.hosts.netsuite.features import Feature, Question
from app.hosts.netsuite.payload import invoice_key, memo_payments, payment_of
from app.hosts.netsuite.sql import Row, Told, amount, known_amount

ORDER, CASH_SALE, INVOICE = "SalesOrd", "CashSale", "CustInvc"
CREDIT, CASH_REFUND = "CustCred", "CashRfnd"
DEPOSIT, PAYMENT, REFUND = "CustDep", "CustPymt", "CustRfnd"
SHIPMENT, RETURN = "ItemShip", "RtnAuth"
RECORDS: Mapping[str, str] = {
    ORDER: "salesOrder",
    CASH_SALE: "cashSale",
    INVOICE: "invoice",
    CREDIT: "creditMemo",
    CASH_REFUND: "cashRefund",
    DEPOSIT: "customerDeposit",
    PAYMENT: "customerPayment",
    REFUND: "customerRefund",
    SHIPMENT: "itemFulfillment",
}
"""What the record service calls each type of transaction."""
_GIVEN_BACK = frozenset({CREDIT, CASH_REFUND})


class TransactionRow(Row, frozen=True):
    """A line of a transaction with its head; a transaction without lines has the one that is its head's own."""

    id: str | int
    type: str
    externalid: str = ""
    tranid: str = ""
    status: str = ""
    symbol: str = ""
    foreigntotal: Told = None
    entity: Told = None
    memo: str = ""
    voided: str = "F"
    line: Told = None
    sku: str = ""
    itemtype: str = ""
    quantity: Told = None
    foreignamount: Told = None
    shipped: Told = None
    billed: Told = None
    isclosed: str = "F"
    mainline: str = "F"
    taxline: str = "F"
    iscogs: str = "F"
    assemblycomponent: str = "F"
    location: Told = None
    linekey: str = ""


class Line(msgspec.Struct, frozen=True):
    """`id` is the line's own, by which it is changed, billed and shipped."""

    id: int
    item: str
    kind: str
    quantity: str
    shipped: str
    billed: str
    closed: bool
    key: str
    location: str


class Stage(msgspec.Struct, frozen=True):
    """How far a transaction has come, kept as text in `FoundDocument.stage`. `held`: the money that its memo names."""

    type: str
    status: str
    entity: str
    lines: list[Line]
    invoice: str = ""
    invoice_total: str | None = None
    deposits: dict[str, str] = {}
    held: str = "0"


@dataclass(frozen=True, kw_only=True)
class Transaction:
    """One transaction: its head's row, and the rows of its own lines and taxes."""

    head: TransactionRow
    rows: tuple[TransactionRow, ...]

    @property
    def gone(self) -> bool:
        return self.head.voided == "T"

    @property
    def id(self) -> str:
        return str(self.head.id)

    @property
    def lines(self) -> list[TransactionRow]:
        """What is sold or charged, in the order in which it stands there."""
        return [
            row
            for row in self.rows
            if "T" not in {row.mainline, row.taxline, row.iscogs, row.assemblycomponent} and row.sku
        ]

    @property
    def tax(self) -> Decimal:
        rows = [row for row in self.rows if row.taxline == "T"]
        return self.turned(sum((amount(row.foreignamount) for row in rows), start=Decimal(0)))

    @property
    def total(self) -> Decimal | None:
        told = known_amount(self.head.foreigntotal)
        return None if told is None else -told if self._given_back and told < 0 else told

    @property
    def _given_back(self) -> bool:
        return self.head.type in _GIVEN_BACK

    def turned(self, told: Decimal) -> Decimal:
        """NetSuite books what is sold as negative on its lines, and what is given back as positive."""
        return (told if self._given_back else -told) + Decimal(0)


def query(netsuite: NetSuite, condition: str) -> Question:
    """Transactions with their lines; `condition` is about the transaction `t`."""
    access = netsuite.access
    key = f", tl.{access.line_field} AS linekey" if access.line_field else ""
    return lambda has: (
        "SELECT t.id, t.type, t.externalid, t.tranid, t.status, cur.symbol, t.foreigntotal, t.entity, t.memo, t.voided,"
        f" tl.id AS line, i.{access.sku_field} AS sku, tl.itemtype, tl.quantity, tl.foreignamount,"
        " tl.quantityshiprecv AS shipped, tl.quantitybilled AS billed, tl.isclosed, tl.mainline, tl.taxline, tl.iscogs,"
        f" tl.assemblycomponent{has.column(Feature.LOCATIONS, ', tl.location')}{key}"
        " FROM transaction t JOIN transactionline tl ON tl.transaction = t.id"
        " LEFT JOIN item i ON i.id = tl.item LEFT JOIN currency cur ON cur.id = t.currency"
        f" WHERE {condition} ORDER BY t.id, tl.id"
    )


async def read(netsuite: NetSuite, condition: str) -> list[Transaction]:
    """Oldest first."""
    rows = await netsuite.rows(TransactionRow, query(netsuite, condition))
    return grouped(rows)


def grouped(rows: Sequence[TransactionRow]) -> list[Transaction]:
    made = []
    for _, each in groupby(sorted(rows, key=lambda row: sql.whole(row.id)), key=attrgetter("id")):
        mine = tuple(each)
        head = next((row for row in mine if row.mainline == "T"), mine[0])
        made.append(Transaction(head=head, rows=mine))
    return made


async def by_keys(netsuite: NetSuite, keys: Iterable[str]) -> dict[str, Transaction]:
    """By external id; strongly consistent, it is the database that is asked."""
    found: dict[str, Transaction] = {}
    for some in sql.slices(list(keys)):
        there = await read(netsuite, f"t.externalid IN ({sql.texts(some)})")
        found |= {each.head.externalid: each for each in there}
    return found


class _Following(Row, frozen=True):
    id: str | int
    type: str
    foreigntotal: Told = None
    externalid: str = ""
    voided: str = "F"


async def bills_of(netsuite: NetSuite, order: str) -> list[_Following]:
    """What an order was billed by, whoever did it."""
    return await netsuite.rows(
        _Following,
        "SELECT DISTINCT c.id, c.type, c.foreigntotal, c.externalid, c.voided"
        " FROM PreviousTransactionLineLink l JOIN transaction c ON c.id = l.nextdoc"
        f" WHERE l.previousdoc = {sql.number(order)} AND c.type IN ({sql.texts((INVOICE, CASH_SALE))}) ORDER BY c.id",
    )


# --- how far it has come ----------------------------------------------------------------------------------------------


def as_found(
    one: Transaction,
    place: str,
    *,
    payments: Mapping[str, Transaction],
    bill: tuple[str, Decimal | None] | None = None,
    whole: Collection[str] = (),
) -> FoundDocument:
    """`payments`: by our transaction keys. `bill`: the invoice of an order, by id, and what it totals.

    `whole`: items that are told by their whole names, as it was these that were ordered.
    """
    stage = _stage(one, payments, bill, whole)
    amounts = {key: abs(paid.total or Decimal(0)) for key, paid in payments.items() if not paid.gone}
    if one.head.type in {CASH_SALE, CASH_REFUND}:
        amounts |= memo_payments(one.head.memo)
    invoiced = one.head.type != ORDER or stage.invoice != "" or _billed(one)
    return FoundDocument(
        sink_key=SinkKey(one.id),
        number=one.head.tranid or None,
        external_id=one.head.externalid or None,
        state=_state(one, invoiced=invoiced),
        total=one.total,
        tax_total=one.tax,
        currency=one.head.symbol or None,
        payments=frozenset(amounts),
        invoiced=invoiced,
        stage=msgspec.json.encode(stage).decode(),
        lines=found_lines(one, whole),
        address=f"{place}/app/accounting/transactions/transaction.nl?id={one.id}",
        revision=revision(one),
        shipped=one.head.type == CASH_SALE or _left(one),
        amounts=amounts,
    )


def stage_of(document: FoundDocument) -> Stage:
    return msgspec.json.decode(document.stage, type=Stage)


def found_lines(one: Transaction, whole: Collection[str] = ()) -> tuple[FoundLine, ...]:
    return tuple(
        FoundLine(
            item=sku_of(row.sku, whole),
            quantity=abs(amount(row.quantity)) or Decimal(1),
            net=one.turned(amount(row.foreignamount)),
        )
        for row in one.lines
        if row.itemtype != "ShipItem" or amount(row.foreignamount)
    )


def revision(one: Transaction) -> str:
    """Another one after every change of the contents. Its time of change has seconds alone, too coarse for this."""
    told = [(row.line, row.sku, row.quantity, row.foreignamount, row.isclosed) for row in one.rows]
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()[:16]


def _stage(
    one: Transaction,
    payments: Mapping[str, Transaction],
    bill: tuple[str, Decimal | None] | None,
    whole: Collection[str],
) -> Stage:
    return Stage(
        type=one.head.type,
        status=one.head.status,
        entity=str(one.head.entity or ""),
        lines=[_line(row, whole) for row in one.lines],
        invoice=bill[0] if bill else "",
        invoice_total=None if bill is None or bill[1] is None else f"{bill[1]:f}",
        held=f"{sum(memo_payments(one.head.memo).values(), start=Decimal(0)):f}",
        deposits={
            key: each.id for key, each in payments.items() if each.head.type == DEPOSIT and not each.gone
        },
    )


def _line(row: TransactionRow, whole: Collection[str]) -> Line:
    return Line(
        id=sql.whole(row.line),
        item=sku_of(row.sku, whole),
        kind=row.itemtype,
        quantity=f"{abs(amount(row.quantity)):f}",
        shipped=f"{abs(amount(row.shipped)):f}",
        billed=f"{abs(amount(row.billed)):f}",
        closed=row.isclosed == "T",
        key=row.linekey,
        location=str(row.location or ""),
    )


def _state(one: Transaction, *, invoiced: bool) -> DocumentState:
    """C is cancelled. H is closed by a person: what was never billed or sent of it is as good as cancelled."""
    status = one.head.status
    if one.gone or (one.head.type == ORDER and status == "C"):
        return DocumentState.CANCELLED
    if one.head.type != ORDER or invoiced:
        return DocumentState.POSTED
    if status == "H":
        begun = any(amount(row.billed) or amount(row.shipped) for row in one.lines)
        return DocumentState.POSTED if begun else DocumentState.CANCELLED
    return DocumentState.OPEN


def _billed(one: Transaction) -> bool:
    """All of an order. What is closed will never be billed."""
    if one.head.status == "G":
        return True
    lines = [row for row in one.lines if row.isclosed != "T" and amount(row.quantity)]
    return bool(lines) and all(abs(amount(row.billed)) >= abs(amount(row.quantity)) for row in lines)


def _left(one: Transaction) -> bool:
    """Whether all goods of an order have left: F waits for its bill alone, G has that too."""
    return one.head.type == ORDER and one.head.status in {"F", "G"} and _all_sent(one)


def _all_sent(one: Transaction) -> bool:
    goods = [row for row in one.lines if row.itemtype in GOODS and row.isclosed != "T"]
    return all(abs(amount(row.shipped)) >= abs(amount(row.quantity)) for row in goods)


GOODS = frozenset({"InvtPart", "Assembly", "Kit"})
"""Kinds of items that a warehouse hands out."""


async def about(netsuite: NetSuite, key: str, more: str = "") -> list[Transaction]:
    """What carries the key of a document, or one made of it; `more`: and what else is asked for with the same request."""
    condition = f"t.externalid IN ({sql.texts((key, invoice_key(key)))}) OR t.externalid LIKE {sql.text(f'{key}-pay-%')}"
    return await read(netsuite, f"({condition}{f' OR {more}' if more else ''})")


def payments_of(found: Iterable[Transaction], key: str) -> dict[str, Transaction]:
    """A document's payments by our own keys."""
    return {
        ours: one
        for one in found
        if (ours := payment_of(key, one.head.externalid)) is not None and not one.gone
    }
