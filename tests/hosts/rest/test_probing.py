"""A reading call of a connection document is tried alone: what was sent and what came back are shown, and nothing of people."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import asdict

import pytest

from app.errors import AccessLost, Refused
from app.hosts.rest.spec import REST
from app.outbound import Outbound
from app.ports import Probed
from tests.examples import document
from tests.hosts.rig import converge, door, opened, orders
from tests.hosts.simulated import SimulatedUnderTest


@pytest.fixture
async def http(under: SimulatedUnderTest) -> AsyncIterator[Outbound]:
    async with door(under) as opened_door:
        yield opened_door


async def tried(under: SimulatedUnderTest, http: Outbound, call: str, **values: str) -> Probed:
    assert REST.probe is not None
    given = {name.replace("__", "."): value for name, value in values.items()}
    return await REST.probe(under.credentials, http, call, given)


async def test_a_call_shows_what_was_sent_and_what_was_found(
    under: SimulatedUnderTest, http: Outbound
) -> None:
    shown = await tried(under, http, "stock.of", items="TEA,MUG")
    assert (shown.status, shown.rows, shown.problem) == (200, 2, None)
    assert "article=TEA&article=MUG" in str(shown.request["path"])
    assert isinstance(shown.answer, dict)
    assert [row["article"] for row in shown.answer["holdings"]] == ["MUG", "TEA"]  # type: ignore[index, call-overload, union-attr]


async def test_nothing_of_people_and_no_secret_is_shown(under: SimulatedUnderTest, http: Outbound) -> None:
    made = under.adapt(document())
    found, _ = await converge(orders(opened(under, http)), made)
    order = await tried(under, http, "orders.find", order__external_id=made.external_id)
    party = await tried(under, http, "customers.get", key="1")
    assert (order.rows, party.rows) == (1, 1)
    told = json.dumps([asdict(order), asdict(party)])
    assert found.number is not None
    assert found.number in told
    for word in (*under.secrets, "ada@example.com", "Ada", "Beispiel", "Musterweg"):
        assert word not in told


async def test_what_an_answer_means_is_said_in_place_of_rows(
    under: SimulatedUnderTest, http: Outbound
) -> None:
    await under.goes_wrong("stock", "failed")
    assert (
        await tried(under, http, "stock.page")
    ).problem == "The ERP can't do this now: The ledger is being tidied."
    await under.goes_wrong("stock", "html")
    assert "web page" in str((await tried(under, http, "stock.page")).problem)
    gone = await tried(under, http, "customers.get", key="999")
    assert (gone.status, gone.rows, gone.problem) == (404, 0, None)


async def test_a_call_that_writes_or_is_not_there_is_refused_with_those_that_are(
    under: SimulatedUnderTest, http: Outbound
) -> None:
    for name in ("orders.create", "orders.nothing", ""):
        with pytest.raises(Refused) as raised:
            await tried(under, http, name)
        assert raised.value.code == "description.no_call"
        assert "orders.find_reference" in raised.value.sentence
    with pytest.raises(Refused) as strange:
        await tried(under, http, "stock.of", itmes="TEA")
    assert strange.value.code == "description.no_value"


async def test_a_wrong_secret_is_said(under: SimulatedUnderTest, http: Outbound) -> None:
    assert REST.probe is not None
    with pytest.raises(AccessLost):
        await REST.probe(under.wrong_key, http, "check", {})
