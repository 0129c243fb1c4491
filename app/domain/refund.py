"""A refund as a store tells it: what came back of which line, in both currencies, and the money that was returned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from app.domain.ids import StoreKey
from app.domain.money import BothMoney, CurrencySide
from app.domain.money import total as added_up
from app.domain.order import OrderLine, Payment, Tax


class Restock(StrEnum):
    """What becomes of the goods. NONE: they stay with the buyer, or are lost. CANCEL: they never left. RETURN: they come back.

    SENT: they are none of what comes back, but go to the buyer in exchange.
    """

    NONE = "none"
    CANCEL = "cancel"
    RETURN = "return"
    SENT = "sent"


@dataclass(frozen=True, kw_only=True)
class RefundLine:
    """So many of one line of the order. `subtotal` is after discounts; it contains `tax` when the order's prices do.

    `line` is the order's own, as first ordered. `location_key`: where the goods come to lie, when the store says.
    """

    key: StoreKey
    line: OrderLine
    quantity: int
    subtotal: BothMoney
    tax: BothMoney
    restock: Restock
    location_key: StoreKey | None = None


@dataclass(frozen=True, kw_only=True)
class RefundPart:
    """An amount without goods: of shipping, of a duty, or one that no line explains. `tax` as in RefundLine.

    `taxes` are those of the thing as it was charged, which say what `tax` is made of.
    """

    key: StoreKey
    title: str
    amount: BothMoney
    tax: BothMoney
    taxes: tuple[Tax, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Refund:
    """One refund, read fresh from its store.

    `payments` is the money that went back, each by its transaction's key; their sum is what was refunded, zero where
    only goods were given up. `adjustments` are counted as the store counts them: what they add to the amount refunded.
    `whole`: it takes back every unit the order was placed with, so that nothing of it is left.
    `pending`: money is on its way and counts nowhere yet. `sent`: other goods that were given for these, so that the
    money is only the difference. `unpaid`: what never came in of the order's total, so that what is given back may be debt.
    `taken`: what the store's books took off the order with it, adjustments left out; asked where the money alone does not
    say whether that is all, None: the store does not say.
    An exchange without a refund is one of no money, by a key of its own. `told_with`: the refund that tells of it after
    all; `apart`: by which keys what this refund tells may have been told before.
    """

    key: StoreKey
    order_key: StoreKey
    order_name: str
    store: str
    created_at: datetime
    processed_at: datetime
    updated_at: datetime
    taxes_included: bool
    lines: tuple[RefundLine, ...]
    shipping: tuple[RefundPart, ...]
    duties: tuple[RefundPart, ...]
    adjustments: tuple[RefundPart, ...]
    payments: tuple[Payment, ...]
    total: BothMoney
    whole: bool = False
    pending: bool = False
    sent: tuple[OrderLine, ...] = ()
    unpaid: BothMoney | None = None
    taken: BothMoney | None = None
    told_with: StoreKey | None = None
    apart: tuple[StoreKey, ...] = ()
    note: str | None = None

    def given_back(self, side: CurrencySide) -> Decimal:
        """Lines, shipping and duties, taxes in it; what went out for them and adjustments are no part of it."""
        parts = (*self.shipping, *self.duties)
        amounts = [line.subtotal for line in self.lines] + [part.amount for part in parts]
        taxes = [line.tax for line in self.lines] + [part.tax for part in parts]
        apart = [] if self.taxes_included else taxes
        return added_up(each.on(side).amount for each in (*amounts, *apart))
