"""The demo ERP itself: what it promises to the demos and benches that count on it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.document import DocumentKind
from app.errors import AccessLost, Misconfigured, Rejected, Retry, Throttled, Unclear
from app.outbound import Outbound
from app.ports import Found, Span, Step
from tests.examples import document, in_kind, line
from tests.hosts.memory.rig import MemoryUnderTest, running
from tests.hosts.rig import converge, door, opened, orders, verdict
from tests.patience import FAR


@pytest.fixture(scope="module")
def erp(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MemoryUnderTest]:  # type: ignore[misc]
    with running(tmp_path_factory.mktemp("erp") / "books.sqlite", items="any") as under:
        yield under  # type: ignore[misc]


@pytest.fixture
async def http(erp: MemoryUnderTest) -> AsyncIterator[Outbound]:
    async with door(erp) as opened_door:
        yield opened_door
    await erp.ask("POST", "/control/faults", {"rates": {}})


# --- faults ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "error", "made"),
    [
        ("error", Unclear, 0),
        ("lost_before", Unclear, 0),
        ("lost_after", Unclear, 1),
        ("throttle", Throttled, 0),
        ("timeout_before", Unclear, 0),
        ("timeout_after", Unclear, 1),
    ],
)
async def test_each_fault_is_told_apart_by_what_may_have_happened(
    fault: str, error: type[Exception], made: int, erp: MemoryUnderTest, http: Outbound
) -> None:
    await erp.ask("POST", "/control/faults", {"hang": 0.5})
    sink, order = orders(opened(erp, http)), document()
    step = sink.next_step(order, Found())
    assert isinstance(step, Step)
    await erp.next("create", fault)
    with pytest.raises(error):
        await sink.do(step)
    assert await erp.real_documents(order.external_id) == made
    await converge(sink, order)
    assert await erp.real_documents(order.external_id) == 1


async def test_a_late_commit_appears_after_its_answer_was_lost(erp: MemoryUnderTest, http: Outbound) -> None:
    await erp.ask("POST", "/control/faults", {"seed": 5, "late_most": 0.8})
    sink, order = orders(opened(erp, http)), document()
    step = sink.next_step(order, Found())
    assert isinstance(step, Step)
    await erp.next("create", "late")
    with pytest.raises(Unclear):
        await sink.do(step)
    assert await erp.real_documents(order.external_id) == 0
    await asyncio.sleep(0.9)
    assert await erp.real_documents(order.external_id) == 1


async def test_a_throttled_call_says_when_to_come_back(erp: MemoryUnderTest, http: Outbound) -> None:
    await erp.ask("POST", "/control/faults", {"retry_after": 2.5})
    await erp.next("find", "throttle")
    with pytest.raises(Throttled) as raised:
        await orders(opened(erp, http)).find(document())
    assert raised.value.after == timedelta(seconds=2.5)


async def test_rates_are_drawn_by_seed(erp: MemoryUnderTest, http: Outbound) -> None:
    async def failures() -> list[bool]:
        await erp.ask("POST", "/control/faults", {"seed": 11, "rates": {"error": 0.3}, "verbs": ["find"]})
        sink, seen = orders(opened(erp, http)), []
        for _ in range(40):
            try:
                await sink.find(document())
                seen.append(False)
            except Retry:
                seen.append(True)
        return seen

    first = await failures()
    assert await failures() == first
    assert 4 <= sum(first) <= 22


# --- counts and wipe -------------------------------------------------------------------------------------------------


async def test_it_counts_calls_writes_and_how_many_came_at_once(tmp_path: Path) -> None:
    with running(tmp_path / "b.sqlite", items="any") as under:
        async with door(under) as http:
            sink, order = orders(opened(under, http)), document()
            await converge(sink, order)
            await asyncio.gather(*(sink.find(order) for _ in range(8)))
        state = await under.ask("GET", "/control/state")
        assert state["by_verb"]["create"] == 1
        assert state["writes"] == 4
        assert state["by_verb"]["find"] == 5 + 8
        documents = (await under.ask("GET", "/control/documents"))["documents"]
        assert [(d["external_id"], d["total"], d["paid"]) for d in documents] == [
            (order.external_id, str(order.total), str(order.total))
        ]
        await under.ask("POST", "/control/wipe")
        assert (await under.ask("GET", "/control/documents"))["documents"] == []


async def test_the_control_desk_is_there_only_when_asked_for(tmp_path: Path) -> None:
    with running(tmp_path / "c.sqlite", control=False) as under:
        await under.ask("GET", "/v1/status")
        with pytest.raises(AssertionError, match="Not Found"):
            await under.ask("GET", "/control/state")


# --- durability ------------------------------------------------------------------------------------------------------


async def test_what_it_answered_survives_a_kill(tmp_path: Path) -> None:
    made = [document() for _ in range(5)]
    with running(tmp_path / "d.sqlite", items="any") as under:
        async with door(under) as http:
            for order in made:
                await converge(orders(opened(under, http)), order)
        os.kill(under.process.pid, signal.SIGKILL)
        under.process.join()
    with running(tmp_path / "d.sqlite", items="any") as under:
        async with door(under) as http:
            for order in made:
                _, steps = await converge(orders(opened(under, http)), order)
                assert not steps


def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    starter = (
        "import subprocess, sys, time;"
        f"p = subprocess.Popen([sys.executable, '-m', 'app.hosts.memory', '--state', {str(tmp_path / 'e.sqlite')!r}],"
        "stdout=subprocess.PIPE, text=True); p.stdout.readline(); print(p.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    ends = time.monotonic() + FAR
    while _alive(child) and time.monotonic() < ends:
        time.sleep(0.1)
    assert not _alive(child)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


# --- rules -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def computing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MemoryUnderTest]:  # type: ignore[misc]
    with running(tmp_path_factory.mktemp("erp") / "tax.sqlite", tax="computed", items="any") as under:
        yield under  # type: ignore[misc]


CENTS = [line("TEA", "0.03", "VAT20", key=f"row-{n}") for n in range(5)]
"""Per line the shop rounds 0.006 up to 0.01 five times; over the whole document 0.03 is right."""


@pytest.mark.parametrize(
    "kind", [DocumentKind.INVOICED_ORDER, DocumentKind.CASH_SALE, DocumentKind.SALES_ORDER]
)
async def test_a_computing_erps_own_rounding_goes_to_the_rounding_line(
    kind: DocumentKind, computing: MemoryUnderTest
) -> None:
    order = replace(document(CENTS), kind=kind)
    async with door(computing) as http:
        found, steps = await converge(orders(opened(computing, http)), order)
    assert found.total == order.total == Decimal("0.20")
    assert found.tax_total == Decimal("0.03")
    assert ("rounding" in [step.key for step in steps]) is (kind is not DocumentKind.CASH_SALE)


async def test_without_a_rounding_item_the_difference_waits_for_a_mapping(computing: MemoryUnderTest) -> None:
    order = replace(document(CENTS, paid="0"), rounding_item=None)
    async with door(computing) as http:
        sink = orders(opened(computing, http))
        step = sink.next_step(order, Found())
        assert isinstance(step, Step)
        await sink.do(step)
        assert (await verdict(sink, order)).code == "total.rounding_unmapped"


async def test_more_than_rounding_is_held_before_it_is_confirmed(computing: MemoryUnderTest) -> None:
    order = document([line("TEA", "100.00", "VAT20")], paid="0")
    order = replace(order, total=order.total - 1, tax_total=order.tax_total - 1)
    async with door(computing) as http:
        sink = orders(opened(computing, http))
        step = sink.next_step(order, Found())
        assert isinstance(step, Step)
        await sink.do(step)
        reason = await verdict(sink, order)
        cash = replace(in_kind(DocumentKind.CASH_SALE), tax_total=Decimal(0), total=Decimal("1.00"))
        with pytest.raises(Rejected) as raised:
            await converge(sink, replace(cash, payments=document().payments))
    assert reason.code == raised.value.code == "total.differs"
    assert reason.facts["difference"] == "1.00"


async def test_a_connection_that_expects_another_fence_or_tax_is_misconfigured(
    erp: MemoryUnderTest, http: Outbound
) -> None:
    for change, code in (
        ({"fence": "none"}, "host.fence_differs"),
        ({"tax": "computed"}, "host.tax_differs"),
    ):
        with pytest.raises(Misconfigured) as raised:
            await opened(erp, http, {**erp.credentials, **change}).check()
        assert raised.value.code == code


async def test_a_wrong_key_is_lost_access(erp: MemoryUnderTest, http: Outbound) -> None:
    with pytest.raises(AccessLost):
        await opened(erp, http, erp.wrong_key).check()


async def test_a_buyer_is_one_customer_however_often_they_buy(erp: MemoryUnderTest, http: Outbound) -> None:
    sink = orders(opened(erp, http))
    made = [document() for _ in range(3)]
    for order in made:
        await converge(sink, order)
    keys = {order.external_id for order in made}
    rows = (await erp.ask("GET", "/v1/documents?reference="))["documents"]
    assert len({row["customer"]["key"] for row in rows if row["external_id"] in keys}) == 1


async def test_a_long_list_is_read_page_by_page(tmp_path: Path) -> None:
    with running(tmp_path / "long.sqlite", items="any") as under:
        async with door(under) as http:
            sink = orders(opened(under, http))
            made = [in_kind(DocumentKind.SALES_ORDER, paid="0") for _ in range(405)]
            for order in made:
                step = sink.next_step(order, Found())
                assert isinstance(step, Step)
                await sink.do(step)
            span = Span(
                since=datetime(2020, 1, 1, tzinfo=UTC), until=datetime.now(UTC) + timedelta(minutes=1)
            )
            pages = [page async for page in sink.listed(span)]
    rows = [row.external_id for page in pages for row in page.items]
    assert rows == [order.external_id for order in made]
    assert [len(page.items) for page in pages] == [200, 200, 5]
    assert [page.cursor for page in pages] == ["200", "400", "405"]


async def test_a_document_is_refused_whole_or_booked_whole(erp: MemoryUnderTest) -> None:
    bad = {
        "currency": "EUR",
        "customer": {},
        "lines": [{"key": "1", "item": "A", "quantity": "1", "net": "0.001"}],
    }
    before = len((await erp.ask("GET", "/control/documents"))["documents"])
    for body in (bad, {**bad, "lines": []}, {**bad, "lines": [{"key": "1"}]}, {"lines": "x"}):
        with pytest.raises(AssertionError, match="sentence"):
            await erp.ask("POST", "/v1/sales-orders", body)
    assert len((await erp.ask("GET", "/control/documents"))["documents"]) == before
