"""Successes that tell little or nothing of what was done are successes; whoever sent them looks again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.requests import Request as Asked
from starlette.responses import JSONResponse, Response

from app.errors import Misconfigured, Retry, Unclear
from app.hosts.rest.paging import Place, following
from app.hosts.rest.parts import JsonPath, Listing, OAuth, Paging
from app.hosts.rest.rows import Manner, Row
from app.hosts.rest.samples import _parcel
from app.hosts.rest.signing import Access, Signer
from app.hosts.rest.spec import REST
from app.ports import Answer, Missing, Request, Step
from tests.examples import EXAMPLES
from tests.hosts.rest.test_document import smallest
from tests.hosts.rest.test_smallest import TinyErp, opened
from tests.hosts.rest.test_strangers import a_document, shipping
from tests.hosts.rest.test_strangers import opened as strange
from tests.hosts.rig import StateInMemory, converge, orders

EMPTY: Mapping[str, Response] = {"204": Response(status_code=204), "a place alone": Response(status_code=201)}


class Terse(TinyErp):
    """Does what it is asked to, and answers what changes something with what it is given in its place."""

    def __init__(self, instead: Response, *, of: str) -> None:
        super().__init__()
        self.instead, self.of = instead, of

    async def send(self, request: Request) -> Answer:
        answer = await super().send(request)
        if request.method != self.of or answer.status >= 300:
            return answer
        return Answer(status=self.instead.status_code, headers={}, body=bytes(self.instead.body))


@pytest.mark.parametrize("told", EMPTY)
@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_a_success_without_a_body_is_one(told: str, method: str) -> None:
    erp = Terse(EMPTY[told], of=method)
    found, steps = await converge(orders(opened(erp)), EXAMPLES["plain"]())
    assert [step.key.partition(":")[0] for step in steps] == ["create", "deposit"]
    assert (found.number, len(erp.orders), len(erp.orders[found.external_id or ""]["payments"])) == (
        "T-1",
        1,
        1,
    )


async def test_of_what_was_made_the_key_is_enough() -> None:
    made = EXAMPLES["plain"]()
    erp = Terse(JSONResponse({"id": made.external_id}), of="PUT")
    sink = orders(opened(erp))
    step = sink.next_step(made, await sink.find(made))
    assert isinstance(step, Step)
    assert (await sink.do(step)).sink_key == made.external_id


async def test_an_answer_that_tells_of_something_else_is_a_success_where_the_document_says_so() -> None:
    """Nobody knows otherwise whether it is a payment or a refusal."""
    made, silent = EXAMPLES["plain"](), smallest()
    silent["orders"]["payment"]["answer"] = None
    for described, fails in ((smallest(), True), (silent, False)):
        erp = Terse(JSONResponse({"payment_id": "9"}), of="POST")
        sink = orders(opened(erp, described))
        if fails:
            with pytest.raises(Unclear) as raised:
                await converge(sink, made)
            assert raised.value.code == "answer.unreadable"
        else:
            assert (await converge(sink, made))[0].payments == {paid.key for paid in made.payments}


async def test_a_document_without_a_key_is_nobody_of_ours_where_keys_have_a_place() -> None:
    made = EXAMPLES["plain"]()
    erp = TinyErp()
    stranger: dict[str, Any] = a_document("77") | {"total": f"{made.total:f}"}

    def says(asked: Asked) -> Response | None:
        return JSONResponse({"orders": [stranger]}) if asked.method == "GET" else None

    erp.says = says
    for nothing in ("", None):
        stranger["external_id"] = nothing
        assert (await orders(opened(erp)).find(made)).documents == ()
    # Who asks for one key need not be told it again: nothing is made twice for the lack of it.
    del stranger["external_id"]
    assert [each.number for each in (await orders(opened(erp)).find(made)).documents] == ["77"]


@pytest.mark.parametrize("no", [False, 0, "0", "false", "False", "F", "n", "N", "no", "", None])
def test_a_no_is_one_in_whichever_way_it_is_spelled(no: object) -> None:
    assert Row({"active": no}, Manner(amounts="decimal", times="iso", zone="UTC")).flag("active") is False  # type: ignore[dict-item]


@pytest.mark.parametrize("yes", [True, 1, "1", "true", "Y", "yes", "T"])
def test_a_yes_is_one(yes: object) -> None:
    assert Row({"active": yes}, Manner(amounts="decimal", times="iso", zone="UTC")).flag("active") is True  # type: ignore[dict-item]


@pytest.mark.parametrize("life", [None, "", 3600, "3600"])
async def test_a_token_of_whose_life_nothing_is_said_is_used(life: object) -> None:
    class Door:
        async def send(self, request: Request) -> Answer:
            assert request.url == "https://erp.example.com/token"
            return Answer(
                status=200, headers={}, body=json.dumps({"access_token": "t", "expires_in": life}).encode()
            )

    access = Access(address="https://erp.example.com", user="u", secret="s")
    auth = OAuth(token="https://erp.example.com/token")
    signer = Signer(auth=auth, access=access, http=Door(), deadline=timedelta(seconds=5))  # type: ignore[arg-type]
    assert await signer.headers() == {"authorization": "Bearer t"}


@pytest.mark.parametrize(
    "address",
    [
        "https://erp.example.com/api?key=s3cret",
        "https://erp.example.com/api#x",
        "https://u:s3cret@erp.example.com",
    ],
)
async def test_nothing_secret_stands_in_the_base_address(address: str) -> None:
    form = {"address": address, "secret": "k", "document": json.dumps(smallest())}
    with pytest.raises(Misconfigured) as raised:
        REST.open(form, TinyErp(), StateInMemory())
    assert raised.value.code == "address.malformed"
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    ("link", "place"),
    [
        (
            '<https://erp.example.com/x?page=2>; rel="next", <https://erp.example.com/x?page=9>; rel="last"',
            "/x?page=2",
        ),
        (
            '<https://erp.example.com/x?page=1>; rel="first prev", </x?page=3>; title="on"; rel=next',
            "/x?page=3",
        ),
        ('<https://erp.example.com/x?page=1>; rel="prev"', None),
        ("<https://erp.example.com/x?page=2>; rel='next'", "/x?page=2"),
        ("https://erp.example.com/x?page=2", "/x?page=2"),
    ],
)
def test_a_link_header_is_followed_to_its_next_page(link: str, place: str | None) -> None:
    call = Listing(path="/x", rows=JsonPath("rows"), paging=Paging(by="link", next=JsonPath("headers.link")))
    answer = Answer(status=200, headers={"link": link}, body=b"")
    rows, told = following(call, Place.of(call.paging, None), answer, {"rows": [{"id": 1}]})
    assert (len(rows), told) == (1, place)


@pytest.mark.parametrize(
    "link", ["<https://erp.example.com/x?page=2>", "<broken", "<https://erp.example.com/x>; title=next"]
)
def test_a_link_header_that_does_not_say_what_it_links_ends_no_list(link: str) -> None:
    call = Listing(path="/x", rows=JsonPath("rows"), paging=Paging(by="link", next=JsonPath("headers.link")))
    with pytest.raises(Retry) as raised:
        following(
            call,
            Place.of(call.paging, None),
            Answer(status=200, headers={"link": link}, body=b""),
            {"rows": [1]},
        )
    assert raised.value.code == "answer.unreadable"


async def test_an_empty_200_may_be_anybodys_and_is_no_success() -> None:
    with pytest.raises(Unclear):
        await converge(orders(opened(Terse(Response(status_code=200), of="PUT"))), EXAMPLES["plain"]())


async def test_units_of_two_lines_of_one_item_go_as_one_where_lines_have_no_keys() -> None:
    parcel = replace(_parcel(), ours=None)
    (first, *_) = parcel.lines
    parcel = replace(parcel, lines=(replace(first, quantity=2),))
    key = str(parcel.order_external_id)
    order = a_document(key) | {
        "lines": [{"sku": first.item, "quantity": 1}, {"sku": first.item, "quantity": 2}]
    }
    sent: list[object] = []

    def says(request: Request) -> object:
        return {"shipments": sent} if "/shipments" in request.url else {"orders": [order]}

    sink = strange(shipping(), says).parcels
    assert not isinstance(sink, Missing)
    step = sink.next_step(parcel, await sink.find(parcel))
    assert isinstance(step, Step)
    sent.append({
        "id": "S1", "order": key, "state": "sent", "at": "2026-11-03T10:00:00Z",
        "lines": [{"sku": first.item, "quantity": 2}],
    })  # fmt: skip
    found = await sink.find(replace(parcel, external_id="parcel-other"))
    assert [(line.ordered, line.left) for line in found.left] == [(3, 1)]  # type: ignore[attr-defined]
