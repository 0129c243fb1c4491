"""What the app's processes wrote down about defects of our own: nothing that a run may count as an end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

_BROKEN = frozenset({"record.bug", "turn.broke", "task.broke", "what_if.broke", "api.failed"})


class _Said(msgspec.Struct, frozen=True):
    event: str = ""
    error: str = ""
    traceback: tuple[str, ...] = ()


def defects(logs: Path) -> Sequence[str]:
    """One line for each place where something broke, with how often; the places are the app's own lines of code."""
    found = Counter(line for log in sorted(logs.glob("*.log")) for line in _lines(log))
    return [f"{times} x {line}" for line, times in found.most_common()]


def _lines(log: Path) -> Iterator[str]:
    for line in log.read_bytes().splitlines():
        try:
            said = msgspec.json.decode(line, type=_Said)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
        if said.event in _BROKEN:
            ours = [place for place in said.traceback if "/app/" in place]
            yield f"{said.event}: {said.error}{' at app/' + ours[-1].rpartition('/app/')[2] if ours else ''}"
