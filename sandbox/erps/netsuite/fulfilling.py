"""Item fulfilments: goods of an approved order leave a location; all that is left of it goes unless the body says less."""

from __future__ import annotations

from decimal import Decimal

from sandbox.erps.netsuite import heads, keys, lines, orders, shelves
from sandbox.erps.netsuite.books import Books, Row
from sandbox.erps.netsuite.fields import Body
from sandbox.erps.netsuite.refusals import invalid, missing, user_error


def of_order(books: Books, order: int, body: Body, replaced: frozenset[str]) -> int:
    there = heads.row(books, order, "SalesOrd")
    if there["status"] not in {"B", "D", "E"}:
        raise user_error("The order is not pending fulfillment: nothing of it can be fulfilled.")
    open_ = {row["line"]: row for row in lines.kept(books, order) if _left(row) > 0}
    taken = _taken(books, open_, body, replaced)
    if not taken:
        raise user_error("You must select at least one item to fulfill.")
    id = heads.begin(books, "ItemShip", body, customer=there["entity"], status=_stage(body), source=there)
    books.update("_tran", id, shipstatus=_stage(body))
    for number, (line, (quantity, location)) in enumerate(taken.items(), 1):
        row = open_[line]
        books.run(
            "INSERT INTO _line (tran, line, key, item, quantity, description, location, source, custom) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            id, number, id * 1000 + number, row["item"], quantity, row["description"], location, line, row["custom"],
        )  # fmt: skip
    if _stage(body) == "C":
        _leave(books, id, order, 1)
    packages(books, id, body.get("package"), replaced=False)
    heads.touch(books, order)
    return id


def update(books: Books, id: int, body: Body, replaced: frozenset[str]) -> None:
    heads.row(books, id, "ItemShip")
    keys.claim(books, "itemFulfillment", id, body.get("externalId"))
    if "item" in body:
        raise user_error("The items of a fulfillment that was saved can't be changed here.", path="item")
    if body.get("shipStatus") is not None:
        mark(books, id, _stage(body))
    heads.say(books, id, body)
    packages(books, id, body.get("package"), replaced="package" in replaced)
    heads.touch(books, id)


def mark(books: Books, id: int, stage: str) -> None:
    """Picked, packed, shipped, or back from there: goods have left exactly while it is shipped."""
    there = heads.row(books, id, "ItemShip")
    books.update("_tran", id, shipstatus=stage, status=stage)
    if (stage == "C") is not (there["shipstatus"] == "C"):
        _leave(books, id, there["createdfrom"], 1 if stage == "C" else -1)
        heads.touch(books, there["createdfrom"])


def remove(books: Books, id: int) -> None:
    """It is deleted as if it had never been: its goods are back, and the order waits for them again."""
    there = heads.row(books, id, "ItemShip")
    if there["shipstatus"] == "C":
        _leave(books, id, there["createdfrom"], -1)
    books.run("DELETE FROM _package WHERE tran = ?", id)
    books.run("DELETE FROM _line WHERE tran = ?", id)
    heads.touch(books, there["createdfrom"])


def packages(books: Books, id: int, rows: list[Body] | None, *, replaced: bool) -> None:
    """They have no keys: what is sent is added, unless all of them are replaced."""
    if rows is None:
        return
    if replaced:
        books.run("DELETE FROM _package WHERE tran = ?", id)
    for row in rows:
        weight = row.get("packageWeight")
        if weight is not None and weight <= 0:
            raise user_error(
                "The package weight must be greater than 0.", path="package.items[0].packageWeight"
            )
        books.insert(
            "_package",
            tran=id,
            number=row.get("packageTrackingNumber"),
            descr=row.get("packageDescr"),
            weight=weight,
        )


def _taken(
    books: Books, open_: dict[int, Row], body: Body, replaced: frozenset[str]
) -> dict[int, tuple[Decimal, int]]:
    """Every open line with all that is left, but for what the body says of it; `itemReceive` false leaves one out."""
    said = {
        row.get("orderLine", row.get("line")): (index, row)
        for index, row in enumerate(body.get("item") or [])
    }
    for line, (index, row) in said.items():
        if line not in open_ and row.get("itemReceive") is not False:
            raise user_error(f"The order has no open line {line}.", path=f"item.items[{index}].orderLine")
    taken: dict[int, tuple[Decimal, int]] = {}
    for line, there in open_.items():
        index, row = said.get(line, (-1, {}))
        if row.get("itemReceive") is False or (index < 0 and "item" in replaced):
            continue
        path = f"item.items[{index}]"
        quantity = row.get("quantity", _left(there))
        if quantity > _left(there):
            raise user_error("The quantity is more than is left to fulfill.", path=f"{path}.quantity")
        location = (
            keys.pointed(books, "location", row.get("location"), f"{path}.location") or there["location"]
        )
        if location is None:
            raise missing("Location")
        if quantity <= 0:
            raise invalid(f"{path}.quantity", quantity)
        taken[line] = (quantity, location)
    return taken


def _left(row: Row) -> Decimal:
    if row["closed"] == "T" or row["type"] not in shelves.FULFILLABLE:
        return Decimal(0)
    return Decimal(str(row["quantity"])) - Decimal(str(row["sent"] or 0))


def _leave(books: Books, id: int, order: int, sign: int) -> None:
    """Goods leave their shelves for the order, or come back."""
    rows = lines.kept(books, id)
    for row in rows:
        quantity = sign * Decimal(str(row["quantity"]))
        books.run(
            "UPDATE _line SET sent = sent + ? WHERE tran = ? AND line = ?", quantity, order, row["source"]
        )
    for row in rows:
        if row["type"] in shelves.STOCKED:
            shelves.move(books, row["item"], row["location"], -sign * Decimal(str(row["quantity"])))
    orders.follow(books, order)


def _stage(body: Body) -> str:
    stage = str(body.get("shipStatus") or "C")
    if stage not in {"A", "B", "C"}:
        raise invalid("shipStatus", stage)
    return stage
