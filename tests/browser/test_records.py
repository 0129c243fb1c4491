"""Records on the page: one search says why an order is not in the ERP, and a person decides what no rule can, one or many."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from playwright.async_api import Locator, expect

from tests.browser.activations import counted
from tests.browser.admin import Admin
from tests.browser.steps import SLOW
from tests.browser.surroundings import KEY, Surroundings
from tests.browser.views import HELD
from tests.patience import FAR

pytestmark = pytest.mark.browser

LONG = 180_000


@pytest.fixture(scope="module")
async def held(place: Surroundings) -> Surroundings:
    """Live, with one order in the ERP and four that wait for a person."""
    await place.connect()
    await place.place({}, *[HELD] * 4)
    return place


def row(admin: Admin, name: str) -> Locator:
    return admin.view.get_by_role("row").filter(has=admin.view.get_by_role("link", name=name, exact=True))


async def said(admin: Admin, text: str) -> None:
    await expect(admin.page.locator(".toast").last).to_contain_text(text, timeout=SLOW)


def asked(admin: Admin) -> Locator:
    """The modal that is open."""
    return admin.view.locator("s-modal").filter(has=admin.view.locator("dialog[open]"))


async def pressed(admin: Admin, opens: str, act: str) -> None:
    """A deed that is asked about first."""
    await admin.view.get_by_role("button", name=opens, exact=True).click()
    await asked(admin).get_by_role("button", name=act, exact=True).click()


async def doubtful(place: Surroundings) -> tuple[str, str]:
    """An order that somebody entered in the ERP before we heard of it: its name, and the number of their document."""
    (last,) = await place.place({})
    name = f"#{int(last['name'].removeprefix('#')) + 1}"
    line = {"key": "1", "item": "SKU-0001", "quantity": "1", "net": "1.00", "kind": "item"}
    body = {"currency": "EUR", "customer": {"name": "A person"}, "lines": [line], "reference": name}
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(trust_env=False, headers=headers) as erp:
        made = await erp.post(f"{place.erp}/v1/sales-orders", json=body)
    assert made.status_code < 300, made.text
    (placed,) = await place.place({})
    assert placed["name"] == name
    await at_rest(place, name)
    return name, str(made.json()["number"])


async def at_rest(place: Surroundings, name: str) -> None:
    """Until it is held and no event of its making runs it once more."""
    document = "query ($keys: [String!]!) { records(keys: $keys, by: NAME) { records { state stateSince } } }"
    before = None
    async with asyncio.timeout(FAR):
        while True:
            (found,) = (await place.ask(document, keys=[name]))["records"]
            now = found["records"]
            if now and now == before and now[0]["state"] == "HELD":
                return
            before = now
            await asyncio.sleep(2)


async def of_order(place: Surroundings, name: str) -> int:
    """How many documents of ours the ERP has for it."""
    return sum(each["reference"] == name for each in await place.documents())


async def test_one_search_says_why_an_order_is_not_in_the_erp(held: Surroundings, admin: Admin) -> None:
    did = await counted(admin)
    await admin.open()
    await expect(admin.view.get_by_role("heading", name="What needs you")).to_be_visible(timeout=SLOW)
    did.begin()
    await admin.page.get_by_role("link", name="Orders", exact=True).click()
    await admin.view.get_by_role("searchbox").fill("1003")
    await expect(row(admin, "#1003")).to_contain_text("Needs you", timeout=LONG)
    await expect(row(admin, "#1003")).to_contain_text("Engraving")
    assert did.count <= 1, did.seen
    assert "1003" not in admin.page.url, "what is searched for may be a person's e-mail"


async def test_orders_are_listed_from_either_end_and_words_are_found_in_no_order(
    held: Surroundings, admin: Admin
) -> None:
    rows, sorting = admin.view.get_by_role("row"), admin.view.get_by_label("Sorted by", exact=True)
    await admin.open("/orders")
    await expect(rows).to_have_count(6, timeout=LONG)
    names = [str(await rows.nth(at).text_content()).strip()[:5] for at in range(1, 6)]
    assert sorted(names) == ["#1001", "#1002", "#1003", "#1004", "#1005"]
    await sorting.select_option(label="Oldest first")
    for at, name in enumerate(reversed(names), start=1):
        await expect(rows.nth(at)).to_contain_text(name, timeout=SLOW)
    await admin.view.get_by_role("searchbox").fill("1003")
    await expect(rows).to_have_count(2, timeout=SLOW)
    await expect(sorting).to_have_count(0)


async def test_one_press_on_the_overview_retries_an_order(held: Surroundings, admin: Admin) -> None:
    name, _ = await doubtful(held)
    did = await counted(admin)
    await admin.open()
    cause = admin.view.get_by_role("row").filter(has_text=name)
    await expect(cause).to_be_visible(timeout=LONG)
    did.begin()
    await cause.get_by_role("button", name="Retry all").click()
    await said(admin, "1 order will be run again")
    await expect(cause).to_have_count(0, timeout=LONG)
    assert did.count == 1, did.seen
    assert await of_order(held, name) == 1


async def test_an_order_nobody_has_heard_of_is_looked_up_in_the_shop(
    held: Surroundings, admin: Admin
) -> None:
    # Reconciliation finds it too, every few seconds here, as soon as the page has said that nobody knows it.
    await held.stage.say("flow", "change", "orders", "--shop", held.shop, "--cadence", "@every 86400")
    await held.act("PATCH", "/faults", webhooks_dropped=1.0)
    (unheard,) = await held.place({})
    await held.act("PATCH", "/faults", webhooks_dropped=0.0)
    name, heading = unheard["name"], "heading"
    await admin.open("/orders")
    look = admin.view.get_by_role("button", name="Look it up in the shop now")
    await admin.view.get_by_role("searchbox").fill("#77001")
    await look.click(timeout=SLOW)
    absent = admin.view.get_by_role(heading, name="The shop has no order called #77001")
    await expect(absent).to_be_visible(timeout=SLOW)
    await admin.view.get_by_role("searchbox").fill(name)
    await expect(admin.view.get_by_role(heading, name=f"Nothing is known of {name}")).to_be_visible(
        timeout=SLOW
    )
    await look.click()
    await expect(admin.view.get_by_role(heading, name=name, exact=True)).to_be_visible(timeout=LONG)
    await expect(admin.view.get_by_text("In the ERP", exact=True)).to_be_visible(timeout=LONG)
    assert await of_order(held, name) == 1
    await held.stage.say("flow", "change", "orders", "--shop", held.shop, "--cadence", "usual")


async def test_a_person_links_an_order_by_hand_lets_go_of_it_and_leaves_it_out(
    held: Surroundings, admin: Admin
) -> None:
    name, number = await doubtful(held)
    view = admin.view
    await admin.open("/orders?state=HELD")
    await row(admin, name).get_by_role("link").click(timeout=LONG)
    await view.get_by_role("button", name="Link to a document…").click(timeout=SLOW)
    dialog = asked(admin)
    field = dialog.get_by_label("The document's number")
    await expect(field).to_have_value(number)
    await field.fill("SO-99999")
    link = dialog.get_by_role("button", name="Link", exact=True)
    await link.click()
    await expect(dialog).to_contain_text("The ERP has no document SO-99999", timeout=SLOW)
    assert await admin.violations() == []
    await field.fill(number)
    await link.click()
    await dialog.get_by_role("checkbox", name="They differ").check(timeout=SLOW)
    await link.click()
    await said(admin, f"Linked to {number}")
    await expect(view.get_by_text("In the ERP", exact=True)).to_be_visible(timeout=LONG)
    await expect(view.get_by_text(number, exact=True)).to_be_visible()
    await pressed(admin, "Let go of the document…", "Let go")
    await said(admin, "It is linked to no document now")
    await expect(view.get_by_text("record.unlinked")).to_be_visible(timeout=LONG)
    await pressed(admin, "Leave out…", "Leave out")
    await expect(view.get_by_text("Not sent", exact=True)).to_be_visible(timeout=LONG)
    assert await of_order(held, name) == 0


async def test_an_order_that_is_edited_in_the_shop_is_followed_by_itself_and_shows_what_was_sent(
    held: Surroundings, admin: Admin
) -> None:
    view, money = admin.view, {"kind": "AUTHORIZATION", "gateway": "shopify_payments"}
    (placed,) = await held.place({"transactions": [money]})
    did = await counted(admin)
    await admin.open("/orders")
    await expect(row(admin, placed["name"])).to_contain_text("In the ERP", timeout=LONG)
    edit = {"order": placed["name"], "act": "edit", "line": 0, "quantity": 5}
    await held.act("POST", f"/shops/{held.shop}/acts", acts=[edit])
    await row(admin, placed["name"]).get_by_role("link").click()
    did.begin()
    await expect(view.get_by_text("Advancing the document in the ERP.").first).to_be_visible(timeout=LONG)
    await expect(view.get_by_text("In the ERP", exact=True)).to_be_visible(timeout=LONG)
    assert did.count == 0, did.seen
    (document,) = [each for each in await held.documents() if each["reference"] == placed["name"]]
    assert [line["quantity"] for line in document["lines"] if line["kind"] == "item"] == ["5"]


async def test_many_are_counted_before_they_are_left_out(held: Surroundings, admin: Admin) -> None:
    view = admin.view
    await admin.open("/orders?state=HELD")
    await expect(row(admin, "#1004")).to_be_visible(timeout=LONG)
    for name in ("#1004", "#1005"):
        await view.get_by_role("checkbox", name=f"Choose {name}").check()
    await expect(view.get_by_text("2 chosen")).to_be_visible()
    await view.get_by_role("button", name="Leave out…").click()
    dialog = asked(admin)
    await expect(dialog).to_contain_text("2 records", timeout=SLOW)
    assert await admin.violations() == []
    await dialog.get_by_role("button", name="Leave out", exact=True).click()
    await said(admin, "2 records left out")
    await expect(row(admin, "#1004")).to_have_count(0, timeout=LONG)
    await view.get_by_label("State", exact=True).select_option("SKIPPED")
    await expect(row(admin, "#1004")).to_contain_text("A person decided", timeout=LONG)
    assert [await of_order(held, name) for name in ("#1004", "#1005")] == [0, 0]


async def test_problems_are_retried_by_keyboard_alone_once_they_are_counted(
    held: Surroundings, admin: Admin
) -> None:
    view, did = admin.view, await counted(admin)
    await admin.open("/problems")
    await expect(view.get_by_role("heading", name="By cause")).to_be_visible(timeout=LONG)
    await did.tab_to(view.get_by_role("button", name="Retry all that are safe…"))
    await did.press("Enter")
    dialog = asked(admin)
    await expect(dialog).to_contain_text("record", timeout=SLOW)
    await did.tab_to(dialog.get_by_role("button", name="Retry", exact=True))
    await did.press("Enter")
    await said(admin, "will be run again")
    await expect(view.get_by_role("heading", name="Resolved in the last 7 days")).to_be_visible()
