"""What a person sees of a run on stderr: bars in a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import json
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from app.cli.judge import JsonObject, Order

_LINE_EVERY = 10.0
_ROWS = 20
_STYLES = {"settled": "green", "held": "yellow", "waiting": "dim", "cancelled": "dim"}


class ProgressShown:
    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bars = Progress(*columns, console=self._console, disable=not self._console.is_terminal)
        self._tasks: dict[str, TaskID] = {}
        self._last: tuple[str, float] = ("", 0.0)
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def end(self) -> None:
        """No bars from here on."""
        self._bars.stop()

    def stage(self, sentence: str) -> None:
        self._console.print(f"{self._elapsed()} · {sentence}", style="dim", markup=False)

    def warn(self, *sentences: str) -> None:
        for sentence in sentences:
            self._console.print(f"{self._elapsed()} ! {sentence}", style="yellow", markup=False)

    def said(self, name: str, sentence: str) -> None:
        """What the supervisor says of a child."""
        self.warn(f"{name} {sentence}")

    def _elapsed(self) -> str:
        return f"{time.monotonic() - self._began:6.1f} s"

    def progress(self, stage: str, done: int, total: int) -> None:
        if self._console.is_terminal:
            if stage not in self._tasks:
                self._tasks[stage] = self._bars.add_task(stage, total=total)
            self._bars.update(self._tasks[stage], completed=done)
            return
        name, at = self._last
        if stage != name or time.monotonic() - at > _LINE_EVERY:
            self._last = stage, time.monotonic()
            self._console.print(f"{self._elapsed()}   {stage}: {done} of {total}", markup=False)


class ArrivalsShown:
    """The latest orders as a table that lives in a terminal, as lines elsewhere."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        self._orders: dict[str, Order] = {}
        self._live = Live(console=self._console, auto_refresh=False) if self._console.is_terminal else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def show(self, order: Order) -> None:
        if self._live is None:
            line = f"{order.name:<8} {order.kind:<20} {order.state:<10} {order.number:<10} {order.why}"
            print(line.rstrip(), flush=True)
            return
        self._orders[order.name] = order
        self._live.update(self._table(), refresh=True)

    def _table(self) -> Table:
        made = Table("order", "kind", "total", "state", "ERP number", "why", box=None)
        for order in list(self._orders.values())[-_ROWS:]:
            style = _STYLES.get(order.state, "")
            made.add_row(
                order.name,
                order.kind.replace("_", " "),
                order.total,
                Text(order.state, style=style),
                order.number,
                Text(order.why),
            )
        return made


def print_result(result: JsonObject, *, as_json: bool) -> None:
    """To stdout: the JSON object alone, or a table for people in which lists are shown entry by entry."""
    if as_json:
        print(json.dumps(result, indent=2), flush=True)
        return
    made = Table(show_header=False, box=None)
    for name, value in result.items():
        rows = value if isinstance(value, list) else [value]
        for row in rows or ["none"]:
            made.add_row(name.replace("_", " "), str(row))
    Console().print(made)
