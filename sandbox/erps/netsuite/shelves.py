"""Goods at a location: what lies there, what of it is promised to open orders, and what orders still wait for."""

from __future__ import annotations

from decimal import Decimal

from sandbox.erps.netsuite.books import Books, Row

STOCKED = frozenset({"InvtPart", "Assembly"})
FULFILLABLE = STOCKED | {"Kit"}

_WAITING = """
SELECT l.tran, l.line, l.quantity - l.sent AS needed, l.committed FROM _line l JOIN _tran t ON t.id = l.tran
WHERE l.item = ? AND l.location = ? AND t.type = 'SalesOrd' AND t.status IN ('B', 'D', 'E') AND l.closed = 'F'
  AND l.quantity > l.sent ORDER BY t.id, l.line
"""


def shelf(books: Books, item: int, location: int) -> Row:
    found = books.one("SELECT * FROM _stock WHERE item = ? AND location = ?", item, location)
    if found is None:
        books.insert("_stock", item=item, location=location, changed=books.clock.now())
        return shelf(books, item, location)
    return found


def move(books: Books, item: int, location: int, quantity: Decimal) -> None:
    """So much comes in, or leaves; below zero is allowed, as it is where goods are sold before they are counted."""
    shelf(books, item, location)
    books.run(
        "UPDATE _stock SET onhand = onhand + ? WHERE item = ? AND location = ?", quantity, item, location
    )
    commit(books, item, location)


def commit(books: Books, item: int, location: int) -> None:
    """Gives what lies there to the open orders, the oldest first; an available quantity that moved has a new instant."""
    there = shelf(books, item, location)
    before = _amount(there["onhand"]) - _amount(there["committed"])
    free = max(_amount(there["onhand"]), Decimal(0))
    promised = missing = Decimal(0)
    for line in books.all(_WAITING, item, location):
        needed = _amount(line["needed"])
        given = min(needed, free)
        free, promised, missing = free - given, promised + given, missing + needed - given
        if _amount(line["committed"]) != given:
            books.run(
                "UPDATE _line SET committed = ? WHERE tran = ? AND line = ?",
                given,
                line["tran"],
                line["line"],
            )
    books.run(
        "UPDATE _stock SET committed = ?, backordered = ? WHERE item = ? AND location = ?",
        promised,
        missing,
        item,
        location,
    )
    now = shelf(books, item, location)
    # Goods that leave for an order they were promised to change nothing that is available.
    if _amount(now["onhand"]) - promised != before:
        books.run(
            "UPDATE _stock SET changed = ? WHERE item = ? AND location = ?", books.clock.now(), item, location
        )


def recommit(books: Books, tran: int) -> None:
    """For every shelf that an order's lines take from."""
    query = (
        "SELECT DISTINCT l.item, l.location FROM _line l JOIN _item i ON i.id = l.item "
        "WHERE l.tran = ? AND l.location IS NOT NULL AND i.type IN ('InvtPart', 'Assembly')"
    )
    for row in books.all(query, tran):
        commit(books, row["item"], row["location"])
    books.run("UPDATE _line SET committed = 0 WHERE tran = ? AND (closed = 'T' OR sent >= quantity)", tran)


def _amount(value: object) -> Decimal:
    return Decimal(str(value or 0))
