"""The rule builder: a rule made by mouse or keyboard alone is tried on a real order and stored in the draft as it was shown."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, expect

from tests.browser.activations import Activations, counted
from tests.browser.admin import Admin
from tests.browser.mapping_steps import Beside, bar, beside, entry, result, saved
from tests.browser.steps import SLOW
from tests.browser.surroundings import Surroundings

pytestmark = pytest.mark.browser

FEWEST = 6
"""So many activations at the most, from the overview on."""


@pytest.fixture(scope="module")
async def known(place: Surroundings) -> Beside:
    """A live connection with one order in the ERP."""
    await place.connect()
    await place.place({"tags": ["B2B", "rush"]})
    found = await beside(place)
    await found.settled(1)
    return found


@pytest.fixture
async def api(known: Beside) -> Beside:
    """Without a draft."""
    await known.discard()
    return known


async def test_a_rule_with_two_steps_and_a_condition_by_mouse(api: Beside, admin: Admin) -> None:
    did = await counted(admin)
    await admin.open()
    view = admin.view
    await expect(view.get_by_role("heading", name="Overview")).to_be_visible(timeout=SLOW)
    did.begin()
    await admin.page.get_by_role("link", name="Mapping").click()
    await view.get_by_role("button", name="Add a rule for Memo", exact=True).click()
    await view.get_by_label("Starts from", exact=True).select_option(label="Order name")
    await view.get_by_label("Add a step").select_option(label="Keep one part")
    await view.get_by_label("Parted at").fill("#")
    await view.get_by_label("Which part").fill("2")
    await view.get_by_label("Add a step").select_option(label="Put something behind it")
    await view.get_by_label("Between them").fill("-")
    await view.get_by_label("Part 1").select_option(label="A text that is always the same")
    await view.get_by_label("The text").fill("web")
    await view.get_by_label("Add a condition").select_option(label="Tags")
    await view.get_by_label("What condition 1 compares with").fill("b2b; wholesale")
    await expect(result(view)).to_contain_text("1001-web", timeout=SLOW)
    await expect(bar(admin)).to_be_visible()
    assert await admin.violations() == []
    await view.get_by_role("button", name="Save draft").click()
    await saved(admin)
    assert 1 <= did.count <= FEWEST, did.seen
    (rule,) = (await api.rules())["fields"]
    assert rule["when"] == {
        "tests": [{"field": "order.tags", "operator": "is", "values": ["b2b", "wholesale"]}]
    }
    assert (await api.told("#1001"))["codes"]["memo"] == "1001-web"
    await view.get_by_role("button", name="Close").click()
    await expect(
        view.get_by_text("Order name, part 2 parted at “#”, then “web” with “-” between")
    ).to_be_visible()
    await expect(view.get_by_text("When Tags has “b2b” or “wholesale”")).to_be_visible()


async def test_a_rule_with_two_steps_and_a_condition_by_keyboard_alone(api: Beside, admin: Admin) -> None:
    did = await counted(admin)
    await admin.open()
    view = admin.view
    await expect(view.get_by_role("heading", name="Overview")).to_be_visible(timeout=SLOW)
    did.begin()
    await _press(did, admin.page.get_by_role("link", name="Mapping"))
    await expect(entry(view, "Order name")).to_contain_text("#", timeout=SLOW)
    await _press(did, view.get_by_role("button", name="Add a rule for Department", exact=True))
    await _pick(did, view.get_by_label("Starts from", exact=True), "Sales channel")
    await _pick(did, view.get_by_label("Add a step"), "Capitals")
    await _pick(did, view.get_by_label("Add a step"), "Keep the beginning")
    await did.tab_to(view.get_by_label("Characters"))
    await did.press("Control+A")
    await did.type("2")
    await _pick(did, view.get_by_label("Add a condition"), "Total")
    await _pick(did, view.get_by_label("How condition 1 compares"), "is more")
    await did.tab_to(view.get_by_label("What condition 1 compares with"))
    await did.type("1")
    await expect(result(view).get_by_text("WE", exact=True)).to_be_visible(timeout=SLOW)
    await did.press("Enter")
    await saved(admin)
    assert 1 <= did.count <= FEWEST, did.seen
    (rule,) = (await api.rules())["fields"]
    assert rule["when"] == {"tests": [{"field": "order.total", "operator": "above", "values": ["1"]}]}
    assert (await api.told("#1001"))["codes"]["department"] == "WE"
    assert await admin.violations() == []


async def _press(did: Activations, target: Locator) -> None:
    await did.tab_to(target)
    await did.press("Enter")


async def _pick(did: Activations, target: Locator, words: str) -> None:
    """In a list that has the focus the first option that begins with what is typed is chosen."""
    await did.tab_to(target)
    await did.type(words)
