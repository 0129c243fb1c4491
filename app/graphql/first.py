"""What every view begins by asking is answered along with the page's document: it asks for its own one way and back sooner."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from app.errors import StockbridgeError
from app.graphql.door import Api, context_of
from app.models.database import AWAY

_LIST = "first.json"
_PATIENCE = 0.3
"""Seconds that a document waits for its answers: later the page asks by itself, as it does wherever one is missing."""


@dataclass(frozen=True, kw_only=True)
class First:
    """`documents`: the page's own text of each, by its name."""

    api: Api
    documents: Mapping[str, str]
    patience: float = _PATIENCE
    late: set[asyncio.Task[Mapping[str, object]]] = field(default_factory=set)

    @classmethod
    def found(cls, api: Api, folder: Path) -> First:
        """What the build left; without it nothing is answered early."""
        file = folder / _LIST
        return cls(api=api, documents=orjson.loads(file.read_bytes()) if file.is_file() else {})

    async def answers(self, token: str, names: Sequence[str]) -> Mapping[str, object]:
        """What the API answers the person behind this session token, by the document's name; what is not had soon is left out."""
        asking = asyncio.create_task(self._answers(token, names))
        self.late.add(asking)
        asking.add_done_callback(self.late.discard)
        done, _ = await asyncio.wait({asking}, timeout=self.patience)
        return asking.result() if done else {}

    async def _answers(self, token: str, names: Sequence[str]) -> Mapping[str, object]:
        try:
            caller = await self.api.known(f"Bearer {token}")
        except (StockbridgeError, *AWAY):
            return {}
        context = context_of(self.api, caller)
        found: dict[str, object] = {}
        for name in names:
            if document := self.documents.get(name):
                result = await self.api.schema.execute(document, context_value=context)
                if result.data and not result.errors:
                    found[name] = result.data
        return found
