"""Global ids: `gid://stockbridge/Order/…`, the form Shopify's developers know; nothing about a tenant is in them."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

import strawberry


class Kind(StrEnum):
    """What an id names."""

    ORGANISATION = "Organisation"
    SHOP = "Shop"
    CONNECTION = "Connection"
    ORDER = "Order"
    RECORD = "Record"
    RUN = "Run"
    STOCK_LEVEL = "StockLevel"
    ALERT_RECIPIENT = "AlertRecipient"
    NOTIFICATION = "Notification"
    RECONCILIATION = "Reconciliation"
    MEMBER = "Member"
    API_TOKEN = "ApiToken"  # noqa: S105 -- a kind of thing


def gid(kind: Kind, id: UUID | str) -> strawberry.ID:
    return strawberry.ID(f"gid://stockbridge/{kind.value}/{id}")


def uuid_of(kind: Kind, id: str) -> UUID | None:
    """None for what can't be an id of this kind: nobody has such a thing, so it is answered as an unknown one is."""
    text = local_of(kind, id)
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def record_of(id: str) -> UUID | None:
    """An order is a record: it may be named as either."""
    return uuid_of(Kind.RECORD, id) or uuid_of(Kind.ORDER, id)


def local_of(kind: Kind, id: str) -> str | None:
    prefix = f"gid://stockbridge/{kind.value}/"
    return id.removeprefix(prefix) if id.startswith(prefix) else None


def kind_of(id: str) -> Kind | None:
    parts = id.split("/")
    known = {kind.value: kind for kind in Kind}
    return known.get(parts[3]) if len(parts) > 4 and id.startswith("gid://stockbridge/") else None
