"""What a flow may decide about one record; the engine does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from app.domain.document import SalesDocument
from app.errors import Reason
from app.ports import Json


@dataclass(frozen=True, kw_only=True)
class Put:
    """Make the host equal to the document. `told` is kept before the first send; `then`: hold with it once it is."""

    document: SalesDocument
    told: Mapping[str, Json]
    then: Reason | None = None


@dataclass(frozen=True, kw_only=True)
class Trace:
    """Send nothing more: the store's record has moved on. Where a document exists, hold with `found`;

    where none can come any more, the decision is `absent`.
    """

    document: SalesDocument
    found: Reason
    absent: Put | Skip | Cancelled | Hold


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


Decision: TypeAlias = Put | Trace | Skip | Cancelled | Wait | Hold
