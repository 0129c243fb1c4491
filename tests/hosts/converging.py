"""What the engine does with a sink, without its rows: looks, does the next missing step, looks again."""

from __future__ import annotations

from typing import TypeVar

from app.ports import Found, Sink, Step

D = TypeVar("D")


async def settled(sink: Sink[D], document: D) -> tuple[Found, list[str]]:
    """Until nothing is missing: what is there then, and the keys of the steps it took."""
    keys: list[str] = []
    for _ in range(20):
        found = await sink.find(document)
        step = sink.next_step(document, found)
        if step is None:
            return found, keys
        assert isinstance(step, Step), f"{step.code}: {step.sentence}"
        await sink.do(step)
        keys.append(step.key)
    raise AssertionError(f"still not done after {keys}")
