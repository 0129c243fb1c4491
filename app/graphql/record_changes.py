"""What a person may decide about records of any kind: run them again, leave them out, link one by hand, let go of a link."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import strawberry

from app.domain.document import FoundDocument
from app.errors import Refused, StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.context import Info, Needs
from app.graphql.ids import record_of
from app.graphql.links import Link
from app.graphql.paging import MOST
from app.graphql.records import Record
from app.models import record_search
from app.operations import again, record_words
from app.operations.record_words import Person


@strawberry.type(description="What became of a decision about records.")
class RecordsPayload:
    records: list[Record] = strawberry.field(description="The records it was about, as they are now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type(description="A document as the ERP has it now.")
class HostDocument:
    number: str = strawberry.field(description="The ERP's number of it.")
    total: Decimal | None = strawberry.field(description="What it comes to; null: the ERP does not say.")
    currency: str | None = strawberry.field(description="In which currency.")
    link: Link | None = strawberry.field(description="Where to look at it.")

    @classmethod
    def of(cls, found: FoundDocument) -> HostDocument:
        link = Link(label="The document in the ERP", url=found.address) if found.address else None
        return cls(
            number=found.number or found.sink_key, total=found.total, currency=found.currency, link=link
        )


@strawberry.type(description="What became of linking a record by hand.")
class RecordAdoptPayload:
    record: Record | None = strawberry.field(description="The record; it is linked by its next run.")
    document: HostDocument | None = strawberry.field(description="The document it is linked to.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type
class RecordMutation:
    @strawberry.mutation(
        description="Runs records of any kind again now. Nothing is sent twice: each is looked up on the other side first.",
        extensions=[Needs(Scope.WRITE_RETRY)],
    )
    async def record_retry(self, info: Info, ids: list[strawberry.ID]) -> RecordsPayload:
        context = info.context
        try:
            chosen = _named(ids)
            rows = await _rows(info, chosen)
            if len(rows) < len(set(chosen)):
                raise _unknown()
        except StockbridgeError as error:
            return RecordsPayload(records=[], user_errors=user_errors(error, "ids"))
        shops = sorted({row.row.shop for row in rows})
        await again.retry_these(context.core, tenant=context.tenant, shops=shops, records=chosen)
        await context.audit("record.retry", ",".join(sorted(map(str, chosen)))[:2000])
        return RecordsPayload(records=await _rows(info, chosen), user_errors=[])

    @strawberry.mutation(
        description="Leaves out records that wait: nothing is sent for them until a person retries them. All of them or none;"
        " one for which something was sent already is refused.",
        extensions=[Needs(Scope.WRITE_RETRY)],
    )
    async def record_skip(self, info: Info, ids: list[strawberry.ID]) -> RecordsPayload:
        context = info.context
        try:
            chosen = _named(ids)
            await record_words.skip(context.core, _person(info), chosen)
        except StockbridgeError as error:
            return RecordsPayload(records=[], user_errors=user_errors(error, "ids"))
        return RecordsPayload(records=await _rows(info, chosen), user_errors=[])

    @strawberry.mutation(
        description="Links an order or a refund to a document that the ERP has, by its number, which is looked up there first."
        " From then on nothing is written to that document: it is its maker's. `anyway`: although they come to another sum.",
        extensions=[Needs(Scope.WRITE_RETRY)],
    )
    async def record_adopt(
        self, info: Info, id: strawberry.ID, host_number: str, anyway: bool = False
    ) -> RecordAdoptPayload:
        context = info.context
        try:
            (chosen,) = _named([id])
            number = host_number.strip()
            if not 0 < len(number) <= 100:
                raise Refused("document.not_found", "Say the number of the ERP's document.")
            found = await record_words.adopt(context.core, _person(info), chosen, number, anyway=anyway)
        except StockbridgeError as error:
            about = "hostNumber" if error.code.startswith("document.") else "id"
            return RecordAdoptPayload(record=None, document=None, user_errors=user_errors(error, about))
        (record,) = await _rows(info, [chosen])
        return RecordAdoptPayload(record=record, document=HostDocument.of(found), user_errors=[])

    @strawberry.mutation(
        description="Lets go of the document an order or a refund is linked to. It is held then; a retry looks its document up"
        " by the key we gave it, so that no second one is made.",
        extensions=[Needs(Scope.WRITE_RETRY)],
    )
    async def record_unlink(self, info: Info, id: strawberry.ID) -> RecordsPayload:
        try:
            chosen = _named([id])
            await record_words.unlink(info.context.core, _person(info), chosen[0])
        except StockbridgeError as error:
            return RecordsPayload(records=[], user_errors=user_errors(error, "id"))
        return RecordsPayload(records=await _rows(info, chosen), user_errors=[])


def _person(info: Info) -> Person:
    return Person(tenant=info.context.tenant, actor=info.context.caller.actor)


def _unknown() -> Refused:
    return Refused("record.unknown", "There is no such record.")


def _named(ids: Sequence[strawberry.ID]) -> list[UUID]:
    found = [chosen for chosen in map(record_of, ids[: MOST + 1]) if chosen is not None]
    if not found or len(found) < len(ids) or len(found) > MOST:
        raise _unknown()
    return list(dict.fromkeys(found))


async def _rows(info: Info, ids: Sequence[UUID]) -> list[Record]:
    context = info.context
    async with context.core.database.tenant(context.tenant) as tx:
        rows = await record_search.some(tx, tenant=context.tenant, ids=ids)
    return [Record.of(rows[each]) for each in ids if each in rows]
