"""A real Tryton per run and kind of database, and a host opened on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from app.embedded import EmbeddedPostgres
from app.hosts.tryton.spec import TRYTON
from app.outbound import Outbound, open_http
from app.ports import Host
from sandbox.tryton.__main__ import postgres_tools
from sandbox.tryton.catalogue import numbered
from sandbox.tryton.rig import tryton
from tests.hosts.tryton.state import KeptState

STATE = Path(__file__).resolve().parents[3] / ".state"
ARTICLES = numbered(20)


@pytest.fixture(scope="session")
def on_sqlite() -> Iterator[dict[str, Any]]:
    """One caller at a time."""
    with tryton(STATE, ARTICLES) as facts:
        yield facts


@pytest.fixture(scope="session")
def on_postgres(postgres: EmbeddedPostgres) -> Iterator[dict[str, Any]]:
    """Bears many callers."""
    dsn = postgres.dsn(postgres.superuser, "postgres")
    with tryton(STATE, ARTICLES, dsn=dsn, binaries=postgres_tools()) as facts:
        yield facts


def credentials(facts: dict[str, Any]) -> dict[str, str]:
    names = ("address", "database", "key", "user", "password", "web_shop")
    return {name: str(facts[name]) for name in names}


def door_to(facts: dict[str, Any]) -> Outbound:
    """The real door, with the rig's address allowed as an operator would."""
    return open_http(allowed=frozenset({facts["address"].removeprefix("http://")}))


@pytest_asyncio.fixture
async def host(on_sqlite: dict[str, Any]) -> AsyncIterator[Host]:
    async with door_to(on_sqlite) as http:
        yield opened(on_sqlite, http)


def opened(facts: dict[str, Any], http: Outbound) -> Host:
    return TRYTON.open(credentials(facts), http, KeptState())
