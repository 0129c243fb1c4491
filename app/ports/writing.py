"""What can be written: steps that converge, the evidence they leave, and the marks that go back to the store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, TypeAlias, TypeVar, runtime_checkable

from app.domain.document import FoundDocument
from app.domain.ids import SinkKey, StoreKey
from app.errors import Reason
from app.ports.reading import Page, Span

R_in = TypeVar("R_in", contravariant=True)

Json: TypeAlias = "None | bool | int | str | list[Json] | dict[str, Json]"
"""JSON without floats: an amount travels as a string."""


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
class Sent:
    """A step as it is on file. `open`: it was sent and nobody knows yet what came of it; `tries`: how often it was sent."""

    payload: Mapping[str, Json]
    sink_key: SinkKey | None
    open: bool
    tries: int


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a call returned. `request` and `response` are for the timeline: redacted by the adapter, at most a few KB.

    `whole`: the answer itself shows that nothing is missing any more, so that nobody has to look again. `found`: the same call
    looked once more after the step was carried out; the next step is decided from it.
    """

    sink_key: SinkKey | None = None
    number: str | None = None
    request: Mapping[str, Json] = field(default_factory=dict)
    response: Mapping[str, Json] = field(default_factory=dict)
    whole: Found | None = None
    found: Found | None = None


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the other side has for one record: every document with our key (drafts, posted and cancelled included),

    and `likely` ones without it that a person should look at (same visible reference, a previous connector's key).
    `basis`: the document that this one is made against, where there is one (the order's, for a refund).
    `adopted`: open steps whose outcome was found, and what came of them (see Recognises).
    """

    documents: tuple[FoundDocument, ...] = ()
    likely: tuple[FoundDocument, ...] = ()
    basis: FoundDocument | None = None
    adopted: Mapping[str, SinkKey] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One document in a listing: enough to compare sets and totals."""

    sink_key: SinkKey
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


class Unlisted:
    """The part of a sink whose documents are no documents of their own: nobody lists them, and nothing of them is mapped."""

    async def listed(self, span: Span) -> AsyncIterator[Page[Listed]]:
        none: tuple[Page[Listed], ...] = ()
        for page in none:
            yield page

    def fields(self) -> Sequence[HostField]:
        return ()

    async def choices(self, field: str) -> Sequence[Choice]:
        return ()


@runtime_checkable
class Recognises(Protocol[R_in]):
    """What a sink has besides, where the other side keeps no key of ours: it knows its own again by what was sent."""

    def recognise(self, record: R_in, found: Found, sent: Mapping[str, Sent]) -> Found:
        """Pure. `sent`: the steps on file, by their keys; refused ones and those that never left are none of them."""
        ...


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What the store shows on its own record about the host's: number, state, and a reason while it is held.

    `code` is the reason's own, for those who ask us about it.
    """

    key: StoreKey
    number: str | None
    state: str
    sentence: str | None = None
    code: str | None = None


class Marks(Protocol):
    """Writes marks back to the store. `size` is how many go into one call."""

    size: int

    async def write(self, marks: Sequence[Mark]) -> Mapping[StoreKey, Reason]:
        """Writes all of them in one call; the same marks twice leave one. Answers with those refused, and why."""
        ...


@runtime_checkable
class Numbered(Protocol):
    """What a sink has besides, where a person may say which document is a record's: it is looked up by its number."""

    async def numbered(self, number: str) -> Sequence[FoundDocument]:
        """Reads the documents of the sink's kind with exactly this number, whoever made them. Never writes."""
        ...
