"""The words about alerts, as an operator types them: someone is added, a test really goes out, and the list says so."""

from __future__ import annotations

import base64
import os

from app.models.database import Database
from tests.conftest import Addresses
from tests.fakes.smtp import FakeSmtp, mail_server
from tests.models.world import join
from tests.typed import said


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
    ended = await said(environment, "alerts", *words)
    return ended.code, ended.out + ended.err


async def test_someone_is_added_tested_and_listed(
    database: Database, addresses: Addresses, valkey_url: str
) -> None:
    joined = await join(database)
    async with mail_server() as smtp:
        shop = ("--shop", joined.domain)
        code, told = await typed(addresses, valkey_url, smtp, "add", *shop, "--email", "ops@example.org")
        assert (code, told.split()[1]) == (0, "email"), told
        code, told = await typed(addresses, valkey_url, smtp, "test", *shop)
        assert (code, told.split()) == (0, ["email", "ops@example.org", "done"]), told
        assert [mail.to for mail in smtp.taken] == ["ops@example.org"]
        code, told = await typed(addresses, valkey_url, smtp, "list", *shop)
        assert code == 0
        assert "critical,expiry,held,silence" in told
        assert "A test of Stockbridge's alerts  done" in told
        code, told = await typed(addresses, valkey_url, smtp, "test", "--shop", "nobody.myshopify.com")
        assert (code, "[shop.unknown]" in told) == (2, True)
