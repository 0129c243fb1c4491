"""Runs the crash bench: the product under every mishap, counted by asking the store and the ERP at the end."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from app.embedded import temporary_home
from bench.crash import everything, inventory, run
from bench.crash.erps import DEMO, SIMULATED


def main() -> None:
    options = _options()
    with temporary_home() as home:
        try:
            outcome = asyncio.run(_interruptible(options, home))
        finally:
            if options.keep:
                shutil.copytree(
                    home, options.keep, ignore=shutil.ignore_patterns("postgres", "valkey", "*.sock")
                )
    shown = outcome.shown()
    print(json.dumps(shown) if options.json else _table(shown))
    sys.exit(0 if outcome.good else 1)


Outcome = run.Outcome | inventory.Outcome | everything.Outcome


async def _interruptible(options: argparse.Namespace, home: Path) -> Outcome:
    """SIGTERM ends the run as Ctrl-C does, so that no process is left behind."""
    task = asyncio.ensure_future(_run(options, home))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


async def _run(options: argparse.Namespace, home: Path) -> Outcome:
    kills, seed = options.kills, options.seed
    if options.flow == "all":
        whole = everything.Asked(
            orders=options.orders or 80, skus=options.skus, kills=kills, seed=seed, control=options.control, erp=options.erp,
            dialect=options.dialect,
        )  # fmt: skip
        return await everything.run(whole, home)
    if options.flow == "inventory":
        stock = inventory.Asked(levels=options.levels, kills=kills, seed=seed, control=options.control)
        return await inventory.run(stock, home)
    return await run.run(
        run.Asked(
            orders=options.orders or 1000,
            kills=kills,
            seed=seed,
            control=options.control,
            erp=options.erp,
            dialect=options.dialect,
        ),
        home,
    )


def _table(shown: Mapping[str, Any]) -> str:
    lines = [f"{name:<16} {value}" for name, value in shown.items() if name not in {"steps", "found"}]
    lines += ["", f"{'step':<22} {'reached':>8} {'killed':>7} {'held':>5}"]
    for name, counts in shown["steps"].items():
        lines.append(f"{name:<22} {counts['reached']:>8} {counts['killed']:>7} {counts['held']:>5}")
    return os.linesep.join([*lines, "", *shown["found"]])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="stockbridge bench crash", description=__doc__)
    parser.add_argument("--flow", choices=("orders", "inventory", "all"), default="orders")
    parser.add_argument("--erp", choices=SIMULATED, default=DEMO, help="of the flow orders, and of all flows")
    parser.add_argument("--dialect", default="", help="which wire format it speaks, where it has several")
    parser.add_argument("--orders", type=int, help="default: 1000; 80 of all flows")
    parser.add_argument("--skus", type=int, default=100, help="of all flows")
    parser.add_argument("--levels", type=int, default=10_000, help="of the flow inventory")
    parser.add_argument("--kills", type=int, default=55, help="from 50 on, every step sees one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--no-control", dest="control", action="store_false",
        help="leave out the careless engine, which proves that the bench can count",
    )  # fmt: skip
    parser.add_argument("--keep", type=Path, help="copy the processes' logs and the ERPs' books here")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    return parser.parse_args()


if __name__ == "__main__":
    main()
