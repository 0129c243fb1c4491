"""How each order ended, judged by what the store shows and what the ERP has against what the plan said; pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

SETTLED, HELD, SKIPPED, CANCELLED = "settled", "held", "skipped", "cancelled"
SALE = "sale"
"""The kind of an order that no plan knew of: somebody bought at the counter."""
_STATES = frozenset({SETTLED, HELD, CANCELLED})
_CODE = re.compile(r"^(.*?)\s*\[([a-z_.]+)\]$", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Note:
    """What the product wrote on the order: `SO-1 · settled`, or `held · Why. [a.code]`."""

    state: str
    number: str | None = None
    sentence: str = ""
    code: str | None = None


@dataclass(frozen=True, kw_only=True)
class Planned:
    ref: str
    kind: str
    expected: str
    code: str | None
    total: Decimal
    currency: str
    waves: tuple[int, ...]
    refund: str | None = None
    """What kind of refund it gets later."""

    @property
    def void(self) -> bool:
        """Whether its document is called off in the end: nothing was paid of it, and all of it was given back."""
        return self.refund == "cancelled_unpaid"


@dataclass(frozen=True, kw_only=True)
class Placed:
    """An order as the store knows it now; amounts in the shop's currency.

    `money` is what the ERP must have been told of: all of the total once the store calls it paid, cash rounded or not.
    `agreed` is the total after edits, None: there were none.
    """

    key: str
    name: str
    ref: str
    total: Decimal
    money: Decimal
    note: Note | None
    kind: str | None = None
    agreed: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Booked:
    """A document as the ERP has it now. `key` is the store's order in our external id; `real`: neither draft nor void.

    `units` are what it takes of each item; `cancelled`: it was called off.
    """

    id: str
    key: str
    real: bool
    total: Decimal
    paid: Decimal
    currency: str
    units: Mapping[str, Decimal] = field(default_factory=dict)
    cancelled: bool = False


@dataclass(kw_only=True)
class Verdict:
    orders_placed: int = 0
    settled: int = 0
    skipped_expected: int = 0
    held_expected: int = 0
    held_unexpected: list[dict[str, str]] = field(default_factory=list)
    missing: int = 0
    duplicates: int = 0
    totals_compared: int = 0
    totals_differing: int = 0
    # What the counts alone would not tell.
    missing_orders: list[str] = field(default_factory=list)
    doubled_orders: list[str] = field(default_factory=list)
    differences: list[dict[str, str]] = field(default_factory=list)
    against_plan: list[dict[str, str]] = field(default_factory=list)

    def add_sales(self, sales: Verdict) -> None:
        """What went wrong with sales; the counts stay the plan's."""
        for name in (
            "held_unexpected", "missing", "duplicates", "totals_differing", "missing_orders", "doubled_orders",
            "differences", "against_plan",
        ):  # fmt: skip
            setattr(self, name, getattr(self, name) + getattr(sales, name))

    @property
    def clean(self) -> bool:
        """Nothing missing, doubled, differing or ended against the plan."""
        wrong = self.missing or self.duplicates or self.totals_differing
        adds_up = self.settled + self.skipped_expected + self.held_expected == self.orders_placed
        return not wrong and not self.held_unexpected and not self.against_plan and adds_up


def read_note(text: str | None) -> Note | None:
    parts = text.split(" · ") if text else []
    place = next((i for i, part in enumerate(parts[:2]) if part.split(" [")[0] in _STATES), None)
    if place is None:
        return None
    rest = " · ".join(parts[place + 1 :])
    coded = _CODE.match(rest)
    return Note(
        state=parts[place],
        number=parts[0] if place else None,
        sentence=coded[1] if coded else rest,
        code=coded[2] if coded else None,
    )


def planned_of(shown: Mapping[str, Any]) -> Planned:
    return Planned(
        ref=shown["ref"],
        kind=shown["kind"],
        expected=shown["expected"],
        code=shown["code"],
        total=Decimal(shown["total_shop"]),
        currency=shown["shop_currency"],
        waves=tuple(shown["waves"]),
        refund=shown.get("refund"),
    )


def sale_of(order: Placed) -> Planned:
    """A sale was paid at once and must end as a document of what the store charged."""
    return Planned(
        ref=order.ref, kind=SALE, expected=SETTLED, code=None, total=order.total, currency="EUR", waves=(1,)
    )  # fmt: skip


def reached(planned: Planned, placed: Placed | None, wave: int) -> bool:
    """Whether the store shows the end that the plan expects after this wave; one that is skipped shows nothing."""
    if placed is None:
        return False
    if planned.expected == SKIPPED:
        return True
    later = planned.expected == HELD and max(planned.waves) > wave
    return placed.note is not None and placed.note.state == (SETTLED if later else planned.expected)


def paid_up(planned: Planned, placed: Placed, documents: Sequence[Booked]) -> bool:
    """Whether the ERP knows of all the money that the store has taken; a held order waits for a person."""
    return planned.expected != SETTLED or any(d.real and d.paid == placed.money for d in documents)


def followed(planned: Planned, documents: Sequence[Booked]) -> bool:
    """Whether a document comes to what the order is to be in the end, its edits included."""
    return planned.expected != SETTLED or any(d.real and d.total == planned.total for d in documents)


def judge(plan: Iterable[Planned], placed: Mapping[str, Placed], books: Sequence[Booked]) -> Verdict:
    verdict = Verdict()
    by_key: dict[str, list[Booked]] = {}
    for document in books:
        if document.real:
            by_key.setdefault(document.key, []).append(document)
    for planned in plan:
        order = placed.get(planned.ref)
        if order is not None:
            verdict.orders_placed += 1
            _order(verdict, planned, order, by_key.pop(order.key, []))
    for strangers in by_key.values():
        verdict.duplicates += len(strangers)
        verdict.doubled_orders += [f"document {stranger.id} of no order" for stranger in strangers]
    return verdict


def _order(verdict: Verdict, planned: Planned, order: Placed, documents: Sequence[Booked]) -> None:
    note = order.note or Note(state="")
    if len(documents) > 1:
        verdict.duplicates += len(documents) - 1
        verdict.doubled_orders.append(order.name)
    for document in documents:
        _totals(verdict, planned, order, document)
    if note.state == HELD and (planned.expected != HELD or note.code != planned.code):
        held = {"order": order.name, "code": note.code or "", "sentence": note.sentence, "kind": planned.kind}
        verdict.held_unexpected.append(held)
    elif planned.expected == SETTLED and not documents and not planned.void:
        verdict.missing += 1
        verdict.missing_orders.append(f"{order.name} ({planned.kind})")
    elif planned.expected == SKIPPED and not documents and note.state in {"", CANCELLED}:
        verdict.skipped_expected += 1
    elif planned.expected == note.state == HELD:
        verdict.held_expected += 1
    elif planned.expected == note.state == SETTLED:
        verdict.settled += 1
    else:
        found = f"{note.state or 'no note'}, {len(documents)} documents"
        verdict.against_plan.append(
            {"order": order.name, "kind": planned.kind, "expected": planned.expected, "found": found}
        )


def _totals(verdict: Verdict, planned: Planned, order: Placed, document: Booked) -> None:
    """The plan, the store's total and the document's must be one, after edits where they are followed; the money too."""
    verdict.totals_compared += 1
    bought = order.total if order.agreed is None or planned.expected == HELD else order.agreed
    seen = {
        "plan": f"{planned.total} {planned.currency}",
        "store": f"{bought} {planned.currency}",
        "erp": f"{document.total} {document.currency}",
    }
    same = planned.total == bought == document.total and planned.currency == document.currency
    if planned.expected == SETTLED and document.paid != order.money:
        same = False
        seen |= {"money": str(order.money), "paid": str(document.paid)}
    if not same:
        verdict.totals_differing += 1
        verdict.differences.append({"order": order.name, "kind": planned.kind, **seen})


def kinds(plan: Iterable[Planned]) -> dict[str, int]:
    return dict(Counter(planned.kind for planned in plan))


def key_of(kind: str, external_id: str | None, shop: str) -> str | None:
    """The store's record in an external id of ours, `order-<shop>-<order>`; None for another shop's or kind's."""
    found, _, rest = (external_id or "").partition("-")
    store, _, key = rest.rpartition("-")
    mine = store.startswith(shop.partition(".")[0] + "_")
    return key if found == kind and mine else None


def units_of(lines: Iterable[tuple[str, Any]]) -> dict[str, Decimal]:
    """Quantities by item, lines of one item together."""
    found: dict[str, Decimal] = {}
    for code, quantity in lines:
        found[code] = found.get(code, Decimal(0)) + Decimal(str(quantity))
    return found
