"""Counts what became of the orders, from what the store and the ERP answer at the end; our own tables are not asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Json = Mapping[str, Any]

_HELD_WITH_DOCUMENT = frozenset({"order.edited", "order.cancelled"})
_VOID = frozenset({"draft", "cancelled"})


@dataclass(kw_only=True)
class Tally:
    """Numbers of orders, each counted once per column, and what was found about them."""

    orders: int = 0
    documents: int = 0
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    found: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        for name in ("orders", "documents", "lost", "doubled", "wrong"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.found += other.found


def tally(planned: Sequence[Json], orders: Iterable[Json], documents: Iterable[Json]) -> Tally:
    """`planned`: the plan with ids. `orders`: as the store knows them now. `documents`: all of the shop's ERP."""
    stored = {order["id"]: order for order in orders}
    real: dict[str, list[Json]] = {}
    total = Tally()
    for document in documents:
        if document["status"] not in _VOID:
            total.documents += 1
            real.setdefault(str(document["external_id"]).rsplit("-", 1)[-1], []).append(document)
    for plan in planned:
        total.orders += 1
        order = stored[plan["id"]]
        _judge(total, plan, order, real.pop(str(order["legacy_id"]), []))
    for key, strays in real.items():
        total.wrong += 1
        total.found.append(f"wrong: {strays[0]['number']} belongs to no order ({key})")
    return total


def _judge(total: Tally, plan: Json, order: Json, documents: Sequence[Json]) -> None:
    about = f"{order['name']} ({plan['kind']}, {plan['ref']})"
    expected = plan["expected"] == "settled" or plan["code"] in _HELD_WITH_DOCUMENT
    lost = _lost(plan, order, documents) if expected else []
    doubled = _doubled(documents)
    wrong = _wrong(plan, order, documents, expected=expected)
    for name, problems in (("lost", lost), ("doubled", doubled), ("wrong", wrong)):
        if problems:
            setattr(total, name, getattr(total, name) + 1)
            total.found += [f"{name}: {about}: {problem}" for problem in problems]


def _lost(plan: Json, order: Json, documents: Sequence[Json]) -> list[str]:
    if not documents:
        return ["no document"]
    missing = _received(order) - Decimal(documents[0]["paid"])
    if plan["expected"] == "settled" and missing > 0:
        return [f"{missing} received are not booked on {documents[0]['number']}"]
    return []


def _received(order: Json) -> Decimal:
    """What was paid in full is booked in full: rounded cash settles the order's own total."""
    paid = order["financial_status"] == "PAID"
    return Decimal(order["original_total_shop"] if paid else order["received_shop"])


def _doubled(documents: Sequence[Json]) -> list[str]:
    found = (
        [f"{len(documents)} documents: {', '.join(d['number'] for d in documents)}"]
        if len(documents) > 1
        else []
    )
    for document in documents:
        payments = Counter(payment["reference"] for payment in document["payments"])
        found += [f"payment {ref} {n} times on {document['number']}" for ref, n in payments.items() if n > 1]
    return found


def _wrong(plan: Json, order: Json, documents: Sequence[Json], *, expected: bool) -> list[str]:
    found = [] if expected or not documents else [f"{documents[0]['number']} should not exist"]
    for document in documents[:1] if expected else ():
        if Decimal(document["total"]) != Decimal(plan["total_shop"]):
            found.append(f"{document['number']} totals {document['total']}, not {plan['total_shop']}")
        more = Decimal(document["paid"]) - _received(order)
        if plan["expected"] == "settled" and more > 0:
            found.append(f"{document['number']} has {more} more booked than was received")
    return found + _mark(plan, order, documents)


def _mark(plan: Json, order: Json, documents: Sequence[Json]) -> list[str]:
    """The note on the order: number and state, the reason after it. An ERP may not tell us its number."""
    shown = next((v for k, v in order["metafields"].items() if k.endswith("erp.document")), None)
    words = [word.strip() for word in str(shown or "").split("·")]
    number = [documents[0]["number"] or words[0]] if documents else []
    state = {"settled": "settled", "held": "held"}.get(plan["expected"])
    if state is None:
        fine = words[0].split()[0:1] in ([], ["cancelled"])
        return [] if fine else [f"the note says {shown!r} of a skipped order"]
    code = f"[{plan['code']}]" if plan["code"] else ""
    good = words[: len(number) + 1] == [*number, state] and str(shown).endswith(code)
    return [] if good else [f"the note says {shown!r}, not {number} {state} {code}"]
