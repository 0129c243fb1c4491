"""What opens the books of a practice connection: an address of the demo ERP's own and a key that only this server makes."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from app.hosts.memory.wire import BOOKS


def key_of(secret: str, books: str) -> str:
    return hmac.new(secret.encode(), books.encode(), hashlib.sha256).hexdigest()


def credentials_of(address: str, secret: str, books: str) -> Mapping[str, str]:
    """What a practice connection is opened with."""
    return {"address": f"{address.rstrip('/')}{BOOKS}{books}", "key": key_of(secret, books)}
