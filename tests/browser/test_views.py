"""Every view with something in it, wide and narrow: axe is content, nothing is cut off, all is words; viewers change nothing."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.async_api import Browser, Request, Route, expect

from tests.browser.admin import Admin, open_admin
from tests.browser.surroundings import Surroundings
from tests.browser.views import View, furnished

pytestmark = pytest.mark.browser

CUT_OFF = """() => {
  const wide = document.documentElement.clientWidth;
  const parts = [...document.querySelectorAll("body *")].filter((each) => each.getClientRects().length);
  const name = (each) => `${each.localName}: ${each.textContent.trim().slice(0, 40)}`;
  const shown = parts.filter((each) => !each.closest("s-table-header-row"));
  return shown.filter((each) => each.getBoundingClientRect().right > wide + 1).map(name);
}"""
"""Whatever reaches beyond the right edge of the frame. A table's head is there for readers alone where it is a list."""

WIDTHS = (1280, 390)
DRAWN = """() => new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(() => done()));
  setTimeout(done, 1_000);
})"""
"""Waits until what a new width asks for was drawn; a browser that has nothing to draw anew calls nobody."""

RAW = ("undefined", "[object", "NaN", "null", "{", "}", "Lorem", "TODO")


@pytest.fixture(scope="module")
async def views(browser: Browser, place: Surroundings) -> list[View]:
    return await furnished(browser, place, orders=8)


async def test_every_view_is_whole_and_in_words_wide_and_narrow(
    browser: Browser, place: Surroundings, views: list[View]
) -> None:
    """Each is opened once, wide or narrow in turns, and looked at in both widths."""
    async with open_admin(browser, place) as admin:
        for number, view in enumerate(each for each in views if not each.looked_at):
            first, then = WIDTHS if number % 2 else WIDTHS[::-1]
            await sized(admin, first)
            await admin.open(view.path)
            await looked_at(admin, view)
            await sized(admin, then)
            await looked_at(admin, view)
            assert admin.troubles == [], view.name


async def sized(admin: Admin, width: int) -> None:
    await admin.page.set_viewport_size({"width": width, "height": 900})


async def looked_at(admin: Admin, view: View) -> None:
    await expect(view.ready(admin.view)).to_be_visible(timeout=180_000)
    frame = await admin.frame()
    await frame.evaluate(DRAWN)
    assert await admin.violations() == [], view.name
    assert await frame.evaluate(CUT_OFF) == [], view.name
    text = await frame.inner_text("#page")
    assert not [word for word in RAW if word in text], view.name


_TOLD = re.compile(r'<script type="application/json" id="first">(.*?)</script>', re.DOTALL)
_OF_THE_PAGE = re.compile(r"[?&]id_token=")
Asked = tuple[str, str]
"""A question's name and its variables."""


def as_asked(name: str, variables: Any) -> Asked:
    return name, json.dumps(variables, sort_keys=True)


def questions(admin: Admin) -> list[Asked]:
    """The questions that are asked from now on."""
    found: list[Asked] = []

    def heard(request: Request) -> None:
        body = json.loads(request.post_data or "null") if request.url.endswith("/graphql") else None
        if body and (named := re.match(r"\s*query (\w+)", body["query"])):
            found.append(as_asked(named[1], body.get("variables") or {}))

    admin.page.on("request", heard)
    return found


async def test_what_a_document_brings_is_what_its_view_asks_where_it_brings_nothing(
    browser: Browser, place: Surroundings, views: list[View]
) -> None:
    brought: list[Asked] = []

    async def robbed(route: Route) -> None:
        answer = await route.fetch()
        text = await answer.text()
        brought.extend(
            as_asked(each["name"], each["variables"])
            for told in _TOLD.findall(text)
            for each in json.loads(told)
        )
        await route.fulfill(response=answer, body=_TOLD.sub("", text))

    async with open_admin(browser, place) as admin:
        asked = questions(admin)
        await admin.page.route(_OF_THE_PAGE, robbed)
        for view in views:
            # What the view before still asks is over by then.
            await admin.page.goto("about:blank")
            brought.clear()
            asked.clear()
            await admin.open(view.path)
            await expect(view.ready(admin.view)).to_be_visible(timeout=180_000)
            assert ("Viewer", "{}") in brought, view.name
            for _ in range(100):
                if set(brought) <= set(asked):
                    break
                await admin.page.wait_for_timeout(100)
            assert set(brought) <= set(asked), view.name
        assert admin.troubles == []


async def test_what_a_document_brought_is_not_asked_for(
    browser: Browser, place: Surroundings, views: list[View]
) -> None:
    async with open_admin(browser, place) as admin:
        # However slow the machine is: the page starts in time to take what came.
        await admin.page.add_init_script("performance.now = () => 0")
        asked = questions(admin)
        for view in views:
            if view.name in {"setup-live", "privacy", "help", "team", "tokens", "audit"}:
                await admin.open(view.path)
                await expect(view.ready(admin.view)).to_be_visible(timeout=180_000)
                assert asked == [], view.name
        assert admin.troubles == []


BUTTONS = """() => {
  const found = [];
  const look = (root) => {
    for (const each of root.querySelectorAll("*")) {
      if (each.localName === "button" && each.getClientRects().length) found.push(each);
      if (each.shadowRoot) look(each.shadowRoot);
    }
  };
  look(document);
  window.pressable = found.filter((each) => !each.disabled && each.getAttribute("aria-disabled") !== "true");
  return [window.pressable.length, found.length - window.pressable.length];
}"""
"""Every button that is seen, those of the elements' own included: how many may be pressed, and how many are shut."""

PRESS = "(at) => { const each = window.pressable[at]; if (each?.isConnected) each.click(); }"
SHUT = {"overview", "setup-skus", "problems", "stock", "runs", "schedules", "connections"}
"""Views on which something is there to be pressed, whatever else is the case."""


async def pressed(admin: Admin) -> tuple[int, int]:
    """Presses whatever may be pressed: how many buttons those were, and how many were shut."""
    frame = await admin.frame()
    many, shut = await frame.evaluate(BUTTONS)
    for at in range(many):
        await frame.evaluate(PRESS, at)
    await admin.page.wait_for_timeout(300)
    return many, shut


def changes(admin: Admin) -> list[str]:
    """The changes that are asked for from now on, by name."""
    found: list[str] = []

    def heard(request: Request) -> None:
        asked = (request.post_data or "") if request.url.endswith("/graphql") else ""
        found.extend(re.findall(r'^\{"query":"mutation (\w+)', asked))

    admin.page.on("request", heard)
    return found


async def test_a_viewer_changes_nothing_whatever_is_pressed_and_is_told_why(
    browser: Browser, place: Surroundings, views: list[View]
) -> None:
    async with open_admin(browser, place) as admin:
        await admin.open("?staff=4")
        asked, told = changes(admin), admin.view.get_by_text("Your role, viewer").first
        for view in views:
            await admin.open(view.path)
            ready = view.ready(admin.view)
            # What may not even be read says so in its place.
            for there in (ready, told) if view.name in SHUT else (ready.or_(told),):
                await expect(there.first).to_be_visible(timeout=180_000)
            _, shut = await pressed(admin)
            assert asked == [], view.name
            assert shut > 0 or view.name not in SHUT, view.name
        assert admin.troubles == []
    async with open_admin(browser, place) as admin:
        await admin.open("/stock?staff=1")
        await expect(admin.view.get_by_text("SKU-0001")).to_be_visible(timeout=180_000)
        asked = changes(admin)
        await pressed(admin)
        assert {"StockPlan", "StockPush"} & set(asked)
