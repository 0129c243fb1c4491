"""What a flow of records is to the engine: what it reads and writes, and what it may decide about one record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Literal, Protocol, TypeAlias, TypeVar

from app.domain.customer import Buyer
from app.domain.debtor import Debtor
from app.domain.ids import StoreKey
from app.domain.order import OrderLine
from app.errors import Reason, Rejected
from app.mapping.options import Options
from app.mapping.ruleset import RuleSet
from app.mapping.tables import Tables
from app.models.demand_lines import Unit
from app.models.records import Claim, End
from app.models.timeline import Note
from app.ports import Flow, Json, Missing, Reader, Sink, TargetField
from app.settings import Timing
from app.steps.points import RecordKind
from app.sync import owners
from app.sync.sides import Sides

R = TypeVar("R")


class Named(Protocol):
    """Whatever is put to the other side carries our key, the same for ever, and the name people search for."""

    @property
    def external_id(self) -> str: ...

    @property
    def reference(self) -> str: ...


D = TypeVar("D", bound=Named)
D_co = TypeVar("D_co", bound=Named, covariant=True)


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a decision stands on besides the record: the connection's choices and the mapping version in force.

    `targets`: the fields of the ERP's documents that rules may fill. `credits`: refunds are carried to the host, so what was
    given back of an order is none of the order's business.
    `consulted`: the ERP was asked about the buyer, and `debtor` is what it said (None: it knows nobody).
    """

    tables: Tables
    options: Options
    go_live_at: datetime
    timing: Timing
    approved: bool = False
    credits: bool = False
    targets: Mapping[str, TargetField] = field(default_factory=dict)
    consulted: bool = False
    debtor: Debtor | None = None


@dataclass(frozen=True, kw_only=True)
class Put(Generic[D_co]):
    """Make the other side equal to the document. `told` is kept before the first send; `then`: hold with it once it is.

    `at_last` is kept instead once it is so, where that is more than may be taken for told while it is not.
    `overtaken`: steps that made the document what it is no longer to be; none of them may be on its way still.
    `called_off`: it is so in the store as well, and a document that was cancelled is as it should be.
    `notes` are written down with the request that makes the document.
    """

    document: D_co
    told: Mapping[str, Json]
    then: Reason | None = None
    at_last: Mapping[str, Json] | None = None
    overtaken: tuple[str, ...] = ()
    called_off: bool = False
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Trace(Generic[D_co]):
    """Send nothing more: the store's record has moved on. Where a document exists, hold with `found`;

    where none can come any more, the decision is `absent`.
    """

    document: D_co
    found: Reason
    absent: Put[D_co] | Skip | Cancelled | Hold


@dataclass(frozen=True, kw_only=True)
class Skip:
    """Nothing is to be done about this record, and why."""

    reason: Reason


@dataclass(frozen=True, kw_only=True)
class Cancelled:
    """It was called off before anything was sent: recorded, not sent."""

    reason: Reason


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Not ready yet: look again at `until`."""

    until: datetime
    reason: Reason


@dataclass(frozen=True, kw_only=True)
class Hold:
    """A person must act first; the first reason is shown, the rest in the timeline."""

    reasons: tuple[Reason, ...]


@dataclass(frozen=True, kw_only=True)
class Consult:
    """Not decided: the ERP has to be asked about the buyer first. `asking`: the gates alone that want to know."""

    buyer: Buyer
    asking: RuleSet


@dataclass(frozen=True, kw_only=True)
class Child:
    """A kind that hangs on another, and the flow that carries it.

    `rests`: while its flow goes the other way, most of them are our own doing, so they are not even written down.
    """

    kind: RecordKind
    flow: Flow
    rests: bool = False


CHILDREN: Mapping[RecordKind, tuple[Child, ...]] = {
    "order": (
        Child(kind="parcel", flow=Flow.FULFILLMENTS, rests=True),
        Child(kind="refund", flow=Flow.REFUNDS),
    )
}
"""Which kinds hang on which, in the order in which records are locked."""


def asleep(child: Child, owned: Mapping[str, str]) -> bool:
    """Whether the connection's owners leave nothing to be done about them."""
    return child.rests and owners.refusal(owned, child.flow.value, to="host") is not None


Children: TypeAlias = Mapping[RecordKind, Mapping[StoreKey, datetime | None]]
"""Records that hang on one, as its side names them: by kind and key, each with its version where that is told."""


Decision: TypeAlias = Put[D] | Trace[D] | Skip | Cancelled | Wait | Hold

Told: TypeAlias = Mapping[str, Json]
"""What the host has been told about a record, as its flow wrote it down before the first send (rule 9)."""

Decider: TypeAlias = Callable[["Told | None", Rules, datetime], Decision[D] | Consult]
"""Pure: what was told, the rules and the time give the decision about the record in hand; of `consulted` rules no Consult."""


class RecordFlow(Protocol[R, D]):
    """One kind of record on its way from one side to the other. Reads; only the engine writes."""

    @property
    def kind(self) -> RecordKind: ...

    @property
    def flow(self) -> Flow: ...

    @property
    def to(self) -> Literal["host", "store"]:
        """The side it goes to; it is read on the other."""
        ...

    def source(self, sides: Sides) -> Reader[R] | Missing:
        """Where the record is read."""
        ...

    def sink(self, sides: Sides) -> Sink[D] | Missing:
        """Where its document goes."""
        ...

    def version(self, record: R) -> datetime:
        """When its own side changed it last."""
        ...

    def basis(self, claim: Claim, record: R) -> End:
        """What the row is to keep of it, however the run ends."""
        ...

    def private(self, record: R) -> Sequence[str]:
        """Words that name a person, to be kept out of sentences."""
        ...

    def units(self, record: R) -> Sequence[Unit] | None:
        """What it takes from stock; None: this kind takes nothing."""
        ...

    def children(self, record: R) -> Children:
        """What hangs on it, by kind and key, with when it changed last where its side says so; see CHILDREN."""
        ...

    def given(self, record: R) -> Mapping[StoreKey, Sequence[Unit]]:
        """What went out with refunds that hang on it, by their keys, and so is taken from stock by each of them."""
        ...

    async def decider(self, claim: Claim, record: R) -> Decider[D]:
        """Reads what else the decision stands on, from the database."""
        ...

    def instead(self, decision: Decision[D], refused: Rejected, rules: Rules) -> Told | None:
        """What to tell instead, when the host refused an item that may be replaced; None: the refusal stands."""
        ...


def units_of(lines: Iterable[OrderLine]) -> list[Unit]:
    """What is left of them and was to go out."""
    return [
        Unit(sku=line.sku, location=line.location_key or "", quantity=line.current_quantity)
        for line in lines
        if line.sku and line.current_quantity
    ]
