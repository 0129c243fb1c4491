"""The signature on a query that Shopify sends a browser with: hex over sorted parameters, a space being `%20`."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, quote, urlencode

from app.errors import Refused

_UNSIGNED = ("hmac", "signature")
_MOST_AWAY = timedelta(seconds=90)
_LONGEST = 8_192


def verified(query: str, *, secrets: Sequence[str], now: datetime) -> Mapping[str, str]:
    """The parameters of a query that Shopify signed at most 90 s ago; Refused otherwise."""
    parameters = parsed(query)
    message = signed_part(parameters)
    given = parameters.get("hmac", "")
    if not given.isascii() or not any(hmac.compare_digest(given, _hex(s, message)) for s in secrets if s):
        raise Refused("query.unsigned", "The link was not signed by Shopify.")
    _recent(parameters.get("timestamp", ""), now)
    return parameters


def parsed(query: str) -> dict[str, str]:
    """Raises Refused when a parameter occurs twice: what is checked must be what is used."""
    if len(query) > _LONGEST:
        raise Refused("query.malformed", "The link is too long.")
    pairs = parse_qsl(query, keep_blank_values=True)
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        raise Refused("query.malformed", "The link carries a parameter twice.")
    return parameters


def signed_part(parameters: Mapping[str, str]) -> str:
    """What the signature covers."""
    rest = sorted((k, v) for k, v in parameters.items() if k not in _UNSIGNED)
    return urlencode(rest, quote_via=quote)


def _hex(secret: str, message: str) -> str:
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()


def _recent(timestamp: str, now: datetime) -> None:
    seconds = int(timestamp) if timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12 else 0
    if abs(now.timestamp() - seconds) > _MOST_AWAY.total_seconds():
        raise Refused("query.stale", "The link is too old; open the app from the Shopify admin again.")
