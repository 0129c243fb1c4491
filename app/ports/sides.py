"""The two sides and what each declares about itself before it is opened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from app.domain.credit import CreditDocument
from app.domain.document import SalesDocument
from app.domain.order import Order
from app.domain.parcel import Parcel, ShipmentDocument
from app.domain.product import Product, ProductDocument
from app.domain.refund import Refund
from app.domain.shipment import FulfillmentDocument, Shipment
from app.ports.bulk import StockBulk
from app.ports.debtors import Debtors
from app.ports.doors import HostState, Http, Limiter, TokenProvider
from app.ports.people import Customers
from app.ports.practice import Faults
from app.ports.prices import PriceFiles, PriceNews, PriceSource, PriceStore
from app.ports.rates import NO_RATES, RateSource
from app.ports.reading import Flow, Hint, Reader, Source
from app.ports.status import StatusSource
from app.ports.stock import StockNews, StockSource, StockStore
from app.ports.targets import LackingField, TargetField
from app.ports.writing import Json, Marks, Sink


@dataclass(frozen=True, kw_only=True)
class Missing:
    """A power that a side does not have, and the sentence the page shows beside the greyed-out flow."""

    sentence: str


@dataclass(frozen=True, kw_only=True)
class Health:
    """The answer of a connection test. `account` names what we are connected to; `clock_offset` is theirs minus ours.

    `zone`: the time zone its people live in, by its IANA name; None: it does not say.
    """

    account: str
    version: str | None = None
    clock_offset: timedelta = timedelta(0)
    zone: str | None = None


@dataclass(frozen=True, kw_only=True)
class Host:
    """An opened ERP. What it can't do is a `Missing`; later flows add their attributes here.

    `fence`: what holds for this connection where it differs from the declaration (it may be a setting of the ERP).
    `faults`: where it is there to practise with.
    """

    check: Callable[[], Awaitable[Health]]
    orders: Sink[SalesDocument] | Missing
    refunds: Sink[CreditDocument] | Missing = Missing(sentence="Refunds are not booked in this ERP yet.")
    inventory: StockSource | Missing = Missing(sentence="Stock is not read from this ERP yet.")
    document_status: StatusSource | Missing = Missing(
        sentence="This ERP does not tell how far a document has come."
    )
    prices: PriceSource | Missing = Missing(sentence="Prices are not read from this ERP yet.")
    shipments: Source[Shipment] | Missing = Missing(sentence="Shipments are not read from this ERP yet.")
    parcels: Sink[ShipmentDocument] | Missing = Missing(
        sentence="What was sent in the store is not booked in this ERP yet."
    )
    customers: Customers | Missing = Missing(sentence="Customers are not kept in step with this ERP yet.")
    items: Source[Product] | Missing = Missing(sentence="Products are not read from this ERP yet.")
    debtors: Debtors | Missing = Missing(sentence="What its customers owe is not read from this ERP yet.")
    rates: RateSource | Missing = Missing(sentence=NO_RATES)
    fence: Fence | None = None
    faults: Faults | None = None


@dataclass(frozen=True, kw_only=True)
class Store:
    """An opened shop. `marks` None: the platform has no place to write our number to. `stock_bulk`, `price_files` None: no files.

    `prepare` writes what the shop needs before its first mark, at go-live; doing it twice changes nothing.
    """

    check: Callable[[], Awaitable[Health]]
    orders: Source[Order]
    refunds: Reader[Refund] | Missing = Missing(sentence="Refunds are not read from this platform yet.")
    fulfillments: Sink[FulfillmentDocument] | Missing = Missing(
        sentence="Shipments are not written to this platform yet."
    )
    parcels: Reader[Parcel] | Missing = Missing(sentence="Shipments are not read from this platform yet.")
    customers: Customers | Missing = Missing(
        sentence="Customers are not kept in step with this platform yet."
    )
    marks: Marks | None = None
    stock: StockStore | Missing = Missing(sentence="Stock is not written to this platform yet.")
    stock_bulk: StockBulk | None = None
    prices: PriceStore | Missing = Missing(sentence="Prices are not written to this platform yet.")
    price_files: PriceFiles | None = None
    products: Sink[ProductDocument] | Missing = Missing(
        sentence="Products are not written to this platform yet."
    )
    prepare: Callable[[], Awaitable[None]] | None = None


class Fence(StrEnum):
    """How the host keeps one record from becoming two documents (rule 2)."""

    UNIQUE = "unique"
    DRAFT = "draft"
    NONE = "none"


class TaxRule(StrEnum):
    """EXACT: the amounts we send are booked as they are. COMPUTED: the host computes tax from rates."""

    EXACT = "exact"
    COMPUTED = "computed"


class ReservesAt(StrEnum):
    CREATE = "create"
    CONFIRM = "confirm"
    SHIP = "ship"
    NEVER = "never"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What one connection's own form declares in place of its kind, as the fields of a `HostSpec` with the same names."""

    concurrency: int
    deadline: timedelta
    settle: timedelta
    fence: Fence
    tax: TaxRule
    reserves_at: ReservesAt
    rate: int | None = None
    window: timedelta = timedelta(seconds=1)
    missing: Mapping[Flow, str] = field(default_factory=dict)
    debtors: bool = False
    no_rates: str | None = NO_RATES


@dataclass(frozen=True, kw_only=True)
class FormField:
    """One input of the connection form. `secret` values are sealed and never shown again. `lines`: how long texts usually are."""

    name: str
    label: str
    secret: bool = False
    required: bool = True
    help: str = ""
    choices: tuple[str, ...] = ()
    default: str | None = None
    lines: int = 1


@dataclass(frozen=True, kw_only=True)
class Probed:
    """One reading call that somebody tried: what was sent, what came back and what was made of it; all of it redacted.

    `rows`: how many things were found in the answer; `problem`: why none could be, or what the answer means.
    """

    request: Mapping[str, Json]
    status: int
    answer: Json
    rows: int = 0
    problem: str | None = None


@dataclass(frozen=True, kw_only=True)
class Lapse:
    """Something entered for a connection that runs out: what people call it, and when."""

    label: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class HostSpec:
    """What an ERP declares about itself before it is opened. Durations and limits name their source in the adapter.

    `deadline`: total time of one call; `settle`: the longest time a request can still commit after we hang up;
    `concurrency`: calls in flight per ERP account; `rate`: calls per `window`, None when it is not limited.
    `bears(credentials)` is pure: how many calls in flight this connection's form allows, where it says so; `terms` says more.
    `missing`: the flows that it takes no part in, each with the sentence that its opened host's `Missing` has.
    `targets`: fields of its documents that rules may fill; the names `location`, `note` and `shipping_method` mean the
    document's own, `document` and `payment.method` what becomes of its money. `lacks`: those it does not have, though
    merchants look for them.
    `begins`: entries of look-up tables that a new connection starts from, under whatever the merchant says.
    `debtors`: whether it tells what its customers owe and may owe, for gates that ask.
    `no_rates`: why it tells no exchange rates; None: it does.
    `probe(credentials, http, call, values)` makes one reading call, where calls are written by people; it never writes.
    `lapses(credentials)` is pure: what of them runs out (a key with an end, a certificate).
    `practice(address, secret, books)` is pure: what the books of one practice connection are opened with, where the ERP is one
    to practise with; `codes` are what it is told there.
    """

    key: str
    label: str
    form: tuple[FormField, ...]
    auth_kinds: tuple[str, ...]
    concurrency: int
    deadline: timedelta
    settle: timedelta
    fence: Fence
    tax: TaxRule
    reserves_at: ReservesAt
    documentation: str
    open: Callable[[Mapping[str, str], Http, HostState], Host]
    account: Callable[[Mapping[str, str]], str]
    rate: int | None = None
    window: timedelta = timedelta(seconds=1)
    bears: Callable[[Mapping[str, str]], int] | None = None
    terms: Callable[[Mapping[str, str]], Terms] | None = None
    missing: Mapping[Flow, str] = field(default_factory=dict)
    targets: tuple[TargetField, ...] = ()
    lacks: tuple[LackingField, ...] = ()
    begins: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    debtors: bool = False
    no_rates: str | None = NO_RATES
    lapses: Callable[[Mapping[str, str]], Sequence[Lapse]] = lambda credentials: ()
    probe: Callable[[Mapping[str, str], Http, str, Mapping[str, str]], Awaitable[Probed]] | None = None
    practice: Callable[[str, str, str], Mapping[str, str]] | None = None
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def borne(self, credentials: Mapping[str, str]) -> HostSpec:
        """With as many calls in flight as this connection's form allows, and on the terms that it names."""
        declared = replace(self, **vars(self.terms(credentials))) if self.terms else self
        return replace(declared, concurrency=self.bears(credentials)) if self.bears else declared

    def shared_by(self, credentials: Mapping[str, str]) -> str:
        """The name of the ERP account behind them, whose permits and rate all connections to it share."""
        return f"{self.key}:{self.account(credentials)}"

    @cached_property
    def targets_by_name(self) -> Mapping[str, TargetField]:
        return {target.name: target for target in self.targets}


@dataclass(frozen=True, kw_only=True)
class StoreAccess:
    """What a store adapter is opened with: which shop, and the doors to it.

    A platform with a form is opened with the `credentials` entered there, one without by `tokens`.
    `settings` are the operator's (`pad_seconds`: how far lists are padded).
    `kept` is what the adapter may remember of the shop from one opening to the next, in this process.
    `alarm` is told the name of an answer that should never occur, for counting; the adapter logs it itself.
    """

    shop: str
    http: Http
    limiter: Limiter
    tokens: TokenProvider | None = None
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    settings: Mapping[str, str] = field(default_factory=dict)
    kept: MutableMapping[str, object] = field(default_factory=dict, repr=False)
    alarm: Callable[[str], None] = lambda name: None


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """An event as its platform's own signature vouches for it, not parsed. `id` stays the same when it is repeated."""

    topic: str
    id: str
    body: bytes
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class History:
    """How far back a platform shows orders to an app that was not granted the scope `unless`."""

    kept: timedelta
    unless: str


@dataclass(frozen=True, kw_only=True)
class StoreSpec:
    """What a selling platform declares: how to open a shop, and what its events say.

    `hints` is pure and raises `Rejected` for a body it can't read. `topics` are the events that start a flow; a
    platform that sends none has no topics and is read by reconciliation alone.
    `stock(topic, body)` is pure too: an event that is itself the news of a level or an item, folded without a read; so is
    `prices`, which is asked of every event that `stock` is asked of.
    `history`: None where all orders are shown, however old.
    `form`: what a person enters to open a shop. Empty: the app is installed there and its tokens come by themselves.
    `delivery(credentials, headers, body)` is pure and checks an event that came in at the shop's own address; it raises
    `Refused` unless the signature is right. Header names are lower case. None: no events, or a door of its own.
    """

    key: str
    label: str
    topics: Mapping[str, Flow]
    hints: Callable[[str, bytes], tuple[Hint, ...]]
    open: Callable[[StoreAccess], Store]
    stock: Callable[[str, bytes], StockNews] | None = None
    prices: Callable[[str, bytes], PriceNews] | None = None
    form: tuple[FormField, ...] = ()
    history: History | None = None
    delivery: Callable[[Mapping[str, str], Mapping[str, str], bytes], Delivery] | None = None
