"""What is remembered of a customer between two runs: prints of both sides when they agreed, and the wish under way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.customer_sync import Begun, Side, Synced
from app.ports import Json


@dataclass(frozen=True, kw_only=True)
class Told:
    """Nothing here names anybody: prints are keyed hashes. `host_at`: the ERP's version that was read last.

    `round` counts the wishes; `to` and `wish` are the last one's, so that a run that takes over goes on with it.
    """

    round: int = 0
    to: Side | None = None
    wish: str | None = None
    synced: Synced | None = None
    host_at: datetime | None = None

    @property
    def places(self) -> frozenset[str]:
        return self.synced.places if self.synced else frozenset()

    @property
    def begun(self) -> Begun | None:
        """The wish that was not seen to come true."""
        return Begun(to=self.to, wish=self.wish) if self.to and self.wish else None

    def onward(self, to: Side, wish: str) -> Told:
        """The same wish keeps its number; another one gets the next."""
        if (self.to, self.wish) == (to, wish):
            return self
        return replace(self, round=self.round + 1, to=to, wish=wish)

    def over(self, synced: Synced) -> Told:
        """The wish has come true: the next one, even the same again, is another."""
        return replace(self, to=None, wish=None, synced=synced)

    def stored(self) -> dict[str, Json]:
        synced = self.synced
        return {
            "round": self.round,
            "to": self.to,
            "wish": self.wish,
            "host_at": self.host_at.isoformat() if self.host_at else None,
            "synced": {"store": synced.store, "host": synced.host, "places": [*sorted(synced.places)]}
            if synced
            else None,
        }

    @classmethod
    def of(cls, stored: Mapping[str, Json] | None) -> Told:
        if stored is None:
            return cls()
        at, to, synced = stored.get("host_at"), stored.get("to"), stored.get("synced")
        return cls(
            round=int(str(stored["round"])),
            to="store" if to == "store" else "host" if to == "host" else None,
            wish=str(stored["wish"]) if stored.get("wish") else None,
            host_at=datetime.fromisoformat(at) if isinstance(at, str) else None,
            synced=_synced(synced) if isinstance(synced, dict) else None,
        )


def _synced(stored: Mapping[str, Json]) -> Synced:
    places = stored["places"]
    return Synced(
        store=str(stored["store"]),
        host=str(stored["host"]),
        places=frozenset(str(place) for place in places) if isinstance(places, list) else frozenset(),
    )
