"""How a connection's prices are mapped: what a sale and a person's change mean, the limits, and which tier feeds which list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

import msgspec

from app.domain.ids import StoreKey
from app.domain.price_rule import PriceRule, SalePolicy, Winner
from app.domain.stock_guard import Limits

USUAL = timedelta(minutes=15)
"""How often the ERP is read where nobody says otherwise."""


@dataclass(frozen=True, kw_only=True)
class PriceSettings:
    """What the merchant chose. `tiers`: by the ERP's tier, the list of the store that it feeds. `every`: how often the ERP

    is to be read from now on; None: as the schedule has it.
    """

    rule: PriceRule = field(default_factory=PriceRule)
    limits: Limits = field(default_factory=Limits)
    tiers: Mapping[str, StoreKey] = field(default_factory=dict)
    every: timedelta | None = None


class _Stored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sale: SalePolicy = SalePolicy.SKIP
    changed_by_person: Winner = Winner.ASK
    steep: float = 0.5
    changed: float = 0.20
    zeroed: float = 0.05
    fewer_rows: float = 0.10
    tiers: dict[str, str] = {}
    every_seconds: float | None = None


def of(stored: bytes | str) -> PriceSettings:
    """Builds the settings from their stored JSON; raises ValueError for what can't be meant."""
    read = msgspec.json.decode(stored, type=_Stored)
    if read.steep <= 0 or (read.every_seconds is not None and read.every_seconds <= 0):
        raise ValueError("a share or a pace is not above zero")
    if any(not tier or not key.isdigit() for tier, key in read.tiers.items()):
        raise ValueError("a tier is mapped to something that is no list's number")
    if len(set(read.tiers.values())) < len(read.tiers):
        raise ValueError("two tiers feed one list")
    return PriceSettings(
        rule=PriceRule(
            sale=read.sale, changed_by_person=read.changed_by_person, steep=Decimal(str(read.steep))
        ),
        limits=Limits(zeroed=read.zeroed, changed=read.changed, fewer_rows=read.fewer_rows),
        tiers={tier: StoreKey(key) for tier, key in read.tiers.items()},
        every=timedelta(seconds=read.every_seconds) if read.every_seconds is not None else None,
    )
