"""In which unit an item is counted: a shop's pieces are the item's base units, whatever unit it is usually sold in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from app.hosts.businesscentral.client import BusinessCentral, ask
from app.hosts.businesscentral.directory import REMEMBERED_SECONDS, fitting
from app.hosts.businesscentral.odata import one_of
from app.hosts.businesscentral.payload import LEDGER
from app.hosts.businesscentral.wire import Row

_MOST_REMEMBERED = 20_000
_AT_ONCE = 40


class Counted(Row, frozen=True, kw_only=True):
    number: str
    base_unit_of_measure_code: str = ""


class Units:
    """Learned beside what is asked of each order anyway, so that no call is made for them."""

    def __init__(self, central: BusinessCentral, clock: Callable[[], float] = time.monotonic) -> None:
        self._central, self._clock = central, clock
        self._known: dict[str, tuple[str, float]] = {}

    def strange(self, skus: Iterable[str]) -> list[str]:
        """Those that have to be asked for."""
        return sorted({sku.upper() for sku in skus if not sku.startswith(LEDGER) and not self._settled(sku)})

    def asked(self, strange: Iterable[str]) -> list[tuple[type[Counted], str]]:
        """Questions after the items of these SKUs, each for a part of a batch."""
        numbers = fitting(number for sku in strange for number in _numbers(sku))
        return [
            (
                Counted,
                ask("items", filter=one_of("number", some), select="id,number,baseUnitOfMeasureCode"),
            )
            for some in (numbers[at : at + _AT_ONCE] for at in range(0, len(numbers), _AT_ONCE))
        ]

    def learn(self, strange: Iterable[str], found: Iterable[Sequence[Counted]]) -> None:
        """Of those that were asked for: whatever is not among what was found is not there."""
        now = self._clock()
        if len(self._known) > _MOST_REMEMBERED:
            self._known.clear()
        for sku in strange:
            for number in _numbers(sku):
                self._known[number] = "", now
        for row in (row for rows in found for row in rows):
            self._known[row.number.upper()] = row.base_unit_of_measure_code, now

    async def ensure(self, skus: Sequence[str]) -> None:
        """One call for those that nobody has asked for in this process."""
        new = [sku for sku in self.strange(skus) if sku not in self._known]
        if new:
            self.learn(new, await self._central.together(*self.asked(new)))

    def of(self, number: str) -> str | None:
        """None: the item has none, or is not there; the line has the item's own then."""
        return self._known.get(number.upper(), ("", 0.0))[0] or None

    def _settled(self, sku: str) -> bool:
        """Asked for itself not long ago, and an item or a variant of one: another item may be called like its beginning."""
        fresh = self._clock() - REMEMBERED_SECONDS
        known = [self._known.get(number) for number in _numbers(sku.upper())]
        return all(each is not None and each[1] > fresh for each in known) and any(
            each and each[0] for each in known
        )


def _numbers(sku: str) -> Iterator[str]:
    """An item's own, and that of the item whose variant it may be."""
    yield sku
    if before := sku.rpartition("-")[0]:
        yield before
