"""A change of the mapping on the page: looked at, tried on real orders, published and undone, by mouse and by keyboard."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, expect

from tests.browser.activations import Activations, counted
from tests.browser.admin import Admin
from tests.browser.drafts import draft, in_force, is_drafted, publish, roll_back, settled, tables_of
from tests.browser.steps import SLOW
from tests.browser.surroundings import TABLES, Surroundings

pytestmark = pytest.mark.browser

TO_PUBLISH = 5
"""Activations at the most, from the draft through a preview and a what-if until it is in force."""
TO_UNDO = 4


@pytest.fixture(scope="module")
async def trading(place: Surroundings) -> Surroundings:
    """Live, with two orders in the ERP."""
    await place.connect({**TABLES, "payments": {"shopify_payments": "CASH"}})
    await place.place({}, {})
    await settled(place, 2)
    return place


def asked(admin: Admin) -> Locator:
    """What is asked before something is done."""
    return admin.view.locator("s-modal").filter(has=admin.view.locator("dialog[open]"))


async def test_a_draft_is_previewed_tried_on_the_last_orders_published_and_undone(
    trading: Surroundings, admin: Admin
) -> None:
    view, (before, _) = admin.view, await in_force(trading)
    writes = await trading.written()
    await draft(trading, locations={"*": "NORTH"})
    await admin.open("/mapping/versions")
    await expect(view.get_by_text("Differs in 1 table row.", exact=True)).to_be_visible(timeout=SLOW)
    assert await admin.violations() == []
    await view.get_by_role("link", name="Changes").click()
    await expect(view.get_by_role("row").filter(has_text="NORTH")).to_contain_text("MAIN", timeout=SLOW)
    assert await admin.violations() == []
    await view.get_by_role("link", name="Preview", exact=True).click()
    await expect(view.get_by_text("Nothing was written")).to_be_visible(timeout=SLOW)
    await expect(view.get_by_role("heading", name="nothing would be sent")).to_be_visible()
    await expect(view.get_by_role("row", name="location MAIN NORTH", exact=True)).to_be_visible()
    assert await admin.violations() == []
    await view.get_by_role("button", name="Exact request").click()
    assert '"location": "NORTH"' in await view.get_by_label("The first request to the ERP").input_value()
    await view.get_by_role("dialog").get_by_role("button", name="Close").click()
    await view.get_by_role("link", name="What-if", exact=True).click()
    await view.get_by_role("button", name="Start").click()
    await expect(view.get_by_text("2 orders of 2 looked at")).to_be_visible(timeout=SLOW)
    await expect(view.get_by_role("row").filter(has_text="MAIN → NORTH")).to_have_count(2)
    assert await admin.violations() == []
    assert await trading.written() == writes
    await view.get_by_role("button", name="Publish").click()
    await view.get_by_label("Note").fill("Orders go out of the north")
    assert await admin.violations() == []
    await asked(admin).get_by_role("button", name="Publish").click()
    await expect(view.get_by_text(f"Version {before + 1} is in force")).to_be_visible(timeout=SLOW)
    assert await in_force(trading) == (before + 1, "Orders go out of the north")
    assert (await tables_of(trading, before + 1))["locations"] == {"*": "NORTH"}
    assert not await is_drafted(trading)
    await _undone_by_mouse(trading, admin, before)


async def _undone_by_mouse(place: Surroundings, admin: Admin, before: int) -> None:
    view = admin.view
    await view.get_by_role("link", name="Versions").click()
    await expect(view.get_by_role("row").filter(has_text="Orders go out of the north")).to_contain_text(
        "In force"
    )
    assert await admin.violations() == []
    await view.get_by_role("link", name=f"Version {before}", exact=True).click()
    await view.get_by_label("Table", exact=True).select_option("payments")
    await expect(view.get_by_role("cell", name="CASH")).to_be_visible()
    await view.get_by_label("Table", exact=True).select_option("locations")
    await expect(view.get_by_role("cell", name="MAIN")).to_be_visible()
    await view.get_by_role("button", name="Go back to this version").click()
    assert await admin.violations() == []
    await asked(admin).get_by_role("button", name="Go back to this version").click()
    await expect(view.get_by_text(f"Version {before + 2} is in force")).to_be_visible(timeout=SLOW)
    assert await tables_of(place, before + 2) == await tables_of(place, before)


async def test_the_same_by_keyboard_alone(trading: Surroundings, admin: Admin) -> None:
    view, (before, _) = admin.view, await in_force(trading)
    writes = await trading.written()
    await draft(trading, locations={"*": "SOUTH"})
    keys = await counted(admin)
    await admin.open("/mapping/versions")
    await expect(view.get_by_text("Differs in 1 table row.", exact=True)).to_be_visible(timeout=SLOW)
    keys.begin()
    await _pressed(keys, "link", "Preview")
    await expect(view.get_by_role("row", name="location MAIN SOUTH", exact=True)).to_be_visible(timeout=SLOW)
    await keys.tab_to(view.get_by_label("Find an order by name"))
    await keys.type("#1001")
    await expect(view.get_by_role("heading", name="#1001:")).to_be_visible(timeout=SLOW)
    await _pressed(keys, "link", "What-if")
    await _pressed(keys, "button", "Start")
    await expect(view.get_by_role("row").filter(has_text="MAIN → SOUTH")).to_have_count(2, timeout=SLOW)
    assert await trading.written() == writes
    await _pressed(keys, "button", "Publish")
    await keys.tab_to(asked(admin).get_by_role("button", name="Publish"))
    await keys.press("Enter")
    await expect(view.get_by_text(f"Version {before + 1} is in force")).to_be_visible(timeout=SLOW)
    assert (await tables_of(trading, before + 1))["locations"] == {"*": "SOUTH"}
    assert 1 <= keys.count <= TO_PUBLISH, keys.seen
    keys.begin()
    await _pressed(keys, "link", "Versions")
    await _pressed(keys, "link", f"Version {before}")
    await _pressed(keys, "button", "Go back to this version")
    await keys.tab_to(asked(admin).get_by_role("button", name="Go back to this version"))
    await keys.press("Enter")
    await expect(view.get_by_text(f"Version {before + 2} is in force")).to_be_visible(timeout=SLOW)
    assert await tables_of(trading, before + 2) == await tables_of(trading, before)
    assert 1 <= keys.count <= TO_UNDO, keys.seen


async def test_a_draft_that_somebody_saves_meanwhile_is_published_only_as_it_was_seen(
    trading: Surroundings, admin: Admin
) -> None:
    view, (before, _) = admin.view, await in_force(trading)
    await draft(trading, locations={"*": "EAST"})
    await admin.open("/mapping/versions")
    await view.get_by_role("button", name="Publish").click()
    ask = asked(admin)
    await expect(ask).to_contain_text("Differs in 1 table row.")
    await ask.get_by_label("Note").fill("The east")
    await draft(trading, locations={"*": "WEST"}, carriers={"DHL": "DHL Express"})
    await ask.get_by_role("button", name="Publish").click()
    await expect(ask.get_by_text("Somebody saved the draft meanwhile")).to_be_visible(timeout=SLOW)
    await expect(ask).to_contain_text("Differs in 2 table rows.")
    await expect(ask.get_by_label("Note")).to_have_value("The east")
    assert await admin.violations() == []
    assert (await in_force(trading))[0] == before
    await ask.get_by_role("button", name="Publish").click()
    await expect(view.get_by_text(f"Version {before + 1} is in force")).to_be_visible(timeout=SLOW)
    assert (await tables_of(trading, before + 1))["locations"] == {"*": "WEST"}


async def test_a_draft_that_is_behind_says_what_would_be_undone_and_is_published_over_it_or_discarded(
    trading: Surroundings, admin: Admin
) -> None:
    view, before = admin.view, await publish(trading, await draft(trading, locations={"*": "FAR WEST"}))
    await draft(trading, locations={"*": "SOUTHEAST"})
    await admin.open("/mapping/versions")
    await view.get_by_role("button", name="Publish").click()
    await roll_back(trading, 1)
    ask = asked(admin)
    await ask.get_by_role("button", name="Publish").click()
    await expect(ask.get_by_text("Another version was published meanwhile")).to_be_visible(timeout=SLOW)
    await expect(ask.get_by_role("button", name=f"Publish over version {before + 1}")).to_be_visible()
    await ask.get_by_role("button", name="Cancel").click()
    undone = view.get_by_text(f"would undo what version {before + 1} changed").filter(visible=True)
    await expect(undone).to_have_count(1)
    assert await admin.violations() == []
    await view.get_by_role("link", name=f"What version {before + 1} changed").click()
    await expect(view.get_by_role("row").filter(has_text="FAR WEST")).to_contain_text("MAIN", timeout=SLOW)
    await view.get_by_role("button", name="Discard").click()
    await ask.get_by_role("button", name="Discard").click()
    await expect(view.get_by_text("There is no draft:")).to_be_visible(timeout=SLOW)
    assert not await is_drafted(trading)
    assert (await in_force(trading))[0] == before + 1


async def test_a_what_if_is_watched_stopped_and_says_when_the_draft_is_another_one(
    trading: Surroundings, admin: Admin
) -> None:
    view = admin.view
    await draft(trading, locations={"*": "NORTHEAST"})
    await admin.open("/mapping/what-if")
    await view.get_by_label("How many of the last orders").fill("5001")
    await view.get_by_role("button", name="Start").click()
    await expect(view.get_by_text("A what-if looks at 1 to 5000 orders.")).to_be_visible(timeout=SLOW)
    assert await admin.violations() == []
    await trading.slow("Order", 4.0, times=2)
    await view.get_by_label("How many of the last orders").fill("5000")
    await view.get_by_role("button", name="Start").click()
    await expect(view.get_by_text("0 orders of 2 looked at")).to_be_visible(timeout=SLOW)
    assert await admin.violations() == []
    await view.get_by_role("button", name="Stop").click()
    await expect(view.get_by_text("Stopped", exact=True)).to_be_visible(timeout=SLOW)
    await draft(trading, locations={"*": "NORTHWEST"})
    await expect(view.get_by_text("The draft was changed since")).to_be_visible(timeout=SLOW)
    await view.get_by_role("link", name="Start another").click()
    await expect(view.get_by_role("row").filter(has_text="Stopped")).to_be_visible(timeout=SLOW)
    assert await admin.violations() == []


async def test_rules_that_keep_a_draft_from_being_published_are_told_above_every_view(
    trading: Surroundings, admin: Admin
) -> None:
    view = admin.view
    rule = {"id": "dept", "target": "department", "start": {"field": "order.nothing_like_it"}}
    await draft(trading, rules={"fields": [rule]})
    await admin.open("/mapping/changes")
    await expect(view.get_by_text("1 rule must be put right")).to_be_visible(timeout=SLOW)
    await expect(view.get_by_text("An order has no field order.nothing_like_it.")).to_be_visible()
    await expect(view.get_by_role("button", name="Publish")).to_be_disabled()
    await expect(view.get_by_text("Department", exact=True)).to_be_visible()
    assert await admin.violations() == []


async def test_an_order_that_waits_is_seen_to_go_under_the_draft_and_goes_when_it_is_published(
    trading: Surroundings, admin: Admin
) -> None:
    view = admin.view
    (held,) = await trading.place({"transactions": [{"kind": "SALE", "gateway": "PayPal"}]})
    await draft(trading, rules={}, payments={"shopify_payments": "CASH", "PayPal": "PP"})
    await admin.open("/orders?state=HELD")
    await view.get_by_role("link", name=held["name"]).click(timeout=180_000)
    await view.get_by_role("link", name="Dry run and difference").click()
    await expect(view.get_by_role("heading", name=f"{held['name']}: It would be sent")).to_be_visible(
        timeout=SLOW
    )
    await view.get_by_label("Under").select_option("current")
    await expect(view.get_by_role("heading", name=f"{held['name']}: It would wait for you")).to_be_visible(
        timeout=SLOW
    )
    await expect(view.get_by_text("The payment method “PayPal” is not mapped")).to_be_visible()
    assert await admin.violations() == []
    await view.get_by_role("button", name="Publish").click()
    await asked(admin).get_by_role("button", name="Publish").click()
    await expect(admin.page.locator(".toast").last).to_contain_text(
        "1 order that waited runs again", timeout=SLOW
    )
    await view.get_by_role("link", name="The order").click()
    await expect(view.get_by_text("In the ERP", exact=True)).to_be_visible(timeout=180_000)


async def _pressed(keys: Activations, role: str, name: str) -> None:
    target = keys.admin.view.locator(f"role={role}[name={name!r}]").first
    await expect(target).to_be_visible(timeout=SLOW)
    await keys.tab_to(target)
    await keys.press("Enter")
