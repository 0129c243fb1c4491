"""An opened connection: both sides, the host's declaration, and the durations and permits its calls run under."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from app.errors import Retry, StockbridgeError
from app.models.connections import Connection
from app.ports import Fence, Host, HostSpec, Permits, Store
from app.settings import Timing

T = TypeVar("T")

TOO_SLOW = "host.too_slow"
"""The code of an ERP that is there and did not answer within its deadline."""


@dataclass(frozen=True, kw_only=True)
class Sides:
    """`account` names the ERP account whose permits all connections to it share."""

    connection: Connection
    store: Store
    host: Host
    spec: HostSpec
    account: str
    timing: Timing
    permits: Permits

    @property
    def deadline(self) -> timedelta:
        return self.timing.deadline or self.spec.deadline

    @property
    def settle(self) -> timedelta:
        return self.timing.settle or self.spec.settle

    @property
    def fence(self) -> Fence:
        return self.host.fence or self.spec.fence

    async def ask(self, call: Callable[[], Awaitable[T]]) -> T:
        """A reading call: one permit, one total deadline; a lost answer loses nothing."""
        async with self.permits.hold(self.account, self.spec.concurrency):
            try:
                async with asyncio.timeout(self.deadline.total_seconds()):
                    return await call()
            except StockbridgeError as error:
                error.at_host = True
                raise
            except TimeoutError as cause:
                slow = Retry(TOO_SLOW, f"{self.spec.label} did not answer in time.")
                slow.at_host = True
                raise slow from cause


Opener = Callable[[Connection], Awaitable[Sides]]
"""Opens a connection's two sides; raises Misconfigured when it can't be opened as it is set up."""
