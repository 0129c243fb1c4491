"""Refunds in an account that computes its taxes itself, by tax code over all lines of a document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.domain.ids import external_id
from app.hosts.netsuite.spec import NETSUITE
from app.ports import Missing
from tests.examples import EXAMPLES
from tests.hosts.converging import settled
from tests.hosts.rig import converge, door, opened, orders, the_real_one
from tests.hosts.simulated import SimulatedUnderTest, Words, running
from tests.hosts.test_contract_refunds import credit_of


@pytest.fixture(scope="module")
def legacy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedUnderTest]:
    home = tmp_path_factory.mktemp("netsuite")
    wrong, words = {"certificate_id": "no-such-certificate"}, Words(location="1")
    with running(NETSUITE, home, wrong=wrong, words=words, dialect="legacytax") as found:
        yield found


async def test_a_credit_of_what_is_left_is_made_though_its_tax_comes_to_a_cent_more(
    legacy: SimulatedUnderTest,
) -> None:
    """Of the first two lines 0.03 were charged, by themselves they come to 0.04: more than is left of the invoice."""
    async with door(legacy) as http:
        order = legacy.adapt(EXAMPLES["many_cents"]())
        await converge(orders(opened(legacy, http)), order)
        refunds = opened(legacy, http).refunds
        assert not isinstance(refunds, Missing)
        for number, places in enumerate([(0, 3, 4), (1, 2)], 1):
            part = credit_of(replace(order, lines=tuple(order.lines[place] for place in places)), lines=3)
            key = external_id(kind="refund", store="demo", key=f"{order.reference[1:]}{number}")
            credit = replace(part, external_id=key, reference=f"{order.reference}-R{number}")
            found, _ = await settled(refunds, credit)
            made = the_real_one(found)
            assert (made.total, made.payments) == (credit.total, {paid.key for paid in credit.payments})
