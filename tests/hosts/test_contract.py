"""The one contract every ERP adapter keeps, whatever stands behind it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.document import DocumentKind, SalesDocument
from app.errors import Misconfigured, Rejected, Retry, StockbridgeError, Unclear
from app.outbound import Outbound
from app.ports import Fence, Found, Health, Sink, Span, Step, StepKind
from tests.examples import EXAMPLES, document, line, payment
from tests.hosts.rig import (
    HostUnderTest,
    LosingHttp,
    NoHttp,
    converge,
    door,
    example,
    hostile,
    opened,
    orders,
    verdict,
)


def of_kind(under: HostUnderTest, name: str, **changes: object) -> SalesDocument:
    made = example(under, name)
    return replace(made, **changes)  # type: ignore[arg-type]


# --- what is there ---------------------------------------------------------------------------------------------------


async def test_the_connection_test_names_the_account(under: HostUnderTest, http: Outbound) -> None:
    health = await opened(under, http).check()
    assert isinstance(health, Health)
    assert health.account
    assert abs(health.clock_offset) < timedelta(minutes=1)


async def test_nothing_is_found_before_anything_is_made(
    under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    assert (await sink.find(example(under, "plain"), likely=True)) == Found()


async def test_a_document_is_found_at_once_after_it_is_made(
    under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    made = example(under, "plain")
    step = sink.next_step(made, Found())
    assert isinstance(step, Step)
    assert (step.key, step.kind) == ("create", StepKind.CREATE)
    evidence = await sink.do(step)
    found = await sink.find(made)
    assert [d.sink_key for d in found.documents] == [evidence.sink_key]
    assert found.documents[0].external_id == made.external_id


async def test_a_document_with_the_same_visible_reference_is_a_likely_double(
    under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    made = example(under, "unpaid_sales_order")
    strange = replace(made, external_id=type(made.external_id)(f"other{made.external_id}"))
    await converge(sink, strange)
    found = await sink.find(made, likely=True)
    assert not found.documents
    assert len(found.likely) == 1
    assert not (await sink.find(made)).likely


# --- becoming what the order says ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
async def test_every_example_becomes_one_document_that_totals_what_was_charged(
    name: str, under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    made = example(under, name)
    found, _ = await converge(sink, made)
    assert (found.total, found.currency) == (made.total, made.currency)
    assert found.tax_total in {made.tax_total, None}
    assert found.payments == {p.key for p in made.payments}
    assert await under.real_documents(made.external_id) == 1
    assert sink.next_step(made, await sink.find(made)) is None


@pytest.mark.parametrize(
    ("name", "invoiced"),
    [
        ("plain", True),
        ("cash_sale", True),
        ("sales_order", False),
        ("deposit", False),
        ("partly_paid", False),
        ("unpaid_sales_order", False),
        ("unpaid_to_be_invoiced", False),
    ],
)
async def test_only_what_is_to_be_invoiced_and_paid_in_full_is_invoiced(
    name: str, invoiced: bool, under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    found, _ = await converge(sink, example(under, name))
    assert found.invoiced is invoiced


async def test_a_later_payment_adds_only_what_is_missing(
    under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    first = example(under, "partly_paid")
    _, before = await converge(sink, first)
    method = first.payments[0].method
    later = replace(first, payments=(*first.payments, payment(first.total - first.paid, method)))
    found, steps = await converge(sink, later)
    assert found.payments == {p.key for p in later.payments}
    assert not {step.key for step in steps} & {step.key for step in before}
    assert [step.key.partition(":")[2] for step in steps] == [later.payments[1].key]


async def test_a_capture_after_the_order_was_made_completes_it(
    under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    paid = example(under, "plain")
    _, before = await converge(sink, replace(paid, payments=()))
    found, steps = await converge(sink, paid)
    assert found.invoiced
    assert found.payments == {p.key for p in paid.payments}
    assert not {step.key for step in steps} & {step.key for step in before}


async def test_two_buyers_orders_and_the_same_buyers_second_order_all_work(
    under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    for name in ("plain", "plain", "company", "company", "guest", "guest"):
        await converge(sink, of_kind(under, name, kind=DocumentKind.SALES_ORDER, payments=()))


# --- exactly one -----------------------------------------------------------------------------------------------------


async def test_every_step_sent_twice_leaves_one_document_and_one_of_each_payment(
    under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    made = example(under, "two_instruments")
    for _ in range(20):
        step = sink.next_step(made, await sink.find(made))
        if not isinstance(step, Step):
            break
        await sink.do(step)
        if step.repeatable or (step.kind is StepKind.CREATE and under.fence is not Fence.NONE):
            await sink.do(step)
    found, _ = await converge(sink, made)
    assert found.payments == {p.key for p in made.payments}
    assert found.total == made.total
    assert await under.real_documents(made.external_id) == 1


async def test_an_answer_lost_after_the_commit_is_adopted_not_repeated(
    under: HostUnderTest, http: Outbound
) -> None:
    losing = LosingHttp(http)
    sink = orders(opened(under, losing))
    made = example(under, "plain")
    lost: list[str] = []
    for _ in range(20):
        step = sink.next_step(made, await sink.find(made))
        if not isinstance(step, Step):
            break
        if step.key not in lost:
            losing.lose = 1
            with pytest.raises(Unclear):
                await sink.do(step)
            lost.append(step.key)
        else:
            await sink.do(step)
    found, rest = await converge(sink, made)
    assert not rest
    assert len(lost) >= 2
    assert (found.total, found.payments) == (made.total, {p.key for p in made.payments})
    assert await under.real_documents(made.external_id) == 1


async def test_creating_the_same_order_many_times_at_once_ends_in_one_document(
    under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    made = example(under, "plain")
    step = sink.next_step(made, Found())
    assert isinstance(step, Step)
    times = 5 if under.fence is not Fence.NONE else 2
    outcomes = await asyncio.gather(*(sink.do(step) for _ in range(times)), return_exceptions=True)
    assert all(isinstance(o, StockbridgeError) or not isinstance(o, BaseException) for o in outcomes)
    found, _ = await converge(sink, made)
    assert found.total == made.total
    assert await under.real_documents(made.external_id) == 1


# --- when a person must decide ---------------------------------------------------------------------------------------


async def test_a_document_cancelled_in_the_erp_is_a_reason_and_never_made_again(
    under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    made = example(under, "unpaid_sales_order")
    found, _ = await converge(sink, made)
    await under.cancel(found.sink_key)
    reason = await verdict(sink, made)
    assert reason.code == "document.cancelled_in_erp"
    assert made.reference in reason.sentence


async def test_our_key_on_a_document_with_other_contents_is_a_reason(
    under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    made = example(under, "unpaid_sales_order")
    await converge(sink, made)
    other = replace(under.adapt(document([line("MUG", "1.00")], paid="0")), external_id=made.external_id)
    assert (await verdict(sink, replace(other, kind=made.kind))).code == "document.reference_taken"


async def test_an_item_the_erp_does_not_know_is_refused_with_its_code(
    under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    made = example(under, "unpaid_sales_order")
    made = replace(made, lines=(replace(made.lines[0], item=under.unknown_item), *made.lines[1:]))
    with pytest.raises(Rejected) as raised:
        await converge(sink, made)
    assert raised.value.code == "item.unknown"
    assert under.unknown_item in raised.value.sentence
    assert await under.real_documents(made.external_id) == 0


async def test_a_currency_the_erp_does_not_know_is_refused(
    under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    made = of_kind(under, "unpaid_sales_order", currency="XXX")
    with pytest.raises(Rejected) as raised:
        await converge(sink, made)
    assert raised.value.code == "currency.not_accepted"


# --- pure ------------------------------------------------------------------------------------------------------------


async def test_the_next_step_is_pure(under: HostUnderTest, sink: Sink[SalesDocument]) -> None:
    offline = orders(opened(under, NoHttp()))
    made = example(under, "plain")
    seen = [Found()]
    for _ in range(20):
        step = sink.next_step(made, seen[-1])
        if not isinstance(step, Step):
            break
        await sink.do(step)
        seen.append(await sink.find(made))
    for found in seen:
        assert offline.next_step(made, found) == sink.next_step(made, found)


async def test_the_rendering_is_the_first_steps_exact_payload(under: HostUnderTest) -> None:
    offline = orders(opened(under, NoHttp()))
    for name in ("plain", "cash_sale", "partly_paid"):
        if not under.cannot(name):
            made = example(under, name)
            step = offline.next_step(made, Found())
            assert isinstance(step, Step)
            assert offline.render(made) == step.payload


async def test_a_payload_survives_being_stored(under: HostUnderTest, sink: Sink[SalesDocument]) -> None:
    step = sink.next_step(example(under, "plain"), Found())
    assert isinstance(step, Step)
    assert json.loads(json.dumps(step.payload)) == step.payload


# --- listing and choosing --------------------------------------------------------------------------------------------


async def test_listed_tells_key_total_and_state_of_what_was_made(
    under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    since = datetime.now(UTC) - timedelta(minutes=2)
    made = [example(under, "plain"), example(under, "unpaid_sales_order")]
    for one in made:
        await converge(sink, one)
    span = Span(since=since, until=datetime.now(UTC) + timedelta(minutes=2))
    rows = {row.external_id: row async for page in sink.listed(span) for row in page.items}
    for one in made:
        assert (rows[one.external_id].total, rows[one.external_id].currency) == (one.total, one.currency)
    before = Span(since=since - timedelta(days=900), until=since - timedelta(days=800))
    assert not [row async for page in sink.listed(before) for row in page.items]


async def test_the_fields_that_have_choices_list_them(sink: Sink[SalesDocument]) -> None:
    for field in sink.fields():
        if field.choices:
            assert all(choice.code for choice in await sink.choices(field.name))


# --- a bad day on the network ----------------------------------------------------------------------------------------

HOSTILE = {
    "html": b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n<html>Hello</html>  ",
    "truncated": b'HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{"documents": [{"id":',
    "cut": b'HTTP/1.1 200 OK\r\ncontent-length: 2000\r\n\r\n{"documents": [{',
    "wrong_shape": b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n[1,[]] ",
    "huge": b"HTTP/1.1 200 OK\r\ncontent-length: 10000000\r\n\r\n" + b" " * 10_000_000,
    "no_http": b"SSH-2.0-OpenSSH_9.9\r\n",
    "redirect": b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n",
    "error": b"HTTP/1.1 500 Oops\r\ncontent-length: 6\r\n\r\n<html>",
    "not_there": b"HTTP/1.1 404 Not Found\r\ncontent-length: 22\r\n\r\n<html>Not here.</html>",
    "refused_by_a_proxy": b"HTTP/1.1 400 Bad Request\r\ncontent-length: 24\r\n\r\n<html>Bad gateway</html>",
    "unavailable": b"HTTP/1.1 503 Busy\r\nretry-after: 2\r\ncontent-length: 0\r\n\r\n",
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_answer_becomes_one_of_our_errors_and_never_a_verdict_on_the_order(
    name: str, under: HostUnderTest
) -> None:
    made = example(under, "plain")
    async with hostile(HOSTILE[name]) as endpoint, door(under, endpoint) as http:
        sink = orders(opened(under, http, under.at(endpoint)))
        step = orders(opened(under, NoHttp())).next_step(made, Found())
        assert isinstance(step, Step)
        with pytest.raises((Retry, Misconfigured, Unclear)) as looking:
            await sink.find(made)
        with pytest.raises((Retry, Misconfigured, Unclear)) as doing:
            await sink.do(step)
    for raised in (looking, doing):
        _says_enough(raised.value, under)


async def test_a_server_that_is_not_there_is_certain_not_to_have_done_it(under: HostUnderTest) -> None:
    async with hostile(b"") as endpoint:
        pass
    async with door(under, endpoint) as http:
        sink = orders(opened(under, http, under.at(endpoint)))
        step = orders(opened(under, NoHttp())).next_step(example(under, "plain"), Found())
        assert isinstance(step, Step)
        with pytest.raises(Retry):
            await sink.do(step)


async def test_a_wrong_key_is_the_connections_fault_and_is_said_in_a_sentence(
    under: HostUnderTest, http: Outbound
) -> None:
    host = opened(under, http, under.wrong_key)
    made = example(under, "plain")
    step = orders(host).next_step(made, Found())
    assert isinstance(step, Step)
    for call in (host.check(), orders(host).find(made), orders(host).do(step)):
        with pytest.raises(Misconfigured) as raised:
            await call
        _says_enough(raised.value, under)


async def test_evidence_shows_the_call_without_secrets_or_personal_data(
    under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    made = example(under, "plain")
    step = sink.next_step(made, Found())
    assert isinstance(step, Step)
    evidence = await sink.do(step)
    kept = json.dumps([evidence.request, evidence.response], default=str)
    assert evidence.request
    assert evidence.response
    for word in (*under.secrets, "ada@example.com", "Ada Beispiel", "Musterweg", "5550100"):
        assert word not in kept, f"{word} is in the evidence"
    assert len(kept) < 20_000


def _says_enough(error: StockbridgeError, under: HostUnderTest) -> None:
    assert error.code == error.code.lower()
    assert "." in error.code
    assert error.sentence.endswith(".")
    told = f"{error} {error.facts}"
    assert not any(secret in told for secret in under.secrets)
