"""The price rule, pure: what becomes of one price of the store, given what the ERP asks and who changed what since.

Nothing is ever cleared: a price that the ERP does not say is left alone, and the struck-through price is only ever
written as a price of its own. Prices have no compare-and-set, so this is asked again of what was read just before a write.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from app.domain.price import Shown, rounded
from app.errors import Reason, Verdict


class SalePolicy(StrEnum):
    """During a sale that was set in the store: WAS_PRICE keeps the struck-through price, SKIP writes nothing."""

    WAS_PRICE = "was_price"
    SKIP = "skip"


class Winner(StrEnum):
    """Whose price counts when a person changed one in the store."""

    ERP = "erp"
    STORE = "store"
    ASK = "ask"


class Fate(StrEnum):
    """What a plan says about one price. ASKS: this one waits for a person. KEPT: a person's price stays."""

    WRITE = "write"
    UNCHANGED = "unchanged"
    UNKNOWN = "unknown"
    OUTDATED = "outdated"
    ON_SALE = "on_sale"
    KEPT = "kept"
    ASKS = "asks"


@dataclass(frozen=True, kw_only=True)
class PriceRule:
    """`steep`: the share by which a price may change without being asked about."""

    sale: SalePolicy = SalePolicy.SKIP
    changed_by_person: Winner = Winner.ASK
    steep: Decimal = Decimal("0.5")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the ERP asks for, in whose currency, and when it was heard."""

    price: Decimal | None
    currency: str
    observed_at: datetime


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a person decided about one price, and between which two; it holds for these two only."""

    winner: Winner
    erp: Decimal
    store: Decimal


@dataclass(frozen=True, kw_only=True)
class Past:
    """What we did there: the list price we wrote last, by which observation, and what a person has decided since."""

    written: Decimal | None = None
    observed_at: datetime | None = None
    answer: Answer | None = None


@dataclass(frozen=True, kw_only=True)
class Decision:
    """`price` and `was` are what is to be written, each None when it is left alone; `listed` is the ERP's, rounded."""

    fate: Fate
    listed: Decimal | None = None
    price: Decimal | None = None
    was: Decimal | None = None
    reason: Reason | None = None


def decide(
    asked: Asked | None, shown: Shown | None, past: Past, rule: PriceRule, *, currency: str
) -> Decision:
    """`currency` is the list's own; `shown` None: the list has no price for the variant yet."""
    if asked is None or asked.price is None:
        return Decision(fate=Fate.UNKNOWN)
    listed = rounded(asked.price, currency)
    if listed is None:
        return Decision(fate=Fate.UNKNOWN)
    if asked.currency != currency:
        return Decision(fate=Fate.ASKS, listed=listed, reason=_other_currency(asked.currency, currency))
    if past.observed_at is not None and asked.observed_at < past.observed_at:
        return Decision(fate=Fate.OUTDATED, listed=listed)
    if shown is None:
        asks = _zero() if listed == 0 else None
        return Decision(fate=Fate.ASKS if asks else Fate.WRITE, listed=listed, price=listed, reason=asks)
    if shown.listed == listed:
        return Decision(fate=Fate.UNCHANGED, listed=listed)
    return _differing(listed, shown, past, rule)


def _differing(listed: Decimal, shown: Shown, past: Past, rule: PriceRule) -> Decision:
    if shown.on_sale and rule.sale is SalePolicy.SKIP:
        return Decision(fate=Fate.ON_SALE, listed=listed)
    wanted = Decision(
        fate=Fate.WRITE,
        listed=listed,
        price=None if shown.on_sale else listed,
        was=listed if shown.on_sale else None,
    )
    impossible = _impossible(listed, shown)
    if impossible is not None:
        return _asks(wanted, impossible)
    answer = past.answer
    if answer is not None and (answer.erp, answer.store) == (listed, shown.listed):
        return wanted if answer.winner is Winner.ERP else Decision(fate=Fate.KEPT, listed=listed)
    if past.written is not None and shown.listed != past.written:
        match rule.changed_by_person:
            case Winner.STORE:
                return Decision(fate=Fate.KEPT, listed=listed)
            case Winner.ASK:
                return _asks(wanted, _by_person(shown.listed, past.written, listed))
            case Winner.ERP:
                pass
    strange = _strange(listed, shown.listed, rule.steep)
    return _asks(wanted, strange) if strange else wanted


def _asks(wanted: Decision, reason: Reason) -> Decision:
    return Decision(fate=Fate.ASKS, listed=wanted.listed, price=wanted.price, was=wanted.was, reason=reason)


def _impossible(listed: Decimal, shown: Shown) -> Reason | None:
    """What would turn a sale off, or a price without one into a sale: only a person says so, in the store."""
    if shown.on_sale and listed <= shown.price:
        return Reason(
            code="price.below_sale",
            sentence="The ERP's price is no higher than the store's sale price. End the sale, or change one of them.",
            facts={"erp": f"{listed}", "store": f"{shown.price}"},
        )
    if not shown.on_sale and shown.was is not None and listed < shown.was:
        return Reason(
            code="price.makes_sale",
            sentence="The store has a compare-at price that would show as a sale beside the ERP's lower price."
            " Remove it there.",
            facts={"erp": f"{listed}", "compare_at": f"{shown.was}"},
        )
    return None


def _strange(listed: Decimal, before: Decimal, steep: Decimal) -> Reason | None:
    """Rule 4: a zero, or a change too steep, is asked about."""
    if listed == 0:
        return _zero()
    if before > 0 and abs(listed - before) > before * steep:
        return Reason(
            code="price.steep",
            sentence=f"The price would change from {before} to {listed}.",
            facts={"erp": f"{listed}", "store": f"{before}"},
        )
    return None


def _zero() -> Reason:
    return Reason(code="price.zero", sentence="The ERP says that this costs nothing.", facts={"erp": "0"})


def _by_person(shown: Decimal, written: Decimal, listed: Decimal) -> Reason:
    return Reason(
        code="price.changed_by_person",
        sentence=f"Somebody changed this price in the store from {written} to {shown}; the ERP says {listed}.",
        facts={"store": f"{shown}", "written": f"{written}", "erp": f"{listed}"},
    )


def _other_currency(theirs: str, ours: str) -> Reason:
    return Reason(
        code="price.other_currency",
        sentence=f"The ERP's price is in {theirs}, the store's list is in {ours}.",
        verdict=Verdict.NEEDS_MAPPING,
        facts={"erp": theirs, "store": ours},
    )
