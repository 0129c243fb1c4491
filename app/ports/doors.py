"""What adapters are given instead of making it: HTTP, limits, tokens, and a small sealed store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Request:
    """One HTTP request. The whole of it, answer included, ends within `deadline`; an answer over `most_bytes` is cut off

    and raises. Redirects are never followed. `writes` decides what a lost answer means: Unclear, or Retry when False.
    `counts`: among those that an ERP allows only so many of; signing in is none of them.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    deadline: timedelta = timedelta(seconds=20)
    most_bytes: int = 5_000_000
    writes: bool = True
    counts: bool = True


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An HTTP answer, read to its end. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Download:
    """An HTTP answer whose body is read as it comes. Each piece comes within the request's deadline, or Retry."""

    status: int
    headers: Mapping[str, str]
    pieces: AsyncIterator[bytes]


class Http(Protocol):
    async def send(self, request: Request) -> Answer:
        """Sends once. Retry: it never left. Unclear: it left and no answer came. Any status is an answer.

        Misconfigured when the address is not allowed (plain http, private or link-local range, redirect to one).
        """
        ...

    def stream(self, request: Request) -> AbstractAsyncContextManager[Download]:
        """Reads a file of any length; `most_bytes` does not count. Raises as `send` does, between two pieces too."""
        ...


class Lane(StrEnum):
    """Who goes first when the rate is short; each lane may draw the bucket down to its floor only."""

    INTERACTIVE = "interactive"
    ORDERS = "orders"
    STOCK = "stock"
    CATALOGUE = "catalogue"


@dataclass(kw_only=True)
class Meter:
    """What one opened store has cost so far: calls to the shop, and points of its bucket."""

    calls: int = 0
    points: int = 0


class Limiter(Protocol):
    """The shared cost bucket of one shop."""

    @property
    def rate(self) -> float:
        """Points a second that the bucket is given, as the last answer said."""
        ...

    async def take(self, *, document: str, lane: Lane) -> int:
        """Waits until the learned cost of the document may be spent; answers with what was reserved."""
        ...

    async def settle(
        self,
        *,
        document: str,
        reserved: int,
        requested: int,
        actual: int,
        available: int,
        maximum: int,
        rate: float,
    ) -> None:
        """Tells the bucket what the answer said, so that model and truth meet."""
        ...

    async def throttled(
        self, *, document: str, reserved: int, requested: int, available: int, maximum: int, rate: float
    ) -> None:
        """Tells the bucket that the other side refused for rate: it lowers the model."""
        ...


class Permits(Protocol):
    """The shared concurrency of one ERP account."""

    def hold(self, account: str, most: int, *, first: bool = False) -> AbstractAsyncContextManager[None]:
        """Waits for one of `most` permits; raises `Throttled` when none comes free in time.

        `first`: for the first look-up of a record, which lets everything else go before: sent away, it has lost nothing, and
        what was looked up already would have to be looked up once more.
        """
        ...


class Paces(Protocol):
    """How often one ERP account is called, by all of us together."""

    def kept(self, http: Http, *, account: str, rate: int | None, window: timedelta) -> Http:
        """A door whose requests wait for their turn, so that no `window` sees more than `rate` of them.

        Its calls raise `Throttled` before anything is sent where the turn would come too late to be answered.
        """
        ...


class TokenProvider(Protocol):
    async def token(self) -> str:
        """A valid access token. Raises AccessLost when the shop must sign in again."""
        ...

    async def refused(self, token: str) -> None:
        """The token was refused: the next `token()` must be another one."""
        ...


class HostState(Protocol):
    """A small sealed store of one connection (session cookies, rotated keys, measured offsets)."""

    async def read(self, name: str) -> tuple[str, int] | None:
        """The value and its version."""
        ...

    async def write(self, name: str, value: str, *, version: int) -> bool:
        """Compare-and-set: writes only over `version` (0: not there yet); False when another was faster."""
        ...
