"""How far the demo ERP has come with our documents: by its list of changes, from where it was last read to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

from app.domain.document_status import DocumentStatus, Stage
from app.domain.ids import ExternalId, SinkKey
from app.hosts.memory import wire
from app.hosts.memory.register import Calls
from app.ports import Page


class MemoryStatus:
    """Implements `StatusSource`."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def moved(self, cursor: str | None) -> AsyncIterator[Page[DocumentStatus]]:
        if cursor is None:
            last = await self._page(None)
            yield Page(items=(), cursor=str(last.documents[0].changed if last.documents else 0))
            return
        after: int | None = int(cursor)
        while after is not None:
            page = await self._page(after)
            ours = (each for each in page.documents if each.external_id)
            last_seen = page.documents[-1].changed if page.documents else after
            yield Page(items=tuple(map(_status, ours)), cursor=str(last_seen))
            after = page.next

    async def _page(self, after: int | None) -> wire.Documents:
        query = {} if after is None else {"after": str(after)}
        return await self._calls.read(wire.Documents, "/v1/changes", query)


def _status(document: wire.Document) -> DocumentStatus:
    settled = document.status in {"invoiced", "posted"}
    reached = {
        Stage.ALLOCATED: document.status in {"confirmed", "invoiced"},
        Stage.SHIPPED: document.shipped or document.type == "cash_sale",
        Stage.INVOICED: settled,
        Stage.PAID: settled and document.paid >= document.total > Decimal(0),
        Stage.CANCELLED: document.status == "cancelled",
    }
    return DocumentStatus(
        sink_key=SinkKey(str(document.id)),
        external_id=ExternalId(document.external_id or ""),
        number=document.number,
        reached=frozenset(stage for stage, there in reached.items() if there),
        paid=document.paid,
        currency=document.currency,
    )
