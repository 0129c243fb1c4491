"""The kinds of orders that must not simply end as documents: skipped or held, each with the code it must carry."""

from __future__ import annotations

from sandbox.draw import VAT, Described, Draw
from sandbox.plan_kinds import Kind

HELD, SKIPPED = "held", "skipped"


def unknown_sku(draw: Draw) -> Described:
    line = {"sku": "UNKNOWN-1", "title": "Not in the ERP", "quantity": 1, "price": "17.00", "taxes": VAT}
    return draw.order(lines=[*draw.lines(1, 2), line])


def edited_quantity(draw: Draw) -> Described:
    return draw.order(acts=[{"wave": 2, "act": "edit", "line": 0, "quantity": 9}])


def edited_line_added(draw: Draw) -> Described:
    added = draw.line(draw.items[0])
    return draw.order(acts=[{"wave": 2, "act": "edit", "add": added}])


def cancelled_at_once(draw: Draw) -> Described:
    return draw.order(cancelled=True)


def cancelled_later(draw: Draw) -> Described:
    return draw.order(acts=[{"wave": 2, "act": "cancel"}])


def test_order(draw: Draw) -> Described:
    return draw.order(test=True)


def imported(draw: Draw) -> Described:
    """Written by an import app and dated back, as a move from another shop system does."""
    return draw.order(
        source="import-export-app", processed_days_ago=draw.random.randint(90, 400), tags=["imported"]
    )


def voided(draw: Draw) -> Described:
    return draw.order(
        transactions=[
            {"kind": "AUTHORIZATION", "gateway": "shopify_payments"},
            {"kind": "VOID", "gateway": "shopify_payments", "parent": "AUTHORIZATION"},
        ]
    )


def expired(draw: Draw) -> Described:
    return draw.order(transactions=[{"kind": "AUTHORIZATION", "gateway": "shopify_payments"}], expired=True)


EDITED = frozenset({"edited_quantity", "edited_line_added"})
"""Of what was paid at once; held where a document of that does not change with its order."""

# kind -> how to make it, its weight, where it must end, and under which code
UNSETTLED: dict[str, tuple[Kind, int, str, str]] = {
    "unknown_sku": (unknown_sku, 3, HELD, "item.unknown"),
    "edited_quantity": (edited_quantity, 2, HELD, "order.edited"),
    "edited_line_added": (edited_line_added, 2, HELD, "order.edited"),
    "cancelled_later": (cancelled_later, 3, HELD, "order.cancelled"),
    "voided": (voided, 2, HELD, "payment.voided"),
    "expired": (expired, 1, HELD, "payment.expired"),
    "cancelled_at_once": (cancelled_at_once, 3, SKIPPED, "order.cancelled_before_sent"),
    "test_order": (test_order, 2, SKIPPED, "order.test"),
    "imported": (imported, 2, SKIPPED, "order.imported"),
}
