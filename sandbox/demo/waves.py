"""The run of a demo: orders come in, end as they end, change later, end again; the stock comes to rest; all is counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from sandbox.demo.books import Books
from sandbox.demo.ends import (
    SALE,
    SETTLED,
    Booked,
    Placed,
    Planned,
    Verdict,
    followed,
    judge,
    paid_up,
    reached,
    sale_of,
)
from sandbox.demo.refund_ends import FlowCount
from sandbox.demo.rest import Stocktaking
from sandbox.demo.store import Store
from sandbox.demo.watching import Watch, watched

Tell = Callable[..., None]
_CHUNK = 10
_LOOK_EVERY = 1.0
# Nothing has moved for so long that nothing will: many times any wait of the short profile.
_STUCK_SECONDS = 120.0
# After the last late commit has landed, time for what it sets off.
_LINGER_SECONDS = 4.0
_WAVES = 2


@dataclass(kw_only=True)
class Run:
    store: Store
    books: Books
    plan: Sequence[Planned]
    app: str
    proxy: str | None
    tell: Tell
    per_second: float
    seconds: float
    stock: Stocktaking | None = None
    watches: Sequence[Watch] = ()
    before_the_end: Callable[[], object] = lambda: None
    """Called when all that is to happen has happened, before it is waited for that all is quiet."""
    flows: Mapping[str, FlowCount | str] = field(default_factory=dict)
    """How the other flows ended; there once the run is over."""
    _deadline: float = field(init=False)

    def go(self) -> Verdict:
        self._deadline = time.monotonic() + self.seconds
        for watch in self.watches:
            watch.begin()
        if self.stock is not None:
            self.stock.trade.start()
        self._place()
        self._until_ended(1)
        self.tell("progress", stage="later acts", done=0, total=1)
        self.store.later_acts(_WAVES, self.per_second)
        self.tell("progress", stage="later acts", done=1, total=1)
        if self.stock is not None:
            self.stock.trade.stop()
        self._until_ended(_WAVES)
        watched(self.watches, self._deadline, self.tell)
        self.before_the_end()
        self._until_quiet()
        if self.stock is not None:
            self.stock.until_right(self._deadline, self.tell)
        self.flows = {watch.flow: watch.count() for watch in self.watches}
        return self._judged()

    def _judged(self) -> Verdict:
        """The plan's orders make the counts; a sale that went wrong counts among what went wrong."""
        placed, documents = self.store.placed(), self.books.documents()
        sold = self._sold(placed)
        keys = {placed[sale.ref].key for sale in sold}
        verdict = judge(self.plan, placed, [each for each in documents if each.key not in keys])
        verdict.add_sales(judge(sold, placed, [each for each in documents if each.key in keys]))
        return verdict

    def _sold(self, placed: Mapping[str, Placed]) -> list[Planned]:
        return [sale_of(order) for order in placed.values() if order.kind == SALE]

    def _place(self) -> None:
        total, told = len(self.plan), False
        for start in range(0, total, _CHUNK):
            self.store.place(start, min(_CHUNK, total - start), self.per_second)
            done = min(start + _CHUNK, total)
            self.tell("progress", stage="placing", done=done, total=total)
            if not told and done * 2 >= total:
                told = True
                self.tell("halfway")

    def _until_ended(self, wave: int) -> None:
        """Until the store shows every expected end, or nothing has moved for long."""
        most, moved = -1, time.monotonic()
        while time.monotonic() < self._deadline:
            placed = self.store.placed()
            wanted = [*self.plan, *(self._sold(placed) if wave == _WAVES else ())]
            left = [p for p in wanted if not self._ended(p, placed.get(p.ref), wave, ())]
            if not left and wave == _WAVES:
                documents = self.books.documents()
                left = [p for p in wanted if not self._ended(p, placed.get(p.ref), wave, documents)]
            done = len(wanted) - len(left)
            self.tell("progress", stage=f"settling {wave} of {_WAVES}", done=done, total=len(wanted))
            pending = self.store.pending_webhooks()
            if not left and not pending:
                return
            if done != most or pending:
                most, moved = done, time.monotonic()
            elif time.monotonic() - moved > _STUCK_SECONDS:
                self.tell("stuck", orders=[_named(p, placed.get(p.ref)) for p in left])
                return
            time.sleep(_LOOK_EVERY)

    def _ended(self, planned: Planned, placed: Placed | None, wave: int, documents: Sequence[Booked]) -> bool:
        if placed is None or not reached(planned, placed, wave):
            return False
        if not documents or planned.expected != SETTLED:
            return True
        mine = [d for d in documents if d.key == placed.key]
        return paid_up(planned, placed, mine) and followed(planned, mine)

    def _until_quiet(self) -> None:
        """What commits late must have landed, and whatever it sets off must be over, before anything is counted."""
        quiet_since: float | None = None
        while time.monotonic() < self._deadline:
            now = time.monotonic()
            quiet_since = (quiet_since or now) if self._quiet() else None
            if quiet_since is not None and now - quiet_since >= _LINGER_SECONDS:
                return
            time.sleep(_LOOK_EVERY)

    def _quiet(self) -> bool:
        if self.store.pending_webhooks() or (self.proxy and ask(f"{self.proxy}/-/state")["late_open"]):
            return False
        backlog = ask(f"{self.app}/health/backlog")
        return "overdue" in backlog and not any(backlog["overdue"].values())


def ask(address: str, **sent: Any) -> dict[str, Any]:
    """One small question to a probe or to the proxy's desk; no answer is an empty one."""
    try:
        call = httpx.post if sent else httpx.get
        more = {"json": sent} if sent else {}
        found: dict[str, Any] = call(address, timeout=10.0, trust_env=False, **more).json()
    except (httpx.HTTPError, ValueError):
        return {}
    return found


def _named(planned: Planned, placed: Placed | None) -> str:
    shown = placed.note.state if placed and placed.note else "no note"
    return f"{placed.name if placed else planned.ref} ({planned.kind}): {shown}, expected {planned.expected}"
