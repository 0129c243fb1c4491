"""An ERP's events: only a fresh message signed with the connection's own secret brings its turn forward."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import httpx
import pytest

from app.hooks import ErpHooks
from tests.shopify.fakes import browser

NOW = 1_790_000_000
SECRET = b"a-secret-made-for-one-connection"
BODY = b'{"moved": "TEA"}'


@dataclass
class Desk:
    tenant: UUID = field(default_factory=uuid4)
    connection: UUID = field(default_factory=uuid4)
    hinted: list[tuple[UUID, UUID]] = field(default_factory=list)

    async def hook(self, connection: UUID) -> tuple[UUID, bytes] | None:
        return (self.tenant, SECRET) if connection == self.connection else None

    async def hint(self, tenant: UUID, connection: UUID) -> None:
        self.hinted.append((tenant, connection))

    async def send(self, body: bytes = BODY, **headers: str | None) -> httpx.Response:
        right = {"x-stockbridge-timestamp": str(NOW), "x-stockbridge-signature": sign(NOW, BODY)}
        named = {f"x-stockbridge-{name}": value for name, value in headers.items()}
        kept = {name: value for name, value in (right | named).items() if value is not None}
        hooks = ErpHooks(hook=self.hook, hint=self.hint, now=lambda: float(NOW))
        async with browser(hooks.routes()) as client:
            return await client.post(f"/hooks/{self.connection}", content=body, headers=kept)


def sign(at: int, body: bytes, secret: bytes = SECRET) -> str:
    return hmac.new(secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest()


async def test_a_signed_event_brings_the_turn_forward() -> None:
    desk = Desk()
    assert (await desk.send()).status_code == 200
    assert desk.hinted == [(desk.tenant, desk.connection)]


@pytest.mark.parametrize(
    "headers",
    [
        {"signature": None},
        {"signature": ""},
        {"timestamp": None},
        {"timestamp": "soon"},
        {"signature": sign(NOW, BODY, b"another")},
        {"signature": sign(NOW, b"other")},
        {"timestamp": str(NOW - 301), "signature": sign(NOW - 301, BODY)},
        {"timestamp": str(NOW + 301), "signature": sign(NOW + 301, BODY)},
        {"signature": sign(NOW, BODY).upper()},
    ],
)
async def test_what_is_not_vouched_for_is_refused(headers: dict[str, str | None]) -> None:
    desk = Desk()
    assert (await desk.send(**headers)).status_code == 401
    assert desk.hinted == []


async def test_an_address_nobody_has_is_refused_even_with_an_empty_secret() -> None:
    desk = Desk()
    hooks = ErpHooks(hook=desk.hook, hint=desk.hint, now=lambda: float(NOW))
    async with browser(hooks.routes()) as client:
        headers = {
            "x-stockbridge-timestamp": str(NOW),
            "x-stockbridge-signature": sign(NOW, BODY, b"\0" * 32),
        }
        unknown = await client.post(f"/hooks/{uuid4()}", content=BODY, headers=headers)
    assert unknown.status_code == 401
    assert desk.hinted == []


async def test_a_body_over_the_cap_is_cut_off() -> None:
    desk = Desk()
    assert (await desk.send(b"x" * 70_000)).status_code == 413
