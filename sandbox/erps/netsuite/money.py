"""Deposits, payments, refunds to customers, and what they are applied to."""

from __future__ import annotations

from decimal import Decimal

from sandbox.erps.netsuite import heads, keys
from sandbox.erps.netsuite.books import Books
from sandbox.erps.netsuite.fields import Body
from sandbox.erps.netsuite.refusals import invalid, missing, user_error


def deposit(books: Books, body: Body) -> int:
    customer, amount = heads.customer_of(books, body, "customer"), _amount(body)
    order = None
    if body.get("salesOrder") is not None:
        found = keys.pointed(books, "salesOrder", body["salesOrder"], "salesOrder")
        assert found is not None
        order = books.one("SELECT * FROM _tran WHERE id = ? AND type = 'SalesOrd'", found)
        if order is None or order["entity"] != customer:
            raise invalid("salesOrder", found)
        if order["status"] in {"C", "H"}:
            raise user_error("The sales order is closed.", path="salesOrder")
        _same_currency(books, body, order["currency"])
    id = heads.begin(books, "CustDep", body, customer=customer, status="A")
    books.update("_tran", id, total=amount, subtotal=amount, createdfrom=order["id"] if order else None)
    if order:
        if body.get("currency") is None:
            books.update("_tran", id, currency=order["currency"])
        heads.touch(books, order["id"])
    return id


def payment(books: Books, body: Body) -> int:
    customer, amount = heads.customer_of(books, body, "customer"), _amount(body)
    id = heads.begin(books, "CustPymt", body, customer=customer, status="B")
    books.update("_tran", id, total=amount, subtotal=amount)
    apply(books, id, body.get("apply") or [])
    _not_over(books, id, amount)
    return id


def refund(books: Books, body: Body) -> int:
    """Money goes back to a customer, out of credit memos and deposits."""
    customer = heads.customer_of(books, body, "customer")
    id = heads.begin(books, "CustRfnd", body, customer=customer, status="R")
    rows = [(row, "apply") for row in body.get("apply") or []] + [
        (row, "deposit") for row in body.get("deposit") or []
    ]
    taken = [(row, kind) for row, kind in rows if row.get("apply") is True]
    if not taken:
        raise user_error("You must select at least one transaction to refund.")
    whole = Decimal(0)
    for index, (row, kind) in enumerate(taken):
        path = f"{kind}.items[{index}].doc"
        doc = keys.pointed(books, "transaction", row.get("doc"), path)
        there = books.one("SELECT * FROM _tran WHERE id = ? AND entity = ?", doc, customer)
        if there is None or there["type"] != ("CustDep" if kind == "deposit" else "CustCred"):
            raise invalid(path, doc)
        left = Decimal(str(there["total"])) - _used(books, there["id"])
        amount = row.get("amount", left)
        if amount > left:
            raise user_error("The amount refunded can't be more than the amount remaining.", path=path)
        applied(books, id, there["id"], amount, "Refund")
        whole += amount
        left_now = left - amount
        books.update(
            "_tran",
            there["id"],
            status="R" if kind == "deposit" and left_now == 0 else "B" if left_now == 0 else there["status"],
        )
        heads.touch(books, there["id"])
    books.update("_tran", id, total=whole, subtotal=whole)
    return id


def apply(books: Books, payer: int, rows: list[Body]) -> None:
    """Each row names a document that is open and how much of it is paid."""
    head = heads.row(books, payer)
    for index, row in enumerate(rows):
        path = f"apply.items[{index}]"
        doc = keys.pointed(books, "transaction", row.get("doc"), f"{path}.doc")
        there = books.one("SELECT * FROM _tran WHERE id = ? AND type = 'CustInvc' AND voided = 'F'", doc)
        if there is None or there["entity"] != head["entity"] or there["currency"] != head["currency"]:
            raise invalid(f"{path}.doc", doc)
        left = heads.open_amount(books, there)
        if row.get("apply") is not True:
            if left <= 0:  # the list is of what is open; nothing else is on it
                raise invalid(f"{path}.doc", doc)
            continue
        amount = row.get("amount", min(left, Decimal(str(head["total"]))))
        if amount > left:
            raise user_error("The amount applied can't be more than the amount due.", path=f"{path}.amount")
        applied(books, payer, there["id"], amount, "Payment")


def applied(books: Books, payer: int, doc: int, amount: Decimal, kind: str) -> None:
    if not amount:
        return
    last = books.one("SELECT COALESCE(MAX(line), 0) AS last FROM _applied WHERE payer = ?", payer)
    assert last is not None
    books.insert("_applied", payer=payer, line=last["last"] + 1, doc=doc, amount=amount, kind=kind)
    heads.touch(books, doc)
    settle(books, doc)
    settle(books, payer)


def settle(books: Books, id: int) -> None:
    """An invoice is paid once nothing of it is open; a credit memo is used up once all of it was applied."""
    there = heads.row(books, id)
    if there["voided"] == "T":
        return
    if there["type"] == "CustInvc":
        books.update("_tran", id, status="B" if heads.open_amount(books, there) <= 0 else "A")
    elif there["type"] == "CustCred":
        books.update("_tran", id, status="B" if _used(books, id) >= Decimal(str(there["total"])) else "A")


def use_deposits(books: Books, invoice: int, order: int) -> None:
    """Deposits that were taken for an order pay its invoice without anybody asking for it."""
    for there in books.all(
        "SELECT * FROM _tran WHERE type = 'CustDep' AND createdfrom = ? AND voided = 'F' ORDER BY id", order
    ):
        free = Decimal(str(there["total"])) - _used(books, there["id"])
        due = heads.open_amount(books, heads.row(books, invoice))
        amount = min(free, due)
        if amount <= 0:
            continue
        body: Body = {"currency": str(there["currency"])}
        made = heads.begin(books, "DepAppl", body, customer=there["entity"], status="", source=None)
        books.update("_tran", made, total=amount, subtotal=amount, createdfrom=there["id"])
        applied(books, made, invoice, amount, "Payment")
        if amount == free:
            books.update("_tran", there["id"], status="C")
        heads.touch(books, there["id"])


def remove(books: Books, id: int) -> None:
    """A payment or deposit is deleted: what it paid is open again."""
    there = heads.row(books, id)
    if there["type"] == "CustDep" and _used(books, id):
        raise user_error("This deposit has been applied, it can't be deleted.")
    docs = [row["doc"] for row in books.all("SELECT doc FROM _applied WHERE payer = ?", id)]
    books.run("DELETE FROM _applied WHERE payer = ?", id)
    for doc in docs:
        settle(books, doc)
        heads.touch(books, doc)


def _used(books: Books, id: int) -> Decimal:
    """Of a deposit: applications and refunds; of a credit memo: what it was applied to, and refunds."""
    query = (
        "SELECT COALESCE((SELECT SUM(amount) FROM _applied WHERE payer = ?1), 0)"
        " + COALESCE((SELECT SUM(amount) FROM _applied WHERE doc = ?1), 0)"
        " + COALESCE((SELECT SUM(total) FROM _tran WHERE type = 'DepAppl' AND createdfrom = ?1), 0) AS used"
    )
    return books.summed(query, id)


def _amount(body: Body) -> Decimal:
    amount = body.get("payment")
    if amount is None or amount <= 0:
        raise missing("Payment Amount")
    return Decimal(amount)


def _same_currency(books: Books, body: Body, currency: int) -> None:
    said = keys.pointed(books, "currency", body.get("currency"), "currency")
    if said is not None and said != currency:
        raise invalid("currency", said)


def _not_over(books: Books, id: int, amount: Decimal) -> None:
    if books.summed("SELECT SUM(amount) FROM _applied WHERE payer = ?", id) > amount:
        raise user_error("The amount applied can't be more than the payment.", path="apply")
