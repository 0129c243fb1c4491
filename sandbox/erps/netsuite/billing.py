"""Invoices, cash sales, and what is given back against them: made by themselves, or out of what came before."""

from __future__ import annotations

from decimal import Decimal

from sandbox.erps.netsuite import heads, keys, lines, money, orders, shelves
from sandbox.erps.netsuite.account import FORM_CASH_SALE
from sandbox.erps.netsuite.books import Books, Row
from sandbox.erps.netsuite.fields import Body
from sandbox.erps.netsuite.refusals import missing, user_error

BEGINS = {"CustInvc": "A", "CashSale": "B", "CustCred": "A", "CashRfnd": "B"}
BACK = frozenset({"CustCred", "CashRfnd"})
_RECORD = {"CustInvc": "invoice", "CashSale": "cashSale", "CustCred": "creditMemo", "CashRfnd": "cashRefund"}


def create(books: Books, type: str, body: Body) -> int:
    """Made by itself: goods leave, or come back, at once."""
    if not body.get("item"):
        raise missing("Items")
    id = heads.begin(books, type, body, customer=heads.customer_of(books, body), status=BEGINS[type])
    lines.write(books, heads.row(books, id), body["item"], replaced=False)
    _finish(books, id, body)
    return id


def update(books: Books, type: str, id: int, body: Body, replaced: frozenset[str]) -> None:
    there = heads.row(books, id, type)
    if there["voided"] == "T":
        raise user_error("This transaction was voided.")
    keys.claim(books, _RECORD[type], id, body.get("externalId"))
    heads.say(books, id, body)
    if "item" in body:
        _goods(books, id, back=True)
        lines.write(books, heads.row(books, id), body["item"], replaced="item" in replaced)
        _goods(books, id)
    _taxes(books, id, body)
    lines.total(books, id)
    if "apply" in body:
        money.apply(books, id, body["apply"])
    heads.touch(books, id)
    money.settle(books, id)


def of_order(books: Books, type: str, order: int, body: Body, replaced: frozenset[str]) -> int:
    """Bills what was fulfilled, or, where the account bills in advance, all that was not billed yet."""
    there = heads.row(books, order, "SalesOrd")
    if there["status"] in {"A", "C", "G", "H"}:
        raise user_error("The order is not approved, or it is over: there is nothing to bill.")
    if (there["form"] == FORM_CASH_SALE) is not (type == "CashSale"):
        raise user_error(
            "The custom form of this sales order does not let it be billed this way.", path="customForm"
        )
    due = {row["line"]: (row, _due(books, row)) for row in lines.kept(books, order)}
    wanted = _wanted(body, {line: quantity for line, (_, quantity) in due.items()}, replaced)
    if not any(wanted.values()):
        raise user_error("There are no fulfilled items to bill.")
    id = heads.begin(books, type, body, customer=there["entity"], status=BEGINS[type], source=there)
    for line, quantity in wanted.items():
        if quantity:
            _copied(books, id, due[line][0], quantity)
            books.run(
                "UPDATE _line SET billed = billed + ? WHERE tran = ? AND line = ?", quantity, order, line
            )
    first = books.one("SELECT id FROM _tran WHERE createdfrom = ? AND type = ? AND id < ?", order, type, id)
    if first is None and "shippingCost" not in body:
        books.update("_tran", id, shipcost=there["shipcost"], shipmethod=there["shipmethod"])
    _copied_taxes(
        books, there, id, whole=all(q == due[line][1] for line, q in wanted.items()) and first is None
    )
    _finish(books, id, body, goods=False)
    orders.follow(books, order)
    heads.touch(books, order)
    if type == "CustInvc":
        money.use_deposits(books, id, order)
    return id


def given_back(books: Books, type: str, source: int, body: Body, replaced: frozenset[str]) -> int:
    """A credit memo of an invoice, or a cash refund of a cash sale: all of it, but for what the body says of its lines.

    A body's lines without a `line` are added to those that are taken over, unless `replace=item` leaves none of them.
    """
    there = heads.row(books, source, "CustInvc" if type == "CustCred" else "CashSale")
    if there["voided"] == "T":
        raise user_error("The transaction was voided.")
    id = heads.begin(books, type, body, customer=there["entity"], status=BEGINS[type], source=there)
    books.update("_tran", id, override=there["override"])
    if "item" not in replaced:
        for row in lines.kept(books, source):
            _copied(books, id, row, Decimal(str(row["quantity"])))
        books.update("_tran", id, shipcost=there["shipcost"], shipmethod=there["shipmethod"])
        _copied_taxes(books, there, id, whole=True)
    if "item" in body:
        said = [_named_by_source(books, id, row) for row in body["item"]]
        lines.write(books, heads.row(books, id), said, replaced=False)
    heads.say(books, id, body)
    _finish(books, id, body)
    _within(books, there, id)
    if type == "CustCred" and "apply" not in body:
        made = heads.row(books, id)
        money.applied(
            books, id, source, min(Decimal(str(made["total"])), heads.open_amount(books, there)), "Payment"
        )
    return id


def void(books: Books, id: int) -> None:
    """A person voids it: it stays, and counts for nothing."""
    there = heads.row(books, id)
    if there["voided"] == "T":
        raise user_error("This transaction was voided already.")
    if there["createdfrom"] is None or there["type"] in BACK:
        _goods(books, id, back=True)
    books.update("_tran", id, voided="T", status="V")
    heads.touch(books, id)
    for row in books.all("SELECT DISTINCT doc FROM _applied WHERE payer = ?", id):
        money.settle(books, row["doc"])


def _due(books: Books, row: Row) -> Decimal:
    """How much of a line may be billed."""
    quantity, billed, sent = (Decimal(str(row[name] or 0)) for name in ("quantity", "billed", "sent"))
    if row["closed"] == "T":
        return max(sent - billed, Decimal(0))
    waits = row["type"] in shelves.FULFILLABLE and not books.account.advance_billing
    return (sent if waits else quantity) - billed


def _wanted(body: Body, due: dict[int, Decimal], replaced: frozenset[str]) -> dict[int, Decimal]:
    wanted = dict.fromkeys(due, Decimal(0)) if "item" in replaced else dict(due)
    for index, row in enumerate(body.get("item") or []):
        line = row.get("orderLine", row.get("line"))
        if line not in due:
            raise user_error(f"The order has no line {line}.", path=f"item.items[{index}].orderLine")
        wanted[line] = row.get("quantity", due[line])
        if wanted[line] > due[line]:
            raise user_error(
                "The quantity is more than is left to bill.", path=f"item.items[{index}].quantity"
            )
    return wanted


def _copied(books: Books, id: int, row: Row, quantity: Decimal) -> None:
    whole = Decimal(str(row["quantity"])) == quantity
    rate, amount = (None if row[name] is None else Decimal(str(row[name])) for name in ("rate", "amount"))
    last = books.one("SELECT COALESCE(MAX(line), 0) AS last FROM _line WHERE tran = ?", id)
    assert last is not None
    head, line = heads.row(books, id), last["last"] + 1
    if not whole:
        amount = ((rate or Decimal(0)) * quantity).quantize(books.decimals(head["currency"]))
    books.run(
        "INSERT INTO _line (tran, line, key, item, quantity, price, rate, amount, description, location, department, class, "
        "source, "
        "taxcode, taxref, custom) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        id, line, id * 1000 + line, row["item"], quantity, row["price"], rate, amount, row["description"], row["location"],
        row["department"], row["class"], row["line"], row["taxcode"], row["taxref"], row["custom"],
    )  # fmt: skip


def _copied_taxes(books: Books, source: Row, id: int, *, whole: bool) -> None:
    """The caller's own taxes go along with the whole document; for a part of it the engine asks its own."""
    if source["override"] != "T":
        return
    books.update("_tran", id, override="T")
    if whole:
        books.run(
            "INSERT INTO _taxline SELECT ?, line, ref, taxtype, taxcode, basis, rate, amount, net FROM _taxline WHERE tran = ?",
            id, source["id"],
        )  # fmt: skip


def _finish(books: Books, id: int, body: Body, *, goods: bool = True) -> None:
    _taxes(books, id, body)
    lines.total(books, id)
    if goods:
        _goods(books, id)
    if "apply" in body:
        money.apply(books, id, body["apply"])


def _taxes(books: Books, id: int, body: Body) -> None:
    if "taxDetails" in body:
        lines.overridden(books, id, body["taxDetails"])
    elif body.get("taxDetailsOverride") is True:
        books.run("DELETE FROM _taxline WHERE tran = ?", id)


def _goods(books: Books, id: int, *, back: bool = False) -> None:
    """Goods of a document that no fulfilment moves: out for a sale, in for what is given back."""
    head = heads.row(books, id)
    if head["createdfrom"] is not None and head["type"] not in BACK:
        return
    sign = (1 if head["type"] in BACK else -1) * (-1 if back else 1)
    for row in lines.kept(books, id):
        if row["type"] in shelves.STOCKED:
            if row["location"] is None:
                raise missing("Location")
            shelves.move(books, row["item"], row["location"], sign * Decimal(str(row["quantity"])))


def _named_by_source(books: Books, id: int, row: Body) -> Body:
    """`orderLine` names the line of what it is made from; the taken-over line has a key of its own."""
    if row.get("line") is not None or row.get("orderLine") is None:
        return row
    found = books.one("SELECT line FROM _line WHERE tran = ? AND source = ?", id, row["orderLine"])
    return row | ({"line": found["line"]} if found else {})


def _within(books: Books, source: Row, id: int) -> None:
    """No more is given back than was billed."""
    query = "SELECT SUM(total) FROM _tran WHERE createdfrom = ? AND voided = 'F' AND type IN ('CustCred', 'CashRfnd')"
    if books.summed(query, source["id"]) > Decimal(str(source["total"])):
        raise user_error(
            "The amount refunded can't be more than the amount of the original transaction.", path="total"
        )
