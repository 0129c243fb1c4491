"""The door to a company: one sign-in for all, links that lead nowhere else, and batches whose answers are all there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from urllib.parse import parse_qs

import pytest

from app.errors import AccessLost, Misconfigured, Retry, Unclear
from app.hosts.businesscentral.access import Access, access_of
from app.hosts.businesscentral.client import BusinessCentral, Part, one
from app.hosts.businesscentral.directory import Directory
from app.hosts.businesscentral.rates import CentralRates
from app.hosts.businesscentral.refusals import Changed
from app.hosts.businesscentral.wire import Coded, Named
from app.ports import Answer, Request
from tests.hosts.businesscentral.test_access import FORM
from tests.hosts.rig import StateInMemory

COMPANY, OTHER = (f"{n}aa1b2c3-1111-2222-3333-444455556666" for n in range(2))


def answer(status: int, body: object = None, **headers: str) -> Answer:
    return Answer(status=status, headers=headers, body=b"" if body is None else json.dumps(body).encode())


def rows(*found: dict[str, Any], further: str | None = None) -> Answer:
    link = {"@odata.nextLink": further} if further else {}
    return answer(200, {"@odata.context": "x", "value": list(found), **link})


@dataclass
class Cloud:
    """Signs in with the next token, and answers everything else by `say`; keeps what it was asked."""

    say: Callable[[Request], Answer] = lambda request: rows()
    signed: int = 0
    refuses: bool = False
    lasts: object = 3599
    gives: str = "t"
    asked: list[Request] = field(default_factory=list)

    async def send(self, request: Request) -> Answer:
        await asyncio.sleep(0)
        if request.url.endswith("/token"):
            if self.refuses:
                return answer(401, {"error": "invalid_client", "error_description": "AADSTS7000215: no"})
            assert parse_qs((request.body or b"").decode())["client_secret"] == ["hidden"]
            self.signed += 1
            token = f"{self.gives}{self.signed}"
            return answer(200, {"access_token": token, "expires_in": self.lasts, "token_type": "Bearer"})
        self.asked.append(request)
        return self.say(request)


def opened(cloud: Cloud, state: StateInMemory | None = None, **form: str) -> BusinessCentral:
    access: Access = access_of({**FORM, "company": COMPANY, **form})
    return BusinessCentral(cloud, access, state or StateInMemory())


async def test_everybody_uses_one_token_and_the_next_process_too() -> None:
    cloud, state = Cloud(), StateInMemory()
    one_door = opened(cloud, state)
    await asyncio.gather(*(one_door.rows(Named, "items") for _ in range(5)))
    await opened(cloud, state).rows(Named, "items")
    assert cloud.signed == 1


async def test_a_token_of_another_application_is_not_used() -> None:
    cloud, state = Cloud(), StateInMemory()
    await opened(cloud, state).rows(Named, "items")
    await opened(cloud, state, client_id="another").rows(Named, "items")
    assert cloud.signed == 2


async def test_a_token_that_was_refused_is_renewed_once() -> None:
    cloud = Cloud(lambda request: answer(401) if request.headers["authorization"].endswith("t1") else rows())
    assert await opened(cloud).rows(Named, "items") == []
    assert cloud.signed == 2
    with pytest.raises(AccessLost):
        await opened(Cloud(lambda request: answer(401))).rows(Named, "items")


async def test_an_application_that_is_refused_is_said_to_be() -> None:
    with pytest.raises(AccessLost, match="Entra") as raised:
        await opened(Cloud(refuses=True)).rows(Named, "items")
    assert "hidden" not in f"{raised.value} {raised.value.facts}"


async def test_the_next_page_is_asked_of_us_whatever_host_a_link_names() -> None:
    links = iter(["https://evil.example/steal?$skiptoken=1&company=other", None])
    cloud = Cloud(lambda request: rows({"id": OTHER, "number": "A"}, further=next(links)))
    assert len(await opened(cloud).rows(Named, "items?$filter=x")) == 2
    first, second = (request.url for request in cloud.asked)
    assert first.startswith("https://api.businesscentral.dynamics.com/")
    assert second == f"{first.partition('?')[0]}?$skiptoken=1&company=other"


@pytest.mark.parametrize("lasts", ["²", "9" * 5000, 10**400, -5, "soon", 10**12])
async def test_a_token_whose_life_nobody_can_mean_is_used_once(lasts: object) -> None:
    cloud = Cloud(lasts=lasts)
    central = opened(cloud)
    assert await central.rows(Named, "items") == []
    assert await central.rows(Named, "items") == []
    assert cloud.signed == 2


@pytest.mark.parametrize("gives", ["to\nken", "tökén", "to ken"])
async def test_a_token_that_no_header_can_hold_is_not_used(gives: str) -> None:
    with pytest.raises(Retry) as raised:
        await opened(Cloud(gives=gives)).rows(Named, "items")
    assert raised.value.code == "answer.unreadable"


async def test_a_link_that_is_no_address_is_unreadable() -> None:
    with pytest.raises(Retry) as raised:
        await opened(Cloud(lambda request: rows(further="http://[bad?x=1"))).rows(Named, "items")
    assert raised.value.code == "answer.unreadable"


async def test_a_rate_of_a_day_that_no_calendar_has_is_unreadable() -> None:
    rate = {"id": OTHER, "currencyCode": "USD", "exchangeRateAmount": 1, "relationalExchangeRateAmount": 2}

    def say(request: Request) -> Answer:
        if "companyInformation" in request.url:
            return rows({"id": OTHER, "currencyCode": "EUR"})
        return rows({**rate, "startingDate": "2026-02-31"})

    central = opened(Cloud(say))
    with pytest.raises(Retry) as raised:
        await CentralRates(central, Directory(central)).page(date(2026, 1, 1), None)
    assert raised.value.code == "answer.unreadable"


async def test_pages_that_lead_back_to_themselves_end() -> None:
    cloud = Cloud(lambda request: rows({"id": OTHER, "number": "A"}, further="https://x/items?$skiptoken=1"))
    with pytest.raises(Retry, match="do not end"):
        await opened(cloud).rows(Named, "items")
    assert len(cloud.asked) < 5


async def test_a_company_is_found_by_its_name_and_an_unknown_one_is_answered_with_those_there_are() -> None:
    there = {"id": COMPANY, "name": "CRONUS DE", "displayName": "Cronus"}
    cloud = Cloud(lambda request: rows(there) if request.url.endswith("/companies") else rows())
    central = opened(cloud, company="cronus")
    await central.rows(Coded, "locations")
    await central.rows(Coded, "locations")
    assert [request.url.rpartition("/v2.0/")[2] for request in cloud.asked] == [
        "companies",
        f"companies({COMPANY})/locations",
        f"companies({COMPANY})/locations",
    ]
    with pytest.raises(Misconfigured, match="CRONUS DE"):
        await opened(cloud, company="Contoso").rows(Coded, "locations")


async def test_an_id_that_is_none_never_becomes_part_of_an_address() -> None:
    with pytest.raises(Retry):
        one("salesOrders", "../companies")


def batch(*statuses: int, ids: tuple[str, ...] = ()) -> Callable[[Request], Answer]:
    named = ids or tuple(str(place) for place in range(len(statuses)))
    told = [
        {
            "id": id_,
            "status": status,
            "body": {"@odata.context": "x", "value": []}
            if status < 300
            else {"error": {"code": "Request_EntityChanged", "message": "Changed."}},
        }
        for id_, status in zip(named, statuses, strict=True)
    ]
    return lambda request: answer(200, {"responses": told})


async def test_several_lists_are_one_call_whose_answers_may_come_in_any_order() -> None:
    cloud = Cloud(batch(200, 200, ids=("1", "0")))
    assert await opened(cloud).together((Named, "items"), (Coded, "locations")) == [[], []]
    (request,) = cloud.asked
    assert request.url.endswith("/$batch")
    assert not request.writes
    asked = json.loads(request.body or b"")["requests"]
    assert [each["url"] for each in asked] == [
        f"companies({COMPANY})/items",
        f"companies({COMPANY})/locations",
    ]


async def test_a_list_that_is_missing_from_a_batch_is_not_taken_for_an_empty_one() -> None:
    with pytest.raises(Retry):
        await opened(Cloud(batch(200))).together((Named, "items"), (Coded, "locations"))
    with pytest.raises(Retry):
        await opened(Cloud(batch(200, 409))).together((Named, "items"), (Coded, "locations"))


async def test_changes_at_once_are_refused_as_a_whole_and_half_an_answer_is_unclear() -> None:
    parts = [Part(method="DELETE", path="salesOrderLines(1)", match="*") for _ in range(2)]
    with pytest.raises(Changed):
        await opened(Cloud(batch(200, 409))).at_once(parts)
    with pytest.raises(Unclear):
        await opened(Cloud(batch(200))).at_once(parts)
    cloud = Cloud(batch(200, 200))
    await opened(cloud).at_once(parts)
    assert cloud.asked[0].headers["isolation"] == "snapshot"
    assert cloud.asked[0].writes


async def test_a_write_without_a_readable_answer_is_unclear() -> None:
    cloud = Cloud(lambda request: replace(answer(201), body=b"<html>"))
    with pytest.raises(Unclear):
        await opened(cloud).post(Named, "customers", {"number": "A"})


async def test_a_number_that_is_too_long_for_business_central_is_not_asked_for() -> None:
    cloud = Cloud(batch(200))
    directory = Directory(opened(cloud))
    assert await directory.resolved(["A-SKU-OF-MORE-THAN-TWENTY-LETTERS"]) == {
        "A-SKU-OF-MORE-THAN-TWENTY-LETTERS": None
    }
    await directory.resolved(["TEA", "A-SKU-OF-MORE-THAN-TWENTY-LETTERS"])
    (request,) = cloud.asked
    assert "TWENTY" not in (request.body or b"").decode()
