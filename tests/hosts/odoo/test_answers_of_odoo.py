"""What answers mean that say less than one would think: nothing at all, half a yes, a refusal that will never end."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from app.domain.document import DocumentState
from app.errors import Misconfigured, Reason, Rejected, Retry, StockbridgeError, Unclear
from app.hosts.odoo.client import Access, Odoo
from app.ports import Answer, Missing, Step
from tests.examples import EXAMPLES
from tests.hosts.odoo.rig import Office, office
from tests.hosts.odoo.test_orders_on_odoo import adapted, quoted
from tests.hosts.odoo.test_shipments_on_odoo import parcel_of
from tests.hosts.rig import converge, orders


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


# --- confirming --------------------------------------------------------------------------------------------------------

WINDOW = {"type": "ir.actions.act_window", "res_model": "registration.editor"}


def with_approvals(odoo: Office) -> None:
    """As if a module had given sales a state of its own."""
    fields = odoo.tables.fields["sale.order"]
    fields["state"] = replace(fields["state"], options=(*fields["state"].options, "to approve"))


async def test_a_window_beside_a_confirmed_sale_is_a_success_that_is_looked_at(odoo: Office) -> None:
    """As Odoo's events open one for who is to come."""
    sink, made, confirm = await quoted(odoo)
    await door(odoo).press("sale.order", "action_confirm", [1])
    odoo.http.instead["action_confirm"] = [told(odoo, WINDOW)]
    evidence = await sink.do(confirm)
    assert evidence.whole is None
    assert odoo.tables.get("sale.order", 1)["date_order"] == made.ordered_at.replace(tzinfo=None)
    assert sink.next_step(made, await sink.find(made)) is None


@pytest.mark.parametrize("value", [False, None, 1, "true", [True]])
async def test_half_a_yes_to_a_quotation_that_stays_one_is_no_success(odoo: Office, value: object) -> None:
    sink, _, confirm = await quoted(odoo)
    odoo.http.instead["action_confirm"] = [told(odoo, value)]
    with pytest.raises(Rejected) as raised:
        await sink.do(confirm)
    assert raised.value.code == "host.asked_back"


async def test_a_sale_that_waits_for_an_approval_is_not_taken_for_confirmed(odoo: Office) -> None:
    with_approvals(odoo)
    sink, made, confirm = await quoted(odoo)
    odoo.tables.write("sale.order", 1, {"state": "to approve"})
    odoo.http.instead["action_confirm"] = [told(odoo, True)]
    assert (await sink.do(confirm)).whole is None
    found = await sink.find(made)
    reason = sink.next_step(made, found)
    assert isinstance(reason, Reason)
    assert (reason.code, reason.facts["state"]) == ("document.state_unknown", "to approve")
    assert [each.state for each in found.documents] == [DocumentState.OPEN]
    assert not isinstance(odoo.host.parcels, Missing)
    parcel = parcel_of(made, 1, 1)
    with pytest.raises(Retry) as raised:
        odoo.host.parcels.next_step(parcel, await odoo.host.parcels.find(parcel))
    assert raised.value.code == "parcel.document_first"
    odoo.tables.write("sale.order", 1, {"state": "draft"})
    await converge(sink, made)


async def test_the_states_of_sales_are_asked_for_once(odoo: Office) -> None:
    sink = orders(odoo.host)
    for _ in range(2):
        await converge(sink, adapted(EXAMPLES["unpaid_sales_order"]()))
    asked = [request for request in odoo.http.asked if b'"selection"' in (request.body or b"")]
    assert len(asked) == 1


# --- writing -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [False, None, [], {}, {"error": {"message": "no"}}, 1, [True]])
async def test_what_is_not_answered_with_true_may_not_be_written(odoo: Office, value: object) -> None:
    sink, made, _ = await quoted(odoo)
    await converge(sink, made)
    odoo.http.instead["write"] = [told(odoo, value)]
    with pytest.raises(Unclear) as raised:
        await door(odoo).write("sale.order", [1], {"note": "x"})
    assert raised.value.code == "answer.unexpected"
    assert odoo.tables.get("sale.order", 1)["note"] is None
    await door(odoo).write("sale.order", [1], {"note": "x"})
    assert odoo.tables.get("sale.order", 1)["note"] == "x"


# --- refusals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "message", "kind", "code"),
    [
        ("psycopg2.errors.SerializationFailure", "could not serialize access", Retry, "host.busy"),
        ("psycopg2.errors.DeadlockDetected", "deadlock detected", Retry, "host.busy"),
        ("psycopg2.errors.LockNotAvailable", "could not obtain lock", Retry, "host.busy"),
        ("psycopg2.extensions.TransactionRollbackError", "", Retry, "host.busy"),
        ("psycopg2.OperationalError", "server closed the connection unexpectedly", Retry, "host.busy"),
        ("odoo.sql_db.PoolError", "The Connection Pool Is Full", Retry, "host.busy"),
        ("odoo.exceptions.LockError", "locked", Retry, "host.busy"),
        ("psycopg2.OperationalError", 'database "nope" does not exist', Misconfigured, "address.not_found"),
        (
            "psycopg2.OperationalError",
            'at "database-1": role "odoo" does not exist',
            Unclear,
            "host.internal_error",
        ),
        ("psycopg2.errors.NumericValueOutOfRange", "integer out of range", Rejected, "host.refused"),
        ("psycopg2.errors.UniqueViolation", "Key (email)=(ada@x.test)", Rejected, "host.refused"),
        ("psycopg2.errors.UndefinedColumn", "column x does not exist", Unclear, "host.internal_error"),
        ("psycopg2.ProgrammingError", "can't adapt type 'dict'", Unclear, "host.internal_error"),
    ],
)
async def test_only_a_busy_database_is_asked_again(
    odoo: Office, name: str, message: str, kind: type[Exception], code: str
) -> None:
    sink, made = orders(odoo.host), adapted(EXAMPLES["unpaid_sales_order"]())
    create = sink.next_step(made, await sink.find(made))
    assert isinstance(create, Step)
    data = {"name": name, "message": message}
    refused = answer(data, 500) if odoo.dialect == "json2" else answer({"error": {"code": 200, "data": data}})
    odoo.http.instead["create"] = [refused]
    with pytest.raises(StockbridgeError) as raised:
        await sink.do(create)
    assert (type(raised.value), raised.value.code) == (kind, code)
    assert "ada@" not in raised.value.sentence
