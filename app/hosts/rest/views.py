"""Our records as a connection document's templates see them: plain trees of texts, numbers, times and lists; pure.

An amount stands there twice, as it is and in the currency's smallest unit (`net`, `net_minor`); so does a time, by itself and in
seconds since 1970 (`at`, `at_epoch`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum

from app.domain.credit import CreditDocument
from app.domain.document import FoundDocument, SalesDocument
from app.domain.money import digits

Tree = dict[str, object]

_AMOUNTS = frozenset(
    ("net", "gross", "discount", "amount", "total", "tax_total", "paid", "refunded", "tax", "price")
)


def order(record: SalesDocument) -> Tree:
    tree = _fields(record, record.currency, without=("earlier", "converted"))
    tree["fully_paid"] = record.fully_paid
    _stand(tree, "paid", record.paid, record.currency)
    _with_line_amounts(tree, record)
    return tree


def refund(record: CreditDocument) -> Tree:
    tree = _fields(record, record.currency)
    _stand(tree, "refunded", record.refunded, record.currency)
    _with_line_amounts(tree, record)
    return tree


def document(found: FoundDocument) -> Tree:
    """Of the ERP's own: what a step on it may need."""
    return {
        "key": str(found.sink_key),
        "number": found.number,
        "stage": found.stage,
        "revision": found.revision,
        "invoiced": found.invoiced,
        "payments": len(found.payments),
    }


def view(value: object, currency: str = "") -> object:
    match value:
        case None | bool() | str() | int() | Decimal():
            return str(value.value) if isinstance(value, Enum) else value
        case datetime():
            return value.astimezone(UTC)
        case date():
            return value.isoformat()
        case Mapping():
            return {str(key): view(each, currency) for key, each in value.items()}
        case frozenset():
            return sorted(str(each) for each in value)
        case list() | tuple():
            return [view(each, currency) for each in value]
        case _:
            return _fields(value, currency)


def moment(name: str, at: datetime | None) -> Tree:
    """An instant under its name, and in seconds and thousandths."""
    if at is None:
        return {name: None, f"{name}_epoch": None, f"{name}_ms": None}
    return {
        name: at.astimezone(UTC),
        f"{name}_epoch": int(at.timestamp()),
        f"{name}_ms": int(at.timestamp() * 1000),
    }


def minor(amount: Decimal, currency: str) -> int:
    return int(amount.scaleb(digits(currency)))


def _fields(value: object, currency: str, *, without: tuple[str, ...] = ()) -> Tree:
    tree: Tree = {}
    if not is_dataclass(value):
        return tree
    for each in fields(value):
        if each.name in without:
            continue
        part = getattr(value, each.name)
        if isinstance(part, Decimal) and each.name in _AMOUNTS:
            _stand(tree, each.name, part, currency)
        elif isinstance(part, datetime):
            tree |= moment(each.name, part)
        else:
            tree[each.name] = view(part, currency)
    return tree


def _stand(tree: Tree, name: str, amount: Decimal, currency: str) -> None:
    tree[name] = amount
    tree[f"{name}_minor"] = minor(amount, currency)


def _with_line_amounts(tree: Tree, record: SalesDocument | CreditDocument) -> None:
    """Each line's taxes together, and what it comes to with them."""
    lines = tree["lines"]
    if not isinstance(lines, list):
        return
    for shape, line in zip(lines, record.lines, strict=True):
        tax = sum((each.amount for each in line.taxes), start=Decimal(0))
        _stand(shape, "tax", tax, record.currency)
        _stand(shape, "gross", line.net + tax, record.currency)
