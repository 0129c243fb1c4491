"""What is edited of a plan's orders after their documents were made: orders that nothing was paid of yet, some paid later.

Only whole lines come and go, so that what an order totals afterwards follows from its description alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sandbox.draw import Described, Draw
from sandbox.plan_refunds import UNPAID, Refundable
from sandbox.pricing import price

WAVE = 2
SHARE = 0.6

Acts = list[Described]
Edited = tuple[Acts, Described]
"""The acts, and the description of what the order is after them."""


def line_added(draw: Draw, order: Refundable) -> Edited:
    lines = order.described["lines"]
    added = draw.line(draw.random.choice(list(draw.items)), str(order.described["currency"]))
    return [{"wave": WAVE, "act": "edit", "add": added}], order.described | {"lines": [*lines, added]}


def line_removed(draw: Draw, order: Refundable) -> Edited:
    lines = list(order.described["lines"])
    gone = draw.random.randrange(len(lines))
    del lines[gone]
    return [{"wave": WAVE, "act": "edit", "line": gone, "quantity": 0}], order.described | {"lines": lines}


def added_then_paid(draw: Draw, order: Refundable) -> Edited:
    return _paid(line_added(draw, order))


def removed_then_paid(draw: Draw, order: Refundable) -> Edited:
    return _paid(line_removed(draw, order))


def _paid(edited: Edited) -> Edited:
    acts, described = edited
    return [*acts, {"wave": WAVE, "act": "pay", "gateway": "manual"}], described


def after_edits(described: Described) -> Described:
    """What an order is after the edits among its own acts."""
    lines = list(described["lines"])
    for act in described.get("acts", ()):
        if "add" in act:
            lines.append(act["add"])
        elif act["act"] == "edit":
            lines[act["line"]] = lines[act["line"]] | {"quantity": act["quantity"]}
    return described | {"lines": lines}


def _any(order: Refundable) -> bool:
    return not order.described.get("discounts")


def _several(order: Refundable) -> bool:
    return _any(order) and len(order.described["lines"]) > 1


EDITS: dict[str, tuple[Callable[[Draw, Refundable], Edited], Callable[[Refundable], bool]]] = {
    maker.__name__: (maker, fits)
    for maker, fits in (
        (removed_then_paid, _several),
        (line_removed, _several),
        (added_then_paid, _any),
        (line_added, _any),
    )
}


def edit_acts(
    seed: int, items: Sequence[Described], orders: Sequence[Refundable]
) -> dict[str, tuple[str, Acts, str, str]]:
    """Reference -> the kind of edit, its acts, and what the order totals after it on both sides."""
    draw = Draw(seed + 3, items)
    free = [order for order in orders if order.kind in UNPAID and _any(order)]
    draw.random.shuffle(free)
    wanted = max(round(len(free) * SHARE), 1) if free else 0
    chosen: dict[str, tuple[str, Acts, str, str]] = {}
    for turn in range(4 * wanted):
        kind = list(EDITS)[turn % len(EDITS)]
        maker, fits = EDITS[kind]
        order = next((each for each in free if fits(each)), None)
        if order is None or len(chosen) >= wanted:
            continue
        free.remove(order)
        acts, described = maker(draw, order)
        whole = price(described, order.shop_currency).total
        chosen[order.ref] = (kind, acts, f"{whole.shop:f}", f"{whole.presentment:f}")
    return chosen
