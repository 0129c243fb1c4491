"""From a shipment in the ERP to its fulfillment in the store: how many a second, how long each takes, how many calls.

Orders are placed and settled first. Then everything leaves the ERP at once. Calls, times and results are read from the
books of the simulated store and of the demo ERP.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bench.children import BenchError, end_when_told
from bench.floor import KEY, SHOP, Calls, Floor, floor, plain_orders
from bench.ground import PROFILE, ground
from bench.open_loop import percentile
from bench.report import Value, machine, progress, rounded, tell
from sandbox.demo.dispatch import DemoDispatch
from sandbox.demo.ends import key_of
from sandbox.demo.shipping import judge_shipments, shown_of

LATENCY_MS = 50.0
_OURS = ("FulfillmentState", "FulfillmentCreate")


def main() -> None:
    options = _options()
    end_when_told()
    began = time.monotonic()
    with ground() as made, floor(made, latency_ms=LATENCY_MS) as place:
        place.place(plain_orders(options.orders, seed=options.seed))
        place.wait_for_rest(seconds=300)
        progress(f"{options.orders} orders are in the ERP")
        result = measured(place, parcels=options.orders)
    tell(
        result
        | {
            "seed": options.seed,
            "profile": PROFILE,
            "machine": machine(),
            "seconds": rounded(time.monotonic() - began),
        },
        title="Fulfillments",
        as_json=options.json,
    )
    if not result["clean"]:
        raise SystemExit(1)


def measured(place: Floor, *, parcels: int) -> dict[str, Value]:
    """Every order leaves as one parcel from one location."""
    before = place.calls()
    sent = _everything_leaves(place)
    _until_shown(place, len(sent), seconds=max(300.0, 2.0 * parcels))
    place.wait_for_rest(seconds=120)
    orders = place.ask("GET", f"/control/shops/{SHOP}/orders")["orders"]
    verdict = judge_shipments(_dispatch(place).left(), shown_of(orders))
    shown = {order["legacy_id"]: one for order in orders for one in order["fulfillments"]}
    took = sorted(_seconds(shown[key]["created_at"]) - at for key, at in sent.items() if key in shown)
    return _summary(before, place.calls(), took, len(sent)) | {
        **verdict.shown(),
        "clean": verdict.clean and verdict.settled == len(sent),
    }


def _summary(before: Calls, after: Calls, took: list[float], parcels: int) -> dict[str, Value]:
    calls = {
        name: after.by_document.get(name, 0) - before.by_document.get(name, 0) for name in after.by_document
    }
    ours = sum(calls.get(name, 0) for name in _OURS)
    return {
        "shipments": parcels,
        "calls_per_shipment": rounded(ours / max(parcels, 1)),
        "all_calls_per_shipment": rounded((after.shopify - before.shopify) / max(parcels, 1)),
        "shopify_calls_by_document": {name: count for name, count in calls.items() if count},
        "erp_calls_per_shipment": rounded((after.erp - before.erp) / max(parcels, 1)),
        "p50_ms": rounded(percentile(took, 0.5) * 1000),
        "p99_ms": rounded(percentile(took, 0.99) * 1000),
        "erp_latency_ms": LATENCY_MS,
        "web_processes": 1,
        "worker_processes": 1,
    }


def _everything_leaves(place: Floor) -> dict[str, float]:
    """When each order's goods left, by the order's key; one shipment for all that a document holds."""
    headers, sent = {"authorization": f"Bearer {KEY}"}, {}
    after: int | None = 0
    while after is not None:
        page = place.http.get(f"{place.erp}/v1/documents", params={"after": after}, headers=headers).json()
        for document in page["documents"]:
            key = key_of("order", document["external_id"], SHOP)
            if key is not None:
                wanted = {"track": {"numbers": [f"P{document['id']}"], "carrier": "DHL"}}
                url = f"{place.erp}/v1/documents/{document['id']}/shipments"
                answer = place.http.post(url, json=wanted, headers=headers).raise_for_status().json()
                sent[key] = _seconds(answer["sent_at"])
        after = page["next"]
    return sent


def _until_shown(place: Floor, count: int, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        orders: list[Mapping[str, Any]] = place.ask("GET", f"/control/shops/{SHOP}/orders")["orders"]
        if sum(len(order["fulfillments"]) for order in orders) >= count:
            return
        time.sleep(0.5)
    raise BenchError(f"not all of {count} shipments are shown after {seconds:.0f} s")


def _dispatch(place: Floor) -> DemoDispatch:
    return DemoDispatch({"address": place.erp, "key": KEY}, SHOP, seed=0)


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="stockbridge bench fulfillments", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--orders", type=int, default=200, help="whose goods leave, each as one parcel")
    parser.add_argument("--seed", type=int, default=7, help="for the orders")
    return parser.parse_args()


if __name__ == "__main__":
    main()
