"""What a view begins by asking is answered along with the page's document: the page has it when its scripts have come."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson

from app import logs
from app.errors import StockbridgeError
from app.graphql.beginnings import Opened, questions
from app.graphql.door import Api, context_of
from app.models.database import AWAY

_LIST = "questions.json"


@dataclass(frozen=True, kw_only=True)
class First:
    """`documents`: the page's own text of each question, by its name. `patience`: how long a document waits for its answers, at
    most.
    """

    api: Api
    documents: Mapping[str, str]
    patience: timedelta
    late: set[asyncio.Task[None]] = field(default_factory=set)

    @classmethod
    def found(cls, api: Api, folder: Path, *, patience: timedelta) -> First:
        """What the build left; without it nothing is answered early."""
        file = folder / _LIST
        documents = orjson.loads(file.read_bytes()) if file.is_file() else {}
        return cls(api=api, documents=documents, patience=patience)

    async def answers(
        self, token: str, view: str, path: Mapping[str, str], query: Mapping[str, str]
    ) -> Sequence[Mapping[str, object]]:
        """What the API answers the person behind this session token to what the view begins by asking.

        Each with the name of the question, its variables and the data. What is not had soon, or fails, is left out: the page asks
        by itself then.
        """
        until = asyncio.get_running_loop().time() + self.patience.total_seconds()
        found: list[Mapping[str, object]] = []
        opened = Opened(view=view, path=path, query=query)
        asking = asyncio.create_task(self._answer(token, opened, until, found))
        self.late.add(asking)
        asking.add_done_callback(self.late.discard)
        await asyncio.wait({asking}, timeout=self.patience.total_seconds())
        return tuple(found)

    async def _answer(
        self, token: str, opened: Opened, until: float, found: list[Mapping[str, object]]
    ) -> None:
        told: dict[str, Mapping[str, Any]] = {}
        try:
            caller = await self.api.known(f"Bearer {token}")
            context = context_of(self.api, caller)
            for question in questions(opened):
                # Who opened the page is known by then, which it needs in any case; the rest nobody waits for any more.
                if asyncio.get_running_loop().time() > until:
                    return
                # What is asked for somebody who may not stands in the audit log, as theirs.
                if question.needs is not None and question.needs not in caller.permissions:
                    continue
                variables = question.variables(opened, told)
                document = self.documents.get(question.name)
                if document is None or variables is None:
                    continue
                result = await self.api.schema.execute(
                    document, variable_values=dict(variables), context_value=context
                )
                if result.data and not result.errors:
                    told[question.name] = result.data
                    found.append({"name": question.name, "variables": variables, "data": result.data})
        except (StockbridgeError, *AWAY):
            return
        except Exception as error:  # noqa: BLE001  a page without them is whole
            logs.get("web").error("first.failed", exc_info=error)
