"""A PostgreSQL address as the driver takes it: one reading for every connection we open, TLS and pooler words included."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Literal, TypeAlias, TypedDict, cast, get_args
from urllib.parse import parse_qs, unquote, urlsplit

from app.errors import Misconfigured

SslMode: TypeAlias = Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]


class Place(TypedDict, total=False):
    """Arguments of `asyncpg.connect` and of its pools."""

    host: str
    port: int
    user: str
    password: str | None
    database: str
    ssl: SslMode | ssl.SSLContext
    statement_cache_size: int


def place(url: str) -> Place:
    """Reads an address; a unix socket is given as `?host=/directory`. Words that only other drivers know are passed over.

    The driver's own reading is not used: it sends `statement_cache_size` to the server, which refuses it.
    """
    parts = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    found = Place(
        host=query.get("host") or parts.hostname or "127.0.0.1",
        port=int(query.get("port", 0) or parts.port or 5432),
        user=unquote(parts.username or "") or query.get("user", "postgres"),
        password=unquote(parts.password) if parts.password else None,
        database=unquote(parts.path.lstrip("/")),
    )
    if "sslmode" in query:
        found["ssl"] = _ssl(query)
    if "statement_cache_size" in query:
        found["statement_cache_size"] = int(query["statement_cache_size"])
    return found


def _ssl(query: Mapping[str, str]) -> SslMode | ssl.SSLContext:
    """A mode is enough unless certificates are named; `sslrootcert=system` is whatever the machine trusts."""
    mode, root, own = query["sslmode"], query.get("sslrootcert"), query.get("sslcert")
    if mode not in get_args(SslMode):
        raise Misconfigured("database.sslmode", f"sslmode is none of {', '.join(get_args(SslMode))}.")
    if not (root or own) or mode in {"disable", "allow", "prefer"}:
        return cast(SslMode, mode)
    try:
        context = ssl.create_default_context(cafile=None if root in {None, "system"} else root)
        if own:
            context.load_cert_chain(own, query.get("sslkey"))
    except OSError as cause:
        raise Misconfigured(
            "database.certificate", "sslrootcert, sslcert or sslkey can't be read."
        ) from cause
    context.check_hostname = mode == "verify-full"
    if mode == "require" and root is None:
        context.verify_mode = ssl.CERT_NONE
    return context
