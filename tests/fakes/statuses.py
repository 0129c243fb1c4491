"""An ERP that tells how far its documents have come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from app.domain.document_status import DocumentStatus, Stage
from app.domain.ids import ExternalId, SinkKey
from app.ports import Page


@dataclass
class FakeStatuses:
    """Implements `StatusSource`: a list that grows, read from where it was read to."""

    told: list[DocumentStatus] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)

    def tells(self, external_id: str, *stages: Stage) -> None:
        self.told.append(
            DocumentStatus(
                sink_key=SinkKey("D1"),
                external_id=ExternalId(external_id),
                number="SO1",
                reached=frozenset(stages),
            )
        )

    async def moved(self, cursor: str | None) -> AsyncIterator[Page[DocumentStatus]]:
        self.asked.append(cursor)
        since = len(self.told) if cursor is None else int(cursor)
        yield Page(items=tuple(self.told[since:]), cursor=str(len(self.told)))
