"""What every test may ask for: one PostgreSQL and one Valkey for the whole run, both without fsync."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.embedded import EmbeddedPostgres, EmbeddedValkey


@pytest.fixture(scope="session")
def server_home() -> Iterator[Path]:
    """A short path that other accounts may pass through, as the servers give up root."""
    home = Path(tempfile.mkdtemp(prefix="stockbridge-test-"))
    home.chmod(0o755)
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(server_home: Path) -> Iterator[EmbeddedPostgres]:
    """The server; `postgres.dsn(user, database)` is an address for asyncpg."""
    with EmbeddedPostgres(server_home / "postgres", durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def valkey(server_home: Path) -> Iterator[EmbeddedValkey]:
    with EmbeddedValkey(server_home / "valkey", durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def valkey_url(valkey: EmbeddedValkey) -> str:
    return valkey.url()


# --- databases -------------------------------------------------------------------------------------------------------
# `database` belongs here: a migrated template made once per run, cloned for each test.
