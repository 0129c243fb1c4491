"""Sends signed webhooks, again and again until they are taken, a bounded number at a time.

Faults act here: a delivery may be dropped, sent twice, or held back so that later ones overtake it.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections import Counter, deque
from dataclasses import dataclass, field

import httpx

from sandbox.app_config import AppConfig
from sandbox.clock import now, triggered
from sandbox.faults import Faults

RETRIES = 8
TOTAL_SECONDS = 5.0
FINAL = ("delivered", "failed", "dropped", "discarded")


@dataclass(kw_only=True)
class Delivery:
    topic: str
    shop: str
    uri: str
    body: bytes
    event_id: str
    name: str | None = None
    # Fixed by a hand-made delivery; otherwise made from the app's secret.
    headers: dict[str, str] | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    triggered_at: str = field(default_factory=lambda: triggered(now()))
    attempts: int = 0
    state: str = "pending"
    last_status: int | str | None = None
    family: str = "x"
    statuses: list[int | str] = field(default_factory=list)

    def shown(self) -> dict[str, object]:
        names = (
            "id",
            "event_id",
            "topic",
            "shop",
            "uri",
            "state",
            "attempts",
            "last_status",
            "statuses",
            "triggered_at",
        )
        return {name: getattr(self, name) for name in names}


class Sender:
    def __init__(
        self, app: AppConfig, faults: Faults, *, concurrency: int = 40, retry_base: float = 2.0
    ) -> None:
        self.retry_base = retry_base
        self.counts: Counter[str] = Counter()
        self.recent: deque[Delivery] = deque(maxlen=20_000)
        self._app, self._faults, self._concurrency = app, faults, concurrency
        self._open: dict[str, int] = {}
        self._ready: asyncio.Queue[Delivery] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []
        self._client: httpx.AsyncClient | None = None
        self._paused = asyncio.Event()
        self._paused.set()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._turn = 0

    async def start(self) -> None:
        self._tasks = [asyncio.create_task(self._work()) for _ in range(self._concurrency)]

    def _opened(self) -> httpx.AsyncClient:
        limits = httpx.Limits(max_connections=self._concurrency, max_keepalive_connections=self._concurrency)
        timeout = httpx.Timeout(TOTAL_SECONDS, connect=1.0)
        return httpx.AsyncClient(limits=limits, timeout=timeout, trust_env=False)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client:
            await self._client.aclose()

    def pause(self, wanted: bool) -> None:
        """Hold everything back, as an outage on Shopify's side would."""
        if wanted:
            self._paused.clear()
        else:
            self._paused.set()

    def forget(self) -> None:
        """Start counting anew; what is under way still arrives."""
        self.counts.clear()
        self.recent.clear()

    @property
    def pending(self) -> int:
        return sum(self._open.values())

    async def until_quiet(self, seconds: float) -> None:
        """Wait until nothing is under way, at most so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._quiet.wait()
        except TimeoutError:
            return

    def send(self, delivery: Delivery) -> None:
        """Take a delivery over; must be called in the server's own loop."""
        self.counts["fired"] += 1
        self.recent.append(delivery)
        delivery.family = self._family()
        if self._faults.happens("webhooks_dropped"):
            self._end(delivery, "dropped", counted=False)
            return
        self._schedule(delivery, self._holdback())
        if self._faults.happens("webhooks_doubled"):
            self.counts["doubled"] += 1
            self._schedule(delivery, self._faults.between(0.0, 1.0))

    def _holdback(self) -> float:
        delay = self._faults.rates.webhook_delay_seconds
        if self._faults.happens("webhooks_reordered"):
            self.counts["reordered"] += 1
            delay += self._faults.between(0.3, 3.0)
        return delay

    def _family(self) -> str:
        self._turn += 1
        wanted = self._app.header_family
        return ("x", "events")[self._turn % 2] if wanted == "alternate" else wanted

    def _schedule(self, delivery: Delivery, delay: float) -> None:
        self._open[delivery.id] = self._open.get(delivery.id, 0) + 1
        self._quiet.clear()
        self._later(delivery, delay)

    def _later(self, delivery: Delivery, delay: float) -> None:
        if delay > 0:
            asyncio.get_running_loop().call_later(delay, self._ready.put_nowait, delivery)
        else:
            self._ready.put_nowait(delivery)

    async def _work(self) -> None:
        while True:
            delivery = await self._ready.get()
            await self._paused.wait()
            await self._attempt(delivery)

    async def _attempt(self, delivery: Delivery) -> None:
        address = self._app.address(delivery.uri)
        if address is None:
            self._end(delivery, "discarded")
            return
        delivery.attempts += 1
        delivery.last_status = await self._post(address, delivery)
        delivery.statuses.append(delivery.last_status)
        if isinstance(delivery.last_status, int) and 200 <= delivery.last_status < 300:
            self._end(delivery, "delivered")
        elif delivery.attempts > RETRIES:
            self._end(delivery, "failed")
        else:
            self.counts["retries"] += 1
            self._later(delivery, self.retry_base * 2 ** (delivery.attempts - 1))

    async def _post(self, address: str, delivery: Delivery) -> int | str:
        client = self._client = self._client or self._opened()
        started = time.monotonic()
        # In a task of its own: a cancellation that gets lost or leaks inside the client must not end the worker.
        posting = asyncio.create_task(
            client.post(address, content=delivery.body, headers=self._headers(delivery))
        )
        posting.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            await asyncio.wait({posting}, timeout=TOTAL_SECONDS)
            if posting.done() and not posting.cancelled() and posting.exception() is None:
                return posting.result().status_code
            error = posting.exception() if posting.done() and not posting.cancelled() else TimeoutError()
            return f"{type(error).__name__} after {time.monotonic() - started:.1f} s"
        finally:
            posting.cancel()

    def _headers(self, delivery: Delivery) -> dict[str, str]:
        if delivery.headers is not None:
            return {"Content-Type": "application/json"} | delivery.headers
        prefix = "X-Shopify-" if delivery.family == "x" else "shopify-"
        values = {
            "Topic": delivery.topic,
            "Shop-Domain": delivery.shop,
            "API-Version": self._app.api_version,
            "Webhook-Id": delivery.id,
            "Event-Id": delivery.event_id,
            "Triggered-At": delivery.triggered_at,
            "Hmac-SHA256": self._app.signature(delivery.body),
        }
        if delivery.name:
            values["Name"] = delivery.name
        return {"Content-Type": "application/json"} | {prefix + name: value for name, value in values.items()}

    def _end(self, delivery: Delivery, state: str, *, counted: bool = True) -> None:
        if delivery.state != "delivered":
            delivery.state = state
        self.counts[state] += 1
        if counted:
            self._open[delivery.id] -= 1
            if not self._open[delivery.id]:
                del self._open[delivery.id]
            if not self._open:
                self._quiet.set()
