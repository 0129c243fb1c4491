"""SuiteQL of the simulated NetSuite: a wrong query fails, and what comes back looks as it does there."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.erps.netsuite.account import ALL, Account, Role
from sandbox.erps.office import Item
from tests.sandbox.netsuite_calls import QUERY, NetSuite, netsuite


@pytest.fixture
async def there() -> AsyncIterator[NetSuite]:
    async with netsuite() as account:
        yield account


async def test_without_the_preference_nothing_is_asked(there: NetSuite) -> None:
    status, code, _ = await there.refused("POST", QUERY, {"q": "SELECT id FROM item"})
    assert (status, code) == (400, "INVALID_HEADER")


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("SELECT nosuch FROM item", "Field 'nosuch'"),
        ('SELECT "nosuch" FROM item', "Field 'nosuch'"),
        ("SELECT t.createdfrom FROM transaction t", "Field 'createdfrom'"),
        ("SELECT id FROM salesorder", "Record 'salesorder' was not found"),
        ("SELECT id FROM _item", "Record '_item' was not found"),
        ("SELECT id FROM item LIMIT 5", "LIMIT"),
        ("SELECT id FROM item WHERE ROWNUM < 5", "ROWNUM"),
        ("SELECT id FROM item WHERE lastmodifieddate > '2026-01-01'", "TO_DATE"),
        ("SELECT id FROM item WHERE", "unsupported"),
        ("DELETE FROM item", "Only SELECT"),
        ("SELECT id FROM item; SELECT id FROM item", "Only SELECT"),
    ],
)
async def test_a_wrong_query_fails(there: NetSuite, query: str, why: str) -> None:
    status, code, detail = await there.refused("POST", QUERY, {"q": query}, prefer="transient")
    assert (status, code) == (400, "INVALID_PARAMETER")
    assert detail.startswith("Invalid search query.")
    assert why in detail


async def test_a_column_that_netsuite_itself_fails_on_is_an_error_of_its_own(there: NetSuite) -> None:
    query = {"q": "SELECT shipstatus FROM transaction"}
    assert (await there.refused("POST", QUERY, query, prefer="transient"))[0] == 500


async def test_texts_for_numbers_lower_case_for_names_and_nothing_for_null(there: NetSuite) -> None:
    (row,) = await there.ask("SELECT ID, ITEMID, ISINACTIVE AS Off, upccode FROM item WHERE itemid = 'TEA'")
    assert row == {"id": row["id"], "itemid": "TEA", "off": "F"}
    (priced,) = await there.ask(f"SELECT unitprice FROM pricing WHERE item = {row['id']} AND pricelevel = 1")
    assert priced == {"unitprice": "10"}


async def test_a_date_is_written_as_the_user_likes_it_unless_a_mask_says_how(there: NetSuite) -> None:
    (row,) = await there.ask(
        "SELECT effectivedate a, TO_CHAR(effectivedate, 'YYYY-MM-DD\"T\"HH24:MI:SS') b FROM currencyrate "
        "WHERE transactioncurrency = 2"
    )
    assert row == {"a": "01/01/2020", "b": "2020-01-01T00:00:00"}


async def test_instants_are_on_the_accounts_clock_and_not_on_ours(there: NetSuite) -> None:
    mask = "'YYYY-MM-DD HH24:MI:SS'"
    (now,) = await there.ask(f"SELECT TO_CHAR(SYSDATE, {mask}) here FROM dual")
    (item,) = await there.ask(f"SELECT TO_CHAR(lastmodifieddate, {mask}) m FROM item WHERE itemid = 'TEA'")
    utc = (await there.call("GET", "/services/rest/system/v1/serverTime")).json()["serverTime"]
    assert now["here"][:13] != utc.replace("T", " ")[:13]
    since = f"SELECT id FROM item WHERE lastmodifieddate >= TO_DATE('{item['m']}', {mask}) AND itemid = 'TEA'"
    assert len(await there.ask(since)) == 1
    assert await there.ask(since.replace(item["m"], f"{utc[:10]} {utc[11:19]}")) == []


async def test_pages_have_an_end_and_no_order_of_their_own(there: NetSuite) -> None:
    there.office.stock([Item(sku=f"SKU-{n:04}", title="x") for n in range(1200)])
    answer = await there.call(
        "POST", f"{QUERY}?limit=1000&offset=0", {"q": "SELECT id FROM item"}, prefer="transient"
    )
    page = answer.json()
    assert (page["count"], page["hasMore"], page["totalResults"]) == (1000, True, 1211)
    again = [await there.ask("SELECT id FROM item") for _ in range(2)]
    assert again[0] != again[1]
    ordered = [await there.ask("SELECT id FROM item ORDER BY id") for _ in range(2)]
    assert ordered[0] == ordered[1]
    last = ordered[0][-1]["id"]
    rest = await there.ask(f"SELECT id FROM item WHERE id > {last} ORDER BY id FETCH FIRST 1000 ROWS ONLY")
    assert len(rest) == 211
    for wrong in ("limit=1001", "limit=0", "limit=10&offset=5", "limit=1000&offset=100000"):
        assert (
            await there.refused("POST", f"{QUERY}?{wrong}", {"q": "SELECT id FROM item"}, prefer="transient")
        )[0] == 400


async def test_a_role_sees_only_what_it_may(there: NetSuite) -> None:
    poor = Account(role=Role(view=ALL - {"customer"}, edit=ALL - {"invoice"}))
    async with netsuite(poor) as account:
        query = {"q": "SELECT id FROM customer"}
        assert "was not found" in (await account.refused("POST", QUERY, query, prefer="transient"))[2]
        answer = await account.refused("POST", "/services/rest/record/v1/invoice", {})
        assert answer[:2] == (403, "INSUFFICIENT_PERMISSION")


async def test_suitetax_is_known_by_a_record_that_only_such_accounts_have(there: NetSuite) -> None:
    assert len(await there.ask("SELECT id FROM taxtype")) == 1
    async with netsuite(Account(suite_tax=False)) as older:
        query = {"q": "SELECT id FROM taxtype"}
        assert "was not found" in (await older.refused("POST", QUERY, query, prefer="transient"))[2]
