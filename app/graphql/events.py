"""The timeline of one record: what happened, in words, and behind each request what was sent and answered."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from uuid import UUID

import orjson
import strawberry
from strawberry.scalars import JSON

from app.errors import Bug
from app.graphql.codes import Code, code_of
from app.graphql.connections import NamedValue
from app.graphql.context import Info
from app.graphql.loaders import Inner
from app.graphql.paging import PageInfo, asked, cursor, cut, number, opened
from app.models.record_events import EventRow, Exchanged, Sent
from app.outbound.evidence import redacted
from app.ports import Json

_SENT = frozenset({"sending"})


@strawberry.enum(description="How one request to the other side ended.")
class Outcome(Enum):
    DONE = strawberry.enum_value("done", description="It was done and confirmed.")
    REFUSED = strawberry.enum_value("refused", description="It was refused: for certain nothing was done.")
    RETRY = strawberry.enum_value("retry", description="Nothing was done for certain; it is tried again.")
    UNCLEAR = strawberry.enum_value(
        "unclear", description="No answer came; what was done is looked up before anything else."
    )


@strawberry.enum(description="How a timeline is sorted.")
class EventSort(Enum):
    NEWEST = strawberry.enum_value("newest", description="The latest lines come first.")
    OLDEST = strawberry.enum_value("oldest", description="As it happened.")


@strawberry.type(description="One request and its answer, without secrets and personal data.")
class Exchange:
    at: datetime = strawberry.field(description="When it ended.")
    outcome: Outcome = strawberry.field(description="How it ended.")
    code: str | None = strawberry.field(description="The reason's code when it failed.")
    number: str | None = strawberry.field(description="The ERP's number of the document.")
    took_ms: int | None = strawberry.field(description="How long it took, in milliseconds.")
    payload: JSON | None = strawberry.field(description="What was to be written; null once it has expired.")
    request: JSON | None = strawberry.field(
        description="The request as it went out; null once it has expired."
    )
    response: JSON | None = strawberry.field(
        description="The answer; null where there was none or it has expired."
    )


@strawberry.type(description="One line of a timeline.")
class Event:
    id: strawberry.ID = strawberry.field(description="The line's own id.")
    at: datetime = strawberry.field(description="When it was noted.")
    kind: str = strawberry.field(
        description="What kind of line it is, such as `read`, `sending`, `sent`, `held`."
    )
    sentence: str = strawberry.field(description="What happened, in words.")
    code: str | None = strawberry.field(description="The reason's stable code.")
    facts: list[NamedValue] = strawberry.field(description="Its particulars.")
    row: strawberry.Private[EventRow]

    @strawberry.field(description="What was sent and answered; null for lines that are not about a request.")
    async def exchange(self, info: Info) -> Exchange | None:
        step = self.row.facts.get("step")
        if step is None or self.row.kind not in _SENT:
            return None
        found = await info.context.loaders.exchange.load(
            Sent(record=self.row.record, step=step, at=self.row.at)
        )
        return _exchange(info, found) if found else None

    @strawberry.field(description="The code explained.")
    def explanation(self) -> Code | None:
        return code_of(self.code) if self.code else None

    @classmethod
    def of(cls, row: EventRow) -> Event:
        return cls(
            id=strawberry.ID(str(row.id)),
            at=row.at,
            kind=row.kind,
            sentence=row.sentence,
            code=row.code,
            facts=[NamedValue(name=name, value=str(value)) for name, value in sorted(row.facts.items())],
            row=row,
        )


@strawberry.type(description="A line in a timeline.")
class EventEdge:
    cursor: str = strawberry.field(description="Where it stands.")
    node: Event = strawberry.field(description="The line.")


@strawberry.type(description="A page of a timeline.")
class EventConnection:
    edges: list[EventEdge] = strawberry.field(description="The lines with their cursors.")
    nodes: list[Event] = strawberry.field(description="The lines.")
    page_info: PageInfo = strawberry.field(description="Whether there are more.")


async def events_of(
    info: Info, record: UUID, *, first: int, after: str | None, sort: EventSort = EventSort.NEWEST
) -> EventConnection:
    """The record has been looked up as the caller's own."""
    wanted = Inner(
        of=record,
        after=number(opened(after, 1)),
        most=asked(first) + 1,
        newest_first=sort is EventSort.NEWEST,
    )
    rows = await info.context.loaders.events.load(wanted) or []
    shown, more = cut(rows, first)
    edges = [EventEdge(cursor=cursor(str(row.id)), node=Event.of(row)) for row in shown]
    return EventConnection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=PageInfo(has_next_page=more, end_cursor=edges[-1].cursor if edges else None),
    )


def _exchange(info: Info, found: Exchanged) -> Exchange:
    told = _unpacked(info, found.evidence, "attempt")
    parts = told if isinstance(told, dict) else {}
    return Exchange(
        at=found.at,
        outcome=Outcome(found.outcome),
        code=found.code,
        number=found.number,
        took_ms=found.took_ms,
        payload=_shown(_unpacked(info, found.payload, "effect")),
        request=_shown(parts.get("request")),
        response=_shown(parts.get("response")),
    )


def _unpacked(info: Info, packed: bytes | None, purpose: str) -> Json:
    """Evidence sealed with a key that is gone is as good as expired."""
    if packed is None:
        return None
    try:
        opened_: Json = orjson.loads(
            info.context.core.vault.unpack(packed, tenant=info.context.tenant, purpose=purpose)
        )
    except Bug:
        return None
    return opened_


def _shown(value: Json) -> JSON | None:
    return JSON(redacted(value)) if value else None
