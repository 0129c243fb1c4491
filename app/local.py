"""Servers and secrets for whoever set none: embedded PostgreSQL and Valkey, and keys made once and kept beside them."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from app.embedded import EmbeddedPostgres, EmbeddedValkey

_OWNER, _APP, _INTAKE = "postgres", "stockbridge_web", "stockbridge_door"


@contextmanager
def completed(
    environment: Mapping[str, str], home: Path, *, durable: bool = True
) -> Iterator[dict[str, str]]:
    """The environment with what is missing added; embedded servers run until the block ends.

    With the databases' addresses and `REDIS_URL` set nothing is started and nothing else changes.
    """
    found = dict(environment)
    with ExitStack() as stack:
        if not found.get("DATABASE_URL"):
            server = stack.enter_context(EmbeddedPostgres(home / "postgres", durable=durable))
            found["DATABASE_OWNER_URL"] = server.dsn(_OWNER)
            found["DATABASE_URL"] = server.dsn(_APP)
            found["DATABASE_INTAKE_URL"] = server.dsn(_INTAKE)
        if not found.get("REDIS_URL"):
            found["REDIS_URL"] = stack.enter_context(EmbeddedValkey(home / "valkey")).url()
        for name, value in _kept(home / "local.env").items():
            found.setdefault(name, value)
        yield found


def _kept(path: Path) -> dict[str, str]:
    """Made once for this folder and readable by its owner only."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = {
            "SEAL_KEYS": "k1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
            "SHOPIFY_API_KEY": secrets.token_hex(16),
            "SHOPIFY_API_SECRET": secrets.token_hex(32),
        }
        path.touch(mode=0o600)
        path.write_text("".join(f"{name}={value}\n" for name, value in made.items()))
    lines = (line.partition("=") for line in path.read_text().splitlines() if "=" in line)
    return {name: value for name, _, value in lines}
