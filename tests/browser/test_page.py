"""The page in a real browser, framed by the simulated admin, on the document that production serves."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
from playwright.async_api import Browser, Route, expect

from app.pages import Bundle
from tests.browser.admin import Admin, open_admin
from tests.browser.steps import SLOW, connect, go_live, push_stock
from tests.browser.surroundings import Surroundings

pytestmark = pytest.mark.browser


def test_the_first_script_is_small() -> None:
    bundle = Bundle.found()
    assert bundle.script, "python3 run.py builds the page"
    first = [bundle.script, *bundle.parts]
    assert sum(len(gzip.compress((bundle.folder / name).read_bytes())) for name in first) < 45_000


NOT_BROUGHT = "/orders?days=7"
"""What is sought in so many words the page asks by itself."""
_STARTED_LONG_AGO = """(() => {
  const now = performance.now.bind(performance);
  performance.now = () => now() + 60_000;
})()"""


# --- who may see it --------------------------------------------------------------------------------------------------


async def test_a_new_shop_is_told_to_connect_its_erp(admin: Admin) -> None:
    # What came with the document is asked for again some seconds later.
    async with admin.page.expect_response("**/graphql", timeout=SLOW):
        await admin.open()
        await expect(admin.view.get_by_role("heading", name="Connect your ERP")).to_be_visible()
        await expect(admin.page.locator("#mark")).to_have_text("Simulated admin")
    assert set(admin.answers) == {200}
    assert await admin.violations() == []


async def test_an_expired_token_is_renewed_and_the_page_fills(admin: Admin) -> None:
    expired = (await admin.place.act("POST", "/id-token", shop=admin.place.shop, seconds=-100))["id_token"]
    tampered = iter([expired])

    async def stale_once(route: Route) -> None:
        token = next(tampered, None)
        await (route.fulfill(json={"id_token": token}) if token else route.continue_())

    await admin.page.add_init_script(_STARTED_LONG_AGO)
    await admin.page.route("**/id-token", stale_once)
    await admin.open()
    await expect(admin.view.get_by_role("heading", name="Overview")).to_be_visible()
    await expect(admin.view.get_by_role("heading", name="Connect your ERP")).to_be_visible()
    assert sorted(set(admin.answers)) == [200, 401]


async def test_the_page_fills_without_waiting_for_a_token_of_app_bridge(admin: Admin) -> None:
    await admin.page.route("**/id-token", lambda route: route.abort())
    await admin.page.add_init_script("performance.now = () => 0")
    await admin.open(NOT_BROUGHT)
    await expect(admin.view.get_by_role("heading", name="Nothing matches")).to_be_visible()
    assert set(admin.answers) == {200}


async def test_what_came_with_the_document_is_not_asked_for_again(admin: Admin) -> None:
    sent: list[str] = []
    admin.page.on("request", lambda request: sent.append(request.post_data or ""))
    await admin.open(NOT_BROUGHT)
    await expect(admin.view.get_by_role("heading", name="Nothing matches")).to_be_visible()
    assert any("query Records" in each for each in sent)
    assert not any("query Viewer" in each or "query Connections" in each for each in sent)


async def test_a_document_asked_for_with_a_stale_token_comes_back_by_itself(admin: Admin) -> None:
    seen: list[str] = []

    async def stale(route: Route) -> None:
        parts = urlsplit(route.request.url)
        seen.append(parts.path)
        query = dict(parse_qsl(parts.query)) | ({"id_token": "stale"} if len(seen) == 1 else {})
        await route.continue_(url=urlunsplit(parts._replace(query=urlencode(query))))

    await admin.page.route(re.compile(re.escape(admin.place.app) + r"/(\?|orders|session)"), stale)
    await admin.open("/orders")
    await expect(admin.view.get_by_role("heading", name="Orders", exact=True)).to_be_visible()
    assert seen[0] == seen[-1] == "/orders"
    assert len(seen) > 1


async def test_a_stranger_may_not_frame_the_page(browser: Browser, place: Surroundings) -> None:
    token = (await place.act("POST", "/id-token", shop=place.shop))["id_token"]
    target = f"{place.app}/?embedded=1&shop={place.shop}&id_token={token}"
    async with _stranger(f'<iframe src="{target}"></iframe>') as address:
        page = await browser.new_page()
        async with page.expect_console_message(lambda said: "frame-ancestors" in said.text, timeout=SLOW):
            await page.goto(address)
        assert all(frame.url.startswith(("chrome-error:", address)) for frame in page.frames)
        await page.close()


async def test_without_shopifys_scripts_the_page_says_so(browser: Browser, place: Surroundings) -> None:
    async with open_admin(browser, place, cdn=False) as admin:
        await admin.open()
        await expect(admin.view.get_by_role("alert")).to_contain_text("Shopify's scripts did not load")


# --- from the first connection to an order in the ERP ----------------------------------------------------------------


async def test_a_merchant_connects_goes_live_watches_an_order_arrive_and_pushes_stock(admin: Admin) -> None:
    (old,) = await admin.place.place({"created_days_ago": 1, "processed_days_ago": 1})
    await admin.open()
    await connect(admin)
    await go_live(admin, approve=old["name"])
    (order,) = await admin.place.place()
    await admin.page.get_by_role("link", name="Orders").click()
    await _arrives(admin, order["name"])
    await _arrives(admin, old["name"])
    assert await admin.violations() == []
    await _search(admin, order["name"])
    await _timeline(admin, order["name"])
    await _stock(admin)
    await admin.page.get_by_role("link", name="Stockbridge").click()
    await expect(admin.view.get_by_text("Working")).to_be_visible()
    await expect(admin.view.get_by_text("Nothing needs you")).to_be_visible()
    assert await admin.violations() == []


async def _arrives(admin: Admin, name: str) -> None:
    row = admin.view.get_by_role("row").filter(has_text=name)
    await expect(row).to_contain_text("In the ERP", timeout=180_000)
    await expect(row).to_contain_text("SO-")


async def _search(admin: Admin, name: str) -> None:
    view = admin.view
    await view.get_by_role("searchbox").fill("no such order")
    await expect(view.get_by_role("heading", name="Nothing matches")).to_be_visible()
    await view.get_by_role("searchbox").fill(name)
    await expect(view.get_by_role("row").filter(has_text=name)).to_be_visible()
    await view.get_by_label("State", exact=True).select_option("HELD")
    await expect(view.get_by_role("heading", name="Nothing matches")).to_be_visible()
    await view.get_by_label("State", exact=True).select_option(label="All states")


async def _timeline(admin: Admin, name: str) -> None:
    view = admin.view
    await view.get_by_role("link", name=name).click()
    await expect(view.get_by_role("heading", name=name)).to_be_visible()
    assert await admin.violations() == []
    await view.get_by_role("button", name="What was sent and answered").first.click()
    await expect(view.get_by_text("Done ·").filter(visible=True)).to_have_count(1)
    await expect(view.get_by_role("heading", name="Sent", exact=True)).to_be_visible()
    assert await admin.violations() == []
    await view.get_by_role("dialog").get_by_role("button", name="Close").click()
    await admin.page.reload()
    await expect(admin.view.get_by_role("heading", name=name)).to_be_visible()


async def _stock(admin: Admin) -> None:
    view = admin.view
    await admin.place.shelve({f"SKU-{number:04}": number for number in range(1, 51)})
    await push_stock(admin)
    await admin.page.get_by_role("link", name="Runs").click()
    ours = view.get_by_role("row").filter(has_text="Done").filter(has_text="A person")
    await expect(ours).to_be_visible(timeout=SLOW)
    assert await admin.violations() == []
    await admin.page.get_by_role("link", name="Stock", exact=True).click()
    row = view.get_by_role("row").filter(has_text="SKU-0007")
    await expect(row).to_contain_text("Equal", timeout=SLOW)
    assert await admin.violations() == []
    await admin.place.shelve({"SKU-0007": 70})
    await view.get_by_role("searchbox").fill("sku-0007")
    await row.get_by_role("button", name="Push now").click()
    await expect(row.get_by_role("cell", name="70", exact=True)).to_have_count(2, timeout=SLOW)


@asynccontextmanager
async def _stranger(body: str) -> AsyncIterator[str]:
    """Somebody else's page, on an address of its own."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write((head + body).encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
