"""Codes become internal ids of one thing each: where two have the same name, nobody guesses."""

from __future__ import annotations

import json

import pytest

from app.errors import Rejected
from app.hosts.netsuite.directory import Directory
from app.ports import Answer, Request
from tests.hosts.netsuite.test_client import Account, answer, door, rows


def shelf(*items: tuple[str, str]) -> Account:
    """Answers every question about items by those whose name, or last part of it, is asked for."""

    def say(request: Request) -> Answer:
        query = json.loads(request.body or b"")["q"]
        children = " LIKE " in query
        asked = [
            (number, sku)
            for number, sku in items
            if f"'{'% : ' if children else ''}{sku.rpartition(' : ')[2]}'" in query
        ]
        return rows(*({"id": number, "sku": sku} for number, sku in asked if children == (" : " in sku)))

    return Account(say=say)


@pytest.mark.parametrize("items", [(("1", "RED"), ("2", "RED")), (("1", "Shirt : RED"), ("2", "Hat : RED"))])
async def test_a_sku_of_two_items_is_a_question_and_no_guess(items: tuple[tuple[str, str], ...]) -> None:
    directory = Directory(door(shelf(*items, ("3", "BLUE"))))
    with pytest.raises(Rejected) as raised:
        await directory.items(["RED"])
    assert raised.value.code == "item.several"
    assert {code: row.id for code, row in (await directory.found(["RED", "BLUE"])).items()} == {"BLUE": "3"}


async def test_a_sku_is_good_again_once_one_item_has_it_alone() -> None:
    account = shelf(("1", "RED"), ("2", "RED"))
    directory = Directory(door(account))
    assert await directory.found(["RED"]) == {}
    account.say = shelf(("2", "RED")).say
    assert (await directory.items(["RED"]))["RED"].id == "2"


async def test_suitetax_that_a_role_comes_to_see_is_used_after_five_minutes_with_the_types_of_its_codes() -> (
    None
):
    refusal = {"detail": "Search error occurred: Record 'taxtype' was not found.", "o:errorCode": "X"}
    allowed, now = [False], [0.0]

    def say(request: Request) -> Answer:
        query = json.loads(request.body or b"")["q"]
        if "salestaxitem" in query:
            return rows({"id": "20", "name": "VAT20", **({"taxtype": "5"} if "taxtype" in query else {})})
        return rows({"id": "5", "name": "VAT"}) if allowed[0] else answer(400, {"o:errorDetails": [refusal]})

    account = Account(say=say)
    directory = Directory(door(account), clock=lambda: now[0])
    assert not await directory.suite_tax()
    now[0] = 200.0
    assert (await directory.tax("VAT20")).taxtype is None
    allowed[0] = True
    assert not await directory.suite_tax()
    assert len(account.asked) == 2
    now[0] = 301.0
    assert (await directory.tax("VAT20")).taxtype == "5"
    assert await directory.suite_tax()


async def test_an_account_with_suitetax_is_asked_for_it_once() -> None:
    account, now = Account(), [0.0]
    directory = Directory(door(account), clock=lambda: now[0])
    assert await directory.suite_tax()
    now[0] = 100_000.0
    assert await directory.suite_tax()
    assert len(account.asked) == 1


async def test_a_child_of_a_matrix_is_found_by_its_own_name() -> None:
    directory = Directory(door(shelf(("7", "Shirt : RED"))))
    assert (await directory.items(["RED"]))["RED"].id == "7"
