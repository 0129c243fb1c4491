"""Team, tokens and audit log on the page: a viewer is told what they may not, an owner decides by mouse and by keyboard."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.activations import counted
from tests.browser.admin import Admin
from tests.browser.steps import SLOW
from tests.browser.surroundings import Surroundings

pytestmark = pytest.mark.browser

VIEWERS_TICK = "Viewer: Have orders and flows run again"


async def test_a_viewer_sees_why_nothing_can_be_changed(admin: Admin) -> None:
    await admin.place.install()
    view = admin.view
    await admin.open("/settings/team?staff=4")
    banner = view.get_by_text("Your role, viewer, may not do this").first
    await expect(banner).to_be_visible(timeout=SLOW)
    await expect(view.get_by_role("button", name="Change role: Vico Rossi")).to_be_disabled()
    await expect(view.get_by_role("checkbox", name=VIEWERS_TICK)).to_be_disabled()
    assert await admin.violations() == []
    for path in ("/settings/tokens", "/settings/audit"):
        await admin.open(path)
        await expect(banner).to_be_visible(timeout=SLOW)
        await expect(view.get_by_role("table")).to_have_count(0)
    assert 401 not in admin.answers


async def test_an_owner_gives_a_role_decides_what_it_may_and_makes_and_ends_a_token(admin: Admin) -> None:
    view, said = admin.view, admin.page.locator(".toast")
    did = await counted(admin)
    await admin.open("/settings/team?staff=1")
    row = view.get_by_role("row").filter(has_text="Vico Rossi")
    await expect(row).to_contain_text("Viewer", timeout=SLOW)
    await expect(view.get_by_role("row").filter(has_text="Olivia Winter")).to_contain_text("Account owner")
    await row.get_by_role("button", name="Change role: Vico Rossi").click()
    await view.get_by_label("Role", exact=True).select_option("Operator")
    await view.get_by_role("button", name="Give this role").click()
    await expect(said.last).to_contain_text("The role was changed", timeout=SLOW)
    await expect(row).to_contain_text("Operator")
    await view.get_by_role("checkbox", name=VIEWERS_TICK).check()
    await admin.page.locator("#save").click()
    await expect(said.last).to_contain_text("What roles may do was changed", timeout=SLOW)
    await admin.open("/settings/team")
    await expect(view.get_by_role("checkbox", name=VIEWERS_TICK)).to_be_checked(timeout=SLOW)
    assert await admin.violations() == []

    await admin.open("/settings/tokens")
    await did.tab_to(view.get_by_label("What will use it"))
    await did.type("Reports")
    await did.press("Enter")
    token = view.get_by_label("Token", exact=True)
    await expect(token).to_be_visible(timeout=SLOW)
    secret = await token.input_value()
    assert secret.startswith("sb_")
    await view.get_by_role("button", name="Copy", exact=True).click()
    await expect(said.last).to_contain_text("Copied")
    assert await admin.violations() == []
    assert await asked(admin.place, secret) == 200
    await did.tab_to(view.get_by_role("button", name="Revoke the token for Reports"))
    await did.press("Enter")
    await did.tab_to(view.get_by_role("button", name="Revoke", exact=True))
    await did.press("Enter")
    await expect(said.last).to_contain_text("The token was revoked", timeout=SLOW)
    assert await asked(admin.place, secret) == 401
    await admin.open("/settings/tokens")
    await expect(view.get_by_role("row").filter(has_text="Reports")).to_contain_text("Revoked", timeout=SLOW)
    await expect(token).to_have_count(0)

    await admin.open("/settings/audit")
    await expect(view.get_by_role("row").filter(has_text="Made a token")).to_contain_text(
        "Olivia Winter", timeout=SLOW
    )
    await view.get_by_label("What", exact=True).select_option("Gave a role")
    given = view.get_by_role("row").filter(has_text="new: operator")
    await expect(given).to_be_visible()
    await expect(view.get_by_role("row").filter(has_text="Made a token")).to_have_count(0)
    assert await admin.violations() == []


async def asked(place: Surroundings, token: str) -> int:
    answer = await place.control.post(
        f"{place.app}/graphql",
        json={"query": "{ shop { domain } }"},
        headers={"Authorization": f"Bearer {token}"},
    )
    return answer.status_code
