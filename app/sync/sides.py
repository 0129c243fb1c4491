"""An opened connection: both sides, the host's declaration, and the durations and permits its calls run under."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TypeVar

from app.errors import Retry, StockbridgeError
from app.models.connections import Connection
from app.ports import Fence, Host, HostSpec, HostState, Http, Meter, Paces, Permits, Store
from app.settings import Timing

T = TypeVar("T")

TOO_SLOW = "host.too_slow"
"""The code of an ERP that is there and did not answer within its deadline."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """How the side that a record goes to is called: under which permit, for how long, and what holds there (rules 1, 2).

    `host`: it is the ERP, whose failures open its breaker; else the store, whose client paces itself.
    """

    host: bool
    deadline: timedelta
    settle: timedelta
    fence: Fence
    hold: Callable[[], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, kw_only=True)
class Sides:
    """`account` names the ERP account whose permits all connections to it share.

    `low_store`: the same shop in the lowest lane, for what can wait. `meter`: what this opening has cost the shop.
    """

    connection: Connection
    store: Store
    host: Host
    spec: HostSpec
    account: str
    timing: Timing
    permits: Permits
    low_store: Store | None = None
    meter: Meter = field(default_factory=Meter)

    @property
    def low(self) -> Sides:
        """The same sides, where whatever is read of the store goes in the lowest lane."""
        return replace(self, store=self.low_store) if self.low_store is not None else self

    @property
    def deadline(self) -> timedelta:
        return self.timing.deadline or self.spec.deadline

    @property
    def settle(self) -> timedelta:
        return self.timing.settle or self.spec.settle

    @property
    def fence(self) -> Fence:
        return self.host.fence or self.spec.fence

    @property
    def to_host(self) -> Way:
        return Way(
            host=True,
            deadline=self.deadline,
            settle=self.settle,
            fence=self.fence,
            hold=lambda: self.permits.hold(self.account, self.spec.concurrency),
        )

    @property
    def to_store(self) -> Way:
        """Nothing there keeps one thing from being made twice unless a step says so itself."""
        return Way(
            host=False,
            deadline=self.timing.store_deadline,
            settle=self.timing.store_settle,
            fence=Fence.NONE,
            hold=nullcontext,
        )

    async def ask(self, call: Callable[[], Awaitable[T]], *, first: bool = False) -> T:
        """A reading call: one permit, one total deadline; a lost answer loses nothing. `first`: a record's first look-up."""
        async with self.permits.hold(self.account, self.spec.concurrency, first=first):
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


async def borne(spec: HostSpec, credentials: Mapping[str, str]) -> HostSpec:
    """What one connection's form declares, worked out beside the loop: a long form takes a moment to be understood.

    Raises Misconfigured for a form that can't be used.
    """
    return await asyncio.to_thread(spec.borne, credentials)


@dataclass(frozen=True, kw_only=True)
class OpenedHost:
    """A connection's ERP, with what the connection's own form declares of it."""

    host: Host
    spec: HostSpec


async def open_host(
    spec: HostSpec, credentials: Mapping[str, str], http: Http, state: HostState, paces: Paces
) -> OpenedHost:
    """Raises Misconfigured for a form that can't be used."""
    declared = await borne(spec, credentials)
    return OpenedHost(
        host=declared.open(credentials, paced(declared, credentials, http, paces), state), spec=declared
    )


def paced(declared: HostSpec, credentials: Mapping[str, str], http: Http, paces: Paces) -> Http:
    """The way to one ERP account, as often as it allows."""
    account = declared.shared_by(credentials)
    return paces.kept(http, account=account, rate=declared.rate, window=declared.window)


Opener = Callable[[Connection], Awaitable[Sides]]
"""Opens a connection's two sides; raises Misconfigured when it can't be opened as it is set up."""
