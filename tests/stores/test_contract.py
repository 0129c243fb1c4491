"""The one contract every store adapter keeps, whatever platform stands behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from app.domain.document import DocumentKind, SalesDocument
from app.domain.ids import StoreKey
from app.domain.money import CurrencySide
from app.domain.order import MoneyState, Order
from app.errors import AccessLost, Rejected, Retry
from app.mapping import documents
from app.mapping.options import Options
from app.mapping.tables import of as tables_of
from app.ports import Change, Flow, Health, Hint, Http, Mark, Page, Span, Store
from tests.hosts.rig import NoHttp, hostile
from tests.models.world import TABLES
from tests.stores.rig import Entered, StoreUnderTest, opened


@pytest.fixture
def store(under: StoreUnderTest, http: Http) -> Store:
    return opened(under, http)


async def pages(stream: AsyncIterator[Page[Change]]) -> list[Page[Change]]:
    return [page async for page in stream]


def keys(read: Sequence[Page[Change]]) -> list[StoreKey]:
    return [item.key for page in read for item in page.items]


async def read(store: Store, key: StoreKey) -> Order:
    order = await store.orders.get(key)
    assert order is not None
    return order


def told_hints(under: StoreUnderTest, told: Sequence[tuple[str, bytes]]) -> list[Hint]:
    return [hint for topic, body in told for hint in under.spec.hints(topic, body)]


def events_only(under: StoreUnderTest) -> None:
    if not under.spec.topics:
        pytest.skip("it sends no events")


# --- being asked -----------------------------------------------------------------------------------------------------


async def test_the_connection_test_names_the_account(store: Store) -> None:
    health = await store.check()
    assert isinstance(health, Health)
    assert health.account
    assert abs(health.clock_offset) < timedelta(minutes=1)


async def test_an_order_is_read_whole_and_its_parts_add_up_to_what_was_charged(
    under: StoreUnderTest, store: Store
) -> None:
    (placed,) = await under.place()
    order = await read(store, placed.key)
    assert (order.key, order.name, order.store) == (placed.key, placed.name, store_name(under))
    assert (order.total.shop.amount, order.total.shop.currency) == (placed.total, placed.currency)
    assert order.tax_total.shop.amount == placed.tax
    made = documents.document(
        order,
        kind=DocumentKind.INVOICED_ORDER,
        side=CurrencySide.SHOP,
        tables=tables_of(1, TABLES),
        options=Options(),
    )
    assert isinstance(made, SalesDocument), made
    assert (made.total, made.currency) == (placed.total, placed.currency)


async def test_a_paid_order_tells_what_arrived_and_when(under: StoreUnderTest, store: Store) -> None:
    (placed,) = await under.place()
    order = await read(store, placed.key)
    assert order.money_state is MoneyState.PAID
    assert sum(p.amount.shop.amount for p in order.payments) == placed.total
    assert all(p.key and p.method and p.at.tzinfo for p in order.payments)


async def test_times_are_aware_and_amounts_are_exact(under: StoreUnderTest, store: Store) -> None:
    (placed,) = await under.place()
    order = await read(store, placed.key)
    assert all(at.tzinfo for at in (order.created_at, order.processed_at, order.updated_at))
    assert all(isinstance(line.gross.shop.amount, Decimal) for line in order.lines)
    assert abs(order.updated_at - datetime.now(UTC)) < timedelta(minutes=1)


async def test_an_order_nobody_knows_is_none(under: StoreUnderTest, store: Store) -> None:
    await under.place()
    assert await store.orders.get(under.unknown) is None


async def test_reading_the_same_order_twice_gives_the_same(under: StoreUnderTest, store: Store) -> None:
    (placed,) = await under.place()
    assert await read(store, placed.key) == await read(store, placed.key)


# --- what changed ----------------------------------------------------------------------------------------------------


async def test_long_lists_come_page_by_page_and_go_on_from_any_pages_cursor(
    under: StoreUnderTest, store: Store
) -> None:
    placed = {order.key for order in await under.place(under.page + 7)}
    found = await pages(store.orders.changes(None))
    assert len(found) >= 2
    assert all(len(page.items) <= under.page for page in found)
    versions = [item.version for page in found for item in page.items]
    assert versions == sorted(versions)
    assert set(keys(found)) == placed
    rest = await pages(store.orders.changes(found[0].cursor))
    assert {item.key for item in found[0].items} | set(keys(rest)) == placed
    now = datetime.now(UTC)
    today = await pages(store.orders.between(Span(since=now - timedelta(hours=1), until=now + timedelta(1))))
    assert [len(page.items) for page in today if page.items] == [under.page, 7]
    assert sorted(keys(today)) == sorted(placed)


async def test_a_change_is_listed_again_with_its_new_version(under: StoreUnderTest, store: Store) -> None:
    placed = await under.place(3)
    before = await pages(store.orders.changes(None))
    was = {item.key: item.version for page in before for item in page.items}
    await asyncio.sleep(under.tick)
    await under.touch(placed[0].key)
    after = await pages(store.orders.changes(before[-1].cursor))
    now = [item.version for page in after for item in page.items if item.key == placed[0].key]
    assert max(now) > was[placed[0].key]
    assert max(now) == (await read(store, placed[0].key)).updated_at


async def test_a_cursor_only_moves_forward(under: StoreUnderTest, http: Http) -> None:
    """Without padding: what a later cursor gives, the one before it gives too, and never the other way round."""
    store = opened(under, http, pad=0)
    start = await store.orders.cursor_at(datetime.now(UTC) - timedelta(minutes=1))
    cursors = [start]
    for _ in range(3):
        await under.place(2)
        await asyncio.sleep(under.tick)
        cursors += [page.cursor for page in await pages(store.orders.changes(cursors[-1]))]
    given = [set(keys(await pages(store.orders.changes(cursor)))) for cursor in cursors]
    assert len(given[0]) == 6
    assert all(later <= earlier for earlier, later in pairwise(given))


async def test_nothing_new_leaves_the_cursor_where_it_is(under: StoreUnderTest, store: Store) -> None:
    await under.place(2)
    first = (await pages(store.orders.changes(None)))[-1].cursor
    assert (await pages(store.orders.changes(first)))[-1].cursor == first


async def test_what_a_lagging_list_left_out_is_given_once_it_shows(
    under: StoreUnderTest, store: Store
) -> None:
    await under.lag(True)
    (late,) = await under.place()
    await asyncio.sleep(under.tick)
    cursor = (await pages(store.orders.changes(None)))[-1].cursor
    assert (await read(store, late.key)).key == late.key
    await under.lag(False)
    assert late.key in keys(await pages(store.orders.changes(cursor)))


async def test_a_cursor_can_be_had_for_an_instant(under: StoreUnderTest, http: Http) -> None:
    store = opened(under, http, pad=0)
    await under.place(2)
    await asyncio.sleep(under.tick)
    between = datetime.now(UTC)
    await asyncio.sleep(under.tick)
    (later,) = await under.place()
    cursor = await store.orders.cursor_at(between)
    assert set(keys(await pages(store.orders.changes(cursor)))) == {later.key}


async def test_what_was_placed_in_a_span_comes_newest_first(under: StoreUnderTest, store: Store) -> None:
    placed = {days: (await under.place(days_ago=days))[0].key for days in (9, 3, 2, 1)}
    now = datetime.now(UTC)
    span = Span(since=now - timedelta(days=3, hours=1), until=now - timedelta(hours=12))
    assert keys(await pages(store.orders.between(span))) == [placed[1], placed[2], placed[3]]


async def test_a_list_never_names_a_newer_version_than_the_order_shows(
    under: StoreUnderTest, store: Store
) -> None:
    """Else a run would wait for ever for a version that does not come (rule 22)."""
    placed = await under.place(3)
    await under.touch(placed[1].key)
    for page in await pages(store.orders.changes(None)):
        for item in page.items:
            assert item.version <= (await read(store, item.key)).updated_at


# --- what events say -------------------------------------------------------------------------------------------------


def test_topics_start_flows_and_a_platform_without_events_has_neither_topics_nor_a_door(
    under: StoreUnderTest,
) -> None:
    assert all(isinstance(flow, Flow) for flow in under.spec.topics.values())
    assert under.spec.topics or under.spec.delivery is None
    assert under.spec.hints("nobody/follows-this", b"no json at all") == ()


async def test_an_event_names_its_order_and_no_newer_version_than_it_shows(
    under: StoreUnderTest, store: Store
) -> None:
    events_only(under)
    (placed,) = await under.place()
    said = told_hints(under, await under.told())
    assert said
    assert {(hint.flow, hint.key) for hint in said} == {(Flow.ORDERS, placed.key)}
    assert all(h.version is None or h.version.tzinfo for h in said)
    shown = (await read(store, placed.key)).updated_at
    assert all(hint.version is None or hint.version <= shown for hint in said)


async def test_hints_are_pure(under: StoreUnderTest) -> None:
    events_only(under)
    await under.place()
    told = await under.told()
    assert told_hints(under, told) == told_hints(under, told)
    under.spec.open(under.access(NoHttp()))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b'{"id": {}}', b"\xff\xfe", b"null"])
def test_a_body_that_cannot_be_read_is_malformed_and_nothing_worse(
    body: bytes, under: StoreUnderTest
) -> None:
    for topic, flow in under.spec.topics.items():
        read = under.spec.stock if flow is Flow.INVENTORY and under.spec.stock else under.spec.hints
        with pytest.raises(Rejected) as refused:
            read(topic, body)
        assert refused.value.code == "event.malformed"


async def test_our_own_mark_comes_back_as_an_echo_or_not_at_all(under: StoreUnderTest, store: Store) -> None:
    events_only(under)
    assert store.marks
    (placed,) = await under.place()
    before = told_hints(under, await under.told())
    await store.marks.write([mark(placed.key)])
    after = told_hints(under, await under.told())
    echoes = after[len(before) :]
    assert all(echo.fingerprint and echo.fingerprint == before[-1].fingerprint for echo in echoes)
    await asyncio.sleep(under.tick)
    await under.touch(placed.key)
    assert len(told_hints(under, await under.told())) > len(after)


# --- what we write ---------------------------------------------------------------------------------------------------


def mark(key: StoreKey, number: str = "SO1001", state: str = "settled") -> Mark:
    return Mark(key=key, number=number, state=state)


def marks_only(store: Store) -> None:
    if store.marks is None:
        pytest.skip("it has no place for marks")


async def test_the_same_marks_twice_leave_one(under: StoreUnderTest, store: Store) -> None:
    marks_only(store)
    assert store.marks
    placed = await under.place(3)
    for _ in range(2):
        assert await store.marks.write([mark(order.key) for order in placed]) == {}
    for order in placed:
        (shown,) = await under.marked(order.key)
        assert "SO1001" in shown


async def test_a_full_call_of_marks_is_written(under: StoreUnderTest, store: Store) -> None:
    marks_only(store)
    assert store.marks
    placed = await under.place(store.marks.size)
    assert await store.marks.write([mark(o.key, f"SO-{o.key}") for o in placed]) == {}
    for order in placed:
        assert f"SO-{order.key}" in (await under.marked(order.key))[0]


async def test_a_mark_that_is_refused_is_said_and_stops_no_other(under: StoreUnderTest, store: Store) -> None:
    marks_only(store)
    assert store.marks
    (placed,) = await under.place()
    refused = await store.marks.write([mark(under.unknown), mark(placed.key)])
    assert set(refused) == {under.unknown}
    assert await under.marked(placed.key)


async def test_every_state_a_record_can_end_in_may_be_marked(under: StoreUnderTest, store: Store) -> None:
    marks_only(store)
    assert store.marks
    (placed,) = await under.place()
    held = Mark(
        key=placed.key, number=None, state="held", sentence="Map the payment.", code="payment.unmapped"
    )
    for each in (held, replace(held, state="cancelled"), mark(placed.key)):
        assert await store.marks.write([each]) == {}


async def test_a_mark_moves_nothing_that_a_document_is_made_of(under: StoreUnderTest, store: Store) -> None:
    marks_only(store)
    assert store.marks
    (placed,) = await under.place()
    before = await read(store, placed.key)
    await store.marks.write([mark(placed.key)])
    after = await read(store, placed.key)
    assert replace(after, updated_at=before.updated_at, tags=before.tags) == before


# --- when something is wrong -----------------------------------------------------------------------------------------


async def test_a_wrong_key_loses_access_and_no_secret_is_said(under: StoreUnderTest, http: Http) -> None:
    if not isinstance(under, Entered):
        pytest.skip("its tokens come by themselves; they have tests of their own")
    access = replace(under.access(http), credentials={**under.credentials, "key": "wrong-s3cret"})
    store = under.spec.open(access)
    for call in (store.check(), store.orders.get(StoreKey("1"))):
        with pytest.raises(AccessLost) as lost:
            await call
        assert "s3cret" not in f"{lost.value}{lost.value.facts}{access}"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n<html>no</html>"[:-1],
        b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{",
    ],
    ids=["a page", "busy", "cut off"],
)
async def test_an_answer_that_is_none_means_come_back(
    answer: bytes, under: StoreUnderTest, http: Http
) -> None:
    if not isinstance(under, Entered):
        pytest.skip("its client has tests of its own")
    async with hostile(answer) as endpoint:
        access = replace(
            under.access(http), credentials={**under.credentials, "address": f"http://{endpoint}"}
        )
        with pytest.raises(Retry):
            await under.spec.open(access).orders.get(StoreKey("1"))


def store_name(under: StoreUnderTest) -> str:
    return under.access(NoHttp()).shop
