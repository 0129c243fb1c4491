"""How far an ERP has come with a document, as its own people move it on: allocated, shipped, invoiced, paid, or cancelled."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.domain.ids import ExternalId, SinkKey


class Stage(StrEnum):
    """In the order in which an order usually comes to them; each stands by itself."""

    ALLOCATED = "allocated"
    SHIPPED = "shipped"
    INVOICED = "invoiced"
    PAID = "paid"
    CANCELLED = "cancelled"


@dataclass(frozen=True, kw_only=True)
class DocumentStatus:
    """One document of ours. `paid` is the money that the ERP has for it, None: it does not say."""

    sink_key: SinkKey
    external_id: ExternalId
    number: str | None
    reached: frozenset[Stage]
    paid: Decimal | None = None
    currency: str | None = None

    @property
    def stages(self) -> tuple[Stage, ...]:
        return tuple(stage for stage in Stage if stage in self.reached)
