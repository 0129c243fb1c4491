"""Numbers of answers: what no amount, quantity or rate can be does not get in, whichever ERP says it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from decimal import Decimal
from typing import get_args

import msgspec
import pytest

import app.hosts
from app.errors import Retry, Unclear
from app.hosts.businesscentral.wire import Rows, SalesOrder
from app.hosts.odoo.pickings import Move
from app.hosts.odoo.stock import Quantities
from app.hosts.odoo.wire import rows_of
from app.hosts.tryton.records import Priced, Quoted
from app.hosts.tryton.records import Quantities as TrytonQuantities
from app.outbound import Bounded, figure, read_as
from app.ports import Answer, Json

ENDLESS = ("NaN", "Infinity", "-Infinity", "sNaN")
HUGE = ("1e400", "1e3000000", "1e19", str(10**40), "-1e25", "1e-400", "0." + "1" * 60)


def told(body: str) -> Answer:
    return Answer(status=200, headers={}, body=body.encode())


@pytest.mark.parametrize("text", [*ENDLESS, *HUGE, "12x", ""])
def test_what_nobody_can_mean_is_no_figure(text: str) -> None:
    with pytest.raises(ValueError, match="no number"):
        figure(text)


@pytest.mark.parametrize(
    "text", ["0", "-0.00", "19.99", "1e18", "0.30000000000000004", "-1e-9", f"0.{'3' * 40}"]
)
def test_what_an_erp_counts_is_exact(text: str) -> None:
    assert figure(text) == Decimal(text)
    assert figure(Decimal(text)) == Decimal(text)


def _records() -> Iterator[type[msgspec.Struct]]:
    for module in pkgutil.walk_packages(app.hosts.__path__, "app.hosts."):
        for found in vars(importlib.import_module(module.name)).values():
            if (
                isinstance(found, type)
                and issubclass(found, msgspec.Struct)
                and "memory" not in found.__module__
            ):
                yield found


def test_every_record_of_an_erp_that_holds_a_decimal_is_bounded() -> None:
    holding = {
        kind
        for kind in _records()
        if not kind.__struct_config__.forbid_unknown_fields
        and any(Decimal in {field.type, *get_args(field.type)} for field in msgspec.structs.fields(kind))
    }
    assert len(holding) > 15
    assert {kind for kind in holding if not issubclass(kind, Bounded)} == set()


@pytest.mark.parametrize("number", [*(f'"{each}"' for each in ENDLESS), *HUGE])
def test_an_answer_of_business_central_with_such_a_number_is_unreadable(number: str) -> None:
    order = (
        '{"@odata.context":"x","value":[{"id":"1","number":"S1","externalDocumentNumber":"","currencyCode":"EUR",'
        f'"totalAmountIncludingTax":{number},"totalTaxAmount":0,"status":"Open"}}]}}'
    )
    with pytest.raises(Retry) as raised:
        read_as(Rows[SalesOrder], told(order))
    assert raised.value.code == "answer.unreadable"
    with pytest.raises(Unclear):
        read_as(Rows[SalesOrder], told(order), writes=True)


@pytest.mark.parametrize("number", [*ENDLESS, *HUGE])
def test_an_answer_of_odoo_with_such_a_number_is_none_that_is_expected(number: Json) -> None:
    with pytest.raises(Retry) as raised:
        rows_of(Quantities, [{"id": 1, "default_code": "A", "qty_available": number, "free_qty": 5}])
    assert raised.value.code == "answer.unexpected"
    moved: Json = {
        "id": 1, "state": "done", "product_uom_qty": 1, "quantity": number, "product_id": {"id": 1, "default_code": "A"},
    }  # fmt: skip
    with pytest.raises(Unclear):
        rows_of(Move, [moved], writes=True)


@pytest.mark.parametrize("number", [*ENDLESS, *HUGE, "twelve"])
def test_an_answer_of_tryton_with_such_a_number_is_unreadable(number: str) -> None:
    body = f'{{"id":1,"code":"A","list_price_used":{{"__class__":"Decimal","decimal":"{number}"}}}}'
    with pytest.raises(Retry):
        read_as(Priced, told(body))


def test_a_day_of_tryton_that_no_calendar_has_is_unreadable_and_so_is_a_quantity_without_measure() -> None:
    rate = '{"id":1,"date":{"year":2026,"month":2,"day":31},"rate":{"decimal":"1"},"currency":{"id":1,"code":"USD"}}'
    with pytest.raises(Retry):
        read_as(Quoted, told(rate))
    with pytest.raises(Retry):
        read_as(TrytonQuantities, told('{"id":1,"code":"A","quantity":1e300,"forecast_quantity":0}'))
