"""Tryton on PostgreSQL under many callers and late requests: one order stays one sale with one of each payment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from app.domain.document import SalesDocument
from app.embedded import EmbeddedPostgres
from app.errors import Retry, StockbridgeError, Unclear
from app.outbound import Outbound
from app.ports import Answer, Evidence, Found, Http, Request, Sink, Step
from tests.examples import document
from tests.hosts.rig import converge, door, opened, orders
from tests.hosts.tryton.rig import TrytonUnderTest, on_postgres

pytestmark = pytest.mark.tryton


@pytest.fixture(scope="module")
def erp(postgres: EmbeddedPostgres) -> Iterator[TrytonUnderTest]:
    with on_postgres(postgres) as under:
        yield under


@pytest.fixture
async def http(erp: TrytonUnderTest) -> AsyncIterator[Outbound]:
    async with door(erp) as opened_door:
        yield opened_door


@pytest.fixture
def sink(erp: TrytonUnderTest, http: Outbound) -> Sink[SalesDocument]:
    return orders(opened(erp, http))


class LateHttp:
    """A network that keeps a request with this word in it until `arrive`, long after its sender gave up."""

    def __init__(self, inner: Http, word: bytes) -> None:
        self._inner = inner
        self._word = word
        self.kept: Request | None = None

    async def send(self, request: Request) -> Answer:
        if self.kept is None and self._word in (request.body or b""):
            self.kept = request
            raise Unclear("connection.no_answer", "Nothing came back in time.")
        return await self._inner.send(request)

    async def arrive(self) -> Answer:
        assert self.kept is not None
        return await self._inner.send(self.kept)


async def test_eight_creates_of_one_order_at_once_make_one_sale(
    erp: TrytonUnderTest, sink: Sink[SalesDocument]
) -> None:
    made = erp.adapt(document())
    step = sink.next_step(made, Found())
    assert isinstance(step, Step)
    outcomes = await asyncio.gather(*(sink.do(step) for _ in range(8)), return_exceptions=True)
    assert len({o.sink_key for o in outcomes if isinstance(o, Evidence)}) == 1
    assert all(isinstance(o, Evidence | StockbridgeError) for o in outcomes)
    assert len((await sink.find(made)).documents) == 1


async def test_orders_that_meet_at_the_invoice_numbers_all_come_to_their_end(
    erp: TrytonUnderTest, sink: Sink[SalesDocument]
) -> None:
    made = [erp.adapt(document()) for _ in range(3)]
    ends = await asyncio.gather(*(_until_done(sink, each) for each in made))
    assert all(ends)


async def test_eight_bookings_of_one_payment_at_once_leave_one(
    erp: TrytonUnderTest, sink: Sink[SalesDocument]
) -> None:
    made = erp.adapt(document())
    step = await _up_to_payment(sink, made)
    outcomes = await asyncio.gather(*(sink.do(step) for _ in range(8)), return_exceptions=True)
    assert all(isinstance(o, Evidence | StockbridgeError) for o in outcomes)
    there, _ = await converge(sink, made)
    assert len((await erp.sale(there.sink_key, "payments.id"))["payments"]) == 1


@pytest.mark.parametrize("word", [b"model.sale.sale.write", b"account.payment.process.execute"])
async def test_a_request_that_arrives_after_its_repeat_adds_nothing(
    erp: TrytonUnderTest, http: Outbound, word: bytes
) -> None:
    late = LateHttp(http, word)
    sink = orders(opened(erp, late))
    made = erp.adapt(document())
    step = await _up_to_payment(sink, made)
    with pytest.raises(Unclear):
        await sink.do(step)
    await sink.do(step)
    await late.arrive()
    there, _ = await converge(sink, made)
    sale = await erp.sale(there.sink_key, "payments.state", "invoice_state")
    assert [paid["state"] for paid in sale["payments"]] == ["succeeded"]
    assert sale["invoice_state"] == "paid"


async def test_a_create_that_arrives_after_its_repeat_makes_no_second_sale(
    erp: TrytonUnderTest, http: Outbound
) -> None:
    late = LateHttp(http, b"web_id")
    sink = orders(opened(erp, late))
    made = erp.adapt(document())
    step = sink.next_step(made, Found())
    assert isinstance(step, Step)
    with pytest.raises(Unclear):
        await sink.do(step)
    await sink.do(step)
    assert (await late.arrive()).status == 400
    assert len((await sink.find(made)).documents) == 1


async def _up_to_payment(sink: Sink[SalesDocument], made: SalesDocument) -> Step:
    while True:
        step = sink.next_step(made, await sink.find(made))
        assert isinstance(step, Step)
        if step.key.startswith("payment:"):
            return step
        await sink.do(step)


async def _until_done(sink: Sink[SalesDocument], made: SalesDocument) -> bool:
    """As the engine does: it comes back after a retry, and after a lost answer where a machine is busy."""
    for _ in range(400):
        try:
            there, _ = await converge(sink, made)
        except (Retry, Unclear):
            await asyncio.sleep(0.5)
        else:
            return there.invoiced
    return False


async def test_a_name_is_read_as_it_is_whichever_process_of_tryton_answers(
    erp: TrytonUnderTest, http: Outbound
) -> None:
    """Each process keeps names it has told; what another one changed it learns minutes later unless it is asked past that."""
    source = opened(erp, http).items
    assert hasattr(source, "get")
    keys = [change.key async for page in source.changes(None) for change in page.items][:1]
    for title in ("Before", "After"):
        found = await source.get(keys[0])
        assert found is not None
        await erp.sell(found.items[0].sku, title, price="10")
        told = await asyncio.gather(*(source.get(keys[0]) for _ in range(12)))
        assert {product.name for product in told if product} == {title}


class BlinkingHttp:
    """A network that loses requests to `lost`, and once the read after a refusal."""

    def __init__(self, inner: Http) -> None:
        self._inner = inner
        self._refused = self._blinked = False
        self.lost: str | None = None

    async def send(self, request: Request) -> Answer:
        if self.lost and self.lost in request.url:
            raise Unclear("connection.no_answer", "Nothing came back in time.")
        if self._refused:
            self._refused, self._blinked = False, True
            raise Retry("connection.server_error", "The server had a problem of its own.")
        answer = await self._inner.send(request)
        self._refused = answer.status == 400 and not self._blinked
        return answer


async def test_a_refusal_that_an_earlier_press_explains_holds_nobody_when_the_look_after_it_fails(
    erp: TrytonUnderTest, http: Outbound
) -> None:
    network = BlinkingHttp(http)
    sink = orders(opened(erp, network))
    made = erp.adapt(document())
    while (step := sink.next_step(made, await sink.find(made))) and isinstance(step, Step):
        if step.key == "confirm":
            break
        await sink.do(step)
    assert isinstance(step, Step)
    network.lost = "/confirm"
    with pytest.raises(Unclear):
        await sink.do(step)
    network.lost = None
    with pytest.raises(Retry):
        await sink.do(step)
    await sink.do(step)
    sale = (await sink.find(made)).documents[0]
    assert sale.stage not in {"draft", "quotation"}
