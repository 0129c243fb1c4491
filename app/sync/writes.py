"""Whether a side may be written to: asked before a write is frozen, and again in the statement that commits it as sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.errors import Reason, Verdict
from app.models.connections import Connection
from app.models.records import State

To = Literal["host", "store"]

NO_WRITES = Reason(
    code="connection.no_writes",
    sentence="This connection writes nothing while its switch is on; what waits goes on when it is off.",
    verdict=Verdict.RETRY_SAFE,
)
PRACTICE = Reason(
    code="connection.practice",
    sentence="This is a practice connection: nothing is ever written to the shop.",
    verdict=Verdict.NEVER,
)


@dataclass(kw_only=True, eq=False)
class WritesOff(Exception):
    """Nothing left. `state`: what a record ends as for it. Not frozen: whoever passes it on writes its traceback."""

    reason: Reason

    @property
    def state(self) -> State:
        return State.WAITING if self.reason == NO_WRITES else State.SKIPPED


def shut(connection: Connection, to: To) -> Reason | None:
    """Why nothing may be written there, as the connection was read; None: it may."""
    if connection.no_writes:
        return NO_WRITES
    return PRACTICE if connection.practice and to == "store" else None


def check(connection: Connection, to: To) -> None:
    """Raises WritesOff."""
    reason = shut(connection, to)
    if reason is not None:
        raise WritesOff(reason=reason)
