"""What every view begins by asking is answered along with the page's document: it asks for its own one way and back sooner."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import orjson

from app import logs
from app.errors import StockbridgeError
from app.graphql.door import Api, context_of
from app.models.database import AWAY

_LIST = "first.json"


@dataclass(frozen=True, kw_only=True)
class First:
    """`documents`: the page's own text of each, by its name. `patience`: how long a document waits for its answers, at most."""

    api: Api
    documents: Mapping[str, str]
    patience: timedelta
    late: set[asyncio.Task[Mapping[str, object]]] = field(default_factory=set)

    @classmethod
    def found(cls, api: Api, folder: Path, *, patience: timedelta) -> First:
        """What the build left; without it nothing is answered early."""
        file = folder / _LIST
        documents = orjson.loads(file.read_bytes()) if file.is_file() else {}
        return cls(api=api, documents=documents, patience=patience)

    async def answers(self, token: str, names: Sequence[str]) -> Mapping[str, object]:
        """What the API answers the person behind this session token, by the document's name; what is not had soon, or fails, is
        left out: the page asks by itself then.
        """
        until = asyncio.get_running_loop().time() + self.patience.total_seconds()
        asking = asyncio.create_task(self._answers(token, names, until))
        self.late.add(asking)
        asking.add_done_callback(self.late.discard)
        done, _ = await asyncio.wait({asking}, timeout=self.patience.total_seconds())
        return asking.result() if done else {}

    async def _answers(self, token: str, names: Sequence[str], until: float) -> Mapping[str, object]:
        found: dict[str, object] = {}
        try:
            context = context_of(self.api, await self.api.known(f"Bearer {token}"))
            for name in names:
                # Who opened the page is known by then, which it needs in any case; the rest nobody waits for any more.
                if asyncio.get_running_loop().time() > until:
                    break
                if document := self.documents.get(name):
                    result = await self.api.schema.execute(document, context_value=context)
                    if result.data and not result.errors:
                        found[name] = result.data
        except (StockbridgeError, *AWAY):
            return {}
        except Exception as error:  # noqa: BLE001  a page without them is whole
            logs.get("web").error("first.failed", exc_info=error)
            return {}
        return found
