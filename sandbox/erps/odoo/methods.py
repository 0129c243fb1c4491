"""What may be called of a simulated Odoo: its methods with their arguments, behind the rights of the integration's user."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.erps.odoo import money, sales, stock
from sandbox.erps.odoo.reading import ANSWERS, Reading
from sandbox.erps.odoo.tables import Tables
from sandbox.erps.odoo.trouble import AccessError, NoModel, NotThere, Unprocessable

Context = Mapping[str, Any]
RIGHTS: Mapping[str, str] = {
    "res.partner": "rwc",
    "sale.order": "rwc",
    "sale.order.line": "rwcu",
    "sale.advance.payment.inv": "rwc",
    "account.move": "rwcu",
    "account.move.line": "rwcu",
    "account.payment": "rwcu",
    "stock.picking": "rwcu",
    "stock.move": "rwcu",
    "stock.quant": "r",
}
"""Read, write, create, unlink: of a user with sales (all documents), inventory (user), billing and contact creation.

Every other model is read alone.
"""


@dataclass(frozen=True, kw_only=True)
class Method:
    """`needs` and `takes`: its arguments by name, in order. `records`: it is about some."""

    call: Callable[[Desk, str, list[int], dict[str, Any], Context], Any]
    right: str = "w"
    records: bool = True
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()


@dataclass(kw_only=True)
class Desk:
    """Carries out calls over the tables. `abroad`: the fiscal position of buyers from elsewhere. `rights`: of its user."""

    tables: Tables
    abroad: int | None = None
    rights: Mapping[str, str] = field(default_factory=lambda: RIGHTS)
    reading: Reading = field(init=False)

    def __post_init__(self) -> None:
        self.reading = Reading(self.tables)

    def method(self, model: str, name: str) -> Method:
        if model not in self.tables.fields:
            raise NoModel(f"Object {model} doesn't exist")
        found = OF_MODEL.get((model, name)) or GENERIC.get(name)
        if name == "web_search_read" and self.tables.version < ANSWERS:
            found = None
        if found is None:
            raise NotThere(f"The method '{model}.{name}' does not exist")
        return found

    def call(self, model: str, name: str, ids: Sequence[int] | None, arguments: dict[str, Any]) -> Any:
        """A call is a transaction of its own."""
        method = self.method(model, name)
        context = arguments.pop("context", None) or {}
        unknown = set(arguments) - {*method.needs, *method.takes}
        if unknown:
            raise Unprocessable(f"{model}.{name}() got an unexpected keyword argument {min(unknown)!r}")
        for needed in method.needs:
            if needed not in arguments:
                raise Unprocessable(f"missing a required argument: {needed!r}")
        if not method.records and ids:
            raise Unprocessable(f"cannot call {model}.{name} with ids")
        self._allowed(model, method.right)
        with self.tables.transaction():
            return method.call(self, model, list(ids or ()), arguments, context)

    def _allowed(self, model: str, right: str) -> None:
        if right not in self.rights.get(model, "r"):
            words = {"r": "read", "w": "modify", "c": "create", "u": "delete"}
            raise AccessError(
                f"You are not allowed to {words[right]} '{model}' records.\n\nThis operation is allowed for the following "
                "groups:\n\t- Administrator"
            )


# --- what every model has ----------------------------------------------------------------------------------------------


def _create(desk: Desk, model: str, _ids: list[int], said: dict[str, Any], _context: Context) -> list[int]:
    rows = said["vals_list"]
    return [create(desk, model, values) for values in (rows if isinstance(rows, list) else [rows])]


def create(desk: Desk, model: str, values: Mapping[str, Any]) -> int:
    match model:
        case "sale.order":
            return sales.create(desk.tables, values, desk.abroad)
        case "account.move":
            return money.new_bill(desk.tables, values)
        case "account.payment":
            return money.new_payment(desk.tables, values)
        case _:
            return desk.tables.create(model, values)


def _write(desk: Desk, model: str, ids: list[int], said: dict[str, Any], _context: Context) -> bool:
    for number in ids:
        write(desk, model, number, said["vals"])
    return True


def write(desk: Desk, model: str, number: int, values: Mapping[str, Any]) -> None:
    match model:
        case "sale.order":
            sales.written(desk.tables, number, values)
        case "account.move":
            money.write_bill(desk.tables, number, values)
        case "account.payment":
            money.write_payment(desk.tables, number, values)
        case "stock.move":
            stock.written(desk.tables, number, values)
        case "stock.picking":
            stock.picking_written(desk.tables, number, values)
        case _:
            desk.tables.write(model, number, values)


def _unlink(desk: Desk, model: str, ids: list[int], _said: dict[str, Any], _context: Context) -> bool:
    removes = {"account.move": money.unlink_bill, "account.payment": money.unlink_payment}
    for number in ids:
        removes.get(model, lambda tables, each: tables.unlink(model, each))(desk.tables, number)
    return True


def _read(name: str) -> Callable[[Desk, str, list[int], dict[str, Any], Context], Any]:
    def read(desk: Desk, model: str, ids: list[int], said: dict[str, Any], context: Context) -> Any:
        return getattr(desk.reading, name)(model, ids, said, context)

    return read


_PAGED = ("offset", "limit", "order")
GENERIC: Mapping[str, Method] = {
    "create": Method(call=_create, right="c", records=False, needs=("vals_list",)),
    "write": Method(call=_write, right="w", needs=("vals",)),
    "unlink": Method(call=_unlink, right="u"),
    "read": Method(call=_read("read"), right="r", takes=("fields", "load")),
    "search": Method(call=_read("search"), right="r", records=False, needs=("domain",), takes=_PAGED),
    "search_count": Method(
        call=_read("search_count"), right="r", records=False, needs=("domain",), takes=("limit",)
    ),
    "search_read": Method(
        call=_read("search_read"), right="r", records=False, takes=("domain", "fields", *_PAGED, "load")
    ),
    "web_search_read": Method(
        call=_read("web_search_read"),
        right="r",
        records=False,
        needs=("domain", "specification"),
        takes=("offset", "limit", "order", "count_limit"),
    ),
    "fields_get": Method(
        call=_read("fields_get"), right="r", records=False, takes=("allfields", "attributes")
    ),
}


# --- what some have besides --------------------------------------------------------------------------------------------


def _of(work: Callable[[Tables, list[int]], Any]) -> Method:
    return Method(call=lambda desk, _model, ids, _said, _context: work(desk.tables, ids))


def _with_context(work: Callable[[Tables, list[int], Context], Any]) -> Method:
    return Method(call=lambda desk, _model, ids, _said, context: work(desk.tables, ids, context))


def _assign(desk: Desk, _model: str, ids: list[int], said: dict[str, Any], _context: Context) -> None:
    money.assign(desk.tables, ids, said["line_id"])


def _reserve(tables: Tables, ids: list[int]) -> bool:
    for number in ids:
        stock.assign(tables, tables.get("stock.picking", number))
    return True


def _context_get(_desk: Desk, _model: str, _ids: list[int], _said: dict[str, Any], _context: Context) -> Any:
    return {"lang": "en_US", "tz": "Europe/Berlin", "uid": 6}


OF_MODEL: Mapping[tuple[str, str], Method] = {
    ("sale.order", "action_confirm"): _of(sales.confirm),
    ("sale.order", "action_cancel"): _with_context(sales.cancel),
    ("sale.advance.payment.inv", "create_invoices"): _with_context(sales.invoice),
    ("account.move", "action_post"): _of(money.post_bill),
    ("account.move", "js_assign_outstanding_line"): Method(call=_assign, needs=("line_id",)),
    ("account.payment", "action_post"): _of(money.post_payment),
    ("stock.picking", "action_confirm"): _of(stock.confirm),
    ("stock.picking", "action_assign"): _of(_reserve),
    ("stock.picking", "action_cancel"): _of(stock.cancel),
    ("stock.picking", "button_validate"): _with_context(stock.validate),
    ("stock.quant", "action_apply_inventory"): _of(stock.counted),
    ("res.users", "context_get"): Method(call=_context_get, right="r", records=False),
}
