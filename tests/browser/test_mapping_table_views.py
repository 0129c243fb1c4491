"""One look-up table on the page: its rows into the draft, the whole of it as a file, a system that keeps it, and rates."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from playwright.async_api import Browser, FilePayload, Locator, expect

from tests.browser.activations import counted
from tests.browser.admin import Admin, open_admin
from tests.browser.steps import SLOW
from tests.browser.surroundings import KEY, Surroundings

pytestmark = pytest.mark.browser

ROWS = 10_000


@pytest.fixture(scope="module")
async def connected(place: Surroundings) -> Surroundings:
    await place.connect()
    return place


@pytest.fixture
async def page(admin: Admin, connected: Surroundings) -> Admin:
    return admin


def code_of(admin: Admin, name: str) -> Locator:
    return admin.view.get_by_label(f"What the ERP is told for {name}", exact=True)


def bar(admin: Admin) -> Locator:
    return admin.page.get_by_role("region", name="Unsaved changes")


def row(admin: Admin, name: str) -> Locator:
    return admin.view.get_by_role("row").filter(has_text=re.compile(rf"^\s*{re.escape(name)}"))


def file(rows: Mapping[str, str]) -> FilePayload:
    text = "key,value\n" + "".join(f"{key},{value}\n" for key, value in rows.items())
    return FilePayload(name="items.csv", mimeType="text/csv", buffer=text.encode())


async def put(admin: Admin, name: str, code: str) -> None:
    await admin.view.get_by_label("What the store says, of a new row").fill(name)
    await admin.view.get_by_label("What the ERP is told, of the new row").fill(code)
    await admin.view.get_by_role("button", name="Add row").click()
    await expect(code_of(admin, name)).to_have_value(code)


async def saved(admin: Admin) -> None:
    """By the bar, until nothing is left to be saved: what it said of the time before may still stand there."""
    await bar(admin).get_by_role("button", name="Save").click()
    await expect(admin.view.get_by_role("button", name="Save into the draft")).to_be_disabled(timeout=SLOW)
    await expect(admin.page.locator(".toast").last).to_contain_text("Saved into the draft")
    await expect(bar(admin)).to_be_hidden()


async def test_rows_are_added_changed_and_taken_away_in_the_draft(page: Admin) -> None:
    await page.open("/mapping/tables")
    await page.view.get_by_role("link", name="Taxes").click()
    await expect(code_of(page, "Everything else")).to_have_value("VAT", timeout=SLOW)
    await put(page, "Reduced", "VAT7")
    await put(page, "Zero", "VAT0")
    await expect(bar(page)).to_be_visible()
    await page.view.get_by_role("button", name="Add row").click()
    await expect(page.view.get_by_text("Say what the store says.")).to_be_visible()
    assert await page.violations() == []
    await saved(page)
    await code_of(page, "Reduced").fill("VAT5")
    await page.view.get_by_role("button", name="Remove Zero").click()
    await expect(row(page, "Zero")).to_contain_text("Goes away")
    await page.view.get_by_role("button", name="Put Zero back").click()
    await expect(row(page, "Zero")).not_to_contain_text("Goes away")
    await page.view.get_by_role("button", name="Remove Zero").click()
    await saved(page)
    await page.page.reload()
    await expect(code_of(page, "Reduced")).to_have_value("VAT5", timeout=SLOW)
    await expect(row(page, "Zero")).to_have_count(0)
    await page.view.get_by_role("link", name="All tables").click()
    await expect(row(page, "Taxes")).to_contain_text("Changed in the draft", timeout=SLOW)
    await expect(row(page, "Taxes")).to_contain_text("2 rows")


async def test_a_row_is_added_and_saved_by_keyboard_alone(page: Admin) -> None:
    did = await counted(page)
    await page.open("/mapping/tables/classes")
    await expect(page.view.get_by_text("No rows yet.")).to_be_visible(timeout=SLOW)
    did.begin()
    await did.tab_to(page.view.get_by_label("What the store says, of a new row"))
    await did.type("b2b")
    await did.tab_to(page.view.get_by_label("What the ERP is told, of the new row"))
    await did.type("WHOLESALE")
    await did.press("Enter")
    await expect(code_of(page, "b2b")).to_have_value("WHOLESALE")
    await did.tab_to(page.view.get_by_role("button", name="Save into the draft"))
    await did.press("Enter")
    await expect(page.page.locator(".toast").last).to_contain_text("Saved into the draft", timeout=SLOW)
    assert did.count == 2, did.seen
    assert await page.violations() == []
    await page.page.reload()
    await expect(code_of(page, "b2b")).to_have_value("WHOLESALE", timeout=SLOW)


async def test_what_is_discarded_is_as_it_is_stored(page: Admin) -> None:
    await page.open("/mapping/tables/shipping")
    await expect(code_of(page, "Everything else")).to_have_value("STANDARD", timeout=SLOW)
    await code_of(page, "Everything else").fill("FAST")
    await put(page, "Express", "X")
    await bar(page).get_by_role("button", name="Discard").click()
    await expect(code_of(page, "Everything else")).to_have_value("STANDARD")
    await expect(code_of(page, "Express")).to_have_count(0)
    await expect(bar(page)).to_be_hidden()


async def test_who_is_overtaken_is_told_and_loses_nothing(page: Admin, browser: Browser) -> None:
    await page.open("/mapping/tables/locations")
    await put(page, "1", "MAIN")
    await saved(page)
    await put(page, "2", "SECOND")
    async with open_admin(browser, page.place) as other:
        await other.open("/mapping/tables/locations")
        await put(other, "3", "THIRD")
        await saved(other)
    await bar(page).get_by_role("button", name="Save").click()
    await expect(page.view.get_by_text("Somebody changed the mapping meanwhile")).to_be_visible(timeout=SLOW)
    await expect(code_of(page, "3")).to_have_value("THIRD", timeout=SLOW)
    await expect(code_of(page, "2")).to_have_value("SECOND")
    await saved(page)
    await page.page.reload()
    for name, code in {"1": "MAIN", "2": "SECOND", "3": "THIRD"}.items():
        await expect(code_of(page, name)).to_have_value(code, timeout=SLOW)


async def test_a_file_of_ten_thousand_rows_names_each_bad_line_and_changes_nothing_before_it_is_confirmed(
    page: Admin,
) -> None:
    rows = {f"SKU-{number:05}": f"A{number}" for number in range(1, ROWS + 1)}
    await page.open("/mapping/tables/items")
    chosen = page.view.get_by_label("Choose a CSV file to bring in")
    await chosen.set_input_files(file({**rows, "SKU-00003": "", "SKU-09999": "x" * 501}))
    await expect(page.view.get_by_text("2 lines are wrong")).to_be_visible(timeout=SLOW)
    for line in ("4", "10000"):
        await expect(page.view.get_by_role("cell", name=line, exact=True)).to_be_visible()
    assert await page.violations() == []
    await chosen.set_input_files(file(rows))
    await expect(page.view.get_by_text("What the file would change")).to_be_visible(timeout=SLOW)
    await expect(page.view.get_by_text("and 9,800 more")).to_be_visible()
    await expect(page.view.get_by_text("No rows yet.")).to_be_visible()
    assert await page.violations() == []
    await page.view.get_by_role("button", name=re.compile("^Put into")).click()
    await expect(page.page.locator(".toast").last).to_contain_text("It is in the draft", timeout=SLOW)
    await expect(code_of(page, "SKU-00001")).to_have_value("A1", timeout=SLOW)
    assert await page.view.get_by_role("row").count() == 51
    await page.view.get_by_role("searchbox").fill("sku-09999")
    await expect(code_of(page, "SKU-09999")).to_have_value("A9999")
    async with page.page.expect_download() as got:
        await page.view.get_by_role("button", name="Download CSV").click()
    download = await got.value
    assert download.suggested_filename == "items.csv"
    assert len((await download.path()).read_text().splitlines()) == ROWS + 1


async def test_another_system_keeps_a_table_and_a_refused_delivery_is_shown(page: Admin) -> None:
    view = page.view
    await page.open("/mapping/tables/free:zones")
    await view.get_by_role("button", name="Make an address").click()
    secret = await view.get_by_label("Secret", exact=True).input_value(timeout=SLOW)
    address = await view.get_by_label("Address").first.input_value()
    assert await page.violations() == []
    assert await _delivered(page, address, secret, b"key,value\nnorth,N\nsouth,S\n") == 200
    await page.page.reload()
    await expect(code_of(page, "north")).to_have_value("N", timeout=SLOW)
    await expect(view.get_by_label("Secret", exact=True)).to_have_count(0)
    assert await _delivered(page, address, secret, b"key,value\nnorth,\n", later=1) == 422
    await page.open("/mapping/tables")
    await expect(view.get_by_role("alert").filter(has_text="The delivery for zones")).to_be_visible(
        timeout=SLOW
    )
    assert await page.violations() == []
    await view.get_by_role("link", name="Look at zones").click()
    await expect(view.get_by_text("Line 2: The value is blank.")).to_be_visible(timeout=SLOW)
    assert await page.violations() == []
    await view.get_by_role("button", name="Take the address away").click()
    asked = view.locator("s-modal").filter(has=view.locator("dialog[open]"))
    await asked.get_by_role("button", name="Take the address away").click()
    await expect(view.get_by_role("button", name="Make an address")).to_be_visible(timeout=SLOW)
    assert await _delivered(page, address, secret, b"key,value\nnorth,M\n", later=2) == 401


async def _delivered(admin: Admin, address: str, secret: str, body: bytes, *, later: int = 0) -> int:
    at = str(int(time.time()) + later)
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"X-Stockbridge-Timestamp": at, "X-Stockbridge-Signature": signed, "Content-Type": "text/csv"}
    return (await admin.place.control.post(address, content=body, headers=headers)).status_code


async def test_rates_are_entered_by_hand_and_by_file(page: Admin) -> None:
    view = page.view
    await page.open("/mapping/rates")
    await expect(view.get_by_role("heading", name="No rates yet")).to_be_visible(timeout=SLOW)
    await view.get_by_label("From currency").fill("usd")
    await view.get_by_label("To currency").fill("eur")
    await view.get_by_label("Rate", exact=True).fill("much")
    await view.get_by_role("button", name="Enter", exact=True).click()
    await expect(view.get_by_role("alert")).to_be_visible(timeout=SLOW)
    assert await page.violations() == []
    await view.get_by_label("Rate", exact=True).fill("0.92150")
    await view.get_by_role("button", name="Enter", exact=True).click()
    await expect(view.get_by_role("row").filter(has_text="USD → EUR")).to_contain_text("0.9215", timeout=SLOW)
    chosen = view.get_by_label("Choose a CSV file with rates")
    wrong = b"from,to,rate,date\nGBP,EUR,1.2,2026-01-05\nGBP,EUR,none,2026-01-06\n"
    await chosen.set_input_files(FilePayload(name="rates.csv", mimeType="text/csv", buffer=wrong))
    await expect(view.get_by_text("1 line is wrong")).to_be_visible(timeout=SLOW)
    await expect(view.get_by_text("GBP → EUR")).to_have_count(0)
    right = wrong.replace(b"none", b"1.3")
    await chosen.set_input_files(FilePayload(name="rates.csv", mimeType="text/csv", buffer=right))
    await expect(view.get_by_role("row").filter(has_text="GBP → EUR")).to_have_count(2, timeout=SLOW)
    await expect(view.get_by_text("1 line is wrong")).to_have_count(0)
    assert await page.violations() == []
    await _the_erp_says(page, "1.25")
    await view.get_by_label("Read the ERP's rates as well").check()
    await view.get_by_label("Good for days").last.fill("0")
    await view.get_by_role("button", name="Save", exact=True).click()
    await expect(view.get_by_text("A rate is good for 1 to 366 days.")).to_be_visible(timeout=SLOW)
    await view.get_by_label("Good for days").last.fill("3")
    await view.get_by_role("button", name="Save", exact=True).click()
    told = view.get_by_role("row").filter(has_text="CHF → EUR")
    await expect(told).to_contain_text("1 for 1.25", timeout=SLOW)
    await expect(told).to_contain_text("The ERP")
    await expect(told).to_contain_text("3 days")
    await _the_erp_says(page, "1.26")
    await view.get_by_role("button", name="Read now").click()
    await expect(told).to_contain_text("1 for 1.26", timeout=SLOW)
    await page.page.set_viewport_size({"width": 390, "height": 844})
    assert await page.violations() == []


async def _the_erp_says(admin: Admin, rate: str) -> None:
    day = datetime.now(UTC).date().isoformat()
    told = {"quotes": [{"day": day, "source": "EUR", "target": "CHF", "rate": rate}]}
    headers = {"Authorization": f"Bearer {KEY}"}
    answer = await admin.place.control.put(f"{admin.place.erp}/control/rates", json=told, headers=headers)
    assert answer.status_code == 204
