"""From a paid order in the store to its document in the ERP: how many a second, how long each takes, how many calls.

Each round lets many orders come at once for the rate, then some at an even pace for the time each one takes. Both
are read from the books of the simulated store and of the demo ERP, not from our tables.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.children import end_when_told
from bench.floor import Calls, Floor, floor, plain_orders
from bench.ground import PROFILE, ground
from bench.open_loop import percentile
from bench.report import Value, machine, progress, rounded, tell

LATENCY_MS = 50.0
PER_SECOND = 5.0


@dataclass(frozen=True, kw_only=True)
class Round:
    per_second: float
    p50_ms: float
    p99_ms: float
    shopify_calls: float
    shopify_reads: float
    erp_calls: float
    by_document: Mapping[str, float]
    by_verb: Mapping[str, float]


def run_round(place: Floor, *, orders: int, paced: int, seed: int) -> Round:
    before = place.calls()
    burst = place.place(plain_orders(orders, seed=seed))
    place.wait_for_rest(seconds=300)
    calm = place.place(plain_orders(paced, seed=seed + 1), per_second=PER_SECOND)
    place.wait_for_rest(seconds=120)
    after = place.calls()
    fired, made = place.fired([*burst, *calm]), place.documents()
    missing = [name for name in (*burst, *calm) if name not in made]
    if missing:
        raise SystemExit(f"{len(missing)} orders have no document, such as {missing[0]}")
    took = sorted((made[name] - fired[name]) * 1000 for name in calm)
    return Round(
        per_second=orders / (max(made[n] for n in burst) - min(fired[n] for n in burst)),
        p50_ms=percentile(took, 0.5),
        p99_ms=percentile(took, 0.99),
        **_calls(before, after, orders + paced),
    )


def _calls(before: Calls, after: Calls, orders: int) -> dict[str, object]:
    documents = {n: (c - before.by_document.get(n, 0)) / orders for n, c in after.by_document.items()}
    verbs = {n: (c - before.by_verb.get(n, 0)) / orders for n, c in after.by_verb.items()}
    return {
        "shopify_calls": (after.shopify - before.shopify) / orders,
        "shopify_reads": documents.get("Order", 0.0),
        "erp_calls": (after.erp - before.erp) / orders,
        "by_document": {name: round(each, 3) for name, each in documents.items() if each},
        "by_verb": {name: round(each, 3) for name, each in verbs.items() if each},
    }


def main() -> None:
    options = _options()
    end_when_told()
    began = time.monotonic()
    rounds: list[Round] = []
    with ground() as made, floor(made, latency_ms=LATENCY_MS) as place:
        for number in range(options.rounds):
            seed = options.seed + 2 * number
            each = run_round(place, orders=options.orders, paced=max(20, options.orders // 4), seed=seed)
            progress(f"round {number + 1}: {each}")
            rounds.append(each)
    result = summary(rounds) | {
        "orders": options.orders,
        "rounds": options.rounds,
        "seed": options.seed,
        "profile": PROFILE,
        "machine": machine(),
        "seconds": rounded(time.monotonic() - began),
    }
    tell(result, title="Orders", as_json=options.json)


def summary(rounds: list[Round]) -> dict[str, Value]:
    def median(of: Callable[[Round], float]) -> float:
        return rounded(statistics.median(of(each) for each in rounds))

    return {
        "orders_per_second": median(lambda r: r.per_second),
        "p50_ms": median(lambda r: r.p50_ms),
        "p99_ms": median(lambda r: r.p99_ms),
        "shopify_calls_per_order": median(lambda r: r.shopify_calls),
        "shopify_reads_per_order": median(lambda r: r.shopify_reads),
        "erp_calls_per_order": median(lambda r: r.erp_calls),
        "shopify_calls_by_document": dict(rounds[-1].by_document),
        "erp_calls_by_verb": dict(rounds[-1].by_verb),
        "erp_latency_ms": LATENCY_MS,
        "paced_per_second": PER_SECOND,
        "web_processes": 1,
        "worker_processes": 1,
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="stockbridge bench orders", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--orders", type=int, default=200, help="that come at once, in each round")
    parser.add_argument("--seed", type=int, default=7, help="for the orders")
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


if __name__ == "__main__":
    main()
