"""The crash bench can fail: every column is judged apart, every step gets its turn, and a small run holds."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.steps import STEP_NAMES
from bench.crash import script
from bench.crash.barrier import Barrier
from bench.crash.erps import SimulatedErp
from bench.crash.run import fence_of
from bench.crash.script import HOLDABLE, What
from bench.crash.stage import Shop
from bench.crash.tally import Tally, tally
from sandbox.erps.rest.__main__ import DOCUMENT
from tests.patience import WHOLE

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("fence", ["unique", "none"])
def test_the_fence_that_is_told_is_the_connections_own(fence: str) -> None:
    """A kind may leave it to what each connection's form says."""
    document = json.loads(DOCUMENT.read_text())
    document["promises"]["fence"] = fence
    said = {"address": "http://127.0.0.1:1", "user": "u", "secret": "s", "document": json.dumps(document)}
    erp = SimulatedErp(host="rest", said=said)
    assert fence_of(Shop(domain="rest.myshopify.com", erp=erp, seed=1, orders=1)) == fence


# --- counting ----------------------------------------------------------------------------------------------------------


def planned(expected: str = "settled", code: str | None = None) -> dict[str, Any]:
    return {
        "id": "gid://shopify/Order/7", "ref": "plan-1", "kind": "plain", "expected": expected, "code": code,
        "total_shop": "20.00",
    }  # fmt: skip


def order(
    note: str | None = "SO-1 · settled", *, received: str = "20.00", status: str = "PAID"
) -> dict[str, Any]:
    return {
        "id": "gid://shopify/Order/7", "legacy_id": "7", "name": "#1001", "financial_status": status,
        "original_total_shop": "20.00", "received_shop": received,
        "metafields": {"app--1--erp.document": note} if note else {},
    }  # fmt: skip


def document(number: str = "SO-1", **changes: Any) -> dict[str, Any]:
    payment = {"reference": "t1", "amount": "20.00"}
    made = {
        "number": number, "external_id": "order-shop-7", "status": "invoiced", "total": "20.00", "paid": "20.00",
        "payments": [payment],
    }  # fmt: skip
    return made | changes


def judged(plan: dict[str, Any], stored: dict[str, Any], *documents: dict[str, Any]) -> tuple[int, int, int]:
    found = tally([plan], [stored], documents)
    return found.lost, found.doubled, found.wrong


def test_one_right_document_and_its_note_are_in_order() -> None:
    assert judged(planned(), order(), document()) == (0, 0, 0)


def test_an_order_without_its_document_is_lost() -> None:
    assert judged(planned(), order("settled"))[0] == 1


def test_a_draft_or_a_void_document_is_none() -> None:
    for status in ("draft", "cancelled"):
        assert judged(planned(), order(), document(status=status))[0] == 1
        assert judged(planned(), order(), document(), document("SO-2", status=status)) == (0, 0, 0)


def test_money_that_was_received_and_is_not_booked_is_lost() -> None:
    assert judged(planned(), order(), document(paid="5.00"))[0] == 1


def test_two_documents_or_one_payment_twice_are_doubled() -> None:
    assert judged(planned(), order(), document(), document("SO-2")) == (0, 1, 0)
    twice = document(payments=[{"reference": "t1"}, {"reference": "t1"}])
    assert judged(planned(), order(), twice) == (0, 1, 0)


@pytest.mark.parametrize(
    ("stored", "made"),
    [
        (order(), document(total="20.01")),
        (order(), document(paid="25.00")),
        (order(None), document()),
        (order("SO-1 · running"), document()),
        (order("SO-9 · settled"), document()),
    ],
)
def test_a_total_a_payment_or_a_note_that_differs_is_wrong(
    stored: dict[str, Any], made: dict[str, Any]
) -> None:
    assert judged(planned(), stored, made) == (0, 0, 1)


def test_a_held_order_has_its_note_and_code_and_only_a_document_if_it_was_sent_before() -> None:
    held = planned("held", "payment.voided")
    assert judged(held, order("held · Voided. [payment.voided]")) == (0, 0, 0)
    assert judged(held, order("held · Else. [item.unknown]")) == (0, 0, 1)
    assert judged(held, order("SO-1 · held · Voided. [payment.voided]"), document()) == (0, 0, 1)
    edited = planned("held", "order.edited")
    assert judged(edited, order("SO-1 · held · Edited. [order.edited]"), document()) == (0, 0, 0)
    assert judged(edited, order("held · Edited. [order.edited]"))[0] == 1


def test_a_skipped_order_has_neither_document_nor_note() -> None:
    skipped = planned("skipped", "order.test")
    assert judged(skipped, order(None)) == (0, 0, 0)
    assert judged(skipped, order("settled")) == (0, 0, 1)
    assert judged(skipped, order(None), document()) == (0, 0, 1)


def test_a_document_that_belongs_to_no_order_is_wrong() -> None:
    assert judged(planned(), order(), document(), document("SO-2", external_id="order-shop-8")) == (0, 0, 1)


def test_what_several_shops_counted_adds_up() -> None:
    total = Tally(lost=1, found=["a"])
    total.add(Tally(lost=2, doubled=1, orders=3, found=["b"]))
    assert (total.lost, total.doubled, total.orders, total.found) == (3, 1, 3, ["a", "b"])


# --- the script --------------------------------------------------------------------------------------------------------


def test_the_same_seed_makes_the_same_script_and_another_seed_another() -> None:
    assert script.mishaps(7, 50) == script.mishaps(7, 50)
    assert script.mishaps(7, 50) != script.mishaps(8, 50)


@pytest.mark.parametrize("kills", [1, 6, 34, 50, 90])
def test_there_are_as_many_kills_as_were_asked_for(kills: int) -> None:
    made = [m for m in script.mishaps(3, kills) if m.what in {What.KILL, What.KILL_AT}]
    assert len(made) == kills


def test_from_fifty_kills_on_every_step_is_killed_at_and_every_risky_one_stood_still_at() -> None:
    for kills in (50, 90):
        places = Counter((m.what, m.target) for m in script.mishaps(5, kills))
        assert all(places[What.KILL_AT, name] for name in STEP_NAMES)
        assert all(places[What.STOP_AT, name] for name in HOLDABLE)
        assert {t for w, t in places if w is What.KILL} == {"web", "worker", "postgres", "valkey"}
        assert places[What.WIPE, "valkey"]


# --- the barrier -------------------------------------------------------------------------------------------------------

_COMES = "import asyncio, sys\nfrom app.steps import barrier\nasyncio.run(barrier.barrier(sys.argv[1])('order.sent'))"


async def _comer(socket: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-c", _COMES, str(socket), cwd=ROOT)


async def test_who_comes_to_an_armed_step_is_killed_and_those_before_it_pass(tmp_path: Path) -> None:
    barrier = Barrier()
    async with barrier.serve(tmp_path / "b.sock"):
        arming = asyncio.create_task(barrier.arm(["order.sent"], number=signal.SIGKILL, let_by=1, within=20))
        await asyncio.sleep(0)
        first = await _comer(tmp_path / "b.sock")
        assert await first.wait() == 0
        second = await _comer(tmp_path / "b.sock")
        assert await second.wait() == -signal.SIGKILL
        met = await arming
    assert met is not None
    assert met.pid == second.pid
    assert (barrier.reached["order.sent"], barrier.killed["order.sent"]) == (2, 1)


async def test_who_is_held_goes_on_when_released_and_nobody_waits_for_ever(tmp_path: Path) -> None:
    barrier = Barrier()
    async with barrier.serve(tmp_path / "b.sock"):
        arming = asyncio.create_task(barrier.arm(["order.sent"], number=None, let_by=0, within=20))
        await asyncio.sleep(0)
        held = await _comer(tmp_path / "b.sock")
        met = await arming
        assert met is not None
        assert held.returncode is None
        met.release.set()
        assert await held.wait() == 0
        assert await barrier.arm(["order.read"], number=signal.SIGKILL, let_by=0, within=0.05) is None


# --- the whole ---------------------------------------------------------------------------------------------------------


def ended(environment: dict[str, str], *words: str) -> tuple[int, dict[str, Any], str]:
    command = [sys.executable, "-m", "bench.crash", "--json", *words]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=WHOLE, check=False
    )
    assert done.stdout, done.stderr[-3000:]
    found = orjson.loads(done.stdout)
    return done.returncode, found, json.dumps(found, indent=1) + done.stderr[-3000:]


def test_a_small_run_loses_doubles_and_falsifies_nothing(environment: dict[str, str]) -> None:
    words = ("--orders", "18", "--kills", "4", "--seed", "2603", "--no-control")
    code, found, shown = ended(environment, *words)
    assert (found["lost"], found["doubled"], found["wrong"]) == (0, 0, 0), shown
    assert (found["orders"], found["kills"]) == (18, 4), shown
    assert found["steps_missed"] == [], shown
    assert code == 0, shown


@pytest.mark.long
def test_a_small_run_loses_nothing_and_its_control_doubles(environment: dict[str, str]) -> None:
    code, found, shown = ended(environment, "--orders", "18", "--kills", "4", "--seed", "2603")
    assert (found["lost"], found["doubled"], found["wrong"]) == (0, 0, 0), shown
    assert found["control_doubled"] > 0, shown
    assert code == 0, shown
