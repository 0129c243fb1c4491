"""How far an order's money has come, decided purely from its status and its transactions.

Shopify's one word PENDING covers three things that an ERP must tell apart: an invoice to be paid later (TERMS),
money that is reserved (AUTHORISED), and a processor that has not decided (PENDING).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.order import MoneyState

TAKEN = frozenset({"SALE", "CAPTURE"})
_RESERVED = frozenset({"AUTHORIZATION", "EMV_AUTHORIZATION"})
_UNDECIDED = frozenset({"PENDING", "AWAITING_RESPONSE", "UNKNOWN"})


@dataclass(frozen=True, kw_only=True)
class Movement:
    """One transaction, as far as this decision needs it. `amount` is in the shop's currency."""

    key: str
    kind: str
    status: str
    manual: bool
    amount: Decimal
    parent: str | None = None


def money_state(
    status: str | None, total: Decimal, movements: Sequence[Movement], *, terms: bool
) -> MoneyState:
    """`status` is Shopify's displayed one, None when it gives none; `terms`: the order has payment terms."""
    if total <= 0:
        return MoneyState.PAID
    taken = sum((m.amount for m in movements if m.kind in TAKEN and m.status == "SUCCESS"), Decimal(0))
    match status:
        case "PAID" | "REFUNDED":
            return MoneyState.PAID
        case "PARTIALLY_REFUNDED":
            return MoneyState.PAID if taken >= total else MoneyState.PARTLY_PAID
        case "PARTIALLY_PAID":
            return MoneyState.PARTLY_PAID
        case "VOIDED":
            return MoneyState.VOIDED
        case "EXPIRED":
            return MoneyState.EXPIRED
        case "AUTHORIZED":
            return MoneyState.AUTHORISED
    if taken:
        return MoneyState.PAID if taken >= total else MoneyState.PARTLY_PAID
    return _unpaid(movements, terms=terms)


def _unpaid(movements: Sequence[Movement], *, terms: bool) -> MoneyState:
    if terms:
        return MoneyState.TERMS
    let_go = {m.parent for m in movements if m.kind == "VOID" and m.status == "SUCCESS"}
    if any(m.kind in _RESERVED and m.status == "SUCCESS" and m.key not in let_go for m in movements):
        return MoneyState.AUTHORISED
    undecided = [m for m in movements if m.status in _UNDECIDED]
    if undecided and all(m.manual for m in undecided):
        return MoneyState.TERMS
    return MoneyState.PENDING
