"""What an ERP tells of documents that exist: which of ours have moved on, by a list since a cursor."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from app.domain.document_status import DocumentStatus
from app.ports.reading import Page


class StatusSource(Protocol):
    """Reads how far documents have come. Never writes."""

    def moved(self, cursor: str | None) -> AsyncIterator[Page[DocumentStatus]]:
        """Documents of ours that changed since the cursor, padded so that a lagging list loses nothing; repeats are fine.

        Without a cursor nothing is listed: one page gives the cursor that everything from now on is found with.
        """
        ...
