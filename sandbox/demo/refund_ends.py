"""How each refund ended, judged by what the store gave back and what the ERP has credited; pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Refunded:
    """A refund as the store shows it, in the shop's currency. `money`: what went back, rounded coins for what they settle;

    `pending`: it is still on its way.
    """

    key: str
    order: str
    name: str
    made_of: frozenset[str]
    money: Decimal
    currency: str
    pending: bool


@dataclass(frozen=True, kw_only=True)
class Exchanged:
    """Units that an order's buyer gets for what came back, and the refunds whose credit tells the ERP of them."""

    order: str
    refunds: frozenset[str]
    units: Mapping[str, Decimal]


@dataclass(frozen=True, kw_only=True)
class Credited:
    """A credit as the ERP has it now; `key` is the store's refund in our external id, `real`: neither draft nor void."""

    id: str
    key: str
    real: bool
    total: Decimal
    paid: Decimal
    currency: str


@dataclass(kw_only=True)
class FlowCount:
    """How a flow ended. `placed`: what changed on its owner's side; `against`: what the counts alone would not tell."""

    placed: int = 0
    settled: int = 0
    held_expected: int = 0
    held_unexpected: list[dict[str, str]] = field(default_factory=list)
    missing: int = 0
    duplicates: int = 0
    wrong: int = 0
    against: list[dict[str, str]] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        adds_up = self.placed == self.settled + self.held_expected
        return adds_up and not (self.held_unexpected or self.missing or self.duplicates or self.wrong)

    def plus(self, other: FlowCount) -> FlowCount:
        """Both together."""
        mine, theirs = vars(self), vars(other)
        return FlowCount(**{name: mine[name] + theirs[name] for name in mine})

    def shown(self) -> dict[str, Any]:
        counts = asdict(self)
        del counts["against"]
        return counts


def judge_refunds(
    refunds: Sequence[Refunded],
    credits: Sequence[Credited],
    *,
    cancelled: Collection[str],
    held: Mapping[str, str],
) -> FlowCount:
    """`cancelled`: orders whose document was called off in the ERP before anything was billed or paid of it, which is

    how their refund ends; `held`: codes of the refunds that wait for a person.
    """
    count = FlowCount()
    by_key: dict[str, list[Credited]] = {}
    for credit in credits:
        if credit.real:
            by_key.setdefault(credit.key, []).append(credit)
    for refund in refunds:
        count.placed += 1
        _refund(count, refund, by_key.pop(refund.key, []), refund.order in cancelled, held.get(refund.key))
    for strangers in by_key.values():
        count.duplicates += len(strangers)
        count.against += [{"credit": each.id, "found": "of no refund"} for each in strangers]
    return count


def _refund(
    count: FlowCount, refund: Refunded, credits: Sequence[Credited], cancelled: bool, held: str | None
) -> None:
    if len(credits) > 1:
        count.duplicates += len(credits) - 1
        count.against.append({"refund": refund.name, "found": ", ".join(each.id for each in credits)})
    elif held is not None:
        count.held_unexpected.append(
            {"refund": refund.name, "code": held, "kind": " ".join(sorted(refund.made_of))}
        )
    elif cancelled and not credits:
        count.settled += 1
    elif not credits:
        count.missing += 1
        count.against.append({"refund": refund.name, "found": "no credit"})
    elif _equal(refund, credits[0]):
        count.settled += 1
    else:
        seen = {"store": f"{refund.money} {refund.currency}", "made_of": " ".join(sorted(refund.made_of))}
        booked = {"credit": f"{credits[0].total} {credits[0].currency}", "paid": str(credits[0].paid)}
        count.wrong += 1
        count.against.append({"refund": refund.name, **seen, **booked})


def _equal(refund: Refunded, credit: Credited) -> bool:
    """The money that went back is booked to the cent, and is what the credit comes to.

    Where dearer goods were given in exchange, or no money moved, what came back is worth another sum than was returned.
    """
    if credit.currency != refund.currency or credit.paid != refund.money:
        return False
    return credit.total == refund.money or bool(refund.made_of & {"exchange", "no_money"})
