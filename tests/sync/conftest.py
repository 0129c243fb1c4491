"""A world for each test, and one per fence."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from app.models.database import Database
from tests.conftest import Addresses
from tests.fakes.world import World, new_world


@pytest.fixture
async def world(database: Database, addresses: Addresses) -> AsyncIterator[World]:
    async with new_world(database, addresses) as made:
        yield made
