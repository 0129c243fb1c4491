"""What an ERP tells that nobody asked for: documents and people of others, times to come. And what is shown of people."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest

from app.domain.credit import CreditDocument
from app.domain.customer import Customer
from app.errors import Misconfigured, Reason, Retry
from app.hosts.rest.checking import understood
from app.hosts.rest.client import Caller
from app.hosts.rest.documents import shown
from app.hosts.rest.lists import ChangeList
from app.hosts.rest.paging import Place, following
from app.hosts.rest.parts import Changes, Delta, JsonPath, Listing, Paging
from app.hosts.rest.samples import _credit, _order, _parcel
from app.hosts.rest.signing import Access
from app.hosts.rest.spec import REST
from app.ports import Answer, Found, Host, Request, Step, Wanted
from tests.hosts.rest.test_document import EXAMPLE, changed, smallest, told
from tests.hosts.rig import StateInMemory

CREDIT: CreditDocument = _credit()
ORDER = str(CREDIT.order_external_id)
NOW = datetime.now(UTC)


@dataclass
class Erp:
    """Implements `ports.Http`: one answer for every call, and a token for whoever asks for one."""

    says: Callable[[Request], object]

    async def send(self, request: Request) -> Answer:
        data = {"access_token": "t"} if request.url.endswith("/oauth/token") else self.says(request)
        return Answer(status=200, headers={}, body=json.dumps(data).encode())


def opened(document: dict[str, Any], says: Callable[[Request], object]) -> Host:
    form = {
        "address": "https://erp.example.com",
        "user": "u",
        "secret": "s",
        "document": json.dumps(document),
    }
    return REST.open(form, Erp(says), StateInMemory())  # type: ignore[arg-type]  # it streams nothing


def a_document(key: str) -> dict[str, Any]:
    return {
        "id": key, "number": key, "external_id": key, "status": "open", "total": "1.00", "currency": "EUR",
        "lines": [], "payments": [],
    }  # fmt: skip


async def test_a_refund_is_booked_on_its_own_order_however_loosely_an_erp_searches() -> None:
    document = smallest()
    orders = document["orders"]
    document["refunds"] = {name: orders[name] for name in ("find", "fields", "states")} | {
        "create": {"path": "/credits", "body": {"key": "{{ refund.external_id }}"}}
    }
    find = deepcopy(orders["find"])
    find["query"] = {"external_id": "{{ refund.external_id }}"}
    document["refunds"]["find"] = find
    loose = [a_document(key) for key in (f"{ORDER}0", f"{CREDIT.external_id}0")]
    host = opened(document, lambda request: {"orders": loose})
    found = await host.refunds.find(CREDIT)  # type: ignore[union-attr]  # the document has refunds
    assert (found.documents, found.basis) == ((), None)
    loose.append(a_document(ORDER))
    found = await host.refunds.find(CREDIT)  # type: ignore[union-attr]
    assert found.basis is not None
    assert found.basis.external_id == ORDER


def shipping() -> dict[str, Any]:
    """The smallest document, with shipments whose lines name items alone, and a way to make one."""
    document = smallest()
    document["shipments"] = {
        "changes": {"path": "/shipments", "key": "id", "changed": "at"},
        "get": {"path": "/shipments/{{ key }}"},
        "of": {"path": "/orders/{{ document.key }}/shipments", "rows": "shipments"},
        "fields": {
            "key": "id", "order": "order", "state": "state", "shipped_at": "at", "updated_at": "at",
            "lines": {"rows": "lines", "item": "sku", "quantity": "quantity"},
        },
        "states": {"*": "sent"},
    }  # fmt: skip
    document["parcels"] = {"create": {"path": "/orders/{{ document.key }}/shipments"}}
    return document


async def test_a_parcel_is_booked_on_its_own_order_however_loosely_an_erp_searches() -> None:
    document = shipping()
    parcel = replace(_parcel(), ours=None)
    row = {"lines": [{"sku": "ITEM-1", "quantity": 2}]}
    loose = [a_document(f"{ORDER}0") | row]

    def says(request: Request) -> object:
        return {"shipments": []} if "/shipments" in request.url else {"orders": loose}

    sink = opened(document, says).parcels
    found = await sink.find(parcel)  # type: ignore[union-attr]
    assert found.basis is None
    assert isinstance(sink.next_step(parcel, found), Reason)  # type: ignore[union-attr]
    loose.append(a_document(ORDER) | row)
    found = await sink.find(parcel)  # type: ignore[union-attr]
    assert found.basis is not None
    assert found.basis.external_id == ORDER
    step = sink.next_step(parcel, found)  # type: ignore[union-attr]
    assert isinstance(step, Step)
    assert step.payload["path"] == f"/orders/{ORDER}/shipments"


async def test_nothing_is_done_to_a_document_in_a_state_that_nobody_named() -> None:
    document = smallest()
    del document["orders"]["fields"]["lines"]
    find = deepcopy(document["orders"]["find"])
    find["query"] = {"external_id": "{{ refund.external_id }}"}
    document["refunds"] = {"find": find} | {name: document["orders"][name] for name in ("fields", "states")}
    document["refunds"]["create"] = {"path": "/credits", "body": {"key": "{{ refund.external_id }}"}}
    document["orders"]["states"] = document["refunds"]["states"] = {"open": "confirmed"}
    order = _order()
    voided, credited = (
        a_document(str(key)) | {"status": "void"} for key in (order.external_id, CREDIT.external_id)
    )
    sold = opened(document, lambda request: {"orders": [voided]})
    on_order = sold.orders.next_step(order, await sold.orders.find(order))  # type: ignore[union-attr]
    back = opened(document, lambda request: {"orders": [a_document(ORDER), credited]})
    on_credit = back.refunds.next_step(CREDIT, await back.refunds.find(CREDIT))  # type: ignore[union-attr]
    for held in (on_order, on_credit):
        assert isinstance(held, Reason)
        assert (held.code, held.facts.get("state")) == ("document.state_unknown", "void")


async def test_nobody_is_taken_for_a_customer_whose_email_holds_theirs() -> None:
    people = [{"id": "7", "stamp": 1_790_000_000_000, "mail": "joann@example.com", "places": []}]
    host = opened(EXAMPLE, lambda request: {"parties": people})
    wanted = Wanted(our_key="1", content=Customer(key="1", updated_at=NOW, email="ann@example.com"), round=0)
    assert (await host.customers.matching(wanted)).by_email == ()  # type: ignore[union-attr]
    people[0]["mail"] = "Ann@example.com"
    assert [one.key for one in (await host.customers.matching(wanted)).by_email] == ["7"]  # type: ignore[union-attr]


async def test_a_row_of_a_time_to_come_hides_no_change_after_it() -> None:
    call = Changes(path="/x", rows=JsonPath("rows"), key=JsonPath("id"), changed=JsonPath("at"))
    rows = [{"id": "1", "at": NOW.isoformat()}, {"id": "2", "at": "2999-01-01T00:00:00+00:00"}]
    described = understood(json.dumps(smallest()))
    access = Access(address="https://erp.example.com", secret="s")
    caller = Caller(described, access, Erp(lambda request: {"rows": rows}))  # type: ignore[arg-type]
    pages = [page async for page in ChangeList(caller, call).changes(None)]
    assert [change.key for page in pages for change in page.items] == ["1", "2"]
    assert datetime.fromisoformat(pages[-1].cursor) <= datetime.now(UTC)


@pytest.mark.parametrize("by", ["number", "time"])
async def test_the_cursor_of_a_list_in_no_order_moves_behind_its_last_page_alone(
    by: Literal["number", "time"],
) -> None:
    """What changed first may stand on a page that was not read yet."""
    pages = {1: [(9, NOW)], 2: [(3, NOW - timedelta(days=1))]}

    def says(request: Request) -> object:
        page = 2 if "page=2" in request.url else 1
        rows = [{"id": str(seq), "seq": seq, "at": at.isoformat()} for seq, at in pages[page]]
        return {"rows": rows, "more": page == 1}

    def listed(*, ordered: bool) -> ChangeList:
        call = Changes(
            path="/x", query={"page": "{{ page.number }}"}, rows=JsonPath("rows"), key=JsonPath("id"),
            changed=JsonPath("seq" if by == "number" else "at"), changed_at=JsonPath("at"),
            paging=Paging(by="page", more=JsonPath("body.more")), delta=Delta(by=by, ordered=ordered),
        )  # fmt: skip
        described = understood(json.dumps(smallest()))
        access = Access(address="https://erp.example.com", secret="s")
        return ChangeList(Caller(described, access, Erp(says)), call)  # type: ignore[arg-type]

    began = "2" if by == "number" else (NOW - timedelta(days=2)).isoformat()
    first, last = [page.cursor async for page in listed(ordered=False).changes(began)]
    assert first.startswith(f"{began}>")
    assert last > began
    first, _ = [page.cursor async for page in listed(ordered=True).changes(began)]
    assert first > began


async def test_what_is_asked_for_as_a_whole_has_an_end_in_bytes() -> None:
    """Each page is within its own bound; together they would fill the process."""
    described = smallest() | {"limits": {"largest_answer": 20_000_000}}
    described["orders"]["find"] |= {
        "query": {"page": "{{ page.number }}"},
        "paging": {"by": "page", "size": 1},
    }
    asked: list[Request] = []

    def says(request: Request) -> object:
        asked.append(request)
        return {"orders": [a_document(str(len(asked))) | {"padding": "x" * 15_000_000}]}

    host = opened(described, says)
    with pytest.raises(Retry) as raised:
        await host.orders.find(_order())  # type: ignore[union-attr]
    assert (raised.value.code, len(asked)) == ("answer.too_many", 3)
    assert "40 MB" in raised.value.sentence


async def test_a_rule_that_takes_a_question_for_a_change_is_the_documents_fault() -> None:
    rule = {"is": "exists", "when": "fault", "existing": "there"}
    host = opened(
        smallest() | {"errors": [rule]}, lambda request: {"fault": "taken", "there": a_document("1")}
    )
    with pytest.raises(Misconfigured) as raised:
        await host.orders.find(_order())  # type: ignore[union-attr]
    assert raised.value.code == "description.exists_on_read"
    step = host.orders.next_step(_order(), Found())  # type: ignore[union-attr]
    assert (await host.orders.do(step)).sink_key == "1"  # type: ignore[union-attr, arg-type]


@pytest.mark.parametrize(("rows", "next_place"), [("rows", "50"), ("rows[?id]", "100")])
def test_an_erp_that_gives_fewer_rows_than_were_asked_for_is_asked_for_the_rest(
    rows: str, next_place: str
) -> None:
    paging = Paging(by="offset", size=100, more=JsonPath("body.more"))
    call = Listing(path="/x", rows=JsonPath(rows), paging=paging)
    data: Any = {"rows": [{"id": number} for number in range(1, 51)], "more": True}
    answer = Answer(status=200, headers={}, body=b"")
    assert following(call, Place.of(paging, None), answer, data)[1] == next_place


async def test_evidence_shows_nothing_of_people_whatever_way_the_document_says_it() -> None:
    document = deepcopy(EXAMPLE)
    document["orders"]["create"] = {
        "path": "/v2/documents",
        "body": {
            "login": {"$path": "order.buyer.email"},
            "places": {"$each": "[order.ship_to]", "name": "at", "as": {"line1": "{{ at.street }}"}},
            "rows": {"$each": "order.lines", "name": "at", "as": {"sku": "{{ at.item }}"}},
            "hint": "Please: {{ order.note }}",
        },
    }
    order = replace(_order(), note="Ring at Mrs. Miller's")
    step = opened(document, lambda request: {}).orders.next_step(order, Found())
    text = json.dumps(shown(step.payload))  # type: ignore[union-attr]
    assert "ITEM-1" in text
    assert "Miller" not in text
    assert "sam@example.com" not in text
    assert "Sample Street" not in text


@pytest.mark.parametrize(
    "value",
    [
        {"$path": "order.buyer.email"},
        {"$each": "order.lines", "as": "{{ order.buyer.email }}"},
        {"$each": "[order.buyer]", "name": "who", "as": "{{ who.email }}"},
    ],
)
def test_nothing_of_people_stands_in_an_address_by_any_way(value: object) -> None:
    flaws = told(
        changed("orders/find_reference", {"path": "/orders", "query": {"q": value}, "rows": "orders"})
    )
    assert "description.personal" in {code for code, _, _ in flaws}
