"""Everything the simulated Shopify holds. One worker thread owns it, so nothing here needs a lock."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson

from sandbox.app_config import AppConfig
from sandbox.clock import iso, now
from sandbox.faults import Faults
from sandbox.gids import Minter
from sandbox.ledger import Ledger
from sandbox.shop import Shop
from sandbox.subscriptions import trimmed
from sandbox.webhooks import Delivery, Sender

Result = TypeVar("Result")
COMPLIANCE = frozenset({"customers/data_request", "customers/redact", "shop/redact"})
_PERSONAL = {
    "name": {"first_name", "last_name", "name"},
    "email": {"email", "contact_email"},
    "phone": {"phone"},
    "address": {"address1", "address2", "zip"},
}


@dataclass(kw_only=True)
class World:
    app: AppConfig
    faults: Faults
    sender: Sender
    ledger: Ledger = field(default_factory=Ledger)
    minter: Minter = field(default_factory=Minter)
    shops: dict[str, Shop] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    plans: dict[str, Any] = field(default_factory=dict)
    # Uploads and results by their path, as long as the process lives.
    files: dict[str, bytes] = field(default_factory=dict)
    # What the next bulk operations are to suffer, in this order.
    bulk_orders: list[dict[str, Any]] = field(default_factory=list)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(max_workers=1))
    _loop: asyncio.AbstractEventLoop | None = None
    _closed: bool = False

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    async def run(self, work: Callable[..., Result], *args: Any) -> Result:
        """Do something with the world in its own thread, where the stack is shallow and nothing runs beside it."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)

    def later(self, seconds: float, work: Callable[..., object], *args: Any) -> None:
        """Do something to the world after a while, from inside the world's thread."""
        assert self._loop is not None
        loop = self._loop

        def start() -> None:
            if not self._closed:
                self._thread.submit(work, *args)

        loop.call_soon_threadsafe(loop.call_later, seconds, start)

    def background(self, work: Coroutine[Any, Any, None]) -> None:
        """Start something of the server's own that outlives the call; works from any thread."""
        assert self._loop is not None
        loop = self._loop

        def start() -> None:
            task = loop.create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        loop.call_soon_threadsafe(start)

    def mark(self) -> tuple[int, int]:
        """Differs once anything happened."""
        return self.minter.last, len(self.ledger.calls)

    def close(self) -> None:
        self._closed = True
        for task in self._tasks:
            task.cancel()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def add_shop(self, domain: str, currency: str, **more: Any) -> Shop:
        shop = Shop(
            domain=domain,
            gid=self.minter.gid("Shop"),
            currency=currency,
            name=domain.removesuffix(".myshopify.com").replace("-", " ").title(),
            created_at=iso(now()),
            **more,
        )
        self.shops[domain] = shop
        return shop

    def touch(self, shop: Shop, record: dict[str, Any]) -> None:
        """A change happened: the object moves at once, the index notes it and shows it after its lag."""
        record["updatedAt"] = iso(now())
        if record["__typename"] == "Order":
            shop.index.note(record)

    def emit(self, shop: Shop, topic: str, body: dict[str, Any], event_id: str | None = None) -> None:
        """Fire a topic: one delivery for each subscription to it, signed when it is sent."""
        if not (shop.installed or topic in COMPLIANCE or topic == "app/uninstalled"):
            return
        if topic in shop.muted:
            return
        event_id = event_id or str(uuid.uuid4())
        for subscription in self.app.subscriptions:
            if subscription.topic != topic:
                continue
            shown = _withheld(body, shop.withheld) if shop.withheld else body
            if subscription.include_fields is not None:
                shown = trimmed(shown, subscription.include_fields)
            delivery = Delivery(
                topic=topic,
                shop=shop.domain,
                uri=subscription.uri,
                body=orjson.dumps(shown),
                event_id=event_id,
                name=subscription.name,
            )
            self.hand_over(delivery)

    def hand_over(self, delivery: Delivery) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self.sender.send, delivery)


def _withheld(body: Any, kinds: frozenset[str]) -> Any:
    hidden = set().union(*(_PERSONAL.get(kind, set()) for kind in kinds))
    if isinstance(body, list):
        return [_withheld(entry, kinds) for entry in body]
    if not isinstance(body, dict):
        return body
    # A line's or a shop's own name is no person's.
    personal = {"first_name", "address1"} & body.keys() or "contact_email" in body
    return {
        key: None
        if personal and key in hidden and not ("order_number" in body and key == "name")
        else _withheld(value, kinds)
        for key, value in body.items()
    }
