"""What all simulated ERPs share: the doors to their people, and calls that fail as ordered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sandbox.erps.calls import Limits
from sandbox.erps.serving import built
from tests.patience import FAR
from tests.sandbox.served import serving
from tests.sandbox.slip_erp import Slips, slip_erp


def client_of(office: Slips, limits: Limits | None = None, *, latency: float = 0.0) -> httpx.AsyncClient:
    app = built(slip_erp(office, limits), latency=latency)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://erp.example")


@pytest.fixture
def office() -> Slips:
    return Slips()


@pytest.fixture
async def erp(office: Slips) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(office) as client:
        yield client


@pytest.fixture
async def served(office: Slips) -> AsyncIterator[httpx.AsyncClient]:
    """Over a real connection, which can be lost."""
    async with (
        serving(built(slip_erp(office))) as address,
        httpx.AsyncClient(base_url=address, trust_env=False) as client,
    ):
        yield client


async def asked(erp: httpx.AsyncClient, path: str) -> Any:
    return (await erp.get(path)).raise_for_status().json()


async def order(erp: httpx.AsyncClient, verb: str, fault: str, times: int = 1) -> None:
    told = {"verb": verb, "fault": fault, "times": times}
    (await erp.post("/control/next", json=told)).raise_for_status()


async def test_what_lies_there_is_told_in_decimals_and_moves(erp: httpx.AsyncClient) -> None:
    items = [{"sku": "TEA", "title": "Tea", "price": "4.50", "stock": 7}, {"sku": "TIP", "title": "Tip"}]
    assert (await erp.put("/control/items", json={"items": items})).status_code == 204
    assert (await erp.patch("/control/stock", json={"units": {"TEA": "-2"}})).status_code == 204
    assert await asked(erp, "/control/stock") == {"free": {"TEA": "5"}}


async def test_a_document_is_asked_for_by_its_key_and_called_off_once(erp: httpx.AsyncClient) -> None:
    for key in ("a", "b"):
        await erp.post("/slips", json={"key": key})
    (found,) = (await asked(erp, "/control/orders?external_id=b"))["orders"]
    assert (found["id"], found["total"], found["units"]) == ("1", "12.50", {"TEA": "1", "MUG": "1"})
    assert (await erp.post("/control/orders/1/cancel")).status_code == 204
    again = await erp.post("/control/orders/1/cancel")
    assert (again.status_code, again.json()) == (409, {"sentence": "It was thrown away before."})
    assert [each["real"] for each in (await asked(erp, "/control/orders"))["orders"]] == [True, False]


async def test_what_an_erp_does_not_have_is_said_in_a_sentence(erp: httpx.AsyncClient) -> None:
    answer = await erp.get("/control/credits")
    assert (answer.status_code, answer.json()) == (501, {"sentence": "Slips are never taken back."})


async def test_what_a_door_does_not_take_is_refused(erp: httpx.AsyncClient) -> None:
    assert (await erp.patch("/control/stock", json={"units": {"TEA": "many"}})).status_code == 422
    assert (await erp.post("/control/next", json={"verb": "find", "fault": "flood"})).status_code == 422


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        ("throttle", 429, '{"busy":true}'),
        ("error", 500, '{"error":"The cupboard is shut."}'),
        ("expired", 401, '{"error":"Who are you?"}'),
        ("failed", 200, '{"error":"No such page."}'),
        ("truncated", 200, '{"slips":["a","b"],"next":'),
        ("html", 200, "<html><body>Down for maintenance</body></html>"),
        (
            "wrong_types",
            200,
            '{"slips": [["a"], ["b"]], "next": ["http://erp.example/slips"]}',
        ),
        ("repeated_page", 200, '{"slips":["a","a","b","b"],"next":"http://erp.example/slips"}'),
        ("missing_page", 200, '{"slips":[],"next":"http://erp.example/slips"}'),
    ],
)
async def test_the_next_calls_of_a_verb_fail_as_ordered_and_the_one_after_is_well(
    erp: httpx.AsyncClient, office: Slips, fault: str, status: int, body: str
) -> None:
    office.slips += ["a", "b"]
    well = (await erp.get("/slips")).text
    await order(erp, "find", fault, times=2)
    for _ in range(2):
        answer = await erp.get("/slips")
        assert (answer.status_code, answer.text) == (status, body)
    assert (await erp.get("/slips")).text == well
    assert (await asked(erp, "/control/state"))["injected"] == {fault: 2}


async def test_an_answer_may_have_ten_megabytes(erp: httpx.AsyncClient) -> None:
    await order(erp, "", "huge")
    assert len((await erp.get("/slips")).content) > 10_000_000


async def test_a_fault_of_writes_waits_for_a_write(erp: httpx.AsyncClient) -> None:
    await order(erp, "", "timeout_after")
    assert (await erp.get("/slips")).status_code == 200
    assert (await asked(erp, "/control/state"))["injected"] == {}


async def test_what_commits_late_is_there_after_a_while(served: httpx.AsyncClient, office: Slips) -> None:
    await served.post("/control/faults", json={"late_most": 0.05})
    await order(served, "*writes", "late")
    with pytest.raises(httpx.RemoteProtocolError):
        await served.post("/slips", json={"key": "late"})
    async with asyncio.timeout(FAR):
        while (await asked(served, "/control/state"))["late_open"]:  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.01)
    assert office.slips == ["late"]


@pytest.mark.parametrize(
    ("fault", "slips"),
    [("lost_before", []), ("lost_after", ["x"]), ("timeout_before", []), ("timeout_after", ["x"])],
)
async def test_an_answer_is_lost_before_or_after_the_change(
    served: httpx.AsyncClient, office: Slips, fault: str, slips: list[str]
) -> None:
    await served.post("/control/faults", json={"hang": 0.05})
    await order(served, "create", fault)
    with pytest.raises(httpx.RemoteProtocolError):
        await served.post("/slips", json={"key": "x"})
    assert office.slips == slips


async def test_faults_are_drawn_by_a_seed(erp: httpx.AsyncClient) -> None:
    async def drawn() -> list[int]:
        plan = {"seed": 3, "rates": {"error": 0.5}, "verbs": ["find"]}
        (await erp.post("/control/faults", json=plan)).raise_for_status()
        return [(await erp.get("/slips")).status_code for _ in range(20)]

    first = await drawn()
    assert set(first) == {200, 500}
    assert await drawn() == first


async def test_more_calls_at_once_than_are_allowed_are_refused_and_counted(office: Slips) -> None:
    async with client_of(office, Limits(at_once=2), latency=0.2) as erp:
        answers = await asyncio.gather(*(erp.post("/slips", json={"key": str(n)}) for n in range(3)))
        state = await asked(erp, "/control/state")
    assert sorted(answer.status_code for answer in answers) == [201, 201, 429]
    assert len(office.slips) == 2
    assert (state["most_at_once"], state["over_limit"]) == (3, 1)


async def test_more_calls_in_a_while_than_are_allowed_are_refused(office: Slips) -> None:
    async with client_of(office, Limits(calls=3, seconds=600)) as erp:
        answers = [await erp.get("/slips") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1].headers["retry-after"]) > 500


async def test_links_in_answers_lead_where_the_caller_came_from(erp: httpx.AsyncClient) -> None:
    answer = await erp.get("/slips", headers={"x-forwarded-host": "127.0.0.1:9"})
    assert answer.json()["next"] == "http://127.0.0.1:9/slips"
