"""Levels that changed in the ERP, on their way to the shop: calls, points, the used part of the rate, and memory.

Preparing (not measured): the simulated shop gets its items, the ERP their quantities, the product links them. Measured,
each by a worker process of its own: the first load where asked for, and for each share a change. The ERP's stock moves,
the worker reads and plans, the bucket is put at the lane's floor, the plan is approved, the worker writes it.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict
from pathlib import Path

from asyncpg import Record

from bench.children import BenchError, Child, end_when_told
from bench.ground import ground
from bench.report import Value, machine, progress, rounded, tell_rows
from bench.stock.floor import FLOOR, STANDARD, StockFloor, stock_floor
from bench.stock.judging import Row, counted, failures, rate_used
from bench.stock.words import approve, hurry

SIZES = (1_000, 10_000, 100_000)
SHARES = (0.01, 1.0)


def main() -> None:
    options = _options()
    end_when_told()
    rows: list[Row] = []
    for levels in options.levels or SIZES:
        rows += measured(levels, seed=options.seed, first_load=options.first_load)
    progress(f"profile standard, seed {options.seed}, {machine()}")
    tell_rows([_shown(row) for row in rows], title="Stock", as_json=options.json)
    failed = failures(rows)
    for sentence in failed:
        progress(f"FAILED: {sentence}")
    raise SystemExit(1 if failed else 0)


def measured(levels: int, *, seed: int, first_load: bool) -> list[Row]:
    began = time.monotonic()
    with ground() as made, stock_floor(made, levels=levels, seed=seed, by_files=first_load) as place:
        if first_load:
            place.standard()
        first = _first(place)
        progress(f"{levels} levels: prepared in {time.monotonic() - began:.0f} s")
        idle, rows = _idle(place), [first] if first.bulk else []
        for share in SHARES:
            rows.append(_pushed(place, share, seed=seed, idle=idle))
            progress(f"{levels} levels: {_shown(rows[-1])}")
        return rows


def _first(place: StockFloor) -> Row:
    """The first load of a shop that shows nothing yet; a large one goes by files where it is measured."""
    plan = place.until("planned")
    with place.worker() as worker:
        return _written(place, plan, worker, changed=place.levels, idle=0)


def _idle(place: StockFloor) -> int:
    """A turn in which nothing has changed, the rolling read of the shop included: how many calls wrote."""
    place.generous()
    known, since = place.newest(), time.time()
    with place.worker() as worker:
        hurry(place.env)
        place.until("done", after=known, of=worker)
        place.until_rest(of=worker)
    return counted(place.ledger(since=since))[0]


def _pushed(place: StockFloor, share: float, *, seed: int, idle: int) -> Row:
    place.standard()
    known, changed = place.newest(), place.change(share, seed=seed)
    with place.worker() as worker:
        hurry(place.env)
        plan = place.until("planned", after=known, of=worker)
        place.until_rest(of=worker)
        place.at_the_floor()
        return _written(place, plan, worker, changed=changed, idle=idle)


def _written(place: StockFloor, plan: Record, worker: Child, *, changed: int, idle: int) -> Row:
    """The measured part: from the approval until the run is over."""
    since = time.time()
    approve(place.env, plan["id"])
    done = place.until("done", only=plan["id"], of=worker)
    peak, calls = _peak_mb(worker.process.pid), place.ledger(since=since)
    bulk = bool(place.rows("SELECT 1 FROM stock_bulk WHERE run_id = $1", plan["id"]))
    sets, points, throttled = counted(calls, all_of_them=bulk)
    return Row(
        levels=place.levels,
        changed=changed,
        bulk=bulk,
        calls=sets,
        points=points,
        rate_used=None if bulk else rate_used(calls, floor=FLOOR, restore=STANDARD["restore_rate"]),
        throttled=throttled,
        peak_rss_mb=peak,
        seconds=rounded((done["ended_at"] - done["approved_at"]).total_seconds()),
        plan_seconds=rounded((plan["beat_at"] - plan["started_at"]).total_seconds()),
        idle_calls=idle,
        wrong=place.wrong(),
    )


def _peak_mb(process: int) -> float:
    """The most memory that was resident at once since the process began, by the kernel's own account."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return rounded(int(line.split()[1]) / 1024)
    raise BenchError("this system does not say how much memory a process has used")


def _shown(row: Row) -> dict[str, Value]:
    return asdict(row)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="stockbridge bench stock", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--levels", type=int, action="append", help="only this size; may be repeated")
    parser.add_argument("--first-load", action="store_true", help="measure a large first load by bulk, too")
    parser.add_argument("--seed", type=int, default=7, help="for quantities, and which levels change")
    return parser.parse_args()


if __name__ == "__main__":
    main()
