"""What the contract says of kinds of documents and of doubles; the rest of it stands in `test_contract`."""

from __future__ import annotations

from app.domain.document import DocumentKind, SalesDocument
from app.ports import Found, Sink, Step
from tests.examples import in_kind
from tests.hosts.rig import HostUnderTest, NoHttp, converge, opened, orders, the_real_one
from tests.hosts.test_contract import example, sink

__all__ = ["sink"]


async def test_every_kind_of_document_is_expressed_or_refused_with_a_reason(under: HostUnderTest) -> None:
    offline = orders(opened(under, NoHttp()))
    for kind in DocumentKind:
        made = under.adapt(in_kind(kind))
        assert offline.next_step(made, Found()) is not None


async def test_a_discarded_or_voided_double_is_never_the_one_that_counts(
    under: HostUnderTest, sink: Sink[SalesDocument]
) -> None:
    made = example(under, "unpaid_sales_order")
    step = sink.next_step(made, Found())
    assert isinstance(step, Step)
    first = await sink.do(step)
    await sink.do(step)
    found, _ = await converge(sink, made)
    assert found.sink_key == first.sink_key
    assert the_real_one(await sink.find(made)).sink_key == first.sink_key
