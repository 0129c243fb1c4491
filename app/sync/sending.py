"""Sends one step to the other side: permit, effect row committed as sent, the call under one deadline, evidence afterwards."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import orjson

from app.crypto import Vault
from app.domain.ids import SinkKey
from app.domain.person import without, words_among
from app.errors import AccessLost, Misconfigured, Rejected, Retry, StockbridgeError, Unclear, Verdict
from app.models import connections, effects
from app.models.database import Database, Tx
from app.models.effects import Effect, Effects, EffectState
from app.models.records import Claim
from app.outbound import private_texts
from app.ports import Evidence, Fence, Json, Sent, Step, StepKind
from app.steps.points import reached
from app.sync.sides import Sides, Way
from app.sync.writes import NO_WRITES, PRACTICE, WritesOff

_MOST_COMMITS = 3
EFFECT, ATTEMPT = "effect", "attempt"
"""What sealed payloads and evidence are bound to."""


class LeaseLost(Exception):
    """An heir has the record: stop at once and change nothing."""


class Does(Protocol):
    """What a sink of any kind of document can do."""

    async def do(self, step: Step) -> Evidence: ...


@dataclass(kw_only=True, eq=False)
class NotYet(Exception):
    """A request for this step may still commit: look again at `until`, send nothing before.

    Not frozen: whoever passes an exception on writes its traceback.
    """

    until: datetime


def effect_key(claim: Claim, step: Step) -> str:
    return f"{claim.kind}:{claim.source_key}/{step.key}"


def wait_for(known: Effects, claim: Claim, overtaken: Sequence[str]) -> None:
    """Raises NotYet while a step that the record has left behind may still commit: it would undo what comes after it."""
    unsure = {EffectState.SENT, EffectState.UNCLEAR}
    effects = [known.by_key.get(f"{claim.kind}:{claim.source_key}/{key}") for key in overtaken]
    until = [
        e.settle_at for e in effects if e and e.state in unsure and e.settle_at and e.settle_at > known.now
    ]
    if until:
        raise NotYet(until=max(until))


def check(known: Effects, key: str, step: Step, way: Way, *, looked_at: datetime, asked: bool) -> None:
    """Whether a step that the other side does not show may be sent now (rule 1).

    `looked_at`: the database's clock before the look that did not find it. Raises NotYet while an earlier request can
    still commit, and Rejected when a finished step has vanished from there.
    """
    effect = known.by_key.get(key)
    if effect is None or effect.state in {EffectState.PLANNED, EffectState.REFUSED}:
        return
    safe_at = _safe_at(effect, step, way.fence)
    if safe_at is not None and looked_at < safe_at:
        raise NotYet(until=safe_at)
    if effect.state is EffectState.DONE and not asked:
        there, what = ("The ERP", "document") if way.host else ("The store", "record")
        raise Rejected(
            "document.changed_in_erp",
            f"{there} confirmed a step of this {what} that it no longer shows: someone changed or removed it there.",
            verdict=Verdict.LOOK_FIRST,
            facts={"step": step.key},
        )


def _safe_at(effect: Effect, step: Step, fence: Fence) -> datetime | None:
    unique = step.repeatable or (fence is Fence.UNIQUE and step.kind is StepKind.CREATE)
    return effect.deadline_at if unique and effect.state is not EffectState.DONE else effect.settle_at


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Sends steps; everything it needs is passed in."""

    database: Database
    vault: Vault

    async def send(
        self, claim: Claim, sides: Sides, way: Way, sink: Does, step: Step
    ) -> tuple[Evidence, Effect]:
        """Sends the step once and records the answer. Raises what the other side raised, LeaseLost when an heir has the record,
        WritesOff when nothing may be written there.

        Any exit that is no definite answer leaves the effect sent (rule 6): a cancellation passes straight through.
        The deadline runs from the commit, as an heir counts it: who was held up since then commits anew, or sends nothing.
        """
        async with way.hold():
            for _ in range(_MOST_COMMITS):
                committing = time.monotonic()
                effect = await self._mark_sent(claim, sides, way, step)
                await reached(claim.kind, "sent")
                left = way.deadline - _since(committing)
                if left > way.deadline / 2:
                    evidence, took = await self._call(claim, way, sink, step, effect, within=left)
                    break
            else:
                raise LeaseLost
        # The other side is not kept waiting for what is written down of its answer.
        await self._done(claim, effect, evidence, took)
        return evidence, effect

    def on_file(self, claim: Claim, known: Effects) -> dict[str, Sent]:
        """What was sent for a record, by the keys of its steps, opened."""
        prefix = f"{claim.kind}:{claim.source_key}/"
        return {
            key.removeprefix(prefix): Sent(
                payload=self._payload(claim, effect) if effect.payload else {},
                sink_key=SinkKey(effect.sink_key) if effect.sink_key else None,
                open=effect.state is not EffectState.DONE,
                tries=effect.tries,
            )
            for key, effect in known.by_key.items()
            if effect.state not in {EffectState.PLANNED, EffectState.REFUSED}
        }

    async def _call(
        self, claim: Claim, way: Way, sink: Does, step: Step, effect: Effect, *, within: timedelta
    ) -> tuple[Evidence, timedelta]:
        frozen = Step(
            key=step.key, kind=step.kind, payload=self._payload(claim, effect), repeatable=step.repeatable
        )
        began = time.monotonic()
        try:
            async with asyncio.timeout(within.total_seconds()):
                evidence = await sink.do(frozen)
        except Exception as error:
            failure = _as_ours(error, way)
            say_of_nobody(failure, frozen)
            failure.at_host = way.host
            await self._failed(claim, effect, failure, _since(began))
            raise failure from error
        await reached(claim.kind, "answered")
        return evidence, _since(began)

    async def _mark_sent(self, claim: Claim, sides: Sides, way: Way, step: Step) -> Effect:
        payload = orjson.dumps(step.payload, option=orjson.OPT_SORT_KEYS)
        async with self.database.tenant(claim.tenant) as tx:
            effect = await effects.send(
                tx,
                claim,
                target="host" if way.host else "store",
                key=effect_key(claim, step),
                kind=step.kind.value,
                payload=self.vault.pack(payload, tenant=claim.tenant, purpose=EFFECT),
                payload_hash=hashlib.sha256(payload).digest(),
                deadline=way.deadline,
                settle=way.settle,
                margin=sides.timing.lease_margin,
            )
            if effect is None:
                await self._shut(tx, claim, way)
                raise LeaseLost
            return effect

    async def _shut(self, tx: Tx, claim: Claim, way: Way) -> None:
        """Raises WritesOff where that is why nothing was committed."""
        off, practice = await connections.switched_off(tx, tenant=claim.tenant, connection=claim.connection)
        if off or (practice and not way.host):
            raise WritesOff(reason=NO_WRITES if off else PRACTICE)

    def _payload(self, claim: Claim, effect: Effect) -> Mapping[str, Json]:
        packed = effect.payload or b""
        stored: Mapping[str, Json] = orjson.loads(
            self.vault.unpack(packed, tenant=claim.tenant, purpose=EFFECT)
        )
        return stored

    async def _done(self, claim: Claim, effect: Effect, evidence: Evidence, took: timedelta) -> None:
        told = orjson.dumps({"request": evidence.request, "response": evidence.response})
        async with self.database.tenant(claim.tenant) as tx:
            mine = await effects.end(
                tx,
                tenant=claim.tenant,
                effect=effect,
                record=claim.record,
                epoch=claim.epoch,
                outcome="done",
                sink_key=evidence.sink_key,
                number=evidence.number,
                evidence=self.vault.pack(told, tenant=claim.tenant, purpose=ATTEMPT),
                took=took,
            )
        await reached(claim.kind, "evidence")
        if not mine:
            raise LeaseLost

    async def _failed(self, claim: Claim, effect: Effect, error: StockbridgeError, took: timedelta) -> None:
        async with self.database.tenant(claim.tenant) as tx:
            await effects.end(
                tx,
                tenant=claim.tenant,
                effect=effect,
                record=claim.record,
                epoch=claim.epoch,
                outcome=outcome_of(error),
                code=error.code,
                took=took,
            )


def say_of_nobody(error: StockbridgeError, step: Step) -> None:
    """A refusal may repeat whatever it was sent: what the step says of people is taken out of it."""
    words = words_among(private_texts(dict(step.payload)))
    error.say_without(lambda text: without(text, words))


def outcome_of(error: StockbridgeError) -> str:
    """What an error says about the write: refused and retry mean that it is certain nothing was done."""
    match error:
        case Retry():
            return "retry"
        case Rejected() | AccessLost() | Misconfigured():
            return "refused"
        case _:
            return "unclear"


def _as_ours(error: Exception, way: Way) -> StockbridgeError:
    if isinstance(error, StockbridgeError):
        return error
    late = isinstance(error, TimeoutError)
    if way.host and late:
        return Unclear(
            "host.no_answer",
            "The ERP did not answer in time; whether it took the document will be looked up.",
        )
    if way.host:
        return Unclear(
            "host.unreadable", "The ERP's answer could not be understood; what it did will be looked up."
        )
    if late:
        return Unclear("store.no_answer", "The store did not answer in time; what it did will be looked up.")
    return Unclear(
        "store.unreadable", "The store's answer could not be understood; what it did will be looked up."
    )


def _since(began: float) -> timedelta:
    return timedelta(seconds=time.monotonic() - began)
