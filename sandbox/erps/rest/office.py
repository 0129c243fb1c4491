"""Kontor's own people at work in its books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from sandbox.erps.office import Booked, Item, Parcel, Person, Quote, Refused, Sent, Ware
from sandbox.erps.rest import forms
from sandbox.erps.rest.books import BILLED, MAIN, OPEN, RELEASED, VOID, Books, Fault, Voucher
from sandbox.erps.rest.parties import Parties, Party

_DECIMALS = {"JPY": 0, "KWD": 3}


@dataclass
class KontorOffice:
    """Implements `Office`."""

    books: Books

    def stock(self, items: Sequence[Item]) -> None:
        self.books.wares.list_items(items, MAIN)

    def free(self) -> Mapping[str, Decimal]:
        held = self.books.held()
        shelves = self.books.wares.shelves
        return {
            article: lying - held.get((article, depot), Decimal(0))
            for (article, depot), lying in shelves.items()
            if depot == MAIN
        }

    def move(self, units: Mapping[str, Decimal]) -> None:
        for article, count in units.items():
            self.books.wares.move(article, MAIN, count)

    def orders(self, external_id: str | None = None) -> Sequence[Booked]:
        return self._booked(external_id, credit=False)

    def credits(self, external_id: str | None = None) -> Sequence[Booked]:
        return self._booked(external_id, credit=True)

    def cancel(self, order: str) -> None:
        try:
            self.books.void(int(order))
        except Fault as cause:
            raise Refused(cause.text) from cause

    def ship(self, order: str, parcel: Parcel) -> str:
        voucher = self.books.get(int(order))
        left = self.books.left(voucher)
        wanted = dict(parcel.units) if parcel.units is not None else None
        pieces = []
        for each in voucher.goods:
            some = min(
                left[each.pos], wanted.get(each.article, Decimal(0)) if wanted is not None else each.qty
            )
            if some > 0:
                pieces.append(forms.Piece(pos=each.pos, article=each.article, qty=int(some)))
            if wanted is not None and each.article in wanted:
                wanted[each.article] -= some
        if wanted and any(units > 0 for units in wanted.values()):
            raise Refused("There is not so much left to send.")
        new = forms.NewDespatch(
            mark="",
            goods=tuple(pieces),
            parcel=forms.Parcel(codes=parcel.numbers, carrier=parcel.carrier or None),
        )
        try:
            return str(self.books.send(voucher.id, new, mark=None).id)
        except Fault as cause:
            raise Refused(cause.text) from cause

    def shipments(self) -> Sequence[Sent]:
        return [
            Sent(
                id=str(each.id),
                external_id=self.books.vouchers[each.voucher].refs[0],
                alive=not each.recalled,
                units=_units((piece.article, Decimal(piece.qty)) for piece in each.goods),
                numbers=each.parcel.codes,
                key=each.mark,
            )
            for each in self.books.despatches.values()
        ]

    def track(self, shipment: str, numbers: Sequence[str]) -> None:
        known = self.books.despatch(int(shipment))
        parcel = msgspec.structs.replace(known.parcel, codes=tuple(numbers), seen=None)
        self.books.follow(known.id, parcel)

    def recall(self, shipment: str) -> None:
        self.books.recall(int(shipment))

    def enter(self, person: Person) -> None:
        if self.books.parties.by_mail(person.email):
            raise Refused("This mail is another party's.")
        books = self.books
        self._write(
            books.parties.enter(forms.NewParty(mail=person.email), books.now(), books.next_seq()), person
        )

    def change(self, person: Person) -> None:
        party = self.books.parties.by_mail(person.email)
        if party is None:
            raise Refused("There is no such party.")
        self._write(party, person)

    def people(self) -> Sequence[Person]:
        return [_person(each) for each in self.books.parties.rows.values() if each.mail]

    def sell(self, wares: Sequence[Ware]) -> None:
        self.books.wares.offer(wares, self.books.now())

    def price(self, prices: Mapping[str, Decimal], *, currency: str, tier: str) -> None:
        self.books.wares.price(dict(prices), currency=currency, tier=tier)

    def quote(self, quotes: Sequence[Quote]) -> None:
        self.books.wares.quote(quotes)

    def wipe(self) -> None:
        books = self.books
        books.vouchers.clear()
        books.despatches.clear()
        books.parties = Parties()
        for rows in (books.wares.articles, books.wares.offered, books.wares.shelves, books.wares.tariffs):
            rows.clear()

    def _booked(self, client: str | None, *, credit: bool) -> list[Booked]:
        found = self.books.listed(credit=credit)
        return [self._told(each) for each in found if client in {None, each.refs[0]}]

    def _told(self, voucher: Voucher) -> Booked:
        ready = voucher.kind == "SO" and voucher.state in {RELEASED, BILLED}
        return Booked(
            id=str(voucher.id),
            external_id=voucher.refs[0],
            real=voucher.state != VOID and (voucher.kind != "CN" or voucher.state != OPEN),
            cancelled=voucher.state == VOID,
            total=_amount(voucher.gross, voucher.ccy),
            paid=_amount(voucher.paid, voucher.ccy),
            currency=voucher.ccy,
            units=_units((each.article, each.qty) for each in voucher.goods),
            ready=ready and any(self.books.left(voucher).values()),
        )

    def _write(self, party: Party, person: Person) -> None:
        first = party.places[0] if party.places else forms.Place()
        told = {"line1": person.street, "town": person.city, "land": person.country}
        place = msgspec.structs.replace(first, **{name: value for name, value in told.items() if value})
        new = forms.NewParty(
            given=person.first_name or None,
            family=person.last_name or None,
            tel=person.phone,
            places=(place, *party.places[1:]) if any(told.values()) else None,
        )
        self.books.parties.change(party, new, self.books.now(), self.books.next_seq())


def _person(party: Party) -> Person:
    place = party.places[0] if party.places else forms.Place()
    return Person(
        email=party.mail or "",
        first_name=party.given or "",
        last_name=party.family or "",
        phone=party.tel,
        street=place.line1,
        city=place.town or "",
        country=place.land or "",
    )


def _units(pieces: object) -> dict[str, Decimal]:
    units: dict[str, Decimal] = {}
    for article, count in pieces:  # type: ignore[attr-defined]
        units[article] = units.get(article, Decimal(0)) + count
    return units


def _amount(minor: int, currency: str) -> Decimal:
    return Decimal(abs(minor)).scaleb(-_DECIMALS.get(currency, 2))
