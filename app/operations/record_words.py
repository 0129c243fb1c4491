"""What a person decides about records: leaving them out, linking one to a document they name, letting go of a link."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from app.domain.document import DocumentState, FoundDocument
from app.errors import Refused
from app.models import connections, record_words, timeline
from app.models.callers import audited
from app.models.connections import Connection
from app.models.database import Tx
from app.models.record_words import Standing
from app.models.records import State
from app.ports import Missing, Numbered
from app.sync.sides import Sides
from app.wiring import Core

_OPEN = frozenset({State.WAITING.value, State.RUNNING.value, State.HELD.value})
_LEFT_OUT = "A person decided to leave this out."
_LINKED = frozenset({"order", "refund"})
"""Kinds whose documents a person may name or let go of: the ERP makes one for each."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who decides, and for whom."""

    tenant: UUID
    actor: str


async def skip(core: Core, person: Person, records: Sequence[UUID]) -> None:
    """All of them or, Refused, none."""
    async with core.database.tenant(person.tenant) as tx:
        found = await _found(tx, person, records)
        for each in found.values():
            _may_be_skipped(each)
        await record_words.skip(tx, tenant=person.tenant, records=list(found))
        for each in found.values():
            await _written(tx, person, each, "skip", _LEFT_OUT, {})
    await _poked(core, person, found.values())


async def skip_what_may_be(core: Core, person: Person, records: Sequence[UUID]) -> list[UUID]:
    """Those of them for which nothing is under way; answers with which. The rest stays as it is."""
    async with core.database.tenant(person.tenant) as tx:
        found = await record_words.locked(tx, tenant=person.tenant, records=records)
        chosen = [each for each in found.values() if _refusal(each) is None]
        await record_words.skip(tx, tenant=person.tenant, records=[each.id for each in chosen])
        for each in chosen:
            await _noted(tx, person, each, _LEFT_OUT, {})
    return [each.id for each in chosen]


def _refusal(record: Standing) -> Refused | None:
    try:
        _may_be_skipped(record)
    except Refused as refused:
        return refused
    return None


def _may_be_skipped(record: Standing) -> None:
    _free(record)
    if record.state not in _OPEN:
        raise Refused(
            "record.not_waiting", f"{_called(record)} does not wait: there is nothing to leave out."
        )
    if record.sent and record.sink_key is None:
        raise Refused(
            "record.sent_already",
            f"Something was sent for {_called(record)} already. Retry it, so that it is looked up first.",
        )


async def unlink(core: Core, person: Person, record: UUID) -> None:
    async with core.database.tenant(person.tenant) as tx:
        found = await _found(tx, person, [record])
        one = _of_documents(found[record])
        if one.sink_key is None:
            raise Refused("record.not_linked", f"{_called(one)} is linked to no document.")
        await record_words.unlink(tx, tenant=person.tenant, record=record)
        facts = {"document": one.sink_key}
        await _written(tx, person, one, "unlink", "A person let go of the document it was linked to.", facts)
    await _poked(core, person, found.values())


async def adopt(core: Core, person: Person, record: UUID, number: str, *, anyway: bool) -> FoundDocument:
    """Links a record to the document of this number, once it was looked up; `anyway`: although they come to another sum."""
    async with core.database.tenant(person.tenant) as tx:
        one = _may_adopt((await _found(tx, person, [record]))[record])
        connection = await connections.one(tx, tenant=person.tenant, connection=one.connection)
    assert connection is not None
    document = await _named(core, connection, one, number)
    if not anyway:
        _alike(one, document)
    try:
        async with core.database.tenant(person.tenant) as tx:
            found = await _found(tx, person, [record])
            await _link(tx, person, _may_adopt(found[record]), document)
    except asyncpg.UniqueViolationError as cause:
        raise _elsewhere(document, "another record") from cause
    await _poked(core, person, found.values())
    return document


async def _link(tx: Tx, person: Person, one: Standing, document: FoundDocument) -> None:
    number = document.number or document.sink_key
    at = {"tenant": person.tenant, "connection": one.connection}
    holder = await record_words.holder(tx, **at, kind=one.kind, sink_key=document.sink_key)
    if holder is not None:
        raise _elsewhere(document, holder)
    await record_words.adopt(
        tx,
        tenant=person.tenant,
        record=one.id,
        key=document.sink_key,
        number=number,
        address=document.address,
    )
    await _written(tx, person, one, "adopt", f"A person linked it to {number}.", {"number": number})


def _may_adopt(record: Standing) -> Standing:
    _of_documents(record)
    if record.sink_key is not None:
        raise Refused("record.linked", f"{_called(record)} is linked already. Let go of that document first.")
    return record


async def _named(core: Core, connection: Connection, record: Standing, number: str) -> FoundDocument:
    """The one document of this number that is no draft and not cancelled. Reads the ERP."""
    sides = await core.open_sides(connection)
    sink = _sink(sides, record)
    found = await sides.ask(lambda: sink.numbered(number))
    standing = [each for each in found if each.state in {DocumentState.OPEN, DocumentState.POSTED}]
    if len(standing) == 1:
        return standing[0]
    if len(standing) > 1:
        raise Refused("document.several", f"The ERP has more than one document {number}.")
    if found:
        raise Refused("document.not_standing", f"Document {number} is a draft or was cancelled in the ERP.")
    raise Refused("document.not_found", f"The ERP has no document {number} of this kind.")


def _sink(sides: Sides, record: Standing) -> Numbered:
    sink = sides.host.orders if record.kind == "order" else sides.host.refunds
    if isinstance(sink, Missing) or not isinstance(sink, Numbered):
        raise Refused("record.not_adoptable", "This ERP's documents can't be looked up by their number yet.")
    return sink


def _alike(record: Standing, document: FoundDocument) -> None:
    """What comes to another sum is most likely another order's document; a person may know better."""
    ours, theirs = (record.amount, record.currency), (document.total, document.currency)
    if None in ours or document.total is None:
        return
    same_currency = document.currency in {None, record.currency}
    if same_currency and record.amount == document.total:
        return
    number = document.number or document.sink_key
    raise Refused(
        "document.not_alike",
        f"{number} comes to {theirs[0]:f} {theirs[1] or ''}, {_called(record)} to {ours[0]:f} {ours[1]}."
        " Link them all the same only if you know why.",
        facts={"number": number},
    )


def _elsewhere(document: FoundDocument, holder: str) -> Refused:
    number = document.number or document.sink_key
    return Refused("document.linked_elsewhere", f"{number} belongs to {holder}.")


async def _found(tx: Tx, person: Person, records: Sequence[UUID]) -> Mapping[UUID, Standing]:
    found = await record_words.locked(tx, tenant=person.tenant, records=records)
    if not records or len(found) < len(set(records)):
        raise Refused("record.unknown", "There is no such record.")
    return found


def _of_documents(record: Standing) -> Standing:
    _free(record)
    if record.kind not in _LINKED:
        raise Refused("record.not_adoptable", f"A {record.kind} is linked by itself.")
    return record


def _free(record: Standing) -> None:
    if record.busy:
        raise Refused("record.busy", f"{_called(record)} is being worked on. Try again in a moment.")


def _called(record: Standing) -> str:
    return record.name or f"This {record.kind}"


async def _written(
    tx: Tx, person: Person, record: Standing, action: str, sentence: str, facts: Mapping[str, str]
) -> None:
    await _noted(tx, person, record, sentence, facts)
    await audited(
        tx,
        tenant=person.tenant,
        actor=person.actor,
        action=f"record.{action}",
        subject=str(record.id),
        facts=facts,
    )


async def _noted(tx: Tx, person: Person, record: Standing, sentence: str, facts: Mapping[str, str]) -> None:
    await timeline.note(
        tx,
        tenant=person.tenant,
        connection=record.connection,
        record=record.id,
        kind="decided",
        sentence=sentence,
        facts=facts,
    )


async def _poked(core: Core, person: Person, records: Iterable[Standing]) -> None:
    for shop in sorted({each.shop for each in records}):
        await core.queue.poke(person.tenant, shop)
