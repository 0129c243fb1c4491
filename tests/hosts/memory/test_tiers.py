"""The demo ERP knows a price tier by what it has prices in, and refuses any other in words that a rule can be mended by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.errors import Rejected, Verdict
from app.ports import PRICE_LEVEL, Found, Step
from tests.examples import document
from tests.hosts.memory.rig import MemoryUnderTest, running
from tests.hosts.rig import door, opened, orders


@pytest.fixture(scope="module")
def erp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryUnderTest]:
    with running(tmp_path_factory.mktemp("erp") / "erp.sqlite", items="any") as under:
        yield under


async def sent(erp: MemoryUnderTest, tier: str) -> str:
    """The tier that the document has afterwards."""
    async with door(erp) as http:
        sink = orders(opened(erp, http))
        step = sink.next_step(replace(document(), codes={PRICE_LEVEL.name: tier}), Found())
        assert isinstance(step, Step)
        made = await sink.do(step)
    told = await erp.ask("GET", f"/v1/documents/{made.sink_key}")
    return str(told["codes"][PRICE_LEVEL.name])


async def test_a_tier_that_has_prices_is_kept_with_the_document_and_another_is_refused(
    erp: MemoryUnderTest,
) -> None:
    price = {"item": "TEA", "currency": "EUR", "price": "15.00", "tier": "TRADE"}
    await erp.ask("PUT", "/control/prices", {"prices": [price]})
    assert await sent(erp, "TRADE") == "TRADE"
    with pytest.raises(Rejected) as refused:
        await sent(erp, "TARDE")
    assert (refused.value.code, refused.value.verdict) == ("tier.unknown", Verdict.NEEDS_MAPPING)
    assert "TARDE" in refused.value.sentence
