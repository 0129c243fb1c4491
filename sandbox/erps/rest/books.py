"""Kontor's vouchers and despatches, in memory: what may become of each, and what its own rules refuse."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sandbox.erps.rest.forms import (
    Goods,
    NewDespatch,
    NewVoucher,
    Parcel,
    Piece,
    Position,
    Receipt,
    Revision,
)
from sandbox.erps.rest.parties import Parties
from sandbox.erps.rest.wares import Wares

OPEN, RELEASED, BILLED, CLOSED, VOID = 10, 20, 30, 35, 90
MAIN = "MAIN"
CURRENCIES = frozenset(("EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CAD", "AUD", "JPY", "KWD"))


class Fault(Exception):
    """Kontor says no: a number, a text, and what it is about; `status` is what HTTP says."""

    def __init__(
        self, no: int, text: str, *, about: str = "", status: int = 200, there: object = None
    ) -> None:
        super().__init__(text)
        self.no, self.text, self.about, self.status, self.there = no, text, about, status, there


@dataclass(kw_only=True)
class Voucher:
    """`back` are goods that a credit is about, `uncalled` units of a position that will never leave."""

    id: int
    kind: str
    refs: tuple[str, str]
    ccy: str
    party: int
    positions: tuple[Position, ...]
    depot: str
    stamp: int
    state: int = OPEN
    against: int | None = None
    receipts: list[Receipt] = field(default_factory=list)
    back: tuple[Goods, ...] = ()
    uncalled: dict[str, Decimal] = field(default_factory=dict)
    seal: int = 1
    seq: int = 0
    made: int = 0

    @property
    def no(self) -> str:
        return f"{self.kind}-{self.id:05}"

    @property
    def levy(self) -> int:
        return sum(levy.worth for each in self.positions for levy in each.levies)

    @property
    def gross(self) -> int:
        return sum(each.worth for each in self.positions) + self.levy

    @property
    def paid(self) -> int:
        return sum(each.worth for each in self.receipts)

    @property
    def goods(self) -> tuple[Position, ...]:
        return tuple(each for each in self.positions if each.sort == "goods")


@dataclass(kw_only=True)
class Despatch:
    id: int
    voucher: int
    goods: tuple[Piece, ...]
    parcel: Parcel
    depot: str
    mark: str | None
    gone_at: int
    stamp: int
    seq: int
    recalled: bool = False


class Books:
    """One company's. Calls come one at a time, from the server's event loop."""

    def __init__(self) -> None:
        self.wares, self.parties = Wares(), Parties()
        self.vouchers: dict[int, Voucher] = {}
        self.despatches: dict[int, Despatch] = {}
        self._seq = 0
        self._stamp = 0

    # --- reading -------------------------------------------------------------------------------------------------------

    def get(self, id: int) -> Voucher:
        if id not in self.vouchers:
            raise Fault(1404, "There is no such voucher.", status=404)
        return self.vouchers[id]

    def by_client(self, client: str, *, credit: bool) -> Voucher | None:
        found = (v for v in self.vouchers.values() if v.refs[0] == client and (v.kind == "CN") is credit)
        return next(found, None)

    def sent_of(self, voucher: Voucher) -> list[Despatch]:
        return [each for each in self.despatches.values() if each.voucher == voucher.id]

    def left(self, voucher: Voucher) -> dict[str, Decimal]:
        """Units of each position that have not left and still may."""
        left = {each.pos: each.qty - voucher.uncalled.get(each.pos, Decimal(0)) for each in voucher.goods}
        for despatch in self.sent_of(voucher):
            for piece in despatch.goods if not despatch.recalled else ():
                left[piece.pos] -= piece.qty
        return {pos: max(units, Decimal(0)) for pos, units in left.items()}

    def is_out(self, voucher: Voucher) -> bool:
        """Everything that can leave has."""
        if voucher.kind == "CS":
            return True
        return bool(self.sent_of(voucher)) and not any(self.left(voucher).values())

    def held(self) -> dict[tuple[str, str], Decimal]:
        """What released vouchers hold on the shelves, by article and depot."""
        held: dict[tuple[str, str], Decimal] = {}
        for voucher in self.vouchers.values():
            if voucher.kind == "SO" and voucher.state in {RELEASED, BILLED}:
                left = self.left(voucher)
                for each in voucher.goods:
                    shelf = each.article, each.depot or voucher.depot
                    held[shelf] = held.get(shelf, Decimal(0)) + left[each.pos]
        return held

    # --- vouchers ------------------------------------------------------------------------------------------------------

    def create(self, new: NewVoucher) -> Voucher:
        if new.kind not in {"SO", "CS"}:
            raise Fault(4000, "A voucher is an SO or a CS.")
        self._refuse_double(new.refs.client, credit=False)
        self._check(new)
        made = self._book(new, new.kind)
        if new.kind == "CS":
            if sum(each.worth for each in new.receipts) != made.gross:
                self.vouchers.pop(made.id)
                raise Fault(4010, "A cash sale is paid in full.")
            made.receipts, made.state = list(new.receipts), CLOSED
            self._move(made, -1)
        elif new.receipts:
            self.vouchers.pop(made.id)
            raise Fault(4000, "Only a cash sale is made with its receipts.")
        return made

    def credit(self, id: int, new: NewVoucher) -> Voucher:
        origin = self.get(id)
        self._refuse_double(new.refs.client, credit=True)
        if origin.state not in {RELEASED, BILLED, CLOSED}:
            raise Fault(4090, f"{origin.no} was called off, or is not released.")
        if new.ccy != origin.ccy:
            raise Fault(4002, f"{origin.no} is in {origin.ccy}.")
        self._check(new)
        given = sum(v.gross for v in self.vouchers.values() if v.against == id and v.state != VOID)
        asked = sum(each.worth + sum(levy.worth for levy in each.levies) for each in new.positions)
        if given + asked > origin.gross:
            raise Fault(4011, "More would be given back than was billed.")
        made = self._book(new, "CN")
        made.against, made.back, made.party = id, new.goods, origin.party
        return made

    def release(self, id: int) -> Voucher:
        """An order may be picked from now on; a credit is final, and its goods are back, or given up."""
        voucher = self.get(id)
        self._not_void(voucher)
        if voucher.state == OPEN:
            voucher.state = CLOSED if voucher.kind == "CN" else RELEASED
            if voucher.kind == "CN":
                self._take_back(voucher)
            self._touch(voucher)
        return voucher

    def bill(self, id: int) -> Voucher:
        voucher = self.get(id)
        self._not_void(voucher)
        if voucher.kind != "SO" or voucher.state == OPEN:
            raise Fault(4020, f"{voucher.no} is not released.")
        if voucher.state == RELEASED:
            voucher.state = BILLED
            self._touch(voucher)
        return voucher

    def receive(self, id: int, receipt: Receipt) -> Voucher:
        """One token is one receipt, however often it is sent."""
        voucher = self.get(id)
        self._not_void(voucher)
        known = next((each for each in voucher.receipts if each.token == receipt.token), None)
        if known is not None:
            if known.worth != receipt.worth:
                raise Fault(4009, "This token was used for another worth.")
            return voucher
        if voucher.state == OPEN:
            raise Fault(4020, f"{voucher.no} is not released.")
        voucher.receipts.append(receipt)
        self._touch(voucher)
        return voucher

    def revise(self, id: int, new: Revision) -> Voucher:
        voucher = self.get(id)
        self._not_void(voucher)
        if new.seal != voucher.seal:
            raise Fault(4120, "The seal is broken.", status=412)
        if voucher.kind != "SO" or voucher.state not in {OPEN, RELEASED} or self.sent_of(voucher):
            raise Fault(4021, f"{voucher.no} can't be changed any more.")
        self._check_positions(new.positions)
        voucher.positions, voucher.seal = new.positions, voucher.seal + 1
        self._touch(voucher)
        return voucher

    def void(self, id: int) -> Voucher:
        voucher = self.get(id)
        if voucher.state == VOID:
            return voucher
        if voucher.state not in {OPEN, RELEASED} or any(not each.recalled for each in self.sent_of(voucher)):
            raise Fault(4022, f"{voucher.no} is billed or has left; it can't be called off.")
        voucher.state = VOID
        self._touch(voucher)
        return voucher

    # --- despatches ----------------------------------------------------------------------------------------------------

    def send(self, id: int, new: NewDespatch, *, mark: str | None) -> Despatch:
        voucher = self.get(id)
        there = next((each for each in self.despatches.values() if mark and each.mark == mark), None)
        if there is not None and not there.recalled:
            raise Fault(1203, "This mark is on a despatch.", status=409, there=there)
        if voucher.kind != "SO" or voucher.state not in {RELEASED, BILLED}:
            raise Fault(4090, f"{voucher.no} was called off, or is not released.")
        left = self.left(voucher)
        for piece in new.goods:
            left[piece.pos] = left.get(piece.pos, Decimal(0)) - piece.qty
        if not new.goods or any(piece.qty < 1 for piece in new.goods) or min(left.values()) < 0:
            raise Fault(4012, f"{voucher.no} has not so much left to send.")
        now = self._now()
        made = Despatch(
            id=len(self.despatches) + 1,
            voucher=id,
            goods=new.goods,
            parcel=new.parcel,
            depot=new.depot or voucher.depot,
            mark=mark,
            gone_at=now,
            stamp=now,
            seq=self.next_seq(),
        )
        self.despatches[made.id] = made
        self._shelve(voucher, made, -1)
        self._touch(voucher)
        return made

    def despatch(self, id: int) -> Despatch:
        if id not in self.despatches:
            raise Fault(1404, "There is no such despatch.", status=404)
        return self.despatches[id]

    def follow(self, id: int, parcel: Parcel) -> Despatch:
        despatch = self.despatch(id)
        same = (despatch.parcel.codes, despatch.parcel.carrier) == (parcel.codes, parcel.carrier)
        if not same and parcel.seen not in {None, despatch.stamp}:
            raise Fault(4120, "The seal is broken.", status=412)
        if not same:
            despatch.parcel, despatch.stamp, despatch.seq = parcel, self._now(), self.next_seq()
        return despatch

    def recall(self, id: int) -> Despatch:
        despatch = self.despatch(id)
        if not despatch.recalled:
            despatch.recalled, despatch.stamp, despatch.seq = True, self._now(), self.next_seq()
            voucher = self.get(despatch.voucher)
            self._shelve(voucher, despatch, 1)
            self._touch(voucher)
        return despatch

    # --- what stands behind --------------------------------------------------------------------------------------------

    def _refuse_double(self, client: str, *, credit: bool) -> None:
        there = self.by_client(client, credit=credit)
        if there is not None:
            raise Fault(1203, "This client reference is on a voucher.", status=409, there=there)

    def _check(self, new: NewVoucher) -> None:
        if new.ccy not in CURRENCIES:
            raise Fault(4002, f"Currency {new.ccy[:3]} is not kept.")
        if new.tier is not None and new.tier not in self.wares.tiers():
            raise Fault(4003, f"There is no tier {new.tier[:40]}.")
        self._check_positions(new.positions)

    def _check_positions(self, positions: Sequence[Position]) -> None:
        if not positions:
            raise Fault(4000, "A voucher has a position.")
        if len({each.pos for each in positions}) < len(positions):
            raise Fault(4004, "A pos stands on a voucher once.")
        for each in positions:
            if each.article not in self.wares.articles:
                raise Fault(4001, f"Article {each.article[:60]} is not listed.", about=each.article[:60])

    def _book(self, new: NewVoucher, kind: str) -> Voucher:
        now = self._now()
        made = Voucher(
            id=len(self.vouchers) + 1,
            kind=kind,
            refs=(new.refs.client, new.refs.tag),
            ccy=new.ccy,
            party=self.parties.buyer(new.party, now, self.next_seq).id if kind != "CN" else 0,
            positions=new.positions,
            depot=new.depot or MAIN,
            stamp=new.stamp,
            made=now,
        )
        self.vouchers[made.id] = made
        self._touch(made)
        return made

    def _not_void(self, voucher: Voucher) -> None:
        if voucher.state == VOID:
            raise Fault(4090, f"{voucher.no} was called off.")

    def _take_back(self, credit: Voucher) -> None:
        """Goods that left come back to a shelf; of those that never did, the position holds fewer."""
        origin = self.get(credit.against or 0)
        depots = {each.pos: each.depot or origin.depot for each in origin.positions}
        for one in credit.back:
            place = depots.get(one.pos, origin.depot)
            if one.fate == "out":
                self.wares.move(one.article, one.depot or place, -one.qty)
                continue
            left = (
                min(one.qty, self.left(origin).get(one.pos, Decimal(0)))
                if origin.kind == "SO"
                else Decimal(0)
            )
            origin.uncalled[one.pos] = origin.uncalled.get(one.pos, Decimal(0)) + left
            if one.fate == "lost":
                self.wares.move(one.article, place, -left)
            else:
                self.wares.move(
                    one.article, one.depot or place if one.fate == "back" else place, one.qty - left
                )
        self._touch(origin)

    def _move(self, voucher: Voucher, sign: int) -> None:
        for each in voucher.goods:
            self.wares.move(each.article, each.depot or voucher.depot, each.qty * sign)

    def _shelve(self, voucher: Voucher, despatch: Despatch, sign: int) -> None:
        places = {each.pos: each.depot or voucher.depot for each in voucher.positions}
        for piece in despatch.goods:
            self.wares.move(piece.article, places.get(piece.pos, voucher.depot), Decimal(piece.qty * sign))

    def _touch(self, voucher: Voucher) -> None:
        voucher.seq = self.next_seq()

    def next_seq(self) -> int:
        self._seq += 1
        return self._seq

    @property
    def seq(self) -> int:
        return self._seq

    def _now(self) -> int:
        """Never twice the same, as stamps tell changes apart."""
        self._stamp = max(self._stamp + 1, int(time.time() * 1000))
        return self._stamp

    def now(self) -> int:
        return self._now()

    def listed(self, *, credit: bool | None = None) -> Iterator[Voucher]:
        return (v for v in self.vouchers.values() if credit is None or (v.kind == "CN") is credit)
