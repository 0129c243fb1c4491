"""The crash bench of stock can fail: lost, doubled and wrong levels are told apart, and every step gets its turn."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.steps import STOCK_STEP_NAMES
from bench.crash import stock_script
from bench.crash.script import What
from bench.crash.stock_tally import StockTally, known_orders, stock_tally
from sandbox.demo.levels import Change, Known, Level, Move, Scene
from tests.patience import WHOLE

ROOT = Path(__file__).resolve().parents[2]
ONE, TWO = "gid://stockbridge/Run/1", "gid://stockbridge/Run/2"


# --- counting ----------------------------------------------------------------------------------------------------------


def row(before: int, after: int, by: str, reference: str, at: float = 100.0) -> Change:
    whole: dict[str, Any] = {"item": 7, "location": 1, "name": "available", "at": at}
    return Change(before=before, after=after, by=by, reference=reference, **whole)


def tallied(
    *book: Change,
    shows: int,
    free: int,
    moves: Sequence[Move] = (),
    orders: Mapping[str, Known] | None = None,
) -> tuple[int, int, int]:
    scene = Scene(
        location=1,
        levels=[Level(sku="MUG", item=7, location=1, available=shows)],
        book=book,
        began={"MUG": Decimal(10)},
        free={"MUG": Decimal(free)},
        moves=moves,
        orders=orders or {},
    )
    found = stock_tally(scene)
    return found.lost, found.doubled, found.wrong


def came(units: int, at: float = 50.0) -> list[Move]:
    return [Move(sku="MUG", units=units, began=at, ended=at)]


def test_a_level_written_once_for_what_came_is_in_order() -> None:
    assert tallied(row(10, 15, "app", ONE), shows=15, free=15, moves=came(5)) == (0, 0, 0)


def test_a_level_that_was_never_written_since_its_goods_came_is_lost() -> None:
    assert tallied(shows=10, free=15, moves=came(5)) == (1, 0, 0)
    early = row(9, 10, "app", ONE, at=10.0)
    assert tallied(early, shows=10, free=15, moves=came(5)) == (1, 0, 0)


def test_a_level_that_was_written_and_shows_something_else_is_wrong() -> None:
    assert tallied(row(10, 14, "app", ONE), shows=14, free=15, moves=came(5)) == (0, 0, 1)


def test_one_effect_applied_twice_is_doubled_even_where_nothing_moves() -> None:
    once, again = row(10, 15, "app", ONE), row(15, 15, "app", ONE)
    assert tallied(once, again, shows=15, free=15, moves=came(5)) == (0, 1, 0)


def test_two_runs_that_write_the_same_level_are_not_doubled() -> None:
    book = (row(10, 15, "app", ONE), row(15, 12, "app", TWO))
    assert tallied(*book, shows=12, free=12, moves=[*came(5), *came(-3, at=60.0)]) == (0, 0, 0)


def test_an_older_target_over_a_newer_level_is_doubled() -> None:
    """Four were sold since the target was made; written now it gives them back."""
    sale = row(10, 6, "order", "gid://shopify/Order/1")
    held = {"gid://shopify/Order/1": Known(booked={"MUG": Decimal(4)})}
    book = (sale, row(6, 10, "app", ONE), row(10, 6, "app", TWO))
    assert tallied(*book, shows=6, free=6, orders=held) == (0, 1, 0)


def test_what_several_shops_counted_adds_up() -> None:
    total = StockTally(lost=1, found=["a"])
    total.add(StockTally(lost=2, doubled=1, levels=3, found=["b"]))
    assert (total.lost, total.doubled, total.levels, total.found) == (3, 1, 3, ["a", "b"])


def test_only_standing_documents_of_the_shop_hold_units() -> None:
    orders = [{"id": "gid://shopify/Order/7", "legacy_id": "7"}]
    line = {"item": "MUG", "quantity": "2"}

    def document(status: str, shop: str = "goods1") -> dict[str, Any]:
        return {"external_id": f"order-{shop}_2e_x-7", "status": status, "lines": [line, line]}

    domain = "goods1.myshopify.com"
    assert known_orders(orders, [document("open")], domain)["gid://shopify/Order/7"].booked == {"MUG": 4}
    for void in (document("draft"), document("cancelled"), document("open", "goods2")):
        assert known_orders(orders, [void], domain)["gid://shopify/Order/7"].booked == {}


# --- the script --------------------------------------------------------------------------------------------------------


def test_the_same_seed_makes_the_same_script_and_another_seed_another() -> None:
    assert stock_script.mishaps(7, 50) == stock_script.mishaps(7, 50)
    assert stock_script.mishaps(7, 50) != stock_script.mishaps(8, 50)


@pytest.mark.parametrize("kills", [1, 10, 24, 50])
def test_there_are_as_many_kills_as_were_asked_for(kills: int) -> None:
    made = [m for m in stock_script.mishaps(3, kills) if m.what in {What.KILL, What.KILL_AT}]
    assert len(made) == kills


def test_from_fifty_kills_on_somebody_dies_and_somebody_stands_still_at_every_step() -> None:
    places = Counter((m.what, m.target) for m in stock_script.mishaps(5, 50))
    assert all(places[What.KILL_AT, name] for name in STOCK_STEP_NAMES)
    assert all(places[What.STOP_AT, name] for name in STOCK_STEP_NAMES)
    assert {t for w, t in places if w is What.KILL} == {"web", "worker", "postgres", "valkey"}
    assert places[What.WIPE, "valkey"]


def test_the_careless_die_around_their_calls() -> None:
    assert {m.target for m in stock_script.careless(1, 4)} == {"stock.sent", "stock.answered"}


# --- the whole ---------------------------------------------------------------------------------------------------------


def ended(environment: dict[str, str], *words: str) -> tuple[int, dict[str, Any], str]:
    command = [sys.executable, "-m", "bench.crash", "--json", "--flow", "inventory", *words]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=WHOLE, check=False
    )
    assert done.stdout, done.stderr[-3000:]
    found = orjson.loads(done.stdout)
    return done.returncode, found, json.dumps(found, indent=1) + done.stderr[-3000:]


@pytest.mark.long
def test_a_small_run_loses_doubles_and_falsifies_no_level(environment: dict[str, str]) -> None:
    """A worker dies with a call on its way, the database dies, Valkey forgets, and three workers stand still."""
    code, found, shown = ended(
        environment, "--levels", "200", "--kills", "2", "--seed", "1572", "--no-control"
    )
    assert (found["lost"], found["doubled"], found["wrong"]) == (0, 0, 0), shown
    assert (found["levels"], found["kills"], found["steps"]["stock.sent"]["killed"]) == (200, 2, 1), shown
    assert found["levels_changed"] > 0, shown
    assert code == 0, shown


@pytest.mark.long
def test_a_run_over_two_shops_loses_doubles_and_falsifies_no_level_and_its_control_does(
    environment: dict[str, str],
) -> None:
    code, found, shown = ended(environment, "--levels", "800", "--kills", "10", "--seed", "4")
    assert (found["lost"], found["doubled"], found["wrong"]) == (0, 0, 0), shown
    assert (found["levels"], found["kills"]) == (800, 10), shown
    assert found["levels_changed"] > 0, shown
    assert found["control_doubled"] > 0, shown
    assert code == 0, shown
