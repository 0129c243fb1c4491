"""What the measured views come to, and which demand they miss. Pure: figures in, figures and sentences out."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.report import Value, rounded

LCP_MS = 2_500
CLS = 0.1
JS_BYTES = 60_000
"""What the page must stay below: the largest paint, the sum of its jumps, and the script it begins with, compressed."""

_GAP_MS = 1_000
_WINDOW_MS = 5_000


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One view in one round. `shifts` are the jumps of its layout: when, and how far. `js_bytes` came over the wire."""

    lcp_ms: float
    shifts: Sequence[tuple[float, float]]
    js_bytes: int


@dataclass(frozen=True, kw_only=True)
class Figures:
    """The medians of one view over its rounds."""

    view: str
    lcp_ms: float
    cls: float
    js_bytes: int

    def shown(self) -> dict[str, Value]:
        return {
            "view": self.view,
            "lcp_ms": rounded(self.lcp_ms),
            "cls": round(self.cls, 4),
            "js_wire_bytes": self.js_bytes,
        }


def layout_shift(shifts: Sequence[tuple[float, float]]) -> float:
    """The worst window of jumps: at most five seconds long, each less than a second after the one before."""
    worst = window = began = last = 0.0
    for at, value in sorted(shifts):
        if window and (at - last >= _GAP_MS or at - began >= _WINDOW_MS):
            window = 0.0
        began = began if window else at
        window, last = window + value, at
        worst = max(worst, window)
    return worst


def medians(rounds: Sequence[Mapping[str, Seen]]) -> list[Figures]:
    """One row for each view, in the order of the first round."""
    return [
        Figures(
            view=view,
            lcp_ms=statistics.median(each[view].lcp_ms for each in rounds),
            cls=statistics.median(layout_shift(each[view].shifts) for each in rounds),
            js_bytes=max(each[view].js_bytes for each in rounds),
        )
        for view in rounds[0]
    ]


def missed(views: Sequence[Figures], *, built_bytes: int) -> list[str]:
    """A sentence for each demand that is not met; a view that measured nothing has not met it."""
    return [*_of_script(built_bytes), *(sentence for view in views for sentence in _of_view(view))]


def _of_script(built_bytes: int) -> Iterator[str]:
    if not 0 < built_bytes < JS_BYTES:
        yield f"the built script has {built_bytes} bytes compressed, and {JS_BYTES} are the most"


def _of_view(view: Figures) -> Iterator[str]:
    if not 0 < view.lcp_ms < LCP_MS:
        yield f"{view.view}: the largest paint came after {view.lcp_ms:.0f} ms, and {LCP_MS} are the most"
    if not 0 <= view.cls < CLS:
        yield f"{view.view}: the layout jumped by {view.cls:.3f}, and {CLS} is the most"
    if not 0 < view.js_bytes < JS_BYTES:
        yield f"{view.view}: {view.js_bytes} bytes of script came over the wire, and {JS_BYTES} are the most"
