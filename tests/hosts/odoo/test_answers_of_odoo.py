"""What answers mean that say less than one would think: nothing at all, half a yes, a refusal that will never end."""

from __future__ import annotations

import json

import pytest

from app.errors import Unclear
from app.hosts.odoo.client import Access, Odoo
from app.ports import Answer, Step
from tests.examples import EXAMPLES
from tests.hosts.odoo.rig import Office, office
from tests.hosts.odoo.test_orders_on_odoo import adapted
from tests.hosts.rig import orders


def answer(value: object, status: int = 200) -> Answer:
    return Answer(status=status, headers={}, body=json.dumps(value).encode())


def told(odoo: Office, value: object) -> Answer:
    """The answer of a method, in the words of either way of asking."""
    return answer(value if odoo.dialect == "json2" else {"jsonrpc": "2.0", "id": 1, "result": value})


@pytest.fixture(params=["json2", "jsonrpc"])
def odoo(request: pytest.FixtureRequest) -> Office:
    return office(request.param)


def door(odoo: Office) -> Odoo:
    known = odoo.http.simulator.credentials
    words = {name: known[name] for name in ("database", "key", "login", "company")}
    return Odoo(odoo.http, Access(address="http://odoo.test", **words))


async def test_a_method_that_gives_nothing_back_is_done(odoo: Office) -> None:
    """Posting a payment gives nothing back, and JSON-RPC then leaves the result out of its answer."""
    made = adapted(EXAMPLES["plain"]())
    sink, posted = orders(odoo.host), 0
    while isinstance(step := sink.next_step(made, await sink.find(made)), Step):
        await sink.do(step)
        posted += step.key.startswith("payment:")
    assert step is None
    assert posted == len(odoo.tables.rows["account.payment"]) > 0


async def test_an_answer_that_is_none_of_json_rpcs_says_nothing() -> None:
    odoo = office("jsonrpc")
    await odoo.host.check()
    for value in ({}, {"id": 1}, [], None):
        odoo.http.instead["action_post"] = [answer(value)]
        with pytest.raises(Unclear) as raised:
            await door(odoo).press("account.payment", "action_post", [1])
        assert raised.value.code == "answer.unexpected"
