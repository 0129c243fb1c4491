"""What every ERP's adapter keeps on a bad day of the server itself: refusals in its own words, lost answers, late commits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.document import SalesDocument
from app.errors import AccessLost, Retry, StockbridgeError, Throttled, Unclear
from app.outbound import Outbound
from app.ports import Fence, Found, Host, Missing, Sink, Step
from tests.examples import EXAMPLES
from tests.hosts.rig import HostUnderTest, HurriedHttp, converge, opened, orders
from tests.patience import FAR

LOST = ("lost_before", "lost_after")
UNREADABLE = ("html", "truncated", "wrong_types", "huge", "failed")


@pytest.fixture
def sink(host: Host) -> Sink[SalesDocument]:
    return orders(host)


@pytest.fixture(autouse=True)
async def well_again(under: HostUnderTest) -> AsyncIterator[None]:
    yield
    await under.is_well()


async def going_wrong(under: HostUnderTest, verb: str, fault: str, *, times: int = 1) -> None:
    if not await under.goes_wrong(verb, fault, times=times):
        pytest.skip("this server can't be made to")


def first_step(under: HostUnderTest, sink: Sink[SalesDocument]) -> tuple[SalesDocument, Step]:
    made = under.adapt(EXAMPLES["unpaid_sales_order"]())
    step = sink.next_step(made, Found())
    assert isinstance(step, Step)
    return made, step


async def warm(under: HostUnderTest, sink: Sink[SalesDocument]) -> None:
    """Tokens are there, and whatever else is asked for once."""
    await sink.find(under.adapt(EXAMPLES["plain"]()))


async def test_too_many_requests_cost_no_attempt_and_nothing_is_made(
    under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    made, step = first_step(under, sink)
    await warm(under, sink)
    await going_wrong(under, "find", "throttle")
    with pytest.raises(Throttled) as looking:
        await sink.find(made)
    await going_wrong(under, "create", "throttle")
    with pytest.raises(Throttled):
        await sink.do(step)
    assert looking.value.sentence.endswith(".")
    assert await under.real_documents(made.external_id) == 0
    await converge(sink, made)


@pytest.mark.parametrize("fault", LOST)
async def test_an_answer_that_was_lost_is_unclear_and_ends_in_one_document(
    fault: str, under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    made, step = first_step(under, sink)
    await warm(under, sink)
    await going_wrong(under, "create", fault)
    with pytest.raises(Unclear):
        await sink.do(step)
    _, more = await converge(sink, made)
    assert ("create" in {each.key for each in more}) is (fault == "lost_before")
    assert await under.real_documents(made.external_id) == 1


@pytest.mark.parametrize("fault", ["timeout_before", "timeout_after"])
async def test_a_time_out_is_unclear_and_ends_in_one_document(
    fault: str, under: HostUnderTest, http: Outbound, sink: Sink[SalesDocument]
) -> None:
    hurried = orders(opened(under, HurriedHttp(http)))
    made, step = first_step(under, hurried)
    await warm(under, hurried)
    await going_wrong(under, "create", fault)
    with pytest.raises(Unclear):
        await hurried.do(step)
    _, more = await converge(sink, made)
    assert ("create" in {each.key for each in more}) is (fault == "timeout_before")
    assert await under.real_documents(made.external_id) == 1


async def test_an_error_of_the_server_may_have_done_it_and_ends_in_one_document(
    under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    made, step = first_step(under, sink)
    await warm(under, sink)
    await going_wrong(under, "create", "error")
    with pytest.raises((Unclear, Retry)):
        await sink.do(step)
    await converge(sink, made)
    assert await under.real_documents(made.external_id) == 1


async def test_what_commits_late_is_found_and_not_made_again(
    under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    """The caller looks again once the ERP's settle time is over; a fence lets it go on before."""
    made, step = first_step(under, sink)
    await warm(under, sink)
    await going_wrong(under, "create", "late")
    with pytest.raises(Unclear):
        await sink.do(step)
    if under.fence is Fence.UNIQUE:
        await asyncio.gather(sink.do(step), return_exceptions=True)
    async with asyncio.timeout(FAR):
        while not (await sink.find(made)).documents:  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.1)
        while await under.under_way():  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    await converge(sink, made)
    assert await under.real_documents(made.external_id) == 1


async def test_a_token_that_ran_out_is_renewed_or_said_to_be_lost(
    under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    made, _ = first_step(under, sink)
    await warm(under, sink)
    await going_wrong(under, "find", "expired")
    with suppress(AccessLost):
        assert (await sink.find(made)).documents == ()
    await converge(sink, made)


@pytest.mark.parametrize("fault", UNREADABLE)
async def test_an_answer_that_says_nothing_never_looks_like_nothing_there(
    fault: str, under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    made, step = first_step(under, sink)
    await converge(sink, made)
    await going_wrong(under, "find", fault)
    with pytest.raises(StockbridgeError) as looking:
        await sink.find(made)
    assert len(str(looking.value)) < 2_000
    new = under.adapt(EXAMPLES["unpaid_sales_order"]())
    step = sink.next_step(new, Found())
    assert isinstance(step, Step)
    await going_wrong(under, "create", fault)
    try:
        evidence = await sink.do(step)
    except StockbridgeError:
        pass  # where the body is what tells
    else:
        assert evidence.sink_key in {each.sink_key for each in (await sink.find(new)).documents}
    await under.is_well()
    await converge(sink, new)
    assert await under.real_documents(new.external_id) == 1


Read = Callable[[Host], Awaitable[object]]


async def _stock(host: Host) -> object:
    return None if isinstance(host.inventory, Missing) else await host.inventory.page(None)


async def _prices(host: Host) -> object:
    return None if isinstance(host.prices, Missing) else await host.prices.page(None)


async def _items(host: Host) -> object:
    return None if isinstance(host.items, Missing) else [page async for page in host.items.changes(None)]


async def _shipments(host: Host) -> object:
    if isinstance(host.shipments, Missing):
        return None
    since = await host.shipments.cursor_at(datetime.now(UTC) - timedelta(hours=1))
    return [page async for page in host.shipments.changes(since)]


async def _customers(host: Host) -> object:
    if isinstance(host.customers, Missing):
        return None
    since = await host.customers.cursor_at(datetime.now(UTC) - timedelta(hours=1))
    return [page async for page in host.customers.changes(since)]


READS: Mapping[str, Read] = {
    "stock": _stock,
    "prices": _prices,
    "items": _items,
    "shipments": _shipments,
    "customers": _customers,
}


@pytest.mark.parametrize("fault", ["throttle", "error", "lost_before", *UNREADABLE])
@pytest.mark.parametrize("name", READS)
async def test_a_list_that_can_not_be_read_is_one_of_our_errors_and_is_read_the_next_time(
    name: str, fault: str, under: HostUnderTest, http: Outbound
) -> None:
    host, read = opened(under, http), READS[name]
    if await read(host) is None:
        pytest.skip("this ERP tells none")
    await going_wrong(under, name, fault)
    with pytest.raises(StockbridgeError) as raised:
        await read(host)
    assert isinstance(raised.value, Throttled) or fault != "throttle"
    assert not any(secret in f"{raised.value} {raised.value.facts}" for secret in under.secrets)
    await under.is_well()
    await read(host)


@pytest.mark.parametrize("fault", ["repeated_page", "missing_page"])
async def test_a_page_that_comes_twice_or_not_at_all_ends_the_list_all_the_same(
    fault: str, under: HostUnderTest, http: Outbound
) -> None:
    host = opened(under, http)
    whole = await _items_of_stock(host)
    await going_wrong(under, "stock", fault)
    assert await _items_of_stock(host) <= whole


async def _items_of_stock(host: Host) -> set[tuple[str, str]]:
    if isinstance(host.inventory, Missing):
        pytest.skip(host.inventory.sentence)
    found: set[tuple[str, str]] = set()
    cursor: str | None = None
    for _ in range(100):
        page = await host.inventory.page(cursor)
        found |= {(reading.item, reading.warehouse) for reading in page.readings}
        if page.next is None:
            return found
        cursor = page.next
    raise AssertionError("the pages never end")
