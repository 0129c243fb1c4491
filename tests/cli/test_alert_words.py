"""The words about alerts, as an operator types them: someone is added, a test really goes out, and the list says so."""

from __future__ import annotations

import asyncio
import base64
import os
import sys
from pathlib import Path

import pytest

from app.models.database import Database
from tests.conftest import Addresses
from tests.fakes.smtp import FakeSmtp, mail_server
from tests.models.world import join

ROOT = Path(__file__).resolve().parents[2]


async def typed(addresses: Addresses, valkey_url: str, smtp: FakeSmtp, *words: str) -> tuple[int, str]:
    """The exit code, and everything that was said."""
    environment = {
        "PATH": os.defpath,
        "DATABASE_URL": addresses.app,
        "REDIS_URL": valkey_url,
        "SEAL_KEYS": f"t1:{base64.b64encode(b'k' * 32).decode()}",
        "SHOPIFY_API_KEY": "key",
        "SHOPIFY_API_SECRET": "secret",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(smtp.port),
        "SMTP_TLS": "none",
        "SMTP_FROM": "alerts@sb.example",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app.cli",
        "alerts",
        *words,
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


@pytest.mark.timeout(120)
async def test_someone_is_added_tested_and_listed(
    database: Database, addresses: Addresses, valkey_url: str
) -> None:
    joined = await join(database)
    async with mail_server() as smtp:
        shop = ("--shop", joined.domain)
        code, said = await typed(addresses, valkey_url, smtp, "add", *shop, "--email", "ops@example.org")
        assert (code, said.split()[1]) == (0, "email"), said
        code, said = await typed(addresses, valkey_url, smtp, "test", *shop)
        assert (code, said.split()) == (0, ["email", "ops@example.org", "done"]), said
        assert [mail.to for mail in smtp.taken] == ["ops@example.org"]
        code, said = await typed(addresses, valkey_url, smtp, "list", *shop)
        assert code == 0
        assert "critical,expiry,held,silence" in said
        assert "A test of Stockbridge's alerts  done" in said
        code, said = await typed(addresses, valkey_url, smtp, "test", "--shop", "nobody.myshopify.com")
        assert (code, "[shop.unknown]" in said) == (2, True)
