"""The stand-ins against the published manifest, and what the page uses of it: nothing is used that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import jwt
import pytest

from sandbox.admin.page import polaris_script
from sandbox.admin.surface import ROOT, Surface, read_surfaces
from tests.sandbox.conftest import SHOP, Store

SOURCES = sorted((ROOT / "frontend" / "src").rglob("*.tsx"))
# What Preact itself reads, what every HTML element has, and App Bridge's own element.
EVERYWHERE = {"key", "slot", "id", "hidden", "lang", "dir", "ref"}
OF_APP_BRIDGE = {"s-app-nav"}


@pytest.fixture(scope="module")
def surfaces() -> dict[str, Surface]:
    return read_surfaces()


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_element_attribute_and_event_of_the_page_is_in_the_manifest(
    source: Path, surfaces: dict[str, Surface]
) -> None:
    for tag, names in opened(source.read_text()):
        if tag in OF_APP_BRIDGE:
            continue
        assert tag in surfaces, f"<{tag}>"
        unknown = [name for name in names if name not in EVERYWHERE and not surfaces[tag].takes(name)]
        assert unknown == [], f"<{tag}>"


def test_every_slot_of_the_page_is_in_the_manifest(surfaces: dict[str, Surface]) -> None:
    known = {slot for surface in surfaces.values() for slot in surface.slots}
    used = {slot for source in SOURCES for slot in re.findall(r'slot="([\w-]+)"', source.read_text())}
    assert used
    assert used <= known


def test_the_reader_of_elements_sees_through_expressions() -> None:
    found = dict(
        opened('<s-button href={a > b ? "x>" : `y`} onClick={() => go({ a: 1 })} loading>x</s-button>')
    )
    assert found == {"s-button": ["href", "onClick", "loading"]}


def test_the_manifest_tells_kinds_defaults_attributes_and_events(surfaces: dict[str, Surface]) -> None:
    assert len(surfaces) > 50
    table, field, box = (surfaces[tag] for tag in ("s-table", "s-text-field", "s-checkbox"))
    assert {"nextpage", "previouspage"} <= set(table.events)
    assert table.takes("onNextPage")
    assert not table.takes("onPage")
    assert table.properties["loading"][0] == "boolean"
    # In markup these two are where a field starts; the property of the same name is where it stands.
    assert field.attributes["value"] == ["value", "defaultValue"]
    assert box.attributes["checked"] == ["checked", "defaultChecked"]
    assert field.form
    assert not table.form


def test_the_stand_in_defines_every_element_of_the_manifest(surfaces: dict[str, Surface]) -> None:
    script = polaris_script()
    assert all(f'"{tag}"' in script for tag in surfaces)
    assert "description" not in script.partition("const STYLES")[0]


async def test_the_admin_frames_the_app_of_a_shop_and_of_no_other(store: Store) -> None:
    await store.control("PUT", "/app", url="http://127.0.0.1:9")
    page = await store.client.get(f"/store/{SHOP}/apps/stockbridge/orders")
    assert (page.status_code, "Simulated admin" in page.text) == (200, True)
    assert "http://127.0.0.1:9/orders?embedded=1" in page.text
    assert page.headers["x-simulated-shopify"] == "1"
    assert (await store.client.get("/store/other.myshopify.com")).status_code == 404
    assert (await store.client.get("/stand-ins/../page.py")).status_code == 404


async def test_only_the_admins_own_page_gets_a_token(store: Store) -> None:
    token = await store.client.post(f"/store/{SHOP}/id-token")
    assert token.json()["id_token"].count(".") == 2
    foreign: httpx.Response = await store.client.post(
        f"/store/{SHOP}/id-token", headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert (foreign.status_code, "id_token" in foreign.json()) == (403, False)


async def test_whoever_the_address_names_of_the_staff_is_who_looks_from_then_on(store: Store) -> None:
    def user(token: str) -> str:
        return str(jwt.decode(token, options={"verify_signature": False})["sub"])

    async def looks() -> str:
        return user((await store.client.post(f"/store/{SHOP}/id-token")).json()["id_token"])

    await store.control("PUT", "/app", url="http://127.0.0.1:9")
    assert await looks() == "1"
    page = await store.client.get(f"/store/{SHOP}/apps/stockbridge/orders?staff=3&state=HELD")
    assert "state=HELD" in page.text
    assert "staff=3" not in page.text
    assert '<option value="3" selected>Oda Lind</option>' in page.text
    assert await looks() == "3"
    await store.client.get(f"/store/{SHOP}/apps/stockbridge")
    assert await looks() == "3"
    await store.client.get(f"/store/{SHOP}/apps/stockbridge?staff=%3Cscript")
    assert await looks() == "1"


async def test_an_order_can_be_placed_from_the_admin(store: Store) -> None:
    said = (await store.client.post(f"/store/{SHOP}/orders")).json()["said"]
    known = (await store.control("GET", f"/shops/{SHOP}/orders"))["orders"]
    assert said == f"Order {known[0]['name']} was placed."


def opened(text: str) -> Iterator[tuple[str, list[str]]]:
    """Every opening tag of an `s-` element with the names of its attributes; what stands in braces is skipped."""
    for found in re.finditer(r"<(s-[a-z-]+)", text):
        yield found[1], list(_names(text[found.end() :]))


def _names(rest: str) -> Iterator[str]:
    depth, quote, name = 0, "", ""
    for letter in rest:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'`":
            quote = letter
        elif letter in "{}":
            depth += 1 if letter == "{" else -1
        elif depth == 0 and letter == ">":
            break
        elif depth == 0 and re.match(r"[\w-]", letter):
            name += letter
            continue
        if name:
            yield name
        name = ""
    if name:
        yield name
