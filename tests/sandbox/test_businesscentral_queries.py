"""Questions to the simulated Business Central: a wrong one fails, pages follow each other, and links lead on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import pytest

from sandbox.erps.office import Item, Person, Ware
from tests.sandbox.businesscentral_calls import BusinessCentral, business_central, line


@pytest.fixture
async def there() -> AsyncIterator[BusinessCentral]:
    async with business_central() as company:
        yield company


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        ({"filter": "nosuch eq 'A'"}, 400, "BadRequest"),
        ({"filter": "_row eq 1"}, 400, "BadRequest"),
        ({"filter": "number = 'A'"}, 400, "BadRequest_InvalidRequestUrl"),
        ({"filter": "number eq 'A"}, 400, "BadRequest_InvalidRequestUrl"),
        ({"filter": "number eq 5"}, 400, "BadRequest"),
        ({"filter": "unitPrice eq '5'"}, 400, "BadRequest"),
        ({"filter": "id eq 'b5d4c3a2-1f0e-4d9c-8b7a-6f5e4d3c2b1a'"}, 400, "BadRequest"),
        ({"filter": "number eq 'A' or displayName eq 'B'"}, 501, "BadRequest_MethodNotImplemented"),
        ({"filter": "number in ('A', 'B')"}, 400, "BadRequest_InvalidRequestUrl"),
        ({"filter": "number eq 'A' and"}, 400, "BadRequest_InvalidRequestUrl"),
        ({"filter": "contains(unitPrice, '5')"}, 400, "BadRequest"),
        ({"select": "number,nosuch"}, 400, "BadRequest"),
        ({"orderby": "nosuch"}, 400, "BadRequest"),
        ({"orderby": "number down"}, 400, "BadRequest_InvalidRequestUrl"),
        ({"expand": "nosuch"}, 400, "BadRequest"),
        ({"search": "tea"}, 400, "BadRequest_InvalidRequestUrl"),
        ({"top": "many"}, 400, "BadRequest_InvalidRequestUrl"),
        ({"top": "20001"}, 413, "BadRequest_RequestEntityTooLarge"),
    ],
)
async def test_a_wrong_question_is_refused(
    there: BusinessCentral, options: dict[str, str], status: int, code: str
) -> None:
    assert (await there.refused("GET", "items", **options))[:2] == (status, code)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("number eq 'tea'", ["TEA"]),
        ("displayName eq 'tea'", []),
        ("tolower(displayName) eq 'tea'", ["TEA"]),
        ("startswith(displayName, 'M') and unitPrice lt 9", ["MUG"]),
        ("number eq 'MUG' or number eq 'TEA'", ["MUG", "TEA"]),
        ("(unitPrice ge 8 and unitPrice le 10.5)", ["MUG", "TEA"]),
        ("contains(displayName, 'ug') and blocked eq false", ["MUG"]),
        ("contains(displayName, '%')", []),
        ("displayName eq 'O''Hara'", []),
        ("unitPrice gt 8 and type eq 'Inventory'", ["TEA"]),
        ("lastModifiedDateTime gt 2091-01-01T00:00:00Z", []),
        ("lastModifiedDateTime ge 2020-01-01T00:00:00.000Z and type ne 'Service'", ["MUG", "TEA"]),
    ],
)
async def test_filters_find_what_they_say(there: BusinessCentral, asked: str, found: list[str]) -> None:
    rows = await there.ask("items", filter=asked, orderby="number", select="number")
    assert [each["number"] for each in rows] == found
    assert all(set(each) == {"@odata.etag", "number"} for each in rows)


async def test_a_newer_schema_knows_lists_of_values(there: BusinessCentral) -> None:
    rows = await there.ask("items", filter="number in ('tea', 'MUG', 'X')", schemaversion="2.1")
    assert {each["number"] for each in rows} == {"TEA", "MUG"}


async def test_pages_lead_from_one_to_the_next_whatever_happens_behind(there: BusinessCentral) -> None:
    there.office.stock([Item(sku=f"SKU-{at}", title="Same", price=Decimal(at)) for at in range(1, 8)])
    headers = {"prefer": "odata.maxpagesize=3"}
    answer = await there.call(
        "GET", "items", filter="startswith(number,'SKU')", orderby="unitPrice desc", headers=headers
    )
    seen = [each["number"] for each in answer.json()["value"]]
    there.office.stock([Item(sku="SKU-0", title="Same", price=Decimal(100))])
    while link := answer.json().get("@odata.nextLink"):
        assert link.startswith("http://127.0.0.1:9/v2.0/")
        options = {name.lstrip("$"): value for name, value in parse_qsl(urlsplit(link).query)}
        answer = await there.call("GET", "items", headers=headers, **options)
        seen += [each["number"] for each in answer.json()["value"]]
    assert seen == [f"SKU-{at}" for at in range(7, 0, -1)]
    few = await there.call("GET", "items", filter="startswith(number,'SKU')", top=2, count="true")
    assert (len(few.json()["value"]), few.json()["@odata.count"]) == (2, 8)
    assert "@odata.nextLink" not in few.json()


async def test_a_page_that_is_told_twice_or_not_at_all_leads_on_as_if_nothing_was(
    there: BusinessCentral,
) -> None:
    headers = {"prefer": "odata.maxpagesize=1"}
    plain = await there.call("GET", "items", headers=headers)
    for fault, rows in (("repeated_page", 2), ("missing_page", 0)):
        await there.http.post("/control/next", json={"verb": "items", "fault": fault, "times": 1})
        answer = await there.call("GET", "items", headers=headers)
        assert len(answer.json()["value"]) == rows
        assert answer.json()["@odata.nextLink"] == plain.json()["@odata.nextLink"]


async def test_what_hangs_on_a_row_is_told_inside_it_by_its_own_options(there: BusinessCentral) -> None:
    await there.order(line("TEA", 1, 10), line("MUG", 2, 8), {"lineType": "Comment", "description": "Thanks"})
    inner = (
        "salesOrderLines($select=lineObjectNumber;$filter=lineType eq 'Item';$orderby=sequence desc),customer"
    )
    (row,) = await there.ask("salesOrders", expand=inner, select="number")
    assert [each["lineObjectNumber"] for each in row["salesOrderLines"]] == ["MUG", "TEA"]
    assert row["customer"]["number"] == "C1"
    assert (await there.refused("GET", "salesOrderLines"))[1] == "Application_DialogException"
    (order,) = await there.ask("salesOrders")
    assert len(await there.ask("salesOrderLines", filter=f"documentId eq {order['id']}")) == 3
    assert len(await there.ask(f"salesOrders({order['id']})/salesOrderLines")) == 3


async def test_what_is_not_there_and_what_can_not_be_done_is_said(there: BusinessCentral) -> None:
    nobody = "00000000-0000-0000-0000-000000000009"
    assert (await there.refused("GET", "nosuch"))[:2] == (404, "BadRequest_ResourceNotFound")
    assert (await there.refused("GET", f"salesOrders({nobody})"))[:2] == (404, "Internal_RecordNotFound")
    assert (await there.refused("POST", "salesShipments", {}))[:2] == (405, "BadRequest_MethodNotAllowed")
    (item,) = await there.ask("items", filter="number eq 'TEA'")
    assert (await there.refused("POST", f"items({item['id']})/Microsoft.NAV.post", {}))[0] == 404


async def test_the_description_names_every_field_with_its_length(there: BusinessCentral) -> None:
    headers = {"authorization": f"Bearer {there.token}"}
    told = (await there.http.get(f"{there.root}/$metadata", headers=headers)).text
    assert '<Property Name="externalDocumentNumber" Type="Edm.String" MaxLength="35"/>' in told
    assert "_version" not in told
    assert "_order" not in told


async def test_variants_a_category_and_a_posting_group_stand_on_what_people_sell(
    there: BusinessCentral,
) -> None:
    def ware(sku: str, *, active: bool = True) -> Ware:
        return Ware(
            sku=sku, group="PRD-1", title="Teas", variant=f"Size {sku[-1]}", price=Decimal("4.50"), category="Garden",
            tags=("internal",), barcode="4006381333931", active=active,
        )  # fmt: skip

    there.office.sell([ware("PRD-1-1"), ware("PRD-1-2")])
    (item,) = await there.ask("items", filter="number eq 'PRD-1'", expand="itemVariants,itemCategory")
    assert [(each["code"], each["description"]) for each in item["itemVariants"]] == [
        ("1", "Size 1"),
        ("2", "Size 2"),
    ]
    assert (item["itemCategoryCode"], item["itemCategory"]["displayName"]) == ("GARDEN", "Garden")
    assert (item["generalProductPostingGroupCode"], item["blocked"]) == ("INTERNAL", False)
    there.office.sell([ware("PRD-1-1", active=False), ware("PRD-1-2", active=False)])
    assert (await there.ask("items", filter="number eq 'PRD-1'"))[0]["blocked"] is True
    there.office.enter(Person(email="ada@example.com", first_name="Ada", last_name="Beispiel", country="DE"))
    assert (await there.ask("customers", filter="email eq 'ada@example.com'"))[0]["blocked"] == "_x0020_"
