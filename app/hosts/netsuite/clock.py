"""NetSuite's time: its clock against ours, and the zone its questions are answered in, which nothing tells and we measure."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from app.errors import Retry
from app.hosts.netsuite.client import NetSuite
from app.hosts.netsuite.sql import MOMENT, Row, quarter, read_moment

_NAME = "zone"
# Clocks are changed twice a year: until it is measured again lists begin an hour late at most, and their cursor does not
# move past what was seen (see sources).
_GOOD_FOR = timedelta(minutes=10)
_FARTHEST, _WIDEST = timedelta(days=1), timedelta(hours=15)
"""A clock that is further off, or a zone that no place on earth has, is no clock that anything can be dated by."""


class _ServerTime(msgspec.Struct, frozen=True):
    serverTime: str  # noqa: N815 - NetSuite's own name


class _Now(Row, frozen=True):
    now: str


@dataclass(frozen=True, kw_only=True)
class Zone:
    """`ahead`: what its times are ahead of UTC. `clock`: its clock less ours. `at`: when that was measured."""

    ahead: timedelta
    clock: timedelta
    at: datetime

    def local(self, at: datetime) -> datetime:
        """An instant as the account's people would write it."""
        return (at.astimezone(UTC) + self.ahead).replace(tzinfo=None)

    def instant(self, local: datetime) -> datetime:
        return (local - self.ahead).replace(tzinfo=UTC)


class Clock:
    """Measures at most every ten minutes; what one process measured another one reads."""

    def __init__(self, netsuite: NetSuite, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._netsuite, self._now = netsuite, now
        self._zone: Zone | None = None

    def theirs(self, zone: Zone) -> datetime:
        """What NetSuite's clock shows now."""
        return self._now() + zone.clock

    async def zone(self) -> Zone:
        for known in (self._zone, await self._kept() if self._stale(self._zone) else None):
            if known is not None and not self._stale(known):
                self._zone = known
                return known
        return await self.measured()

    async def measured(self) -> Zone:
        """Two requests, neither of which needs a right besides signing in and asking."""
        began = self._now()
        told = (await self._netsuite.system(_ServerTime, "serverTime")).serverTime
        server = _instant(told)
        page = await self._netsuite.page(_Now, f"SELECT TO_CHAR(SYSDATE, '{MOMENT}') AS now FROM dual")
        if not page.items:
            raise Retry("answer.unreadable", "NetSuite does not say what time it is.")
        local = read_moment(page.items[0].now).replace(tzinfo=UTC)
        zone = Zone(ahead=quarter(local - server), clock=server - began, at=began)
        if abs(zone.clock) > _FARTHEST:
            raise Retry(
                "answer.unreadable",
                "NetSuite's clock and this server's are more than a day apart: one is wrong.",
            )
        if abs(zone.ahead) > _WIDEST:
            raise Retry(
                "answer.unreadable", "NetSuite's times lie further from its clock than any time zone does."
            )
        self._zone = zone
        kept = await self._netsuite.state.read(_NAME)
        await self._netsuite.state.write(_NAME, _stored(zone), version=kept[1] if kept else 0)
        return zone

    def _stale(self, zone: Zone | None) -> bool:
        return zone is None or not timedelta(0) <= self._now() - zone.at < _GOOD_FOR

    async def _kept(self) -> Zone | None:
        kept = await self._netsuite.state.read(_NAME)
        try:
            return _read(kept[0]) if kept else None
        except (ValueError, KeyError, TypeError):
            return None


def _stored(zone: Zone) -> str:
    return json.dumps(
        {
            "ahead": zone.ahead.total_seconds(),
            "clock": zone.clock.total_seconds(),
            "at": zone.at.isoformat(),
        }
    )


def _read(text: str) -> Zone:
    told = json.loads(text)
    return Zone(
        ahead=timedelta(seconds=float(told["ahead"])),
        clock=timedelta(seconds=float(told["clock"])),
        at=datetime.fromisoformat(told["at"]),
    )


def _instant(told: str) -> datetime:
    try:
        at = datetime.fromisoformat(told)
    except ValueError as cause:
        raise Retry("answer.unreadable", "NetSuite's clock can't be read.") from cause
    return at if at.tzinfo else at.replace(tzinfo=UTC)
