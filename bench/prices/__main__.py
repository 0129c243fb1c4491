"""Prices that changed in the ERP, on their way to the shop: calls, points, time.

Preparing (not measured): both sides get the same prices, the product links them. Measured, each by a worker process of
its own: so many prices go up in the ERP, the worker reads and plans, the plan is approved, the worker writes it. Few go
product by product, many by a file.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict

from bench.children import end_when_told
from bench.ground import ground
from bench.prices.floor import PriceFloor, price_floor
from bench.prices.judging import Row, failures
from bench.prices.words import approve, hurry
from bench.report import Value, machine, progress, rounded, tell_rows
from bench.stock.words import SHOP

SIZES = (500, 5_000, 10_000)
PLUS = {"maximum": 20_000, "restore_rate": 1_000}


def main() -> None:
    options = _options()
    end_when_told()
    sizes = options.changed or SIZES
    prices = max(options.prices, *sizes)
    with (
        ground() as made,
        price_floor(made, prices=prices, of_a_product=options.of_a_product, seed=options.seed) as place,
    ):
        progress(f"{prices} prices: prepared")
        rows = [_pushed(place, prices, changed, seed=options.seed) for changed in sizes]
    progress(f"profile standard, seed {options.seed}, {machine()}")
    tell_rows([_shown(row) for row in rows], title="Prices", as_json=options.json)
    failed = failures(rows)
    for sentence in failed:
        progress(f"FAILED: {sentence}")
    raise SystemExit(1 if failed else 0)


def _pushed(place: PriceFloor, prices: int, changed: int, *, seed: int) -> Row:
    place.ask("PATCH", f"/control/shops/{SHOP}", {"bucket": PLUS})
    place.forget_bucket()
    known = place.newest()
    place.raise_prices(changed, seed=seed + changed)
    with place.worker() as worker:
        hurry(place.env)
        place.until("planned", after=known, of=worker)
        place.until_rest(of=worker)
        # A turn that was due when the worker began may have planned once before.
        plan = place.until("planned", after=known, of=worker)
        since = time.time()
        approve(place.env, plan["id"])
        done = place.until("done", only=plan["id"], of=worker)
        calls = place.ledger(since=since)
    row = Row(
        prices=prices,
        changed=changed,
        calls=len(calls),
        points=round(sum(call.actual or 0.0 for call in calls)),
        throttled=sum(call.throttled is not None for call in calls),
        seconds=rounded((done["ended_at"] - done["approved_at"]).total_seconds()),
        bulk=bool(place.rows("SELECT 1 FROM stock_bulk WHERE run_id = $1", plan["id"])),
        wrong=place.wrong_prices(),
    )
    progress(f"{changed} changed: {_shown(row)}")
    return row


def _shown(row: Row) -> dict[str, Value]:
    return asdict(row) | {"calls_of_1000": row.calls_of_1000}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="stockbridge bench prices", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--prices", type=int, default=0, help="how many the shop has; at least what changes")
    parser.add_argument("--changed", type=int, action="append", help="only so many; may be repeated")
    parser.add_argument("--of-a-product", type=int, default=5, help="variants of each product")
    parser.add_argument("--seed", type=int, default=7, help="for prices, and which of them change")
    return parser.parse_args()


if __name__ == "__main__":
    main()
