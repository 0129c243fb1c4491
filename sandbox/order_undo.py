"""An act that is refused in the middle leaves its order as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

Record = dict[str, Any]


@contextmanager
def whole_or_nothing(order: Record) -> Iterator[None]:
    """What an act may change in an order and in what hangs on it is put back when the act ends in ValueError."""
    kept = [(record, _copied(record)) for record in _parts(order)]
    try:
        yield
    except ValueError:
        for record, before in kept:
            record.clear()
            record.update(before)
        raise


def _parts(order: Record) -> Iterator[Record]:
    yield order
    yield from order["shippingLines"]
    yield from order["transactions"]
    yield from order["refunds"]
    for item in order["lineItems"]:
        yield item
        yield from item["duties"]
    for part in order["fulfillmentOrders"]:
        yield part
        yield from part["lineItems"]
    for back in order["returns"]:
        yield back
        yield from back["returnLineItems"]
        yield from back["exchangeLineItems"]


def _copied(record: Record) -> Record:
    """Lists are copied, as acts add to them; what stands in them is a part of its own."""
    return {name: list(value) if isinstance(value, list) else value for name, value in record.items()}
