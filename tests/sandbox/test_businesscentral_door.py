"""Who may call the simulated Business Central, what it says to those who call too often, and calls in batches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.erps.businesscentral.__main__ import make
from sandbox.erps.businesscentral.company import TABLES, Company, Role
from sandbox.erps.serving import Chosen, built
from tests.sandbox.businesscentral_calls import HOST, BusinessCentral, business_central, line


@pytest.fixture
async def there() -> AsyncIterator[BusinessCentral]:
    async with business_central() as company:
        yield company


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "another"}, 401, "invalid_client"),
        ({"client_id": "another"}, 400, "unauthorized_client"),
        ({"scope": "openid"}, 400, "invalid_scope"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"tenant": "somebody.onmicrosoft.com"}, 400, "invalid_request"),
    ],
)
async def test_a_token_is_given_for_the_right_secret_of_the_right_client_alone(
    there: BusinessCentral, changes: dict[str, str], status: int, error: str
) -> None:
    answer = await there.login(**changes)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"].startswith("AADSTS")


async def test_a_token_opens_it_until_it_is_one_no_more(there: BusinessCentral) -> None:
    assert (await there.call("GET", "items")).status_code == 200
    await there.http.post("/control/next", json={"verb": "items", "fault": "expired", "times": 1})
    assert (await there.refused("GET", "items"))[:2] == (401, "Authentication_InvalidCredentials")
    assert (await there.refused("GET", "items"))[0] == 401
    await there.login()
    assert (await there.call("GET", "items")).status_code == 200


async def test_an_application_that_is_not_registered_inside_is_refused_with_a_good_token() -> None:
    async with business_central(Company(registered=False)) as there:
        assert (await there.refused("GET", "items"))[:2] == (401, "Authentication_InvalidCredentials")


async def test_another_environment_and_another_company_are_not_there(there: BusinessCentral) -> None:
    headers = {"authorization": f"Bearer {there.token}"}
    root = there.root.replace("Production", "Sandbox")
    assert (await there.http.get(f"{root}/companies", headers=headers)).json()["error"][
        "code"
    ] == "NoEnvironment"
    other = f"{there.root}/companies(00000000-0000-0000-0000-000000000001)/items"
    assert (await there.http.get(other, headers=headers)).json()["error"][
        "code"
    ] == "Internal_CompanyNotFound"
    short = there.root.replace(f"/{there.told['tenant']}", "")
    assert (await there.http.get(f"{short}/companies", headers=headers)).json()["value"][0][
        "name"
    ] == "CRONUS DE"


async def test_what_the_permission_sets_leave_out_is_refused_for_itself() -> None:
    role = Role(view=TABLES - {"Item Ledger Entry"}, edit=TABLES - {"Customer"})
    async with business_central(Company(role=role)) as there:
        assert (await there.refused("GET", "itemLedgerEntries"))[0] == 403
        status, _, sentence = await there.refused("POST", "customers", {"displayName": "Ada"})
        assert (status, "TableData Customer Insert" in sentence) == (403, True)
        assert (await there.call("GET", "customers")).status_code == 200


async def test_five_calls_are_worked_on_the_others_wait_and_what_is_beyond_the_queue_is_refused() -> None:
    simulator = make(Chosen(), Company(at_once=2, queued=3))
    transport = httpx.ASGITransport(app=built(simulator, latency=0.02))
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as http:
        there = BusinessCentral(simulator=simulator, http=http)
        await there.login()
        answers = await asyncio.gather(*(there.call("GET", "items") for _ in range(9)))
    statuses = [each.status_code for each in answers]
    assert (statuses.count(200), statuses.count(429)) == (5, 4)
    assert all("retry-after" in each.headers for each in answers if each.status_code == 429)


async def test_so_many_calls_in_five_minutes_and_no_more() -> None:
    async with business_central(Company(calls=4)) as there:
        statuses = [(await there.call("GET", "items")).status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]


async def test_a_batch_ends_at_its_first_failure_unless_the_caller_goes_on(there: BusinessCentral) -> None:
    good = {"method": "GET", "url": f"{there.company}/items?$select=number&$top=1"}
    wrong = {"method": "GET", "url": f"{there.company}/items?$filter=nosuch eq 1"}
    found = await there.batch(good, wrong, good)
    assert [(each["id"], each["status"]) for each in found] == [("0", 200), ("1", 400)]
    found = await there.batch(good, wrong, good, prefer="odata.continue-on-error")
    assert [each["status"] for each in found] == [200, 400, 200]
    assert len(found[0]["body"]["value"]) == 1
    many = await there.http.post(
        f"{there.root}/$batch",
        json={"requests": [good] * 101},
        headers={"authorization": f"Bearer {there.token}"},
    )
    assert many.status_code == 400


async def test_a_batch_that_is_one_whole_is_taken_back_but_for_what_was_posted_in_it(
    there: BusinessCentral,
) -> None:
    def changes(order: dict[str, str], *, number: str) -> dict[str, object]:
        headers = {"if-match": "*", "content-type": "application/json"}
        url = f"{there.company}/salesOrders({order['id']})"
        return {"method": "PATCH", "url": url, "headers": headers, "body": {"externalDocumentNumber": number}}

    json = {"content-type": "application/json"}
    wrong = {"method": "POST", "url": f"{there.company}/customers", "headers": json, "body": {"nosuch": 1}}
    kept, posted = await there.order(line("TEA", 1, 10)), await there.order(line("TEA", 1, 10), key="#1002")
    (answer,) = await there.batch(changes(kept, number="X"), wrong, isolation="snapshot")
    assert answer["status"] == 400
    assert (await there.ask("salesOrders", filter="number eq '" + kept["number"] + "'"))[0][
        "externalDocumentNumber"
    ] == "#1001"
    post = {
        "method": "POST",
        "url": f"{there.company}/salesOrders({posted['id']})/Microsoft.NAV.shipAndInvoice",
    }
    await there.batch(
        changes(posted, number="Y"), post, changes(kept, number="Z"), wrong, isolation="snapshot"
    )
    (invoice,) = await there.ask("salesInvoices")
    assert invoice["externalDocumentNumber"] == "Y"
    assert [each["externalDocumentNumber"] for each in await there.ask("salesOrders")] == ["#1001"]


async def test_calls_are_named_by_what_they_are_for(there: BusinessCentral) -> None:
    await there.order(line("TEA", 1, 10))
    await there.ask("items", select="number,inventory")
    await there.ask("items", select="number,unitPrice")
    await there.ask("salesShipments", filter="externalDocumentNumber eq '#1001'")
    await there.ask("salesShipments", filter="lastModifiedDateTime gt 2020-01-01T00:00:00Z")
    await there.batch({"method": "GET", "url": f"{there.company}/salesOrders"})
    verbs = (await there.http.get("/control/state")).json()["by_verb"]
    assert verbs == {
        "token": 1,
        "customers": 2,
        "create": 1,
        "stock": 1,
        "prices": 1,
        "find": 2,
        "shipments": 1,
    }
