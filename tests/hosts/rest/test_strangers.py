"""What an ERP tells that nobody asked for: documents and people of others, times to come. And what is shown of people."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.credit import CreditDocument
from app.domain.customer import Customer
from app.errors import Reason
from app.hosts.rest.checking import understood
from app.hosts.rest.client import Caller
from app.hosts.rest.documents import shown
from app.hosts.rest.lists import ChangeList
from app.hosts.rest.paging import Place, following
from app.hosts.rest.parts import Changes, JsonPath, Listing, Paging
from app.hosts.rest.samples import _credit, _order
from app.hosts.rest.signing import Access
from app.hosts.rest.spec import REST
from app.ports import Answer, Found, Host, Request, Wanted
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
        },
    }
    step = opened(document, lambda request: {}).orders.next_step(_order(), Found())
    text = json.dumps(shown(step.payload))  # type: ignore[union-attr]
    assert "ITEM-1" in text
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
