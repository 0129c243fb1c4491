"""An organisation, and the environment that the command's words are typed in."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from app.models.database import Database
from tests.conftest import Addresses
from tests.models.world import Joined, join
from tests.shopify.fakes import CLIENT_ID, SECRET
from tests.typed import said

__all__ = ["said"]


@pytest.fixture
async def joined(database: Database) -> Joined:
    return await join(database)


@pytest.fixture
def env(addresses: Addresses, valkey_url: str, tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "DATABASE_URL": addresses.app,
        "DATABASE_INTAKE_URL": addresses.intake,
        "REDIS_URL": valkey_url,
        "SEAL_KEYS": f"k1:{base64.b64encode(b'k' * 32).decode()}",
        "SHOPIFY_API_KEY": CLIENT_ID,
        "SHOPIFY_API_SECRET": SECRET,
        "APP_URL": "https://app.example",
        "LOG_LEVEL": "error",
    }
