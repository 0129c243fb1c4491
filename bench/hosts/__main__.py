"""Calls for an order and for 1,000 items by each simulated ERP, and how much of the concurrency that it allows is used."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time

from app.embedded import temporary_home
from app.registry import HOSTS
from bench.children import end_when_told
from bench.crash.erps import DEMO, SIMULATED
from bench.hosts.judging import Row, failures
from bench.hosts.orders import measured
from bench.report import machine, rounded


def main() -> None:
    options, began = _options(), time.monotonic()
    end_when_told()
    rows: list[Row] = []
    for erp in options.erp or [name for name in SIMULATED if name != DEMO and name in HOSTS]:
        with temporary_home() as home:
            rows.append(
                asyncio.run(
                    measured(
                        erp,
                        home,
                        dialect=options.dialect,
                        orders=options.orders,
                        latency_ms=options.latency_ms,
                        seed=options.seed,
                    )
                )
            )
    failed = failures(rows)
    shown = {
        "erps": {row.erp: row.shown() for row in rows},
        "orders": options.orders,
        "latency_ms": options.latency_ms,
        "seed": options.seed,
        "machine": machine(),
        "failures": failed,
        "seconds": rounded(time.monotonic() - began),
    }
    print(json.dumps(shown, indent=None if options.json else 1))
    sys.exit(1 if failed or not rows else 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="stockbridge bench hosts", description=__doc__)
    parser.add_argument("--erp", action="append", choices=[name for name in SIMULATED if name != DEMO])
    parser.add_argument("--dialect", default="", help="which wire format it speaks, where it has several")
    parser.add_argument("--orders", type=int, default=150, help="that come at once")
    parser.add_argument("--latency-ms", type=int, default=500, help="what each call takes at least")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="one line")
    return parser.parse_args()


if __name__ == "__main__":
    main()
