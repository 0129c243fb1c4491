"""What else the rule builder does: dragging, gates, Liquid, rules in order, mistakes at their fields, and nothing is lost."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.browser.admin import Admin, open_admin
from tests.browser.mapping_steps import Beside, bar, beside, editor, entry, group, open_rules, result, saved
from tests.browser.steps import SLOW
from tests.browser.surroundings import Surroundings
from tests.browser.test_views import CUT_OFF, RAW

pytestmark = pytest.mark.browser

MEMO = {"id": "m1", "target": "memo", "start": {"field": "order.name"}}


@pytest.fixture(scope="module")
async def known(place: Surroundings) -> Beside:
    """A live connection with two orders in the ERP."""
    await place.connect()
    await place.place({"tags": ["B2B"]}, {})
    found = await beside(place)
    await found.settled(2)
    return found


@pytest.fixture
async def api(known: Beside) -> Beside:
    """Without a draft."""
    await known.discard()
    return known


def save(admin: Admin) -> Locator:
    return admin.view.get_by_role("button", name="Save draft")


async def test_a_field_is_dragged_onto_a_field_of_the_erp_and_onto_each_part_of_its_rule(
    api: Beside, admin: Admin
) -> None:
    await open_rules(admin, tall=True)
    view = admin.view
    await entry(view, "Order name").drag_to(view.get_by_text("Memo", exact=True))
    await expect(editor(view, "Memo")).to_be_visible()
    await expect(view.get_by_label("Starts from", exact=True)).to_have_value("order.name")
    await expect(bar(admin)).to_be_visible()
    await view.get_by_label("Add a step").select_option(label="Put something behind it")
    await entry(view, "Sales channel").drag_to(view.get_by_label("Part 1"))
    await expect(view.get_by_label("Part 1")).to_have_value("order.channel")
    await entry(view, "Order id").drag_to(view.get_by_label("Starts from", exact=True))
    await expect(view.get_by_label("Starts from", exact=True)).to_have_value("order.key")
    await entry(view, "Note").drag_to(view.get_by_label("Add a condition"))
    await view.get_by_label("How condition 1 compares").select_option(label="is not there")
    await save(admin).click()
    await saved(admin)
    (stored,) = (await api.rules())["fields"]
    assert (stored["target"], stored["start"]) == ("memo", {"field": "order.key"})
    assert stored["steps"][0]["parts"] == [{"field": "order.channel"}]
    assert stored["when"]["tests"] == [{"field": "order.note", "operator": "empty"}]


async def test_a_field_of_a_line_or_of_a_payment_goes_only_where_the_erp_asks_for_one(
    api: Beside, admin: Admin
) -> None:
    await open_rules(admin, tall=True)
    view = admin.view
    # A date is shown as people read it, and what a rule would write of it stands under the pointer.
    placed = entry(view, "Placed").locator("time")
    await expect(placed).to_have_attribute("title", re.compile(r"^\d{4}-\d\d-\d\dT"), timeout=SLOW)
    await expect(placed).not_to_contain_text(re.compile(r"T\d\d:"))
    await group(view, "Line").click()
    sku = view.get_by_role("listitem").filter(has_text="SKU-0001").last
    await sku.drag_to(view.get_by_text("Priority", exact=True))
    await expect(editor(view, "Priority")).to_have_count(0)
    await sku.drag_to(view.get_by_text("Memo of the line", exact=True))
    await expect(result(view)).to_contain_text("SKU-0001", timeout=SLOW)
    await group(view, "Payment").click()
    way = entry(view, "Way of paying")
    await way.drag_to(view.get_by_text("Memo of the line", exact=True))
    await way.drag_to(view.get_by_text("Payment method or account", exact=True))
    await expect(editor(view, "Payment method or account")).to_be_visible()
    await view.get_by_label("Add a condition").select_option(label="Customer tags")
    await view.get_by_label("How condition 1 compares").select_option(label="has none of")
    await view.get_by_label("What condition 1 compares with").fill("wholesale; dealer")
    await expect(result(view)).to_contain_text("shopify_payments", timeout=SLOW)
    assert await admin.violations() == []
    assert await api.draft() is None


async def test_a_gate_tells_whether_it_would_stop_the_order_that_is_looked_at(
    api: Beside, admin: Admin
) -> None:
    await open_rules(admin)
    view = admin.view
    await view.get_by_role("button", name="Add a rule that stops orders").click()
    await view.get_by_label("Why, in a sentence").fill("Large orders are looked at first.")
    await view.get_by_label("Add a condition").select_option(label="Total")
    await view.get_by_label("How condition 1 compares").select_option(label="is more than")
    await view.get_by_label("What condition 1 compares with").fill("100000")
    await expect(view.get_by_text("It would go on")).to_be_visible(timeout=SLOW)
    await view.get_by_label("What condition 1 compares with").fill("1")
    await expect(view.get_by_text("It would be held with this sentence")).to_be_visible(timeout=SLOW)
    assert await admin.violations() == []
    await view.get_by_role("button", name="Save draft").click()
    await saved(admin)
    (stored,) = (await api.rules())["gates"]
    assert (stored["do"], stored["sentence"]) == ("hold", "Large orders are looked at first.")
    assert stored["when"]["tests"] == [{"field": "order.total", "operator": "above", "values": ["1"]}]


async def test_what_is_wrong_stands_at_its_field_and_nothing_is_stored_or_lost(
    api: Beside, admin: Admin
) -> None:
    await open_rules(admin)
    view = admin.view
    await view.get_by_role("button", name="Add a rule for Memo", exact=True).click()
    await view.get_by_label("Add a step").select_option(label="Calculate")
    await view.get_by_label("Amount").fill("1,19")
    await save(admin).click()
    await expect(view.get_by_text("One rule is not finished")).to_be_visible()
    await expect(view.get_by_text("Choose what the rule starts from.")).to_be_visible()
    await expect(view.get_by_text("Write a number, like 1.19.")).to_be_visible()
    await expect(bar(admin)).to_be_visible()
    assert await admin.violations() == []
    assert await api.draft() is None
    await expect(view.get_by_label("Amount")).to_have_value("1,19")
    await view.get_by_label("Starts from", exact=True).select_option(label="Placed")
    await view.get_by_label("Amount").fill("1.19")
    await expect(result(view)).to_contain_text("Such an order would be held", timeout=SLOW)
    await view.get_by_role("button", name="Remove step 1").click()
    await expect(view.get_by_label("Add a step")).to_be_focused()
    await expect(result(view)).to_contain_text("20", timeout=SLOW)
    await save(admin).click()
    await saved(admin)


async def test_what_two_people_change_at_once_is_all_kept(api: Beside, admin: Admin) -> None:
    await api.save(rules={"fields": [MEMO]})
    await open_rules(admin)
    view = admin.view
    await view.get_by_role("button", name="Add a rule for Class", exact=True).click()
    await view.get_by_label("Starts from", exact=True).select_option(label="Sales channel")
    await api.save(rules={"fields": [{**MEMO, "start": {"text": "theirs"}}]})
    await save(admin).click()
    await expect(view.get_by_text("The draft was changed meanwhile")).to_be_visible(timeout=SLOW)
    await expect(view.get_by_text("“theirs”")).to_be_visible()
    await expect(bar(admin)).to_be_visible()
    assert await admin.violations() == []
    assert len((await api.rules())["fields"]) == 1
    await save(admin).click()
    await saved(admin)
    await api.save(tables=[{"name": "free:zones", "rows": [{"name": "de", "value": "EU"}]}])
    await view.get_by_label("Starts from", exact=True).select_option(label="Currency")
    await save(admin).click()
    await api.starts({"memo": {"text": "theirs"}, "class": {"field": "order.currency"}})
    await expect(view.get_by_text("The draft was changed meanwhile")).to_have_count(0)
    await expect(bar(admin)).to_be_hidden()


async def test_what_is_not_saved_is_asked_about_and_may_be_discarded(api: Beside, admin: Admin) -> None:
    await api.save(rules={"fields": [MEMO]})
    await open_rules(admin)
    view = admin.view
    await view.get_by_role("button", name="Remove rule 1 for Memo", exact=True).click()
    await expect(view.get_by_role("button", name="Add a rule for Memo", exact=True)).to_be_focused()
    await expect(bar(admin)).to_be_visible()
    await admin.page.get_by_role("link", name="Orders").click()
    await admin.page.get_by_role("button", name="Stay").click()
    await expect(view.get_by_role("button", name="Edit rule 1 for Memo")).to_have_count(0)
    await bar(admin).get_by_role("button", name="Discard").click()
    await expect(view.get_by_role("button", name="Edit rule 1 for Memo")).to_be_visible()
    await expect(bar(admin)).to_be_hidden()
    await view.get_by_role("button", name="Edit rule 1 for Memo").click()
    await view.get_by_label("Starts from", exact=True).select_option(label="Currency")
    await bar(admin).get_by_role("button", name="Save").click()
    await saved(admin)
    assert (await api.rules())["fields"][0]["start"] == {"field": "order.currency"}


async def test_of_several_rules_the_first_that_holds_counts_and_they_can_be_put_in_another_order(
    api: Beside, admin: Admin
) -> None:
    other = {"id": "m2", "target": "memo", "start": {"text": "second"}}
    await api.save(rules={"fields": [MEMO, other]})
    await open_rules(admin)
    assert (await api.told("#1001"))["codes"]["memo"] == "#1001"
    await admin.view.get_by_role("button", name="Move rule 2 for Memo up").click()
    await expect(bar(admin)).to_be_visible()
    await bar(admin).get_by_role("button", name="Save").click()
    await saved(admin)
    assert [rule["id"] for rule in (await api.rules())["fields"]] == ["m2", "m1"]
    assert (await api.told("#1001"))["codes"]["memo"] == "second"


async def test_a_rule_is_shown_as_liquid_and_becomes_liquid_only_when_that_is_wanted(
    api: Beside, admin: Admin
) -> None:
    await api.save(rules={"fields": [{**MEMO, "steps": [{"do": "change", "how": "downcase"}]}]})
    await open_rules(admin)
    view = admin.view
    await view.get_by_role("button", name="Edit rule 1 for Memo").click()
    await view.get_by_text("The same rule as Liquid").click()
    await expect(view.get_by_text("{{ order.name | downcase }}")).to_be_visible(timeout=SLOW)
    await view.get_by_role("button", name="Write it as Liquid instead").click()
    text = view.get_by_label("Liquid", exact=True)
    await expect(text).to_have_value("{{ order.name | downcase }}")
    await text.fill("{{ order.nome }}")
    await expect(view.get_by_text("An order has no field order.nome.")).to_be_visible(timeout=SLOW)
    assert await admin.violations() == []
    await text.fill("{{ order.name }}!")
    await expect(result(view)).to_contain_text("!", timeout=SLOW)
    await save(admin).click()
    await saved(admin)
    (stored,) = (await api.rules())["fields"]
    assert (stored["liquid"], "start" in stored) == ("{{ order.name }}!", False)
    await view.get_by_role("button", name="Build it with steps instead").click()
    await expect(view.get_by_label("Starts from", exact=True)).to_have_value("order.name")


async def test_another_order_is_found_by_its_name_and_its_values_are_shown(api: Beside, admin: Admin) -> None:
    await open_rules(admin)
    view = admin.view
    await view.get_by_role("searchbox", name="Find an order").fill("1001")
    await expect(entry(view, "Order name")).to_contain_text("#1001", timeout=SLOW)
    await view.get_by_role("searchbox", name="Search the fields").fill("b2b")
    await expect(view.get_by_role("listitem")).to_have_count(1)
    await expect(view.get_by_role("listitem")).to_contain_text("Tags")
    await view.get_by_role("searchbox", name="Find an order").fill("no such order")
    await expect(view.get_by_text("No order begins with that")).to_be_visible(timeout=SLOW)


@pytest.mark.parametrize("width", [1280, 390])
async def test_a_rule_being_written_is_whole_and_in_words(browser: Browser, api: Beside, width: int) -> None:
    every = [
        {"do": "join", "separator": " ", "parts": [{"field": "order.channel"}, {"text": "x"}]},
        {"do": "split", "separator": " ", "place": 1},
        {"do": "look_up", "table": "departments", "required": False},
        {"do": "replace", "old": "a", "new": "b"},
        {"do": "date"},
        {"do": "calculate", "how": "times", "amount": "1.19"},
    ]
    when = {"tests": [{"field": "order.drafted", "operator": "is", "values": ["false"]}, *_DATES]}
    await api.save(rules={"fields": [{**MEMO, "steps": every, "when": when}]})
    async with open_admin(browser, api.place, width=width) as admin:
        await open_rules(admin)
        await admin.view.get_by_role("button", name="Edit rule 1 for Memo").click()
        await expect(result(admin.view)).to_contain_text("not filled by this rule", timeout=SLOW)
        frame = await admin.frame()
        assert await admin.violations() == []
        assert await frame.evaluate(CUT_OFF) == []
        text = await frame.inner_text("#page")
        assert not [word for word in RAW if word in text]
        assert admin.troubles == []


_DATES = [
    {"field": "order.created_at", "operator": "above", "values": ["2020-01-01"]},
    {"field": "order.tags", "operator": "lacks", "values": ["x"]},
]
