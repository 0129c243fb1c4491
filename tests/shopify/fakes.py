"""Stand-ins with verbs for what Shopify's side is given: a network that answers as told, a vault, shops, a clock."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import jwt
import orjson
from starlette.applications import Starlette
from starlette.routing import Route

from app.errors import StockbridgeError
from app.inbox import Event
from app.ports import Answer, Lane, Request
from app.shopify.install import Install
from app.shopify.privacy import Person
from app.shopify.tokens import StoredPair, TokenPair

SHOP = "goods.myshopify.com"
CLIENT_ID = "client-id-of-the-app"
SECRET = "current-secret-of-at-least-32-bytes"
PREVIOUS = "previous-secret-of-at-least-32-bytes"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

Said = Answer | StockbridgeError


def answer(body: Any, status: int = 200, **headers: str) -> Answer:
    return Answer(
        status=status, headers=headers, body=body if isinstance(body, bytes) else orjson.dumps(body)
    )


def graphql(data: Any, *, cost: Mapping[str, Any] | None = None, errors: list[Any] | None = None) -> Answer:
    body: dict[str, Any] = {"data": data, "extensions": {"cost": cost or spent(10)}}
    return answer(body | ({"errors": errors} if errors else {}))


def spent(requested: int, *, actual: int | None = None, available: int = 1_900) -> dict[str, Any]:
    bucket = {"maximumAvailable": 2000.0, "currentlyAvailable": available, "restoreRate": 100.0}
    return {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": bucket}


def throttled(*, requested: int = 300, available: int = 100) -> Answer:
    error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
    return graphql(None, cost=spent(requested, available=available), errors=[error])


@dataclass
class Network:
    """Answers in the order told; an error is raised instead. `sent` is what was asked."""

    said: list[Said] = field(default_factory=list)
    sent: list[Request] = field(default_factory=list)

    def will_say(self, *answers: Said) -> Network:
        self.said += answers
        return self

    async def send(self, request: Request) -> Answer:
        self.sent.append(request)
        said = self.said.pop(0)
        if isinstance(said, StockbridgeError):
            raise said
        return said

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [orjson.loads(request.body or b"{}") for request in self.sent]


@dataclass
class Pace:
    """A limiter that never waits and remembers what it was told."""

    taken: list[tuple[str, Lane]] = field(default_factory=list)
    settled: list[dict[str, Any]] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    rate: float = 100.0

    async def take(self, *, document: str, lane: Lane) -> int:
        self.taken.append((document, lane))
        return 42

    async def settle(self, **told: Any) -> None:
        self.settled.append(told)

    async def throttled(self, **told: Any) -> None:
        self.refused.append(told)


@dataclass
class Keys:
    """A token provider over a fixed row of tokens."""

    tokens: list[str] = field(default_factory=lambda: ["first", "second"])
    was_refused: list[str] = field(default_factory=list)

    async def token(self) -> str:
        return self.tokens[0]

    async def refused(self, token: str) -> None:
        self.was_refused.append(token)
        self.tokens.pop(0)


class Clock:
    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **span: float) -> None:
        self.at += timedelta(**span)


def pair(number: int = 1, *, at: datetime = NOW, life: timedelta = timedelta(hours=1)) -> TokenPair:
    return TokenPair(
        access_token=f"access-{number}",
        expires_at=at + life,
        refresh_token=f"refresh-{number}",
        refresh_expires_at=at + timedelta(days=90),
        scopes=frozenset({"read_orders"}),
    )


@dataclass
class Vault:
    """One shop's tokens, with the compare-and-set and the lease that the tables have."""

    stored: StoredPair | None = None
    holder: UUID | None = None
    lost_versions: list[int] = field(default_factory=list)
    before_store: Callable[[], None] = lambda: None

    async def read(self, shop: str) -> StoredPair | None:
        return self.stored

    async def store(self, shop: str, pair: TokenPair, *, over: int) -> bool:
        self.before_store()
        if self.stored is None or self.stored.version != over:
            return False
        self.put(pair)
        return True

    def put(self, pair: TokenPair) -> None:
        self.stored = StoredPair(pair=pair, version=self.stored.version + 1 if self.stored else 1)

    async def lost(self, shop: str, *, version: int) -> None:
        self.lost_versions.append(version)
        if self.stored and self.stored.version == version:
            self.stored = None

    async def lease(self, shop: str, *, holder: UUID, until: timedelta) -> bool:
        if self.holder is not None:
            return False
        self.holder = holder
        return True

    async def release(self, shop: str, *, holder: UUID) -> None:
        if self.holder == holder:
            self.holder = None


@dataclass
class Shops:
    """The shops' rows: who is installed since when, and what was asked to be erased."""

    rows: dict[str, Install] = field(default_factory=dict)
    pairs: dict[str, TokenPair] = field(default_factory=dict)
    erased: list[str | Person] = field(default_factory=list)
    exported: list[tuple[Person, str]] = field(default_factory=list)

    def installed_since(self, at: datetime, *, shop: str = SHOP, scopes: str = "read_orders") -> Shops:
        granted = frozenset(scopes.split(","))
        self.rows[shop] = Install(shop=shop, installed_at=at, scopes=granted, signed_in=True)
        return self

    async def current(self, shop: str) -> Install | None:
        return self.rows.get(shop)

    async def install(self, shop: str, pair: TokenPair, *, at: datetime) -> None:
        since = self.rows[shop].installed_at if shop in self.rows else at
        self.rows[shop] = Install(shop=shop, installed_at=since, scopes=pair.scopes, signed_in=True)
        self.pairs[shop] = pair

    async def uninstall(self, shop: str, *, installed_at: datetime) -> bool:
        if shop not in self.rows or self.rows[shop].installed_at != installed_at:
            return False
        del self.rows[shop]
        return True

    async def scopes(self, shop: str, granted: frozenset[str]) -> None:
        self.rows[shop] = replace(self.rows[shop], scopes=granted)

    async def installed_at(self, shop: str) -> datetime | None:
        return self.rows[shop].installed_at if shop in self.rows else None

    async def erase_customer(self, shop: str, person: Person) -> int:
        self.erased.append(person)
        return 1

    async def export_customer(self, shop: str, person: Person, *, request: str) -> None:
        self.exported.append((person, request))

    async def erase_shop(self, shop: str) -> None:
        self.erased.append(shop)


@dataclass
class Box:
    """An inbox that keeps what it gets, or refuses as told."""

    events: list[Event] = field(default_factory=list)
    failure: StockbridgeError | None = None

    async def receive(self, event: Event) -> None:
        if self.failure:
            raise self.failure
        self.events.append(event)


def signature(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def session_token(secret: str = SECRET, algorithm: str = "HS256", **changed: Any) -> str:
    """As App Bridge makes it; a claim given as None is left out."""
    at = int(time.time())
    claims: dict[str, Any] = {
        "iss": f"https://{SHOP}/admin",
        "dest": f"https://{SHOP}",
        "aud": CLIENT_ID,
        "sub": "7",
        "exp": at + 60,
        "nbf": at,
        "iat": at,
        "jti": "a-unique-id",
        "sid": "a-session",
    }
    kept = {name: value for name, value in (claims | changed).items() if value is not None}
    return jwt.encode(kept, secret if algorithm != "none" else None, algorithm=algorithm)


def browser(routes: Sequence[Route], *, origin: str = "https://app.example") -> httpx.AsyncClient:
    """Asks an app of these routes, without a network; follows no redirect."""
    transport = httpx.ASGITransport(app=Starlette(routes=list(routes)))
    return httpx.AsyncClient(transport=transport, base_url=origin)
