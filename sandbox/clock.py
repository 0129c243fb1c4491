"""Time as Shopify writes it: whole seconds in UTC for GraphQL, the shop's own offset for webhook bodies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

_SHOP_OFFSET = timezone(timedelta(hours=1))


def now() -> datetime:
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parsed(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def rest_time(text: str | None) -> str | None:
    """The same instant as a webhook body spells it."""
    return parsed(text).astimezone(_SHOP_OFFSET).isoformat() if text else None


def triggered(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"
