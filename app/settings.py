"""The settings of a process: read once from the environment, checked together, frozen and passed on."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from app.errors import Misconfigured

VERSION = "0.1.0"
"""Which Stockbridge this is; a test holds it equal to `pyproject.toml`'s."""
API_VERSION = "2026-10"
"""The one place that pins Shopify's Admin API version (and `shopify.app.toml`, which a test holds equal)."""


@dataclass(frozen=True, kw_only=True)
class Timing:
    """Every duration of the engine. The `short` profile is for demos and benches; simulators commit late within it.

    `deadline` and `settle` of None leave the word to the host's own declaration.
    Each can be set by `TIMING_<NAME>` in seconds.
    """

    deadline: timedelta | None = None
    settle: timedelta | None = None
    lease_margin: timedelta = timedelta(seconds=15)
    lease_most: timedelta = timedelta(seconds=120)
    retry_first: timedelta = timedelta(seconds=5)
    retry_most: timedelta = timedelta(hours=6)
    hold_after: timedelta = timedelta(hours=48)
    store_deadline: timedelta = timedelta(seconds=25)
    store_settle: timedelta = timedelta(seconds=60)
    processor_wait: timedelta = timedelta(minutes=30)
    processor_look: timedelta = timedelta(minutes=2)
    risk_wait: timedelta = timedelta(minutes=5)
    debtor_fresh: timedelta = timedelta(minutes=15)
    not_there_yet: timedelta = timedelta(minutes=10)
    sweep_every: timedelta = timedelta(seconds=2)
    sweep_missed_after: timedelta = timedelta(seconds=1)
    mark_linger: timedelta = timedelta(seconds=2)
    mark_deadline: timedelta = timedelta(seconds=20)
    mark_again: timedelta = timedelta(minutes=10)
    reconcile_every: timedelta = timedelta(minutes=15)
    reconcile_pad: timedelta = timedelta(minutes=15)
    listen_every: timedelta = timedelta(seconds=60)
    breaker_open: timedelta = timedelta(seconds=30)
    alerts_every: timedelta = timedelta(seconds=60)
    alert_deadline: timedelta = timedelta(seconds=20)
    alert_wait: timedelta = timedelta(seconds=60)
    alert_give_up: timedelta = timedelta(hours=24)
    stock_lease: timedelta = timedelta(seconds=60)
    stock_trust: timedelta = timedelta(minutes=45)
    stock_fresh: timedelta = timedelta(minutes=1)
    stock_sweep: timedelta = timedelta(minutes=5)
    price_fresh: timedelta = timedelta(seconds=5)
    price_settle: timedelta = timedelta(seconds=60)
    bulk_look: timedelta = timedelta(seconds=20)
    bulk_settle: timedelta = timedelta(seconds=60)
    bulk_patience: timedelta = timedelta(minutes=10)
    heartbeat: timedelta = timedelta(seconds=5)
    shard_lease: timedelta = timedelta(seconds=20)
    slice_most: timedelta = timedelta(seconds=10)
    intake_wait: timedelta = timedelta(seconds=3)
    unowned_keep: timedelta = timedelta(days=7)
    body_keep: timedelta = timedelta(days=30)
    timeline_keep: timedelta = timedelta(days=400)
    first_answers: timedelta = timedelta(milliseconds=300)


PROFILES: Mapping[str, Timing] = {
    "standard": Timing(),
    "short": Timing(
        deadline=timedelta(seconds=2),
        settle=timedelta(seconds=3),
        lease_margin=timedelta(seconds=1),
        lease_most=timedelta(seconds=6),
        retry_first=timedelta(milliseconds=300),
        retry_most=timedelta(seconds=3),
        hold_after=timedelta(minutes=5),
        store_deadline=timedelta(seconds=5),
        store_settle=timedelta(seconds=3),
        processor_wait=timedelta(seconds=6),
        processor_look=timedelta(seconds=1),
        risk_wait=timedelta(seconds=3),
        not_there_yet=timedelta(seconds=20),
        sweep_every=timedelta(milliseconds=500),
        sweep_missed_after=timedelta(milliseconds=500),
        mark_linger=timedelta(seconds=1),
        mark_deadline=timedelta(seconds=5),
        mark_again=timedelta(seconds=3),
        reconcile_every=timedelta(seconds=5),
        reconcile_pad=timedelta(seconds=60),
        listen_every=timedelta(seconds=2),
        breaker_open=timedelta(seconds=1),
        alerts_every=timedelta(seconds=2),
        alert_deadline=timedelta(seconds=5),
        alert_wait=timedelta(seconds=1),
        stock_lease=timedelta(seconds=6),
        stock_trust=timedelta(seconds=45),
        stock_fresh=timedelta(seconds=10),
        stock_sweep=timedelta(seconds=60),
        price_settle=timedelta(seconds=3),
        bulk_look=timedelta(milliseconds=500),
        bulk_settle=timedelta(seconds=3),
        bulk_patience=timedelta(seconds=10),
        heartbeat=timedelta(seconds=1),
        shard_lease=timedelta(seconds=4),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Smtp:
    """The mail server that alerts leave by. `sender`: whom bounces go to, and whom mails come from where nobody else is named."""

    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    tls: str
    sender: str


SMTP_PORTS: Mapping[str, int] = {"starttls": 587, "tls": 465, "none": 25}
"""How a connection is encrypted, and the port it usually is on."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a process needs to know. `.env.example` lists every variable with its meaning."""

    database_url: str
    database_intake_url: str
    database_owner_url: str | None
    redis_url: str
    app_url: str
    port: int
    metrics_host: str
    metrics_port: int
    shopify_api_key: str
    shopify_api_secret: str = field(repr=False)
    shopify_api_secret_previous: str | None = field(repr=False)
    shopify_address: str
    app_bridge_url: str
    polaris_url: str
    scopes: tuple[str, ...]
    seal_keys: Mapping[str, bytes] = field(repr=False)
    allowed_private_endpoints: frozenset[str]
    profile: str
    timing: Timing
    shards: int
    worker_slots: int
    webhook_most_bytes: int
    bulk_link_from: int
    bulk_load_from: int
    price_bulk_from: int
    token_requests_per_minute: int
    api_introspection: bool
    api_page_documents: str
    log_level: str
    development: bool
    crash_barrier: str | None
    practice_url: str | None
    practice_secret: str | None = field(repr=False)
    smtp: Smtp | None
    support_contact: str | None
    docs_url: str | None

    @property
    def secrets(self) -> tuple[str, ...]:
        """The client secrets to verify with, newest first."""
        return tuple(s for s in (self.shopify_api_secret, self.shopify_api_secret_previous) if s)


APP_BRIDGE_URL = "https://cdn.shopify.com/shopifycloud/app-bridge.js"
POLARIS_URL = "https://cdn.shopify.com/shopifycloud/polaris-1.js"
"""What every page inside the admin must load from Shopify itself; the second names the major version it wants."""

SCOPES = (
    "read_orders,write_orders,read_payment_terms,read_products,write_products,read_inventory,write_inventory,"
    "read_locations,read_markets,read_customers,write_customers,read_returns,read_fulfillments,"
    "read_merchant_managed_fulfillment_orders,write_merchant_managed_fulfillment_orders"
)


PAGE_DOCUMENTS = ("persisted", "any")
"""Which documents the API takes from the page: those it was built with, or whatever comes."""


def home(environment: Mapping[str, str]) -> Path:
    """Where embedded servers keep their data: STOCKBRIDGE_HOME, else `.state/local` of the checkout."""
    return Path(
        environment.get("STOCKBRIDGE_HOME") or Path(__file__).resolve().parents[1] / ".state" / "local"
    )


def read(environment: Mapping[str, str]) -> Settings:
    """Builds the settings; raises Misconfigured with one list of everything that is wrong."""
    problems: list[str] = []
    reader = _Reader(environment, problems)
    settings = Settings(
        database_url=reader.needed("DATABASE_URL"),
        database_intake_url=environment.get("DATABASE_INTAKE_URL") or environment.get("DATABASE_URL", ""),
        database_owner_url=environment.get("DATABASE_OWNER_URL"),
        redis_url=_named(reader.needed("REDIS_URL")),
        app_url=(environment.get("APP_URL") or environment.get("HOST") or "http://127.0.0.1:3000").rstrip(
            "/"
        ),
        port=reader.number("PORT", 3000),
        metrics_host=environment.get("METRICS_HOST") or "127.0.0.1",
        metrics_port=reader.number("METRICS_PORT", 0),
        shopify_api_key=reader.needed("SHOPIFY_API_KEY"),
        shopify_api_secret=reader.needed("SHOPIFY_API_SECRET"),
        shopify_api_secret_previous=environment.get("SHOPIFY_API_SECRET_PREVIOUS") or None,
        shopify_address=environment.get("SHOPIFY_ADDRESS", "https://{shop}"),
        app_bridge_url=environment.get("APP_BRIDGE_URL") or APP_BRIDGE_URL,
        polaris_url=environment.get("POLARIS_URL") or POLARIS_URL,
        scopes=tuple(s.strip() for s in environment.get("SCOPES", SCOPES).split(",") if s.strip()),
        seal_keys=reader.keys("SEAL_KEYS"),
        allowed_private_endpoints=frozenset(
            e.strip()
            for e in (
                *environment.get("ALLOWED_PRIVATE_ENDPOINTS", "").split(","),
                urlsplit(environment.get("PRACTICE_URL", "")).netloc,
            )
            if e.strip()
        ),
        profile=environment.get("PROFILE", "standard"),
        timing=reader.timing(),
        shards=reader.number("SHARDS", 4),
        worker_slots=reader.number("WORKER_SLOTS", 40),
        webhook_most_bytes=reader.number("WEBHOOK_MOST_BYTES", 5_000_000),
        bulk_link_from=reader.number("BULK_LINK_FROM", 5_000),
        bulk_load_from=reader.number("BULK_LOAD_FROM", 10_000),
        price_bulk_from=reader.number("PRICE_BULK_FROM", 5_000),
        token_requests_per_minute=max(1, reader.number("TOKEN_REQUESTS_PER_MINUTE", 600)),
        api_introspection=environment.get("API_INTROSPECTION", "1") != "0",
        api_page_documents=reader.one_of("API_PAGE_DOCUMENTS", PAGE_DOCUMENTS),
        log_level=environment.get("LOG_LEVEL", "info"),
        development=environment.get("DEVELOPMENT", "") == "1",
        crash_barrier=environment.get("CRASH_BARRIER") or None,
        practice_url=(environment.get("PRACTICE_URL") or "").rstrip("/") or None,
        practice_secret=environment.get("PRACTICE_SECRET") or None,
        smtp=reader.smtp(),
        support_contact=environment.get("SUPPORT_CONTACT", "").strip() or None,
        docs_url=reader.web("DOCS_URL"),
    )
    if problems:
        raise Misconfigured("settings.invalid", "The settings are not complete: " + "; ".join(problems))
    return settings


def _named(redis_url: str) -> str:
    """An encrypted Redis is asked for a certificate of its own name, which its client leaves out unless told."""
    if not redis_url.startswith("rediss://") or "ssl_check_hostname" in redis_url:
        return redis_url
    return f"{redis_url}{'&' if '?' in redis_url else '?'}ssl_check_hostname=true"


@dataclass(frozen=True)
class _Reader:
    environment: Mapping[str, str]
    problems: list[str]

    def needed(self, name: str) -> str:
        value = self.environment.get(name, "")
        if not value:
            self.problems.append(f"{name} is missing")
        return value

    def number(self, name: str, default: int) -> int:
        try:
            return int(self.environment.get(name) or default)
        except ValueError:
            self.problems.append(f"{name} is no whole number")
            return default

    def one_of(self, name: str, words: Sequence[str]) -> str:
        """The first one unless another is named."""
        value = self.environment.get(name) or words[0]
        if value not in words:
            self.problems.append(f"{name} is none of {', '.join(words)}")
        return value

    def web(self, name: str) -> str | None:
        """An address of the web, as it is linked from the page; None where none is set."""
        value = self.environment.get(name, "").strip().rstrip("/")
        if value and not value.startswith(("https://", "http://")):
            self.problems.append(f"{name} is no address of the web")
        return value or None

    def keys(self, name: str) -> Mapping[str, bytes]:
        """`id:base64,id:base64`, newest first; each key is 32 bytes."""
        found: dict[str, bytes] = {}
        for part in filter(None, self.needed(name).split(",")):
            label, _, text = part.strip().partition(":")
            try:
                key = base64.b64decode(text, validate=True)
            except binascii.Error:
                key = b""
            if len(key) != 32 or not 0 < len(label) <= 4:
                self.problems.append(f"{name} has a part that is no `id:base64 of 32 bytes`")
            found[label] = key
        return found

    def smtp(self) -> Smtp | None:
        """None where no server is named. A password is never sent in clear."""
        read = {
            name: self.environment.get(f"SMTP_{name}", "").strip()
            for name in ("HOST", "USER", "PASSWORD", "FROM")
        }
        tls = self.environment.get("SMTP_TLS") or "starttls"
        port = self.number("SMTP_PORT", SMTP_PORTS.get(tls, 587))
        if not read["HOST"]:
            return None
        if tls not in SMTP_PORTS:
            self.problems.append(f"SMTP_TLS is none of {', '.join(SMTP_PORTS)}")
        if read["USER"] and tls == "none":
            self.problems.append("SMTP_USER with SMTP_TLS=none would send the password in clear")
        if not read["FROM"]:
            self.problems.append("SMTP_FROM is missing")
        return Smtp(
            host=read["HOST"],
            port=port,
            user=read["USER"] or None,
            password=read["PASSWORD"] or None,
            tls=tls,
            sender=read["FROM"],
        )

    def timing(self) -> Timing:
        profile = PROFILES.get(self.environment.get("PROFILE", "standard"))
        if profile is None:
            self.problems.append(f"PROFILE is none of {', '.join(PROFILES)}")
            return Timing()
        changes: dict[str, timedelta] = {}
        for item in fields(Timing):
            text = self.environment.get(f"TIMING_{item.name.upper()}")
            if text:
                try:
                    changes[item.name] = _span(text)
                except (ValueError, OverflowError):
                    self.problems.append(f"TIMING_{item.name.upper()} is no number of seconds")
        return replace(profile, **changes)


def _span(text: str) -> timedelta:
    span = timedelta(seconds=float(text))
    if span < timedelta(0):
        raise ValueError(text)
    return span
