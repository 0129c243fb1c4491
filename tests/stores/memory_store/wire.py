"""The memory store's JSON: amounts in cents, times in milliseconds, taxes inside its prices."""

from __future__ import annotations

import msgspec


class Shop(msgspec.Struct):
    shop: str
    clock: int


class Listing(msgspec.Struct):
    """`orders` are pairs of number and revision; `next` leads to the following page."""

    orders: list[tuple[int, int]]
    next: str | None


class Row(msgspec.Struct):
    """`cents` is quantity times price; `off` comes off it, `vat` is contained in what is left."""

    pos: int
    code: str
    text: str
    qty: int
    cents: int
    off: int
    vat: int


class Freight(msgspec.Struct):
    text: str
    cents: int
    vat: int


class Money(msgspec.Struct):
    ref: str
    how: str
    cents: int
    when: int


class Order(msgspec.Struct):
    no: int
    placed: int
    rev: int
    cur: str
    who: str | None
    mail: str | None
    rows: list[Row]
    freight: Freight
    money: list[Money]
    sum: int
    vat: int
    called_off: int | None
