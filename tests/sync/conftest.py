"""A world for each test in a database for each module: making one for every test costs more than the tests do."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.embedded import EmbeddedPostgres
from app.models.database import Database
from tests.conftest import Addresses, Template, cloned
from tests.fakes.world import World, new_world


@pytest.fixture(scope="module")
async def addresses(postgres: EmbeddedPostgres, template: Template) -> AsyncIterator[Addresses]:
    async with cloned(postgres, template) as made:
        yield made


@pytest.fixture(scope="module")
async def database(addresses: Addresses) -> AsyncIterator[Database]:
    opened = await Database.open(addresses.app, size=8)
    yield opened
    await opened.close()


@pytest.fixture(scope="module")
async def eye(addresses: Addresses) -> AsyncIterator[asyncpg.Connection]:
    """Who sees every table; a new one would read about each of them anew."""
    opened = await asyncpg.connect(addresses.owner)
    yield opened
    await opened.close()


@pytest.fixture
async def world(database: Database, addresses: Addresses, eye: asyncpg.Connection) -> AsyncIterator[World]:
    async with new_world(database, addresses, owner=eye) as made:
        yield made
