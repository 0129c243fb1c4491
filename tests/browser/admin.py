"""The simulated admin in a real Chromium: opens views, reads the framed page, and asks axe what it thinks of it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import Browser, Frame, FrameLocator, Page, Route, async_playwright

from app.cli.stage import ROOT
from run import BROWSERS
from sandbox.admin.page import bridge_script, polaris_script
from tests.browser.surroundings import Surroundings

_AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"


_UNKNOWN = """() => {
  const everywhere = new Set(["slot", "id", "hidden", "lang", "dir", "class", "style", "name", "disabled"]);
  const ours = [...document.querySelectorAll("*")].filter((each) => each.localName.startsWith("s-"));
  return ours.filter((each) => each.localName !== "s-app-nav").flatMap((each) => each.surface
    ? each.getAttributeNames().filter((name) => !everywhere.has(name) && !(name in each.surface.attributes))
      .filter((name) => !/^(role|tabindex|aria-.*|data-.*)$/.test(name))
      .map((name) => `<${each.localName} ${name}>`)
    : [`<${each.localName}>`]);
}"""
"""Whatever Preact could not set as a property became an attribute: also what was spread or stood in a condition."""


def chromium() -> str | None:
    """Where a browser is on this machine."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    # No sandbox, as a container's root may not make one; what is opened here is ours. Debian asks for a graphics card.
    async with async_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = await playwright.chromium.launch(executable_path=chromium(), args=flags)
        yield browser
        await browser.close()


@dataclass(kw_only=True)
class Admin:
    """One tab. `troubles` are errors of scripts; `answers` what the API answered, by status."""

    page: Page
    place: Surroundings
    troubles: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    @property
    def view(self) -> FrameLocator:
        return self.page.frame_locator("#app")

    async def open(self, path: str = "") -> None:
        await self.page.goto(f"{self.place.admin}{path}")

    async def frame(self) -> Frame:
        handle = await self.page.wait_for_selector("#app")
        found = await handle.content_frame()
        assert found is not None
        return found

    async def violations(self) -> list[str]:
        """What axe finds in our page, shadow roots included, and what is used of Polaris that no manifest knows."""
        frame = await self.frame()
        unknown = await frame.evaluate(_UNKNOWN)
        if not await frame.evaluate("() => 'axe' in window"):
            await frame.evaluate(_AXE.read_text())
        found = await frame.evaluate(
            "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
        )
        return [f"{v['id']}: {[node['target'] for node in v['nodes']]}" for v in found] + list(unknown)


@asynccontextmanager
async def open_admin(
    browser: Browser, place: Surroundings, *, width: int = 1280, cdn: bool = True
) -> AsyncIterator[Admin]:
    """A fresh tab. Shopify's addresses are answered by the stand-ins, or with `cdn=False` by nobody."""
    context = await browser.new_context(viewport={"width": width, "height": 900}, locale="en-GB")
    page = await context.new_page()
    admin = Admin(page=page, place=place)

    async def shopify(route: Route) -> None:
        scripts = {"app-bridge.js": bridge_script, "polaris-1.js": polaris_script}
        made = scripts.get(urlsplit(route.request.url).path.rpartition("/")[2])
        if cdn and made:
            await route.fulfill(body=made(), content_type="text/javascript")
        else:
            await route.abort()

    await page.route("https://cdn.shopify.com/**", shopify)
    page.on("pageerror", lambda error: admin.troubles.append(str(error)))
    page.on("response", lambda r: admin.answers.append(r.status) if r.url.endswith("/graphql") else None)
    yield admin
    await context.close()
