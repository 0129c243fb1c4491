"""Which records somebody means: by id, by what people know them by, by kind, state, reason, connection and time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry

from app.errors import Refused
from app.graphql.connections import Joined, among
from app.graphql.context import Info
from app.graphql.ids import record_of
from app.graphql.overview import OrderState
from app.graphql.paging import MOST
from app.graphql.records import RecordKind
from app.models.record_search import Chosen
from app.operations.record_bulk import Selection

_LONGEST = 300


@strawberry.input(description="Which records: all that fit everything that is said here.")
class RecordFilterInput:
    ids: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description="These alone, up to 100; whatever else is said, but for the states, does not count.",
    )
    words: str | None = strawberry.field(
        default=None,
        description="A name or an ERP number, or how it begins; a key of either side, or the one we gave it there; the SKU of"
        " goods that are on their way; or a whole e-mail, which is compared as a keyed hash.",
    )
    kinds: list[RecordKind] | None = strawberry.field(
        default=None, description="Of these kinds; null: of every one."
    )
    states: list[OrderState] | None = strawberry.field(
        default=None, description="In these states; null: in any."
    )
    code: str | None = strawberry.field(
        default=None, description="Held or left out for this reason, by its stable code."
    )
    connection: strawberry.ID | None = strawberry.field(default=None, description="Of this connection alone.")
    shop: strawberry.ID | None = strawberry.field(
        default=None, description="Of this shop's connections alone."
    )
    since: datetime | None = strawberry.field(
        default=None, description="First heard of at this instant or later."
    )
    until: datetime | None = strawberry.field(default=None, description="First heard of before this instant.")


async def selection(info: Info, given: RecordFilterInput, known: Joined | None = None) -> Selection:
    """`known`: the connections it is about, where somebody has read them already. Raises Refused for a selection that
    can't be meant.
    """
    context, words = info.context, (given.words or "").strip()
    if len(words) > _LONGEST:
        raise Refused("page.size", f"Search for {_LONGEST} letters at most.")
    chosen = Chosen(
        connections=list(await among(info, given.connection, given.shop) if known is None else known),
        kinds=[str(each.value) for each in (given.kinds or RecordKind)],
        states=[str(each.value) for each in (given.states or OrderState)],
        code=given.code,
        since=given.since,
        until=given.until,
    )
    if "@" in words:
        email = context.core.vault.keyed_hash(words, tenant=context.tenant)
        return Selection(chosen=chosen, ids=_ids(given.ids), email=email)
    return Selection(chosen=chosen, ids=_ids(given.ids), words=words or None)


def _ids(given: list[strawberry.ID] | None) -> tuple[UUID, ...] | None:
    """What can't be an id names nothing."""
    if given is None:
        return None
    if len(given) > MOST:
        raise Refused("page.size", f"Up to {MOST} records can be named at once.")
    return tuple(found for found in map(record_of, given) if found is not None)
