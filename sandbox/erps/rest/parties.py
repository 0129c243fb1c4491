"""Kontor's parties: whom it sells to, found by number, by the caller's key, or by mail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from sandbox.erps.rest.forms import NewParty, Place, Somebody


@dataclass(kw_only=True)
class Party:
    """`kind`: a person, a firm, or a guest whom one voucher is for."""

    id: int
    stamp: int
    seq: int
    kind: str = "person"
    key: str | None = None
    mail: str | None = None
    given: str | None = None
    family: str | None = None
    tel: str | None = None
    firm: str | None = None
    exempt: bool | None = None
    places: tuple[Place, ...] = ()
    credit: Decimal | None = None

    @property
    def no(self) -> str:
        return f"P{self.id:04}"


@dataclass(kw_only=True)
class Parties:
    rows: dict[int, Party] = field(default_factory=dict)

    def by_key(self, key: str | None) -> Party | None:
        return next((each for each in self.rows.values() if key and each.key == key), None)

    def by_mail(self, mail: str | None) -> Party | None:
        wanted = (mail or "").strip().casefold()
        return next((e for e in self.rows.values() if wanted and (e.mail or "").casefold() == wanted), None)

    def buyer(self, who: Somebody, stamp: int, seq: Callable[[], int]) -> Party:
        known = self.rows.get(who.id or 0) or self.by_key(who.key) or self.by_mail(who.mail)
        kind = who.kind or ("person" if who.key else "guest")
        if known is not None:
            if known.kind == "guest" != kind:
                known.kind, known.stamp, known.seq = kind, stamp, seq()
            return known
        given, _, family = (who.title or "").rpartition(" ")
        made = NewParty(key=who.key, mail=who.mail, given=given or None, family=family or None)
        party = self.enter(made, stamp, seq())
        party.kind = kind
        return party

    def enter(self, new: NewParty, stamp: int, seq: int) -> Party:
        party = Party(id=len(self.rows) + 1, stamp=stamp, seq=seq)
        self.rows[party.id] = party
        self._write(party, new)
        return party

    def change(self, party: Party, new: NewParty, stamp: int, seq: int) -> Party:
        self._write(party, new)
        party.kind, party.stamp, party.seq = "person", stamp, seq
        return party

    def _write(self, party: Party, new: NewParty) -> None:
        for name in new.__struct_fields__:
            value = getattr(new, name)
            if value is not None:
                setattr(party, name, value)
