"""An account that has no subsidiaries, locations, departments or classes is refused what names them, and works all the same."""

from __future__ import annotations

import asyncio

import pytest

from app.domain.document import DocumentState
from app.errors import Misconfigured, Rejected
from app.hosts.netsuite.client import NetSuite
from app.hosts.netsuite.features import Feature, Features
from app.hosts.netsuite.refusals import Detail, Problem
from app.hosts.netsuite.sql import Named
from app.ports import Answer, Missing, Request
from sandbox.erps.netsuite.account import ALL, FEATURES, Account, Role
from tests.examples import EXAMPLES
from tests.hosts.netsuite.rig import There, opened, unpaid
from tests.hosts.netsuite.test_client import Account as Scripted
from tests.hosts.netsuite.test_client import answer, door, rows
from tests.hosts.rig import converge, orders

NONE = Account(features=frozenset())


async def product(there: There) -> list[str]:
    """What the items flow finds of the tea: its name, price and currency."""
    items = there.host.items
    assert not isinstance(items, Missing)
    key = str(there.one("SELECT id FROM _item WHERE itemid = 'TEA'")["id"])
    found = await items.get(key)
    assert found is not None
    price = found.items[0].price
    assert price is not None
    return [found.name, f"{price.amount:f}", price.currency]


@pytest.mark.parametrize("without", [*FEATURES, "all"])
async def test_the_test_of_a_connection_an_order_and_the_items_pass_without_a_feature(without: str) -> None:
    lacked = set(FEATURES) if without == "all" else {without}
    there = opened(Account(features=frozenset(FEATURES) - lacked))
    assert (await there.host.check()).account.endswith("(TSTDRV1234567)")
    place = None if "locations" in lacked else "1"
    made, _ = await converge(orders(there.host), unpaid(location=place))
    assert made.state is DocumentState.OPEN
    assert await product(there) == ["Tea", "10", "EUR"]


@pytest.mark.parametrize("name", ["plain", "deposit"])
async def test_an_order_is_paid_and_billed_in_an_account_without_any_of_them(name: str) -> None:
    there = opened(NONE)
    made, _ = await converge(orders(there.host), EXAMPLES[name]())
    assert made.amounts


async def test_what_an_account_lacks_is_refused_once_and_asked_for_again_after_minutes() -> None:
    there = opened(NONE)
    await converge(orders(there.host), unpaid(location=None))
    there.http.asked.clear()
    await converge(orders(there.host), unpaid(location=None))
    assert there.calls() == {"transaction": 2, "salesOrder": 1}


async def test_a_feature_that_was_switched_on_is_used_after_five_minutes() -> None:
    refusal = {"detail": "Search error occurred: Record 'department' was not found.", "o:errorCode": "X"}
    account, now = Scripted(say=lambda request: answer(400, {"o:errorDetails": [refusal]})), [0.0]
    netsuite = door(account, clock=lambda: now[0])
    assert await _departments(netsuite) is None
    account.say = lambda request: rows({"id": "1", "name": "Online"})
    now[0] = 299.0
    assert await _departments(netsuite) is None
    now[0] = 301.0
    assert await _departments(netsuite) == [Named(id="1", name="Online")]


@pytest.mark.parametrize(
    ("said", "lacking"),
    [
        ("Search error occurred: Record 'classification' was not found.", {Feature.CLASSES}),
        (
            "Search error occurred: Field 'location' for record 'transactionline' was not found.",
            {Feature.LOCATIONS},
        ),
        ("Unknown identifier 'd.department'. Available identifiers are: {location=x}", {Feature.DEPARTMENTS}),
        ("Search error occurred: Field 'nosuch' for record 'location' was not found.", set()),
        ("Search error occurred: Record 'customer' was not found.", set()),
        ("Invalid or unsupported search", set()),
    ],
)
def test_only_what_a_refusal_names_is_taken_for_lacking(said: str, lacking: set[Feature]) -> None:
    features = Features(lambda: 0.0)
    features.learn(Problem(details=(Detail(detail=f"Invalid search query. {said}"),)))
    assert {each for each in Feature if not features.has(each)} == lacking


async def _departments(netsuite: NetSuite) -> list[Named] | None:
    return await netsuite.rows_of(Feature.DEPARTMENTS, Named, "SELECT id, name FROM department ORDER BY id")


async def test_calls_under_way_together_all_go_on_without_what_is_lacking() -> None:
    def say(request: Request) -> Answer:
        lacking = b"tl.location" in (request.body or b"")
        refusal = {"detail": "Unknown identifier 'location'. Available identifiers are: {department=x}"}
        return answer(400, {"o:errorDetails": [refusal]}) if lacking else rows()

    netsuite = door(Scripted(say=say))

    def words(has: Features) -> str:
        return f"SELECT id{has.where(Feature.LOCATIONS, ', tl.location')} FROM x ORDER BY id"

    assert await asyncio.gather(*(netsuite.rows(Named, words) for _ in range(3))) == [[], [], []]
    assert netsuite.features.has(Feature.DEPARTMENTS)


async def test_a_question_that_is_refused_for_anything_else_is_no_feature() -> None:
    there = opened(Account(role=Role(view=ALL - {"salesOrder"})))
    with pytest.raises(Misconfigured):
        await orders(there.host).find(unpaid())


async def test_a_form_that_names_a_subsidiary_that_nobody_sees_is_not_taken_for_an_account_without() -> None:
    for there in (
        opened(NONE, subsidiary="1"),
        opened(Account(role=Role(view=ALL - {"setup"})), subsidiary="1"),
    ):
        with pytest.raises(Misconfigured) as raised:
            await there.host.check()
        assert raised.value.code == "subsidiary.none"


async def test_a_rule_for_a_department_that_no_account_has_waits_for_its_mapping() -> None:
    with pytest.raises(Rejected) as raised:
        await converge(orders(opened(NONE).host), unpaid(location=None, codes={"department": "Online"}))
    assert raised.value.code == "department.unknown"


def test_a_list_that_the_role_may_not_read_hides_no_column_of_documents() -> None:
    features = Features(lambda: 0.0)
    features.learn(Problem(details=(Detail(detail="Record 'location' was not found."),)))
    assert (features.has(Feature.LOCATIONS), features.column(Feature.LOCATIONS, "tl.location")) == (
        False,
        "tl.location",
    )
    features.learn(Problem(details=(Detail(detail="Unknown identifier 'location'."),)))
    assert features.column(Feature.LOCATIONS, "tl.location") == ""
