"""The engine: takes one claimed record through read, map, decide, put and link, and says how the run ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Generic, Literal, Protocol

from app.domain.person import without
from app.errors import Reason, Rejected, Retry, StockbridgeError, Verdict
from app.models import connections, effects, records
from app.models.database import Database
from app.models.effects import Effects
from app.models.records import Claim, End, State, Word
from app.ports import Fence, Flow, Found, Missing, Recognises, Sink
from app.steps.points import RecordKind, reached
from app.sync import owners, word, writes
from app.sync.consulting import decided
from app.sync.ending import basis_with, called_off_there, linked, possible_duplicate, real
from app.sync.flow import (
    Cancelled,
    D,
    Decider,
    Decision,
    Hold,
    Put,
    R,
    RecordFlow,
    Rules,
    Skip,
    Told,
    Trace,
    Wait,
)
from app.sync.gathering import Gathered
from app.sync.journal import Journal
from app.sync.sending import LeaseLost, Sender, check, effect_key, wait_for
from app.sync.sides import Sides, Way

SWITCHED_OFF = "flow.switched_off"
_MOST_STEPS = 60
_STEPS_WITHIN = timedelta(hours=1)
"""Runs are cut off between steps: what a document asks for again and again is counted over all of its runs."""
_MOST_SUBSTITUTES = 20


class Carries(Protocol):
    """Runs claimed records of one kind."""

    @property
    def to(self) -> Literal["host", "store"]: ...

    async def run(self, claim: Claim, sides: Sides, journal: Journal) -> End: ...


@dataclass(frozen=True, kw_only=True)
class Engine:
    """Runs records, each by the carrier of its kind."""

    carriers: Mapping[RecordKind, Carries]

    async def run(self, claim: Claim, sides: Sides, journal: Journal) -> End:
        """One run. Raises the errors of either side; LeaseLost, NotYet and WritesOff are the caller's to turn into an end."""
        return await self.carriers[claim.kind].run(claim, sides, journal)

    def to(self, kind: RecordKind) -> Literal["host", "store"]:
        """The side that records of this kind go to."""
        return self.carriers[kind].to


@dataclass(frozen=True, kw_only=True)
class Carrier(Generic[R, D]):
    """Runs the records of one flow. Holds no state of its own: everything between two runs is in PostgreSQL."""

    flow: RecordFlow[R, D]
    database: Database
    sender: Sender
    now: Callable[[], datetime]
    around: Callable[[Claim, Sides, R], AbstractAsyncContextManager[None]] = lambda claim, sides, record: (
        nullcontext()
    )
    """What is held while a record is decided and put, the record's own lease being held already."""
    gathered: Gathered[R] = field(default_factory=Gathered)

    @property
    def to(self) -> Literal["host", "store"]:
        return self.flow.to

    async def run(self, claim: Claim, sides: Sides, journal: Journal) -> End:
        """See Engine.run."""
        flow = self.flow
        await reached(flow.kind, "leased")
        refused = owners.refusal(sides.connection.owners, flow.flow.value, to=flow.to)
        if refused is not None:
            return journal.end(End(state=State.SKIPPED, reason=refused))
        if self.is_off(sides):
            return self._switched_off(journal)
        sink = flow.sink(sides)
        if isinstance(sink, Missing):
            return self._powerless(journal, sink)
        record = await self.read(claim, sides, journal)
        if record is None:
            return self._gone(claim, journal)
        journal.read(flow.version(record), flow.units(record))
        journal.children, journal.given = flow.children(record), flow.given(record)
        await reached(flow.kind, "read")
        basis = journal.basis = flow.basis(claim, record)
        if self._still_held(claim, basis):
            return journal.keep(claim, basis)
        ends = word.ends(claim, basis)
        if ends is not None:
            return journal.end(ends)
        try:
            decider = await flow.decider(claim, record)
            async with self.around(claim, sides, record):
                return await self._decided(claim, sides, sink, decider, basis, journal)
        except StockbridgeError as error:
            words = flow.private(record)
            error.say_without(lambda text: without(text, words))
            raise

    async def _decided(
        self,
        claim: Claim,
        sides: Sides,
        sink: Sink[D],
        decider: Decider[D],
        basis: End,
        journal: Journal,
    ) -> End:
        """Decides and does it; an item that the ERP turns out not to know may be decided about once more."""
        # What is never written to was told nothing: an order that was linked by hand is decided about as it is now.
        told = None if claim.word is Word.ADOPT else await self.told_of(claim)
        rules = await self.rules_for(claim, sides, told)
        for _ in range(_MOST_SUBSTITUTES):
            decision = await decided(decider, told, rules, self.now, sides)
            await reached(self.flow.kind, "mapped")
            try:
                return await self._carry_out(claim, sides, sink, decision, rules, basis, journal)
            except Rejected as refused:
                told = self.flow.instead(decision, refused, rules)
                if told is None:
                    raise
        raise Rejected(
            "item.unknown", "The ERP knows hardly any item of this document.", verdict=Verdict.NEEDS_MAPPING
        )

    async def read(self, claim: Claim, sides: Sides, journal: Journal) -> R | None:
        """Fresh from its own side; older than a hint, or not there yet, means: not now (rule 22)."""
        source, kind = self.flow.source(sides), self.flow.kind
        side, name = ("store", "store") if self.to == "host" else ("host", "ERP")
        if isinstance(source, Missing):
            raise Rejected(f"{side}.no_{self.flow.flow.value}", source.sentence, verdict=Verdict.NEVER)
        reads = source
        if self.to == "host":
            record = await reads.get(claim.source_key)
        else:
            record = await self.gathered.read(claim.connection, claim.source_key, reads, sides)
            journal.host_answers = True
        if record is None:
            if self.now() - claim.first_seen_at < sides.timing.not_there_yet:
                raise Retry(f"{kind}.not_there_yet", f"The {name} does not show this {kind} yet.")
            return None
        if claim.min_version is not None and self.flow.version(record) < claim.min_version:
            raise Retry(f"{kind}.stale_read", f"The {name} still shows an older version of this {kind}.")
        return record

    def _gone(self, claim: Claim, journal: Journal) -> End:
        kind = self.flow.kind
        here, there = ("store", "ERP") if self.to == "host" else ("ERP", "store")
        if claim.told is None:
            sentence = f"The {kind} was deleted in the {here} before it was sent."
            return journal.end(
                End(state=State.CANCELLED, reason=Reason(code=f"{kind}.deleted", sentence=sentence))
            )
        sentence = f"The {kind} was deleted in the {here} after it was sent to the {there}."
        return journal.end(End(state=State.HELD, reason=Reason(code=f"{kind}.deleted", sentence=sentence)))

    def is_off(self, sides: Sides) -> bool:
        """Orders are what a connection is for: they are stopped with it, and never left out."""
        flow = self.flow.flow
        return flow is not Flow.ORDERS and not sides.connection.flows.get(flow.value, True)

    def _switched_off(self, journal: Journal) -> End:
        """Nothing is read and nothing sent; when the flow is switched on, it is looked at again."""
        sentence = f"Nothing is done about this {self.flow.kind} while the connection's flow is switched off."
        reason = Reason(code=SWITCHED_OFF, sentence=sentence, verdict=Verdict.RETRY_SAFE)
        return journal.end(End(state=State.SKIPPED, reason=reason))

    def _powerless(self, journal: Journal, sink: Missing) -> End:
        """Orders are what a connection is for; what else a side can't take is recorded, and the page says so."""
        flow = self.flow.flow
        if flow is Flow.ORDERS:
            raise Rejected("host.no_orders", sink.sentence, verdict=Verdict.NEVER)
        side = self.to
        reason = Reason(code=f"{side}.no_{flow.value}", sentence=sink.sentence, verdict=Verdict.NEVER)
        return journal.end(End(state=State.SKIPPED, reason=reason))

    def _still_held(self, claim: Claim, basis: End) -> bool:
        """A new event re-runs a held record once, and again only when its content has changed (rule 23)."""
        same = claim.content_hash == basis.content_hash
        anew = claim.asked or claim.replay is not None or word.unheard(claim)
        return claim.before is State.HELD and same and claim.held_runs > 1 and not anew

    async def told_of(self, claim: Claim) -> Told | None:
        """What the ERP may have been told; what was frozen for a send that never left, or was refused, binds nobody."""
        if claim.told is None:
            return None
        async with self.database.tenant(claim.tenant) as tx:
            known = await effects.of_record(tx, claim)
        return claim.told if known.sent_any or claim.sink_key is not None else None

    async def rules_for(self, claim: Claim, sides: Sides, told: Told | None) -> Rules:
        """The mapping version the order was first sent with stays its own (rule 9), unless a replay names another."""
        connection = sides.connection
        tables = connection.tables
        number = claim.replay or (claim.mapping_version if told is not None else None)
        if number not in {None, tables.number}:
            async with self.database.tenant(claim.tenant) as tx:
                frozen = await connections.mapping(
                    tx, tenant=claim.tenant, connection=claim.connection, number=number or 0
                )
            tables = frozen or tables
        return Rules(
            tables=tables,
            options=connection.options,
            go_live_at=connection.go_live_at or self.now(),
            timing=sides.timing,
            approved=claim.approved or claim.asked,
            targets=sides.spec.targets_by_name,
            credits=not isinstance(sides.host.refunds, Missing)
            and connection.flows.get(Flow.REFUNDS.value, True),
        )

    async def _carry_out(
        self, claim: Claim, sides: Sides, sink: Sink[D], decision: Decision[D], rules: Rules, basis: End,
        journal: Journal,
    ) -> End:  # fmt: skip
        decision = word.standing(claim, decision)
        match decision:
            case Put() if claim.word is Word.ADOPT:
                return journal.end(word.adopted(claim, decision, rules, basis))
            case Put():
                return await self._put(claim, sides, sink, decision, rules, basis, journal)
            case Trace():
                return await self._trace(claim, sides, sink, decision, rules, basis, journal)
            case Skip(reason=reason):
                return journal.end(basis_with(basis, State.SKIPPED, reason))
            case Cancelled(reason=reason):
                return journal.end(basis_with(basis, State.CANCELLED, reason))
            case Hold(reasons=reasons):
                journal.more(reasons[1:])
                return journal.end(basis_with(basis, State.HELD, reasons[0]))
            case Wait(until=until, reason=reason):
                return journal.end(basis_with(basis, State.WAITING, reason, again_at=until))

    async def _put(
        self, claim: Claim, sides: Sides, sink: Sink[D], put: Put[D], rules: Rules, basis: End, journal: Journal
    ) -> End:  # fmt: skip
        """Looks, does the next missing step, looks again, until nothing is missing (rules 1, 10)."""
        document = put.document
        if claim.told is None or dict(claim.told) != dict(put.told):
            writes.check(sides.connection, self.to)
            await self._freeze(claim, put, rules, journal)
        takeover: datetime | None = None
        way, looked_at = self.way(sides), self.now()
        seen: Found | None = None
        for done in range(_MOST_STEPS):
            known, found = (
                await self._look(claim, sides, sink, document, journal, first=not done)
                if seen is None
                else (await self._known(claim), seen)
            )
            # What was seen by the step's own call was seen after the look before it, and before the clock is read now.
            looked_at = known.now if seen is None else looked_at
            await reached(self.flow.kind, "looked_up")
            wait_for(known, claim, put.overtaken)
            stranger = possible_duplicate(claim, document, known, found)
            if stranger is not None:
                return journal.end(basis_with(basis, State.HELD, stranger))
            step = sink.next_step(document, found)
            if step is None or called_off_there(claim, put, step, known):
                return self._settled(claim, sides, put, found, basis, journal, takeover)
            if isinstance(step, Reason):
                return journal.end(linked(basis_with(basis, State.HELD, step), document, found))
            if (
                done and journal.late()
            ):  # between two steps nothing is lost; a job cut off inside one is unclear
                return basis_with(basis, State.WAITING, None, again_at=self.now())
            key = effect_key(claim, step)
            check(known, key, step, way, looked_at=looked_at, asked=claim.asked)
            # Who asks gets as many again, and no more: they stay asked for until a run ends.
            most = _MOST_STEPS * (2 if claim.asked else 1)
            if known.within(_STEPS_WITHIN) >= most and key not in known.by_key:
                break
            await reached(self.flow.kind, "planned")
            journal.sending(step, put.notes)
            evidence, effect = await self.sender.send(claim, sides, way, sink, step)
            journal.sent(step, evidence)
            if effect.tries > 1:
                takeover = effect.settle_at
            await reached(self.flow.kind, "done")
            if evidence.whole is not None and not effect.doubtful:
                return self._settled(claim, sides, put, evidence.whole, basis, journal, takeover)
            seen = evidence.found
        raise Rejected(
            "document.never_done",
            f"{'The ERP' if way.host else 'The store'} asks for one more step again and again; someone has to look at it.",
        )

    async def _trace(
        self, claim: Claim, sides: Sides, sink: Sink[D], trace: Trace[D], rules: Rules, basis: End, journal: Journal
    ) -> End:  # fmt: skip
        """Sends nothing: finds out whether a document exists or can still come to exist."""
        known, found = await self._look(claim, sides, sink, trace.document, journal)
        there = real(found)
        if there is not None:
            return journal.end(linked(basis_with(basis, State.HELD, trace.found), trace.document, found))
        still_open = [
            e.settle_at for e in known.by_key.values() if e.settle_at is not None and e.settle_at > known.now
        ]
        if known.sent_any and still_open:
            return journal.end(basis_with(basis, State.WAITING, trace.found, again_at=max(still_open)))
        return await self._carry_out(claim, sides, sink, trace.absent, rules, basis, journal)

    async def _look(
        self, claim: Claim, sides: Sides, sink: Sink[D], document: D, journal: Journal, *, first: bool = True
    ) -> tuple[Effects, Found]:
        known = await self._known(claim)
        likely = not known.by_key
        if self.to == "store":
            found = await sink.find(document, likely=likely)
            return known, await self._recognised(claim, sink, document, known, found)
        found = await sides.ask(lambda: sink.find(document, likely=likely), first=first)
        journal.host_answers = True
        return known, found

    async def _known(self, claim: Claim) -> Effects:
        async with self.database.tenant(claim.tenant) as tx:
            return await effects.of_record(tx, claim)

    async def _recognised(
        self, claim: Claim, sink: Sink[D], document: D, known: Effects, found: Found
    ) -> Found:
        """Where our key is not kept, what was sent tells which of it is ours; finding it adopts at once (rule 1)."""
        if not isinstance(sink, Recognises):
            return found
        found = sink.recognise(document, found, self.sender.on_file(claim, known))
        async with self.database.tenant(claim.tenant) as tx:
            for step, sink_key in sorted(found.adopted.items()):
                key = f"{claim.kind}:{claim.source_key}/{step}"
                if not await effects.adopt(tx, claim, key=key, sink_key=sink_key):
                    raise LeaseLost
        return found

    def way(self, sides: Sides) -> Way:
        return sides.to_host if self.to == "host" else sides.to_store

    async def _freeze(self, claim: Claim, put: Put[D], rules: Rules, journal: Journal) -> None:
        async with self.database.tenant(claim.tenant) as tx:
            mine = await records.freeze(
                tx,
                claim,
                told=put.told,
                reference=put.document.reference,
                external_id=put.document.external_id,
                mapping=rules.tables.number,
            )
            if mine:
                await journal.keep_units(tx, claim)
        if not mine:
            raise LeaseLost

    def _settled(
        self, claim: Claim, sides: Sides, put: Put[D], found: Found, basis: End, journal: Journal,
        takeover: datetime | None,
    ) -> End:  # fmt: skip
        state = State.HELD if put.then is not None else State.SETTLED
        doubles = takeover if self.way(sides).fence is Fence.NONE else None
        end = basis_with(basis, state, put.then, again_at=doubles, doubles_due_at=doubles)
        return journal.end(linked(replace(end, told=put.at_last), put.document, found))
