"""Settings on the page, one after the other from their home: each is changed where it may be, by mouse and by keyboard."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from tests.browser.activations import counted
from tests.browser.admin import Admin
from tests.browser.steps import SLOW
from tests.browser.surroundings import KEY, Surroundings
from tests.browser.test_runs import looked_at

pytestmark = pytest.mark.browser

FLOWS = "query ($id: ID!) { flowTable(connection: $id) { flow owner cadence cadenceChosen } }"
CONNECTIONS = "{ connections { id name state } }"
LOG = "{ auditLog(first: 20) { nodes { action } } }"


@pytest.fixture(scope="module")
async def live(place: Surroundings) -> Surroundings:
    await place.connect()
    return place


def bar(admin: Admin) -> Locator:
    return admin.page.get_by_role("region", name="Unsaved changes")


async def entered(admin: Admin, name: str) -> None:
    """A view of the settings, by way of their home."""
    await admin.page.get_by_role("link", name="Settings", exact=True).click()
    await admin.view.get_by_role("link", name=name).click()
    await expect(admin.view.get_by_role("heading", name=name, exact=True).first).to_be_visible(timeout=SLOW)


async def flow(place: Surroundings, name: str) -> dict[str, Any]:
    ((only,),) = ((await place.ask(CONNECTIONS))["connections"],)
    rows = (await place.ask(FLOWS, id=only["id"]))["flowTable"]
    return dict(next(row for row in rows if row["flow"] == name))


async def test_a_flows_owner_and_times_are_changed_under_the_save_bar_and_noted(
    live: Surroundings, admin: Admin
) -> None:
    await admin.open()
    await entered(admin, "Owners and schedules")
    view = admin.view
    await view.get_by_label("Orders: how often").select_option("own")
    own = view.get_by_label("Orders: cron expression")
    await own.fill("61 9 * * *")
    await expect(view.get_by_text("The minute of this cron expression can't be read")).to_be_visible(
        timeout=SLOW
    )
    await own.fill("0 9 * * 1-5")
    await expect(view.get_by_text("Would run next")).to_be_visible(timeout=SLOW)
    await view.get_by_label("Customers: owner").select_option("STORE")
    await looked_at(admin)
    await expect(bar(admin)).to_be_visible()
    await bar(admin).get_by_role("button", name="Save").click()
    await expect(admin.page.locator(".toast").last).to_contain_text("Saved", timeout=SLOW)
    assert (await flow(live, "ORDERS"))["cadence"] == "weekdays_at_9"
    assert (await flow(live, "CUSTOMERS"))["owner"] == "STORE"
    noted = [each["action"] for each in (await live.ask(LOG))["auditLog"]["nodes"]]
    assert {"flow.cadence", "flow.owner"} <= set(noted)
    await view.get_by_label("Orders: how often").select_option("usual")
    await expect(bar(admin)).to_be_visible()
    await bar(admin).get_by_role("button", name="Discard").click()
    await expect(view.get_by_label("Orders: how often")).to_have_value("weekdays_at_9")
    assert (await flow(live, "ORDERS"))["cadence"] == "weekdays_at_9"


async def test_a_connection_is_stopped_goes_on_and_is_removed_while_it_was_never_live(
    live: Surroundings, admin: Admin
) -> None:
    create = """mutation ($input: ConnectionCreateInput!) { connectionCreate(input: $input) { userErrors { message } } }"""
    fields = [{"name": "address", "value": live.erp}, {"name": "key", "value": KEY}]
    made = await live.ask(create, input={"host": "memory", "name": "Second books", "fields": fields})
    assert made["connectionCreate"]["userErrors"] == []
    did = await counted(admin)
    await admin.open("/settings/connections")
    view = admin.view
    remove = view.get_by_role("button", name="Remove Second books")
    await expect(remove).to_be_visible(timeout=SLOW)
    await looked_at(admin)
    await did.tab_to(remove)
    await did.press("Enter")
    await expect(view.get_by_text("It was never live and sent nothing.")).to_be_visible()
    assert await admin.violations() == []
    await view.get_by_role("button", name="Remove", exact=True).last.click()
    await expect(view.get_by_role("heading", name="Second books")).to_have_count(0, timeout=SLOW)
    await view.get_by_role("button", name="Pause").click()
    await expect(view.get_by_text("Someone paused this connection.")).to_be_visible(timeout=SLOW)
    await view.get_by_role("button", name="Resume").click()
    await expect(view.get_by_text("Someone paused this connection.")).to_have_count(0, timeout=SLOW)
    assert [each["state"] for each in (await live.ask(CONNECTIONS))["connections"]] == ["LIVE"]


async def test_who_is_told_when_and_in_which_words_is_set_and_tried(live: Surroundings, admin: Admin) -> None:
    await admin.open()
    await entered(admin, "Alerts")
    view = admin.view
    await view.get_by_label("E-mail address or web address").fill("not an address")
    await view.get_by_role("button", name="Add", exact=True).click()
    await expect(view.get_by_text("That is not an e-mail address.")).to_be_visible(timeout=SLOW)
    await view.get_by_label("E-mail address or web address").fill("ops@example.org")
    await view.get_by_role("button", name="Add", exact=True).click()
    await expect(view.get_by_text("ops@example.org")).to_be_visible(timeout=SLOW)
    await view.get_by_role("button", name="Send a test to ops@example.org").click()
    await expect(admin.page.locator(".toast").last).to_contain_text("Test:", timeout=SLOW)
    await view.get_by_role("checkbox", name="Keep quiet at night").check()
    await view.get_by_label("From", exact=True).fill("23:00")
    await looked_at(admin)
    await bar(admin).get_by_role("button", name="Save").click()
    await expect(admin.page.locator(".toast").last).to_contain_text("Saved", timeout=SLOW)
    quiet = (await live.ask("{ alertSettings { quiet { begin end } } }"))["alertSettings"]["quiet"]
    assert quiet == {"begin": "23:00", "end": "07:00"}
    await view.get_by_label("Subject").fill("Ours: {{ title }}")
    await view.get_by_role("button", name="Preview").click()
    await expect(view.get_by_text("It would read")).to_be_visible(timeout=SLOW)
    await view.get_by_role("button", name="Remove ops@example.org").click()
    await expect(view.get_by_text("Nobody yet")).to_be_visible(timeout=SLOW)


async def test_what_is_kept_is_told_and_help_has_a_text_to_pass_on(live: Surroundings, admin: Admin) -> None:
    await admin.open("/settings")
    await expect(admin.view.get_by_text("1 connection, 1 live.")).to_be_visible(timeout=SLOW)
    await looked_at(admin)
    for name in ("Team", "API tokens", "Audit log", "Reports"):
        await entered(admin, name)
    await entered(admin, "Privacy")
    await expect(admin.view.get_by_text("30 days").first).to_be_visible(timeout=SLOW)
    await looked_at(admin)
    await entered(admin, "Help")
    await admin.view.get_by_role("button", name="Make it").click()
    text = await admin.view.get_by_label("The text").input_value(timeout=SLOW)
    assert json.loads(text)["connections"][0]["host"] == "memory"
    assert live.shop not in text
    assert KEY not in text
    await looked_at(admin)
