"""One view measured in a real Chromium: a cold tab of the simulated admin, a line of 10 Mbit, a processor four times slower."""

from __future__ import annotations

import asyncio
import gzip
from contextlib import suppress
from typing import Any

from playwright.async_api import Browser, CDPSession, Error, Frame, Page, Route, expect

from bench.children import BenchError
from bench.page.judging import Seen
from sandbox.admin.page import polaris_script
from tests.browser.admin import open_admin
from tests.browser.surroundings import Surroundings
from tests.browser.views import View

BYTES_PER_SECOND = 10_000_000 / 8
ROUND_TRIP_MS = 40
SLOWER = 4
_ROUND_TRIPS_OF_A_NEW_HOST = 4
"""A name, a connection, its encryption, and the question itself."""
_PATIENCE_MS = 60_000
_QUIET_SECONDS = 1.5
"""How long after its content a view is watched for late jumps."""

_WATCH = """
window.seen = { lcp: 0, shifts: [] };
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.seen.lcp = entry.startTime;
}).observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.seen.shifts.push([entry.startTime, entry.value]);
}).observe({ type: "layout-shift", buffered: true });
"""
_TOLD = """() => ({ ...window.seen, scripts: performance.getEntriesByType("resource")
  .filter((each) => each.name.startsWith(location.origin) && new URL(each.name).pathname.endsWith(".js"))
  .map((each) => each.transferSize) })"""


async def seen(browser: Browser, place: Surroundings, view: View) -> Seen:
    """The view in a fresh tab: nothing is in a cache, the documents are those of production."""
    async with open_admin(browser, place) as admin:
        await admin.page.add_init_script(_WATCH)
        await admin.page.route("https://cdn.shopify.com/**", _as_from_far)
        await _slow(admin.page)
        await admin.open(view.path)
        await expect(view.ready(admin.view)).to_be_visible(timeout=_PATIENCE_MS)
        await asyncio.sleep(_QUIET_SECONDS)
        frame = await admin.frame()
        await _together(admin.page, frame)
        return _seen(await frame.evaluate(_TOLD))


def _seen(told: dict[str, Any]) -> Seen:
    return Seen(
        lcp_ms=told["lcp"],
        shifts=[(at, value) for at, value in told["shifts"]],
        js_bytes=sum(told["scripts"]),
    )


async def _slow(page: Page) -> None:
    """For the admin's page and the framed one: they are one site, so one process shows both."""
    session: CDPSession = await page.context.new_cdp_session(page)
    line = {
        "offline": False,
        "latency": ROUND_TRIP_MS,
        "downloadThroughput": BYTES_PER_SECOND,
        "uploadThroughput": BYTES_PER_SECOND,
    }
    await session.send("Network.enable")
    await session.send("Network.emulateNetworkConditions", line)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})


async def _as_from_far(route: Route) -> None:
    """What the test answers itself passes the slow line by: it waits as long as the line would take."""
    await asyncio.sleep(_ROUND_TRIPS_OF_A_NEW_HOST * ROUND_TRIP_MS / 1000 + _SCRIPT / BYTES_PER_SECOND)
    await route.fallback()


_SCRIPT = len(gzip.compress(polaris_script().encode()))


async def _together(page: Page, frame: Frame) -> None:
    """Raises BenchError when the framed page has a process of its own: what slows the page would not reach it."""
    with suppress(Error):
        await page.context.new_cdp_session(frame)
        raise BenchError("The framed page runs apart from the admin, so nothing slows it down.")
