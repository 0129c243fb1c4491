"""What tests of the mapping's views share: the API beside the page, an order to look at, the parts of the rule builder."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx
from playwright.async_api import FrameLocator, Locator, expect

from tests.browser.admin import Admin
from tests.browser.steps import SLOW
from tests.browser.surroundings import Surroundings
from tests.patience import FAR

_WIDE = 800
"""Below it the groups of the order's fields are shut at first."""
_CONNECTIONS = "{ connections { id } }"
_ORDERS = "{ orders(states: [SETTLED]) { nodes { id name } } }"
_DRAFT = "query ($id: ID!) { mappingDraft(connection: $id) { revision rules problems { message } } }"
_BEGIN = (
    "mutation ($id: ID!) { mappingDraftBegin(connection: $id) { draft { revision } userErrors { code } } }"
)
_SAVE = """mutation ($id: ID!, $revision: ID!, $input: MappingDraftInput!) {
    mappingDraftSave(connection: $id, revision: $revision, input: $input) { draft { revision } userErrors { code } } }"""
_DISCARD = """mutation ($id: ID!, $revision: ID!) {
    mappingDraftDiscard(connection: $id, revision: $revision) { userErrors { code } } }"""
_PREVIEW = "query ($id: ID!, $order: ID!) { mappingPreview(connection: $id, order: $order) { document obstacles { code } } }"


@dataclass(frozen=True, kw_only=True)
class Beside:
    """The API as a tool asks it, for what the page must have done."""

    place: Surroundings
    token: str
    connection: str = ""

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(base_url=self.place.app, trust_env=False, timeout=FAR) as client:
            sent = {"query": document, "variables": {"id": self.connection, **variables}}
            body = (await client.post("/graphql", json=sent, headers=headers)).json()
        assert not body.get("errors"), body
        return dict(body["data"])

    async def draft(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = (await self.ask(_DRAFT))["mappingDraft"]
        return found

    async def rules(self) -> dict[str, Any]:
        """The draft's, as they are stored."""
        draft = await self.draft()
        assert draft is not None
        assert draft["problems"] == []
        return dict(draft["rules"])

    async def starts(self, wanted: dict[str, Any]) -> None:
        """Waits until the draft's rules start from these, by the field that they fill."""
        async with asyncio.timeout(FAR):
            while True:
                if {rule["target"]: rule["start"] for rule in (await self.rules())["fields"]} == wanted:
                    return
                await asyncio.sleep(0.2)

    async def save(self, **said: Any) -> None:
        """What somebody else does to the draft meanwhile; it is begun where there is none."""
        revision = (await self.ask(_BEGIN))["mappingDraftBegin"]["draft"]["revision"]
        saved = await self.ask(_SAVE, revision=revision, input=said)
        assert saved["mappingDraftSave"]["userErrors"] == []

    async def discard(self) -> None:
        if draft := await self.draft():
            await self.ask(_DISCARD, revision=draft["revision"])

    async def told(self, order: str) -> dict[str, Any]:
        """What the ERP would be told of an order, by its name, under the draft."""
        nodes = (await self.ask(_ORDERS))["orders"]["nodes"]
        (found,) = (node["id"] for node in nodes if node["name"] == order)
        preview = (await self.ask(_PREVIEW, order=found))["mappingPreview"]
        assert preview["obstacles"] == []
        return dict(preview["document"]["body"])

    async def settled(self, count: int) -> list[str]:
        """The names of the orders that are in the ERP, once there are so many."""
        async with asyncio.timeout(FAR):
            while True:
                nodes = (await self.ask(_ORDERS))["orders"]["nodes"]
                if len(nodes) >= count:
                    return [node["name"] for node in nodes]
                await asyncio.sleep(0.3)


async def beside(place: Surroundings) -> Beside:
    """Of the only connection that the shop has."""
    made = Beside(place=place, token=await place.token("admin"))
    ((connection,),) = ((await made.ask(_CONNECTIONS))["connections"],)
    return Beside(place=place, token=made.token, connection=connection["id"])


async def open_rules(admin: Admin, *, tall: bool = False) -> None:
    """The rule builder, once it shows an order's values. `tall`: all of it is in sight, so that dragging scrolls nothing."""
    width = admin.page.viewport_size["width"] if admin.page.viewport_size else 0
    if tall:
        await admin.page.set_viewport_size({"width": width, "height": 3_000})
    await admin.open("/mapping")
    await expect(admin.view.get_by_role("heading", name="What the ERP is told")).to_be_visible(timeout=SLOW)
    if width < _WIDE:
        await group(admin.view, "Order").click()
    await expect(entry(admin.view, "Order name")).to_contain_text("#", timeout=SLOW)


def group(view: FrameLocator, name: str) -> Locator:
    """The heading of a group of the order's fields, which opens and shuts it."""
    return view.locator("summary").filter(has_text=name).first


def entry(view: FrameLocator, label: str) -> Locator:
    """A field of the order on the left."""
    return view.get_by_role("listitem").filter(has_text=label).first


def editor(view: FrameLocator, label: str) -> Locator:
    """There is one at most; what stands in it is put into a slot, so it is not found below it."""
    return view.get_by_role("region", name=f"A rule for {label}", exact=True)


def result(view: FrameLocator) -> Locator:
    """What the open rule gives for the order that was chosen."""
    return view.locator("s-box").filter(has_text="would give").last


async def saved(admin: Admin) -> None:
    await expect(admin.page.locator(".toast").last).to_contain_text("Saved in the draft", timeout=SLOW)
    await expect(bar(admin)).to_be_hidden()


def bar(admin: Admin) -> Locator:
    return admin.page.get_by_role("region", name="Unsaved changes")
