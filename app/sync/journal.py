"""What a run tells the timeline: lines gathered while it runs, written in the transaction that ends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from app.domain.ids import StoreKey
from app.errors import Reason, StockbridgeError
from app.models import demand_lines, timeline
from app.models.database import Tx
from app.models.demand_lines import Unit
from app.models.records import Claim, End, State
from app.models.timeline import Note
from app.ports import Evidence, Step, StepKind
from app.steps.points import RecordKind

NAMES: Mapping[str, str] = {"host": "the ERP", "store": "the store"}
_OTHER: Mapping[str, Literal["host", "store"]] = {"host": "store", "store": "host"}
_ENDS: Mapping[State, str] = {
    State.SETTLED: "{there} has this {what}, complete.",
    State.HELD: "The {what} waits for a person.",
    State.SKIPPED: "Nothing is sent for this {what}.",
    State.CANCELLED: "Recorded, not sent.",
    State.WAITING: "The {what} will be looked at again.",
}


@dataclass(kw_only=True)
class Journal:
    """Mutable for the length of one run, and written once."""

    what: str
    """The kind of record, as people call it."""
    to: Literal["host", "store"] = "host"
    """The side it goes to; it was read on the other."""
    lines: list[Note] = field(default_factory=list)
    basis: End = field(default_factory=lambda: End(state=State.WAITING))
    """What the run has learned of its record so far; however it ends, that is kept."""
    units: Sequence[Unit] | None = None
    """What the record takes from stock, once it was read."""
    children: Mapping[RecordKind, Mapping[StoreKey, datetime | None]] = field(default_factory=dict)
    """Records that hang on this one, as their side named them, with their versions where it told them."""
    given: Mapping[StoreKey, Sequence[Unit]] = field(default_factory=dict)
    """What went out with refunds that hang on this one: each takes it from stock."""
    hangs: bool = False
    """Whether it hangs on another record, whose runs say better what this one takes from stock."""
    host_answers: bool = False
    """Whether the last that was heard of the ERP in this run was an answer: what closes its breaker."""
    host_failed: bool = False
    """Whether the breaker has been told of a failure of the ERP in this run."""
    trust: timedelta = timedelta(0)
    """How long what a level lost may wait for its order."""
    late: Callable[[], bool] = lambda: False
    """Whether the slice has been over for so long that no further step should begin."""

    def read(self, version: datetime, units: Sequence[Unit] | None) -> None:
        self._add("read", f"Read from {NAMES[_OTHER[self.to]]}.", facts={"version": version.isoformat()})
        self.units = units

    def sending(self, step: Step, notes: Sequence[Note] = ()) -> None:
        """`notes`: on what it is made, told with the request that makes it."""
        verb = {
            StepKind.CREATE: "Creating",
            StepKind.ADVANCE: "Advancing",
            StepKind.DISCARD: "Removing a draft of",
        }
        thing = "document" if self.to == "host" else self.what
        self._add("sending", f"{verb[step.kind]} the {thing} in {NAMES[self.to]}.", facts={"step": step.key})
        self.lines += notes if step.kind is StepKind.CREATE else ()

    def unsent(self) -> None:
        """What was about to be sent was not."""
        begun = max(
            (n for n, line in enumerate(self.lines) if line.kind == "sending"), default=len(self.lines)
        )
        if not any(line.kind == "sent" for line in self.lines[begun:]):
            del self.lines[begun:]

    def sent(self, step: Step, evidence: Evidence) -> None:
        facts = {"step": step.key} | ({"number": evidence.number} if evidence.number else {})
        self._add("sent", f"{_began(NAMES[self.to])} confirmed.", facts=facts)

    def failed(self, error: StockbridgeError) -> None:
        self._add("failed", error.sentence, code=error.code, facts=error.facts)

    def more(self, reasons: Sequence[Reason]) -> None:
        for reason in reasons:
            self._add("reason", reason.sentence, code=reason.code, facts=reason.facts)

    def reasons(self) -> list[Reason]:
        """Those that were found besides the first."""
        return [
            Reason(code=line.code or "", sentence=line.sentence, facts=line.facts)
            for line in self.lines
            if line.kind == "reason"
        ]

    def end(self, end: End) -> End:
        """Notes how the run ends and hands the end on."""
        reason = end.reason
        sentence = (
            reason.sentence
            if reason
            else _ENDS[end.state].format(what=self.what, there=_began(NAMES[self.to]))
        )
        facts = {
            **(reason.facts if reason else {}),
            **({"number": end.sink_number} if end.sink_number else {}),
        }
        self._add(end.state.value, sentence, code=reason.code if reason else None, facts=facts)
        return end

    def keep(self, claim: Claim, basis: End) -> End:
        """A held record that nothing has changed about stays held, with the reason it has."""
        self.lines.clear()
        return replace(basis, state=State.HELD, keep_reason=True)

    async def write(self, tx: Tx, claim: Claim, children: Mapping[str, UUID]) -> None:
        """`children`: which records those that hang on this one are."""
        await self.keep_units(tx, claim, children)
        await timeline.notes(
            tx,
            tenant=claim.tenant,
            connection=claim.connection,
            record=claim.record,
            written=self.lines,
        )

    async def keep_units(self, tx: Tx, claim: Claim, children: Mapping[str, UUID] | None = None) -> None:
        """Once per run: before the ERP is told of the order, so that its stock never knows more than we do."""
        known = children or {}
        kept = {known[key]: units for key, units in self.given.items() if key in known}
        if self.units is not None and not (self.hangs and await demand_lines.is_kept(tx, claim)):
            kept[claim.record] = self.units
        if kept:
            await demand_lines.keep(tx, claim, kept, placed_at=self.basis.placed_at, trust=self.trust)
        self.units = None

    def _add(
        self, kind: str, sentence: str, *, code: str | None = None, facts: Mapping[str, str] | None = None
    ) -> None:
        self.lines.append(Note(kind=kind, sentence=sentence, code=code, facts=facts or {}))


def _began(words: str) -> str:
    return words[:1].upper() + words[1:]
