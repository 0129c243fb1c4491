"""The page's own documents: whoever comes with a session of the admin may send these, and all others are for tools."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension

from app import logs
from app.errors import Refused

_LIST = "documents.json"
PERSISTED = "persisted"
ANY = "any"
_UNKNOWN = Refused(
    "api.document_unknown",
    "This is no document of this version of the page. Reload the page; tools come with an API token.",
)


@dataclass(frozen=True, kw_only=True)
class Documents:
    """By the digest of their text, exactly as the build put it into the page."""

    known: frozenset[str]

    @classmethod
    def found(cls, folder: Path) -> Documents | None:
        """What the build left. None, and a word in the log, where a build left no list: its page could ask for nothing."""
        file = folder / _LIST
        if not file.is_file():
            logs.get("graphql").warning("api.page_documents_missing")
            return None
        return cls(known=frozenset(orjson.loads(file.read_bytes())))

    def has(self, document: str | None) -> bool:
        return hashlib.sha256((document or "").encode()).hexdigest() in self.known


class Known(SchemaExtension):
    """Refuses a document of a session's that the page does not have, before anything of it is run."""

    def on_validate(self) -> Iterator[None]:
        asked = self.execution_context
        documents: Documents | None = getattr(asked.context, "documents", None)
        if documents is not None and not asked.context.caller.tool and not documents.has(asked.query):
            asked.pre_execution_errors = [GraphQLError(_UNKNOWN.sentence, extensions={"code": _UNKNOWN.code})]
        yield
