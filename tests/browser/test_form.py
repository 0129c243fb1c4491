"""The form of a connection: the save bar while something is changed, the question before it is lost, and several of them."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, expect

from tests.browser.admin import Admin
from tests.browser.steps import CODES, SLOW
from tests.browser.surroundings import KEY, Surroundings

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
async def connected(place: Surroundings) -> Surroundings:
    await place.connect()
    return place


@pytest.fixture
async def form(admin: Admin, connected: Surroundings) -> Admin:
    """The form of the connection there is, as it is stored."""
    await admin.open("/connect")
    await expect(payments(admin)).to_have_value("CASH", timeout=SLOW)
    await expect(bar(admin)).to_be_hidden()
    return admin


def payments(admin: Admin) -> Locator:
    return admin.view.get_by_label("Payments")


def bar(admin: Admin) -> Locator:
    return admin.page.get_by_role("region", name="Unsaved changes")


async def test_who_leaves_a_changed_form_is_asked_and_may_stay(form: Admin) -> None:
    await payments(form).fill("CARD")
    await expect(bar(form)).to_be_visible()
    for link in (
        form.page.get_by_role("link", name="Orders"),
        form.view.get_by_role("link", name="Connect another ERP"),
    ):
        await link.click()
        await expect(form.page.get_by_text("What you changed is not saved.")).to_be_visible()
        await form.page.get_by_role("button", name="Stay").click()
        await expect(payments(form)).to_have_value("CARD")
        await expect(bar(form)).to_be_visible()
    await form.page.get_by_role("link", name="Orders").click()
    await form.page.get_by_role("button", name="Leave page").click()
    await expect(form.view.get_by_role("heading", name="Orders", exact=True)).to_be_visible()
    await expect(bar(form)).to_be_hidden()
    await form.open("/connect")
    await expect(payments(form)).to_have_value("CASH", timeout=SLOW)


async def test_who_changed_nothing_is_not_asked(form: Admin) -> None:
    await payments(form).fill("CARD")
    await payments(form).fill("CASH")
    await expect(bar(form)).to_be_hidden()
    await form.page.get_by_role("link", name="Orders").click()
    await expect(form.view.get_by_role("heading", name="Orders", exact=True)).to_be_visible()


async def test_what_is_discarded_is_as_it_was(form: Admin) -> None:
    await payments(form).fill("CARD")
    await bar(form).get_by_role("button", name="Discard").click()
    await expect(payments(form)).to_have_value("CASH")
    await expect(bar(form)).to_be_hidden()
    assert await form.violations() == []


async def test_what_is_saved_by_the_bar_stays_and_nothing_else_changes(form: Admin) -> None:
    await payments(form).fill("CARD")
    await bar(form).get_by_role("button", name="Save").click()
    await expect(form.page.locator(".toast").last).to_contain_text("Saved", timeout=SLOW)
    await expect(bar(form)).to_be_hidden()
    await form.page.reload()
    await expect(payments(form)).to_have_value("CARD", timeout=SLOW)
    for label, code in CODES.items():
        if label != "Payments":
            await expect(form.view.get_by_label(label, exact=True)).to_have_value(code)
    await payments(form).fill("CASH")
    await bar(form).get_by_role("button", name="Save").click()
    await expect(form.page.locator(".toast").last).to_contain_text("Saved", timeout=SLOW)


async def test_a_second_connection_is_made_beside_the_first_and_chosen_in_each_view(form: Admin) -> None:
    view = form.view
    await view.get_by_role("link", name="Connect another ERP").click()
    await expect(view.get_by_label("Name")).to_have_value("Demo ERP 2")
    await view.get_by_label("Name").fill("Outlet")
    await view.get_by_label("Address").fill(form.place.erp)
    await view.get_by_label("Key", exact=True).fill(KEY)
    await view.get_by_role("button", name="Connect", exact=True).click()
    await expect(view.get_by_text("Nothing is written to either side")).to_be_visible(timeout=SLOW)
    choice = view.get_by_label("Connection", exact=True)
    await expect(choice).to_be_visible()
    assert "connection=" in form.page.url
    for menu in ("Stock", "Runs"):
        await form.page.get_by_role("link", name=menu, exact=True).click()
        await choice.select_option(label="Outlet")
        await expect(choice.locator("option:checked")).to_have_text("Outlet")
        await form.page.reload()
        await expect(choice.locator("option:checked")).to_have_text("Outlet", timeout=SLOW)
        await choice.select_option(label="Demo ERP")
        assert await form.violations() == []
    await form.page.get_by_role("link", name="Stockbridge").click()
    for name in ("Demo ERP", "Outlet"):
        await expect(view.get_by_role("heading", name=name, exact=True)).to_be_visible()
    await view.get_by_role("link", name="Finish setting up").click()
    await expect(choice.locator("option:checked")).to_have_text("Outlet", timeout=SLOW)
    await expect(view.get_by_role("heading", name="Set up")).to_be_visible()
