"""The ids of canonical records: plain strings and UUIDs that the type checker keeps apart."""

from __future__ import annotations

import re
from typing import NewType
from uuid import UUID

TenantId = NewType("TenantId", UUID)
ShopId = NewType("ShopId", UUID)
ConnectionId = NewType("ConnectionId", UUID)
RecordId = NewType("RecordId", UUID)
EffectId = NewType("EffectId", UUID)

StoreKey = NewType("StoreKey", str)
"""The store's own id of a thing, without the platform's decoration: `5512` rather than a global id."""

SinkKey = NewType("SinkKey", str)
"""What the side we write to knows it by, as its adapter needs it to read it again: an ERP's internal id of a document."""

ExternalId = NewType("ExternalId", str)
"""Our key on an ERP document: the same for ever for one order, `[A-Za-z0-9_-]` only (the strictest ERP's rule)."""


def external_id(*, kind: str, store: str, key: str) -> ExternalId:
    """The key of the document that stands for one record of one store; letters outside the safe set are spelled out."""
    return ExternalId("-".join(_safe(part) for part in (kind, store, key)))


def _safe(part: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c == "_") else f"_{ord(c):x}_" for c in part)


def parts_of(external: str) -> tuple[str, str, str] | None:
    """Kind, store and key that an external id was made of; None for a key that is not of our making."""
    parts = external.split("-")
    if len(parts) != 3:
        return None
    kind, store, key = (_ESCAPED.sub(lambda found: chr(int(found[1], 16)), part) for part in parts)
    return kind, store, key


_ESCAPED = re.compile(r"_([0-9a-f]{1,5})_")
