"""Sales orders: what they are now follows from their lines, and goods are promised to them once they are approved."""

from __future__ import annotations

from decimal import Decimal

from sandbox.erps.netsuite import heads, keys, lines, shelves
from sandbox.erps.netsuite.account import FORM_INVOICE
from sandbox.erps.netsuite.books import Books, Row
from sandbox.erps.netsuite.fields import Body
from sandbox.erps.netsuite.refusals import invalid, missing, user_error

ENDED = frozenset({"C", "G", "H"})


def create(books: Books, body: Body) -> int:
    if not body.get("item"):
        raise missing("Items")
    wanted = str(body.get("orderStatus") or "A")
    if wanted not in {"A", "B"}:
        raise invalid("orderStatus", wanted)
    id = heads.begin(books, "SalesOrd", body, customer=heads.customer_of(books, body), status=wanted)
    books.update("_tran", id, form=body.get("customForm") or FORM_INVOICE)
    _contents(books, id, body, replaced=frozenset({"item"}))
    follow(books, id)
    return id


def update(books: Books, id: int, body: Body, replaced: frozenset[str]) -> None:
    there = heads.row(books, id, "SalesOrd")
    if "entity" in body and heads.customer_of(books, body) != there["entity"]:
        raise user_error("The customer of a sales order can't be changed.", path="entity")
    if "item" in replaced and any(_of(row, "billed") or _of(row, "sent") for row in lines.kept(books, id)):
        raise user_error("Lines that were fulfilled or billed can't be removed.", path="item")
    keys.claim(books, "salesOrder", id, body.get("externalId"))
    if body.get("orderStatus") is not None:
        _approve(books, there, str(body["orderStatus"]))
    heads.say(books, id, body)
    _contents(books, id, body, replaced=replaced)
    follow(books, id)
    heads.touch(books, id)


def close(books: Books, id: int) -> None:
    """A person gives an order up: one that nobody approved is cancelled, any other closed."""
    there = heads.row(books, id, "SalesOrd")
    if there["status"] in ENDED:
        raise user_error("This order is over.")
    if there["status"] == "A":
        books.update("_tran", id, status="C")
    else:
        books.run("UPDATE _line SET closed = 'T' WHERE tran = ?", id)
    follow(books, id)
    heads.touch(books, id)


def follow(books: Books, id: int) -> None:
    """Where it stands by its lines, and what of the shelves is its own."""
    there = heads.row(books, id, "SalesOrd")
    status = _status(there, lines.kept(books, id))
    if status != there["status"]:
        books.update("_tran", id, status=status)
        books.update("_tran", id, changed=books.clock.now())
    shelves.recommit(books, id)


def _contents(books: Books, id: int, body: Body, *, replaced: frozenset[str]) -> None:
    if "item" in body:
        before = {
            (row["item"], row["location"]) for row in lines.kept(books, id) if row["type"] in shelves.STOCKED
        }
        lines.write(books, heads.row(books, id), body["item"], replaced="item" in replaced)
        for item, location in before:
            if location is not None:
                shelves.commit(books, item, location)
    if "taxDetails" in body:
        lines.overridden(books, id, body["taxDetails"])
    elif body.get("taxDetailsOverride") is True:
        books.run("DELETE FROM _taxline WHERE tran = ?", id)
    lines.total(books, id)


def _approve(books: Books, there: Row, wanted: str) -> None:
    if wanted not in {"A", "B"}:
        raise invalid("orderStatus", wanted)
    if there["status"] in {"A", "B"}:
        books.update("_tran", there["id"], status=wanted)
    elif wanted != there["status"]:
        raise user_error(
            "The status of this order follows from what was fulfilled and billed.", path="orderStatus"
        )


def _status(there: Row, rows: list[Row]) -> str:
    if there["status"] in {"A", "C"}:
        return str(there["status"])
    alive = [row for row in rows if row["closed"] != "T"]
    goods = [row for row in alive if row["type"] in shelves.FULFILLABLE]
    sent = any(_of(row, "sent") > 0 for row in rows)
    billed = any(_of(row, "billed") > 0 for row in rows)
    due = [row for row in alive if _of(row, "quantity") > 0 and _of(row, "billed") < _of(row, "quantity")]
    waiting = [row for row in goods if _of(row, "sent") < _of(row, "quantity")]
    if not alive:
        return "G" if billed else "H"
    if not waiting:
        return "F" if due else "G"
    if not sent:
        return "B"
    return "E" if any(_of(row, "sent") > _of(row, "billed") for row in goods) else "D"


def _of(row: Row, name: str) -> Decimal:
    return Decimal(str(row[name] or 0))
