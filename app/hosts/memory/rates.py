"""The demo ERP's exchange rates as we read them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from app.domain.exchange import Quote
from app.hosts.memory import wire
from app.ports import RatePage

if TYPE_CHECKING:
    from app.hosts.memory.adapter import Caller


class MemoryRates:
    """Implements `ports.RateSource`. It keeps a pair one way round and converts both ways, so both are told."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def page(self, since: date, cursor: str | None) -> RatePage:
        asked = {"since": since.isoformat(), "after": cursor or ""}
        found = await self._caller.read(wire.Quotes, "/v1/rates", asked)
        return RatePage(
            quotes=tuple(quote for each in found.quotes for quote in _both(each)), next=found.next
        )


def _both(told: wire.Quote) -> Iterator[Quote]:
    yield Quote(source=told.source, target=told.target, rate=told.rate, day=told.day)
    yield Quote(source=told.target, target=told.source, rate=Decimal(1), per=told.rate, day=told.day)
