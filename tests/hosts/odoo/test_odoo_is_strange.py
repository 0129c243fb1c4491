"""Answers that no Odoo gives end as errors of ours that are tried again, whatever they are."""

from __future__ import annotations

import json
from datetime import date

import pytest

from app.errors import Misconfigured, Retry
from app.ports import Answer, Missing
from tests.examples import EXAMPLES
from tests.hosts.odoo.rig import Office, office
from tests.hosts.odoo.test_orders_on_odoo import adapted, answer, quoted
from tests.hosts.rig import orders

_DEEP = 100_000


@pytest.fixture(params=["json2", "jsonrpc"])
def odoo(request: pytest.FixtureRequest) -> Office:
    return office(request.param)


def told(odoo: Office, value: object) -> Answer:
    return answer(value if odoo.dialect == "json2" else {"jsonrpc": "2.0", "id": 1, "result": value})


def nested(around: str, depth: int, status: int = 200) -> Answer:
    """`around` with that many lists inside one another where it says DEEP."""
    body = around.replace('"DEEP"', "[" * depth + "]" * depth)
    return Answer(status=status, headers={}, body=body.encode())


@pytest.mark.parametrize("text", ["garbage", "2026-11-20T22:00:51Z", "", "9999-99-99 00:00:00"])
async def test_a_time_that_is_none(odoo: Office, text: str) -> None:
    sink, made, confirm = await quoted(odoo)
    await sink.do(confirm)
    odoo.tables.rows["sale.order"][1]["date_order"] = text
    with pytest.raises(Retry) as raised:
        sink.next_step(made, await sink.find(made))
    assert raised.value.code == "answer.unexpected"


async def test_a_day_that_is_none(odoo: Office) -> None:
    assert not isinstance(odoo.host.rates, Missing)
    await odoo.host.check()
    rate = {"id": 1, "name": "nope", "currency_id": [2, "USD"], "rate": 1.1}
    odoo.http.instead["search_read"] = [told(odoo, [rate])]
    with pytest.raises(Retry) as raised:
        await odoo.host.rates.page(date(2026, 1, 1), None)
    assert raised.value.code == "answer.unexpected"


@pytest.mark.parametrize("status", [200, 500])
async def test_lists_in_lists_without_end(odoo: Office, status: int) -> None:
    assert not isinstance(odoo.host.inventory, Missing)
    await odoo.host.check()
    deep = json.dumps({"name": "x", "message": "m", "debug": "DEEP"})
    odoo.http.instead["search_read"] = [nested(deep, _DEEP, status)]
    with pytest.raises(Retry):
        await odoo.host.inventory.page(None)


@pytest.mark.parametrize("depth", [300, 480, 600, 900])
async def test_lists_in_lists_that_can_just_be_read(depth: int) -> None:
    """By versions that read one model at a time, each row of which is looked through."""
    odoo = office("jsonrpc")
    odoo.http.instead["/jsonrpc"] = [answer({"result": {"server_version": "16.0"}})]
    await odoo.host.check()
    deep = json.dumps({"jsonrpc": "2.0", "result": [{"id": 1, "x": "DEEP"}]})
    odoo.http.instead["client_order_ref"] = [nested(deep, depth)]
    sink = orders(odoo.host)
    with pytest.raises(Retry) as raised:
        await sink.find(adapted(EXAMPLES["plain"]()))
    assert raised.value.code == "answer.unexpected"


async def test_a_version_that_is_none() -> None:
    deep = nested(json.dumps({"version": "19.0", "more": "DEEP"}), _DEEP)
    for status in (200, 500):
        odoo = office()
        odoo.http.instead["/web/version"] = [Answer(status=status, headers={}, body=deep.body)]
        odoo.http.instead["/jsonrpc"] = [deep]
        with pytest.raises(Retry):
            await odoo.host.check()
    odoo = office()
    odoo.http.instead["/web/version"] = [answer({"version": "9" * 5_000 + ".0"})]
    with pytest.raises(Misconfigured) as raised:
        await odoo.host.check()
    assert raised.value.code == "host.too_old"
