"""`python -m sandbox.demo`: the judge as a process of its own, asked and answering in lines of JSON.

It prints `planned` with the ERP's items and look-up tables, how its server is started and at which pace it works:
the short profile's waits are none to a slow one, and `late_most` stays within deadline and settle. Then it takes orders
on stdin: `install` opens the app's page as a merchant does, `run` lets the plan happen and ends with `result`, `stream`
places orders for ever. When stdin ends, so does it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sandbox.demo.books import open_books
from sandbox.demo.store import Store
from sandbox.demo.stream import stream
from sandbox.demo.waves import Run, ask

_FOLDER = Path(__file__).parent
_COUNTS = (
    "orders_placed", "settled", "skipped_expected", "held_expected", "held_unexpected", "missing", "duplicates",
    "totals_compared", "totals_differing",
)  # fmt: skip


def main() -> None:
    chosen = _options()
    store = Store(chosen.shopify, chosen.shop)
    store.declare(
        client_id=os.environ["SHOPIFY_API_KEY"],
        client_secret=os.environ["SHOPIFY_API_SECRET"],
        app=chosen.app,
        toml=str(chosen.toml),
    )
    plan, items = store.plan(seed=chosen.seed, orders=chosen.orders, skus=chosen.skus, erp=chosen.erp)
    tables = json.loads((_FOLDER / f"{chosen.erp}.json").read_text())
    items += [{"sku": code, "title": code.title(), "price": "0.00"} for code in tables["items"]]
    tell("planned", **{**tables, "items": items})
    for line in sys.stdin:
        asked = json.loads(line)
        match asked.pop("do"):
            case "install":
                store.install(chosen.app)
                tell("installed")
            case "run":
                _run(store, plan, items, chosen, asked)
            case "stream":
                books = open_books(asked["host"], asked["credentials"], chosen.shop)
                books.stock(items)
                stream(store, plan, tell, every=asked["every"])


def tell(event: str, **more: Any) -> None:
    print(json.dumps({"event": event} | more), flush=True)


def _run(store: Store, plan: Any, items: Any, chosen: argparse.Namespace, asked: Mapping[str, Any]) -> None:
    books = open_books(asked["host"], asked["credentials"], chosen.shop)
    books.stock(items)
    store.faults(asked["faults"], chosen.seed)
    proxy = asked.get("proxy")
    if proxy:
        ask(f"{proxy}/-/faults", rates="default", seed=chosen.seed, late_most=asked["late_most"])
    run = Run(
        store=store,
        books=books,
        plan=plan,
        app=chosen.app,
        proxy=proxy,
        tell=tell,
        per_second=asked["per_second"],
        seconds=asked["seconds"],
    )
    began = time.monotonic()
    verdict = run.go()
    seconds = round(time.monotonic() - began, 1)
    ledger, counted = store.ledger(), asdict(verdict)
    injected = dict(store.injected()) | {
        f"erp_{name}": count
        for name, count in (ask(f"{proxy}/-/state").get("counts", {}) if proxy else {}).items()
    }
    result = {name: counted.pop(name) for name in _COUNTS} | {
        "shopify_calls": ledger["calls"],
        "shopify_points": ledger["points"],
        "throttled": ledger["throttled"],
        "seconds": seconds,
    }
    tell(
        "result",
        result=result,
        details=counted | {"injected": injected, "shopify_calls_by_document": ledger["by_document"]},
        clean=verdict.clean and not ledger["throttled"],
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.demo", description=__doc__)
    parser.add_argument("--shopify", required=True, help="where the simulated Shopify answers")
    parser.add_argument("--app", required=True, help="where the app answers")
    parser.add_argument("--toml", type=Path, required=True, help="the app's own configuration")
    parser.add_argument("--shop", default="demo.myshopify.com")
    parser.add_argument("--erp", choices=("memory", "tryton"), default="memory")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--orders", type=int, default=50)
    parser.add_argument("--skus", type=int, default=50)
    return parser.parse_args()


if __name__ == "__main__":
    main()
