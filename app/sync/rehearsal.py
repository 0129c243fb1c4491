"""A dry run of one record: read, decided and looked up as ever, with exactly what would be sent; nothing is written anywhere."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import orjson

from app.crypto import Vault
from app.domain.document import DocumentKind, DocumentPayment, SalesDocument
from app.domain.ids import RecordId
from app.errors import Reason, Retry, StockbridgeError
from app.mapping.tables import Tables
from app.models import effects
from app.models.connections import Connection
from app.models.effects import Effects
from app.models.records import Claim, State
from app.ports import Found, Json, Missing, Recognises, Sink, Step
from app.steps.points import RecordKind
from app.sync import owners, writes
from app.sync.consulting import decided
from app.sync.ending import called_off_there, possible_duplicate
from app.sync.engine import SWITCHED_OFF, Carrier
from app.sync.flow import Cancelled, Hold, Put, Skip, Trace, Wait
from app.sync.journal import Journal
from app.sync.sending import EFFECT, NotYet, check, effect_key, wait_for
from app.sync.sides import Sides

_MOST_CHANGES = 200


@dataclass(frozen=True, kw_only=True)
class Differs:
    """One field that would be told otherwise than it was. None: it is not there."""

    path: str
    told: str | None
    now: str | None


@dataclass(frozen=True, kw_only=True)
class Rehearsed:
    """`action`: send, nothing, hold, skip, wait, gone, or look where it is not known before.

    `payload`: the exact request of step `step`, where one is due.

    `differs`: the first request as it would be made now against the one that was sent; None: none was, or it is kept no more.
    `whole`: that first request, whether it is due or not; `payments`: what is told of money, mostly by later steps, which
    make of the document what `becomes` says.
    `more`: what else would hold it.
    """

    kind: str
    key: str
    reference: str | None = None
    action: str
    mapping: int | None = None
    step: str | None = None
    payload: Mapping[str, Json] | None = None
    differs: tuple[Differs, ...] | None = None
    reason: Reason | None = None
    whole: Mapping[str, Json] | None = None
    payments: tuple[DocumentPayment, ...] = ()
    becomes: DocumentKind | None = None
    more: tuple[Reason, ...] = ()


async def rehearse(
    carrier: Carrier[Any, Any], vault: Vault, claim: Claim, sides: Sides, *, by: Tables | None = None
) -> Rehearsed:
    """What a run would do now. Whatever either side says against it is the reason of a hold.

    `by`: under this mapping, whichever is in force or was; None: as the record itself goes.
    """
    return await _answered(claim, _rehearsed(carrier, vault, claim, sides, by))


async def _answered(claim: Claim, act: Awaitable[Rehearsed]) -> Rehearsed:
    try:
        return await act
    except NotYet:
        return _ends(claim, "wait", None)
    except Retry as error:
        return _ends(claim, "wait", error.reason)
    except StockbridgeError as error:
        return _ends(claim, "hold", error.reason)


async def _rehearsed(
    carrier: Carrier[Any, Any], vault: Vault, claim: Claim, sides: Sides, by: Tables | None
) -> Rehearsed:
    flow = carrier.flow
    refused = owners.refusal(sides.connection.owners, flow.flow.value, to=flow.to)
    sink = flow.sink(sides)
    if refused is not None:
        return _ends(claim, "skip", refused)
    if carrier.is_off(sides):
        return _ends(claim, "skip", Reason(code=SWITCHED_OFF, sentence="The flow is switched off."))
    if isinstance(sink, Missing):
        return _ends(claim, "skip", Reason(code=f"{flow.to}.no_{flow.flow.value}", sentence=sink.sentence))
    record = await carrier.read(claim, sides, Journal(what=claim.kind, to=flow.to))
    if record is None:
        return _ends(claim, "gone", None)
    told = await carrier.told_of(claim)
    rules = await carrier.rules_for(claim, sides, told)
    rules = rules if by is None else replace(rules, tables=by)
    decision = await decided(await flow.decider(claim, record), told, rules, carrier.now, sides)
    match decision:
        case Put():
            made = await _answered(claim, _put(carrier, vault, claim, sides, sink, decision))
            made = replace(_with_money(made, decision.document), whole=sink.render(decision.document))
        case Trace(found=reason) | Cancelled(reason=reason):
            made = _ends(claim, "hold" if isinstance(decision, Trace) else "skip", reason)
        case Skip(reason=reason):
            made = _ends(claim, "skip", reason)
        case Wait(reason=reason):
            made = _ends(claim, "wait", reason)
        case Hold(reasons=reasons):
            made = replace(_ends(claim, "hold", reasons[0]), more=tuple(reasons[1:]))
    return replace(made, reference=flow.basis(claim, record).reference, mapping=rules.tables.number)


async def _look(
    carrier: Carrier[Any, Any], claim: Claim, sides: Sides, sink: Sink[Any], document: Any
) -> tuple[Effects, Found]:
    """As the engine looks, but what is recognised is not written down as ours."""
    async with carrier.database.tenant(claim.tenant) as tx:
        known = await effects.of_record(tx, claim)
    likely = not known.by_key
    if carrier.to == "host":
        return known, await sides.ask(lambda: sink.find(document, likely=likely))
    found = await sink.find(document, likely=likely)
    if isinstance(sink, Recognises):
        found = sink.recognise(document, found, carrier.sender.on_file(claim, known))
    return known, found


async def _put(
    carrier: Carrier[Any, Any], vault: Vault, claim: Claim, sides: Sides, sink: Sink[Any], put: Put[Any]
) -> Rehearsed:
    document = put.document
    known, found = await _look(carrier, claim, sides, sink, document)
    stranger = possible_duplicate(claim, document, known, found)
    step = stranger or sink.next_step(document, found)
    differs = _differs(vault, claim, sink, document, known)
    wait_for(known, claim, put.overtaken)
    if step is None or called_off_there(claim, put, step, known):
        return Rehearsed(kind=claim.kind, key=claim.source_key, action="nothing", differs=differs)
    if isinstance(step, Reason):
        return Rehearsed(kind=claim.kind, key=claim.source_key, action="hold", reason=step, differs=differs)
    check(known, effect_key(claim, step), step, carrier.way(sides), looked_at=known.now, asked=False)
    off = writes.shut(sides.connection, carrier.to)
    return Rehearsed(
        kind=claim.kind,
        key=claim.source_key,
        action="send" if off is None else "wait" if off == writes.NO_WRITES else "skip",
        step=step.key,
        payload=step.payload,
        differs=differs,
        reason=off,
    )


def _with_money(made: Rehearsed, document: object) -> Rehearsed:
    if not isinstance(document, SalesDocument):
        return made
    return replace(made, payments=document.payments, becomes=document.kind)


def _differs(
    vault: Vault, claim: Claim, sink: Sink[Any], document: Any, known: Effects
) -> tuple[Differs, ...] | None:
    first = sink.next_step(document, Found())
    if not isinstance(first, Step):
        return None
    effect = known.by_key.get(effect_key(claim, first))
    if effect is None or effect.payload is None:
        return None
    was = orjson.loads(vault.unpack(effect.payload, tenant=claim.tenant, purpose=EFFECT))
    return differences(was, first.payload)


def differences(was: Json | Mapping[str, Json], now: Json | Mapping[str, Json]) -> tuple[Differs, ...]:
    """Field by field, by path; at most 200."""
    old, new = dict(_flat("", was)), dict(_flat("", now))
    paths = [path for path in sorted(old.keys() | new.keys()) if old.get(path) != new.get(path)]
    return tuple(Differs(path=path, told=old.get(path), now=new.get(path)) for path in paths[:_MOST_CHANGES])


def _flat(path: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(f"{path}.{name}" if path else str(name), inner)
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from _flat(f"{path}[{place}]", inner)
    elif value is not None:
        yield path, str(value)


def unheard(connection: Connection, *, kind: RecordKind, key: str, at: datetime) -> Claim:
    """A record that nobody has heard of, as its first run would find it; its id is nobody's."""
    return Claim(
        tenant=connection.tenant, record=RecordId(uuid4()), connection=connection.id, shop=connection.shop, kind=kind,
        source_key=key, epoch=0, wanted=1, before=State.WAITING, min_version=None, read_version=None, first_seen_at=at,
        content_hash=None, told=None, mapping_version=None, sink_key=None, sink_number=None, approved=False, asked=False,
        held_runs=0, attempts=0, failing_since=None, reason_code=None, doubles_due_at=None,
    )  # fmt: skip


def _ends(claim: Claim, action: str, reason: Reason | None) -> Rehearsed:
    return Rehearsed(kind=claim.kind, key=claim.source_key, action=action, reason=reason)
