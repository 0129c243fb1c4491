"""`python -m sandbox.demo`: the judge as a process of its own, asked and answering in lines of JSON.

It prints `planned` with the ERP's items and look-up tables, how its server is started and at which pace it works:
the short profile's waits are none to a slow one, and `late_most` stays within deadline and settle; and the settings that
stock is set up with. Then it takes orders on stdin: `install` opens the app's page as a merchant does (with `stock`,
after counting the shop's), `run` lets the plan happen and ends with `result` (with `waits`, it says `happened` and waits for
a line before it counts; `trade` lays over how the shop trades), `stream` places orders for ever. When
stdin ends, so does it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from sandbox.demo.books import Books
from sandbox.demo.levels import StockVerdict
from sandbox.demo.prices import SETTINGS
from sandbox.demo.refund_ends import FlowCount
from sandbox.demo.rest import Stocktaking
from sandbox.demo.staff import hands
from sandbox.demo.store import Store
from sandbox.demo.stream import stream
from sandbox.demo.tables import Tables, Trading, known, tables_of
from sandbox.demo.trade import Beginning, Trade, beginning
from sandbox.demo.watches import extras, watches
from sandbox.demo.waves import Run, ask

_LEAST_BUYERS = 40
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
    plan, items = store.plan(
        seed=chosen.seed,
        orders=chosen.orders,
        skus=chosen.skus,
        erp=chosen.erp,
        flows=_laid_over(chosen.flows),
    )
    skus = [item["sku"] for item in items if item["sku"].startswith("SKU-")]
    tables = tables_of(chosen.erp)
    items += [{"sku": code, "title": code.title(), "price": "0.00"} for code in tables.items]
    start = beginning(items, seed=chosen.seed, hot=tables.trade.hot)
    items = [item | {"stock": start.erp[item["sku"]]} if item["sku"] in start.erp else item for item in items]
    where, price_list = store.locations(), _price_list(store, chosen)
    more, chosen_options = extras(chosen.flows, chosen.erp)
    tell(
        "planned",
        mapping=dict(tables.mapping) | more,
        options=dict(tables.options) | chosen_options,
        items=items,
        server=msgspec.to_builtins(tables.server),
        pace=msgspec.to_builtins(tables.pace),
        both_ways=tables.both_ways,
        stock=_settings(tables, where),
        prices=_prices(tables, price_list),
    )
    for line in sys.stdin:
        asked = json.loads(line)
        match asked.pop("do"):
            case "install":
                if asked.get("stock"):
                    place = next(iter(where))
                    store.count(
                        [{"sku": sku, "location": place, "available": n} for sku, n in start.shop.items()]
                    )
                store.install(chosen.app)
                tell("installed")
            case "run":
                books = _books(asked, chosen.shop)
                books.stock(items)
                taking = (
                    _taking(
                        store,
                        books,
                        plan,
                        msgspec.convert(msgspec.to_builtins(tables.trade) | asked.get("trade", {}), Trading),
                        where,
                        start,
                        chosen,
                        asked["faults"] != "none",
                    )
                    if asked.get("stock")
                    else None
                )
                _run(store, books, plan, skus, chosen, asked, taking, price_list)
            case "stream":
                books = _books(asked, chosen.shop)
                books.stock(items)
                stream(store, plan, tell, every=asked["every"])


def tell(event: str, **more: Any) -> None:
    print(json.dumps({"event": event} | more), flush=True)


def _books(asked: Mapping[str, Any], shop: str) -> Books:
    return hands(asked["host"], asked["through"]).books(asked["credentials"], shop)


def _settings(tables: Tables, where: Mapping[str, int]) -> dict[str, Any]:
    """One location is fed, the other is the merchant's own. So small a shop changes by more than a shop's guard allows."""
    place = str(next(iter(where.values())))
    every = tables.trade.every_seconds
    return {"warehouses": {place: [tables.warehouse]}, "every_seconds": every, "changed": 0.9, "zeroed": 0.9}


def _price_list(store: Store, chosen: argparse.Namespace) -> str | None:
    """A catalog of business customers, where the ERP has a tier to feed it."""
    if tables_of(chosen.erp).tier is None or "prices" not in chosen.flows.split(","):
        return None
    return store.open_price_list("Wholesale", store.currency())


def _prices(tables: Tables, price_list: str | None) -> dict[str, Any]:
    tiers = {"tiers": {tables.tier: price_list}} if price_list else {}
    return {**SETTINGS, "every_seconds": tables.trade.prices_every_seconds, **tiers}


def _taking(
    store: Store, books: Books, plan: Any, pace: Trading, where: Mapping[str, int], start: Beginning,
    chosen: argparse.Namespace, mishaps: bool,
) -> Stocktaking:  # fmt: skip
    name, number = next(iter(where.items()))
    trade = Trade(
        store=store,
        books=books,
        beginning=start,
        location=name,
        seed=chosen.seed,
        sales_per_second=pace.sales_per_second,
        sales_most=max(_LEAST_BUYERS, chosen.orders),
        move_every=pace.move_every,
        mishaps=mishaps,
        corrections_by=pace.corrections,
    )
    return Stocktaking(
        store=store,
        books=books,
        plan=plan,
        trade=trade,
        location=number,
        still=max(4.0, 1.5 * pace.every_seconds),
        stuck_after=pace.stuck_after,
        reading_seconds=pace.reading_seconds,
    )


def _run(
    store: Store, books: Books, plan: Any, skus: Sequence[str], chosen: argparse.Namespace, asked: Mapping[str, Any],
    taking: Stocktaking | None, price_list: str | None,
) -> None:  # fmt: skip
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
        stock=taking,
        watches=watches(store, books, skus, chosen, asked, price_list),
        before_the_end=_told_to_end if asked.get("waits") else lambda: None,
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
    details = counted | {"injected": injected, "shopify_calls_by_document": ledger["by_document"]}
    stock = taking.judged() if taking else None
    if taking and stock:
        result |= {name: getattr(stock, name) for name in ("levels_changed", "levels_wrong", "oversold")}
        details |= taking.told(stock)
    flows = _counted(result, stock, run.flows)
    if run.flows:
        result["flows"] = flows
        details["against_the_flows"] = {
            name: each.against[:50] for name, each in run.flows.items() if isinstance(each, FlowCount)
        }
    clean = verdict.clean and not ledger["throttled"] and (stock is None or stock.clean)
    clean = clean and all(isinstance(each, str) or each.clean for each in run.flows.values())
    tell("result", result=result, details=details, clean=clean)


def _told_to_end() -> None:
    """Says that all has happened, and waits for a line."""
    tell("happened")
    sys.stdin.readline()


def _laid_over(flows: str) -> list[str]:
    """Flows that change what happens to the plan's orders: `orders` edits some of them, `refunds` gives back."""
    return [name for name in ("orders", "refunds") if name in flows.split(",")]


def _counted(
    orders: Mapping[str, Any], stock: StockVerdict | None, others: Mapping[str, FlowCount | str]
) -> dict[str, Any]:
    """Every flow that took part by its name, in the same words."""
    counts: dict[str, FlowCount | str] = {
        "orders": FlowCount(
            placed=orders["orders_placed"],
            settled=orders["settled"] + orders["skipped_expected"],
            held_expected=orders["held_expected"],
            held_unexpected=orders["held_unexpected"],
            missing=orders["missing"],
            duplicates=orders["duplicates"],
            wrong=orders["totals_differing"],
        )
    }
    if stock is not None:
        changed, wrong = stock.levels_changed, stock.levels_wrong + stock.oversold
        counts["inventory"] = FlowCount(placed=changed, settled=max(0, changed - wrong), wrong=wrong)
    return {
        name: {"unavailable": each} if isinstance(each, str) else each.shown()
        for name, each in (counts | dict(others)).items()
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.demo", description=__doc__)
    parser.add_argument("--shopify", required=True, help="where the simulated Shopify answers")
    parser.add_argument("--app", required=True, help="where the app answers")
    parser.add_argument("--toml", type=Path, required=True, help="the app's own configuration")
    parser.add_argument("--shop", default="demo.myshopify.com")
    parser.add_argument("--erp", choices=known(), default="memory")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--orders", type=int, default=50)
    parser.add_argument("--skus", type=int, default=50)
    parser.add_argument("--flows", default="orders", help="which flows are judged, separated by commas")
    return parser.parse_args()


if __name__ == "__main__":
    main()
