"""Two returns of one sale in Tryton at the same time: what the first one takes counts once it is no draft any more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.domain.ids import external_id
from app.errors import Rejected, Retry
from app.outbound import Outbound
from app.ports import Step
from tests.hosts.rig import opened
from tests.hosts.test_contract_refunds import billed, credit_of, credited
from tests.hosts.tryton.rig import TrytonUnderTest

pytestmark = pytest.mark.tryton


async def test_a_return_waits_for_one_that_is_still_a_draft_and_is_refused_only_after_it(
    erp: TrytonUnderTest, http: Outbound
) -> None:
    order, sink = await billed(erp, http), opened(erp, http).refunds
    assert hasattr(sink, "next_step")
    first = credit_of(order)
    key = external_id(kind="refund", store="demo", key=f"{order.external_id.rpartition('-')[2]}9")
    more = replace(credit_of(order, lines=1), external_id=key)
    begun, later = [sink.next_step(each, await sink.find(each)) for each in (first, more)]
    assert isinstance(begun, Step)
    assert isinstance(later, Step)
    await sink.do(begun)
    with pytest.raises(Retry, match="comes after it"):
        await sink.do(later)
    await credited(sink, first)
    with pytest.raises(Rejected, match="given back"):
        await sink.do(later)
