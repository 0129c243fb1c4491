"""An organisation, the environment of the command, and its words typed into a process of their own."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.models.database import Database
from tests.conftest import Addresses
from tests.models.world import Joined, join
from tests.shopify.fakes import CLIENT_ID, SECRET


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


@dataclass(frozen=True, kw_only=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        assert self.code == 0, self.err
        return [json.loads(line) for line in self.out.splitlines()]


async def said(env: dict[str, str], *words: str) -> Said:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app.cli", *words, env=env,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    return Said(code=process.returncode or 0, out=out.decode(), err=err.decode())
