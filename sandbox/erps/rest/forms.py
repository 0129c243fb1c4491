"""What callers of Kontor's API send, field by field; a field that it does not know is refused."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Any of them."""


class Levy(Form, frozen=True, kw_only=True):
    code: str
    worth: int


class Position(Form, frozen=True, kw_only=True):
    """`worth`: of all of it, after what was taken off and before levies. `sort`: goods, or what is no goods."""

    pos: str
    article: str
    qty: Decimal
    worth: int
    text: str = ""
    sort: str = "goods"
    depot: str | None = None
    levies: tuple[Levy, ...] = ()


class Receipt(Form, frozen=True, kw_only=True):
    """Money that came, or went back; `token` is the payer's own mark."""

    token: str
    means: str
    worth: int
    stamp: int


class Place(Form, frozen=True, kw_only=True):
    title: str | None = None
    firm: str | None = None
    line1: str | None = None
    line2: str | None = None
    town: str | None = None
    zip: str | None = None
    region: str | None = None
    land: str | None = None
    tel: str | None = None


class Somebody(Form, frozen=True, kw_only=True):
    """Who a voucher is for: by number, else by the caller's key or the mail, else somebody new."""

    id: int | None = None
    key: str | None = None
    mail: str | None = None
    title: str | None = None
    kind: str | None = None


class Refs(Form, frozen=True, kw_only=True):
    client: str
    tag: str


class Goods(Form, frozen=True, kw_only=True):
    """Goods of a position that a credit is about. `fate`: uncalled, back, lost, or out for what is sent instead."""

    pos: str
    article: str
    qty: Decimal
    fate: str
    depot: str | None = None


class NewVoucher(Form, frozen=True, kw_only=True):
    refs: Refs
    ccy: str
    stamp: int
    positions: tuple[Position, ...]
    kind: str = "SO"
    party: Somebody = Somebody()
    depot: str | None = None
    deliver_to: Place | None = None
    bill_to: Place | None = None
    remark: str | None = None
    tier: str | None = None
    extra: dict[str, str] = {}
    receipts: tuple[Receipt, ...] = ()
    goods: tuple[Goods, ...] = ()


class Revision(Form, frozen=True, kw_only=True):
    """Other positions; `seal` is the one that the voucher must still have."""

    seal: int
    positions: tuple[Position, ...]


class Parcel(Form, frozen=True, kw_only=True):
    codes: tuple[str, ...] = ()
    carrier: str | None = None
    links: tuple[str, ...] = ()
    seen: int | None = None


class Piece(Form, frozen=True, kw_only=True):
    pos: str
    article: str
    qty: int


class NewDespatch(Form, frozen=True, kw_only=True):
    mark: str
    goods: tuple[Piece, ...]
    depot: str | None = None
    parcel: Parcel = Parcel()


class NewParty(Form, frozen=True, kw_only=True):
    """What is not said stays as it is."""

    key: str | None = None
    mail: str | None = None
    given: str | None = None
    family: str | None = None
    tel: str | None = None
    firm: str | None = None
    exempt: bool | None = None
    places: tuple[Place, ...] | None = None


class Sought(Form, frozen=True, kw_only=True):
    key: str | None = None
    mail: str | None = None
    id: int | None = None


class Nothing(Form, frozen=True, kw_only=True):
    """A call without contents."""
