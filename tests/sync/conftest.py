"""A world for each test in a database for each module: making one for every test costs more than the tests do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from app.embedded import EmbeddedPostgres
from app.models.database import Database
from tests.conftest import Addresses, _addresses, _run
from tests.fakes.world import World, new_world


@pytest.fixture(scope="module")
async def addresses(postgres: EmbeddedPostgres, template: str) -> AsyncIterator[Addresses]:
    name = f"sync_{uuid4().hex[:12]}"
    await _run(postgres, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield _addresses(postgres, name)
    await _run(postgres, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
async def database(addresses: Addresses) -> AsyncIterator[Database]:
    opened = await Database.open(addresses.app, size=8)
    yield opened
    await opened.close()


@pytest.fixture
async def world(database: Database, addresses: Addresses) -> AsyncIterator[World]:
    async with new_world(database, addresses) as made:
        yield made
