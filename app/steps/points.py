"""Named crash points of the main path: no-ops in production, meeting places for the crash bench.

A step is a place where a process may die. The bench installs a barrier that holds, kills or lets go; nothing else may.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal, get_args

OrderStep = Literal[
    "inbox.before_commit",
    "inbox.stored",
    "drain.hinted",
    "order.leased",
    "order.read",
    "order.mapped",
    "order.looked_up",
    "order.planned",
    "order.sent",
    "order.answered",
    "order.evidence",
    "order.done",
    "order.settled",
    "mark.sent",
    "mark.answered",
    "mark.done",
    "sweep.claimed",
]

StockStep = Literal[
    "stock.read",
    "stock.planned",
    "stock.leased",
    "stock.frozen",
    "stock.sent",
    "stock.answered",
    "stock.done",
    "stock.stale",
    "stock.settled",
]

BulkStep = Literal[
    "bulk.asked",
    "bulk.answered",
    "bulk.staged",
    "bulk.merged",
    "bulk.frozen",
    "bulk.uploaded",
    "bulk.applied",
]

PriceStep = Literal[
    "price.read",
    "price.planned",
    "price.frozen",
    "price.sent",
    "price.answered",
    "price.done",
    "price.settled",
]

ListenStep = Literal["listen.wanted"]

AlertStep = Literal[
    "alert.sent",
    "alert.answered",
    "alert.done",
]

StepName = OrderStep | StockStep | BulkStep | ListenStep | AlertStep | PriceStep

STEP_NAMES: tuple[str, ...] = get_args(OrderStep)
STOCK_STEP_NAMES: tuple[str, ...] = get_args(StockStep)
BULK_STEP_NAMES: tuple[str, ...] = get_args(BulkStep)
PRICE_STEP_NAMES: tuple[str, ...] = get_args(PriceStep)
"""Each flow's own: a bench of one flow can't reach the other's, nor calls those of files."""

RecordKind = Literal["order", "refund", "shipment", "parcel", "customer", "product"]
"""The kinds of records the engine carries; each passes the same places under its own name."""

Place = Literal[
    "leased",
    "read",
    "mapped",
    "looked_up",
    "planned",
    "sent",
    "answered",
    "evidence",
    "done",
    "settled",
]

ALL_STEP_NAMES: tuple[str, ...] = tuple(
    dict.fromkeys(
        [
            *(name for step in get_args(StepName) for name in get_args(step)),
            *(f"{kind}.{place}" for kind in get_args(RecordKind) for place in get_args(Place)),
        ]
    )
)
"""Of every flow."""

_barrier: Callable[[str], Awaitable[None]] | None = None


def install(barrier: Callable[[str], Awaitable[None]] | None) -> None:
    """Sets the barrier of this process (bench only)."""
    global _barrier  # noqa: PLW0603  one barrier per process, set once before anything runs
    _barrier = barrier


async def step(name: StepName) -> None:
    """Passes the named point: at once in production, when the barrier says so in the bench."""
    if _barrier is not None:
        await _barrier(name)


async def reached(kind: RecordKind, place: Place) -> None:
    """The same, for a place on the way of a record of some kind."""
    if _barrier is not None:
        await _barrier(f"{kind}.{place}")
