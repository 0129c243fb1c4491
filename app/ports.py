"""The architecture on one page: what a Store and a Host are, and what everything between them may rely on.

Two sides speak only the canonical records of `app.domain`. Each side is a record of Sources (can be read) and Sinks
(can be written); a power that a side lacks is a `Missing` with its reason. Adapters raise the errors of `app.errors`:
`Retry` and `Throttled` when nothing can have happened, `Unclear` when something may have, `Rejected` when this record
was refused, `Misconfigured` and `AccessLost` when the connection is at fault.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Generic, Protocol, TypeAlias, TypeVar

from app.domain.document import FoundDocument, SalesDocument
from app.domain.ids import HostKey, StoreKey
from app.domain.order import Order
from app.errors import Reason

Json: TypeAlias = "None | bool | int | str | list[Json] | dict[str, Json]"
"""JSON without floats: an amount travels as a string."""

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
R_in = TypeVar("R_in", contravariant=True)


class Flow(StrEnum):
    """The seven flows; a connection switches each on or off."""

    ORDERS = "orders"
    REFUNDS = "refunds"
    CUSTOMERS = "customers"
    PRODUCTS = "products"
    PRICES = "prices"
    INVENTORY = "inventory"
    FULFILLMENTS = "fulfillments"


# --- reading ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that changed at `version`; read it with `get` to know more."""

    key: StoreKey
    version: datetime


@dataclass(frozen=True, kw_only=True)
class Page(Generic[R]):
    """A page and the cursor to store once the page is durable (never before)."""

    items: tuple[R, ...]
    cursor: str


@dataclass(frozen=True, kw_only=True)
class Span:
    """A half-open range of time, aware UTC."""

    since: datetime
    until: datetime


class Source(Protocol[R_co]):
    """Something that can be read. Never writes."""

    def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]:
        """What changed since the cursor, oldest first, padded so that a lagging list loses nothing; repeats are fine."""
        ...

    def between(self, span: Span) -> AsyncIterator[Page[Change]]:
        """What was created in the span, newest first (back-fill, first contact)."""
        ...

    async def get(self, key: StoreKey) -> R_co | None:
        """The thing as it is now, or None when it is not there. `Retry` when its details are not ready yet."""
        ...


@dataclass(frozen=True, kw_only=True)
class Hint:
    """What an event of the store says: this thing of this flow may have changed. `version` None: it does not say when.

    `fingerprint` is equal for two events that differ only by what our own write-back causes.
    """

    flow: Flow
    key: StoreKey
    version: datetime | None = None
    fingerprint: bytes | None = None
    gone: bool = False


# --- writing ---------------------------------------------------------------------------------------------------------


class StepKind(StrEnum):
    """CREATE makes a document; ADVANCE moves one on; DISCARD removes an inert draft of ours."""

    CREATE = "create"
    ADVANCE = "advance"
    DISCARD = "discard"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One request that changes the other side. `key` is unique for the record (`create`, `payment:77`) and never changes.

    `payload` is everything `do` needs, frozen in the effect row before it is sent, so a repeat sends the same.
    `repeatable`: the host itself makes sure that the same request twice leaves one object, so that after a lost answer
    it may be sent again once its deadline has passed, without waiting for the settle time.
    """

    key: str
    kind: StepKind
    payload: Mapping[str, Json]
    repeatable: bool = False


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a call returned. `request` and `response` are for the timeline: redacted by the adapter, at most a few KB."""

    host_key: HostKey | None = None
    number: str | None = None
    request: Mapping[str, Json] = field(default_factory=dict)
    response: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the other side has for one record: every document with our key (drafts, posted and cancelled included),

    and `likely` ones without it that a person should look at (same visible reference, a previous connector's key).
    """

    documents: tuple[FoundDocument, ...] = ()
    likely: tuple[FoundDocument, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One document in a listing: enough to compare sets and totals."""

    host_key: HostKey
    external_id: str | None
    number: str | None
    total: Decimal | None
    currency: str | None
    state: str


@dataclass(frozen=True, kw_only=True)
class HostField:
    """A field of the host's document that can be mapped. `choices`: the host lists allowed values."""

    name: str
    label: str
    required: bool = False
    choices: bool = False


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One allowed value: the code to send and its name for people."""

    code: str
    label: str


class Sink(Protocol[R_in]):
    """Makes the other side equal to a record, one step at a time; the engine loops find, next_step, do."""

    async def find(self, record: R_in, *, likely: bool = False) -> Found:
        """Reads, strongly consistent, what is there for this record. Never writes. `likely`: also look for doubles."""
        ...

    def next_step(self, record: R_in, found: Found) -> Step | Reason | None:
        """Pure: the first thing still missing, None when nothing is, or the reason why a person must decide."""
        ...

    async def do(self, step: Step) -> Evidence:
        """Writes: sends exactly the step's payload, once. A repeat of the same step leaves one object where it can."""
        ...

    def render(self, record: R_in) -> Mapping[str, Json]:
        """Pure: the first step's exact payload, for dry runs and previews."""
        ...

    def listed(self, span: Span) -> AsyncIterator[Page[Listed]]:
        """Documents that carry one of our keys and were made in the span. Never writes."""
        ...

    def fields(self) -> Sequence[HostField]:
        """What of the document can be mapped."""
        ...

    async def choices(self, field: str) -> Sequence[Choice]:
        """The values the host allows for a field. Reads."""
        ...


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What the store shows on its own record about the host's: number, state, and a reason while it is held."""

    key: StoreKey
    number: str | None
    state: str
    sentence: str | None = None


class Marks(Protocol):
    """Writes marks back to the store. `size` is how many go into one call."""

    size: int

    async def write(self, marks: Sequence[Mark]) -> Mapping[StoreKey, Reason]:
        """Writes all of them in one call; the same marks twice leave one. Answers with those refused, and why."""
        ...


# --- the two sides ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Missing:
    """A power that a side does not have, and the sentence the page shows beside the greyed-out flow."""

    sentence: str


@dataclass(frozen=True, kw_only=True)
class Health:
    """The answer of a connection test. `account` names what we are connected to; `clock_offset` is theirs minus ours."""

    account: str
    version: str | None = None
    clock_offset: timedelta = timedelta(0)


@dataclass(frozen=True, kw_only=True)
class Host:
    """An opened ERP. What it can't do is a `Missing`; later flows add their attributes here.

    `fence`: what holds for this connection where it differs from the declaration (it may be a setting of the ERP).
    """

    check: Callable[[], Awaitable[Health]]
    orders: Sink[SalesDocument] | Missing
    refunds: Missing = Missing(sentence="Refunds are not built for this ERP yet.")
    fence: Fence | None = None


@dataclass(frozen=True, kw_only=True)
class Store:
    """An opened shop. `marks` None: the platform has no place to write our number to."""

    check: Callable[[], Awaitable[Health]]
    orders: Source[Order]
    marks: Marks | None = None


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
class FormField:
    """One input of the connection form. `secret` values are sealed and never shown again."""

    name: str
    label: str
    secret: bool = False
    required: bool = True
    help: str = ""
    choices: tuple[str, ...] = ()
    default: str | None = None


@dataclass(frozen=True, kw_only=True)
class HostSpec:
    """What an ERP declares about itself before it is opened. Durations and limits name their source in the adapter.

    `deadline`: total time of one call; `settle`: the longest time a request can still commit after we hang up;
    `concurrency`: calls in flight per ERP account; `rate`: calls per `window`, None when it is not limited.
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


@dataclass(frozen=True, kw_only=True)
class StoreAccess:
    """What a store adapter is opened with: which shop, and the doors to it."""

    shop: str
    http: Http
    tokens: TokenProvider
    limiter: Limiter
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class StoreSpec:
    """What a selling platform declares: how to open a shop, and what its events say.

    `hints` is pure and raises `Rejected` for a body it can't read. `topics` are the events that start a flow.
    """

    key: str
    label: str
    topics: Mapping[str, Flow]
    hints: Callable[[str, bytes], tuple[Hint, ...]]
    open: Callable[[StoreAccess], Store]


# --- what adapters are given -----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Request:
    """One HTTP request. The whole of it, answer included, ends within `deadline`; an answer over `most_bytes` is cut off

    and raises. Redirects are never followed. `writes` decides what a lost answer means: Unclear, or Retry when False.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    deadline: timedelta = timedelta(seconds=20)
    most_bytes: int = 5_000_000
    writes: bool = True


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An HTTP answer, read to its end. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Http(Protocol):
    async def send(self, request: Request) -> Answer:
        """Sends once. Retry: it never left. Unclear: it left and no answer came. Any status is an answer.

        Misconfigured when the address is not allowed (plain http, private or link-local range, redirect to one).
        """
        ...


class Lane(StrEnum):
    """Who goes first when the rate is short; each lane may draw the bucket down to its floor only."""

    INTERACTIVE = "interactive"
    ORDERS = "orders"
    STOCK = "stock"
    CATALOGUE = "catalogue"


class Limiter(Protocol):
    """The shared cost bucket of one shop."""

    async def take(self, *, document: str, lane: Lane) -> int:
        """Waits until the learned cost of the document may be spent; answers with what was reserved."""
        ...

    async def settle(
        self,
        *,
        document: str,
        reserved: int,
        requested: int,
        actual: int,
        available: int,
        maximum: int,
        rate: float,
    ) -> None:
        """Tells the bucket what the answer said, so that model and truth meet."""
        ...

    async def throttled(
        self, *, document: str, reserved: int, requested: int, available: int, maximum: int, rate: float
    ) -> None:
        """Tells the bucket that the other side refused for rate: it lowers the model."""
        ...


class Permits(Protocol):
    """The shared concurrency of one ERP account."""

    def hold(self, account: str, most: int) -> AbstractAsyncContextManager[None]:
        """Waits for one of `most` permits; raises `Throttled` when none comes free in time."""
        ...


class TokenProvider(Protocol):
    async def token(self) -> str:
        """A valid access token. Raises AccessLost when the shop must sign in again."""
        ...

    async def refused(self, token: str) -> None:
        """The token was refused: the next `token()` must be another one."""
        ...


class HostState(Protocol):
    """A small sealed store of one connection (session cookies, rotated keys, measured offsets)."""

    async def read(self, name: str) -> tuple[str, int] | None:
        """The value and its version."""
        ...

    async def write(self, name: str, value: str, *, version: int) -> bool:
        """Compare-and-set: writes only over `version` (0: not there yet); False when another was faster."""
        ...
