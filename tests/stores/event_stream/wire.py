"""The event stream's JSON: events that only name an order, and details whose payment may not exist yet."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec


class Told(msgspec.Struct):
    """What is posted to a subscriber. `at` is the order's own time of change."""

    event: str
    order: str
    seq: int
    at: datetime


class Feed(msgspec.Struct):
    events: list[Told]
    last: int


class Position(msgspec.Struct):
    seq: int


class Article(msgspec.Struct):
    id: str
    article: str
    title: str
    pieces: int
    net: Decimal
    tax: Decimal


class Collected(msgspec.Struct):
    id: str
    method: str
    amount: Decimal
    at: datetime


class Payment(msgspec.Struct):
    state: str
    items: list[Collected]


class Details(msgspec.Struct):
    """`payment` null: the processor has not told the platform anything yet; `look_again` says in how many seconds."""

    id: str
    ordered: datetime
    as_of: datetime
    currency: str
    articles: list[Article]
    delivery: Article
    net: Decimal
    tax: Decimal
    gross: Decimal
    payment: Payment | None
    look_again: float = 2.0


class One(msgspec.Struct):
    order: Details | None


class Row(msgspec.Struct):
    id: str
    ordered: datetime
    as_of: datetime


class Many(msgspec.Struct):
    orders: list[Row]
    more: bool


class Confirmed(msgspec.Struct):
    unknown: list[str]
