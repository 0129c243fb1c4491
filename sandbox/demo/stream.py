"""Orders for ever, one every few seconds, and what becomes of each: what `up --demo` shows."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from sandbox.demo.ends import Note, Planned
from sandbox.demo.store import Store

_LOOK_EVERY = 1.0
_WAITING = Note(state="waiting")


def stream(store: Store, plan: Sequence[Planned], tell: Callable[..., None], *, every: float) -> None:
    """Places the plan's orders one by one; tells of each when it comes and whenever its note changes."""
    kinds = {planned.ref: planned.kind for planned in plan}
    shown: dict[str, Note] = {}
    position, due = 0, time.monotonic()
    while True:
        if position < len(plan) and time.monotonic() >= due:
            store.place(position, 1, 0)
            position, due = position + 1, due + every
        for ref, order in store.placed().items():
            note = order.note or _WAITING
            if ref in kinds and shown.get(ref) != note:
                shown[ref] = note
                tell("order", **_line(order.name, kinds[ref], note), total=str(order.total))
        time.sleep(_LOOK_EVERY)


def _line(name: str, kind: str, note: Note) -> dict[str, Any]:
    return {
        "name": name,
        "kind": kind,
        "state": note.state,
        "number": note.number or "",
        "why": note.sentence,
    }
