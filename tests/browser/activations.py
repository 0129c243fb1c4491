"""Counts what a person does on the page that navigates, submits or confirms: the browser itself tells of every press.

Opening a list, picking in it, dragging, moving the focus and typing are none; Enter in a text field is one, and so is
every click on anything else, whether a mouse made it or a key.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.async_api import Locator

from tests.browser.admin import Admin

_FARTHEST = 120

_TELLS = """(() => {
  const TEXT = new Set(["text", "search", "password", "email", "url", "tel", "number", "date", "color"]);
  const lists = (at) => ["select", "option", "datalist"].includes(at.localName)
    || ["option", "listbox", "combobox"].includes(at.getAttribute?.("role")) || at.getAttribute?.("aria-haspopup") === "listbox";
  const typed = (at) => at.localName === "textarea" || (at.localName === "input" && TEXT.has(at.type));
  const name = (at) => at?.getAttribute?.("aria-label") || at?.getRootNode?.().host?.textContent || at?.textContent || "";
  const tell = (kind, at) => window.activated(`${kind} ${at?.localName}: ${name(at).trim().slice(0, 60)}`);
  const elements = (event) => event.composedPath().filter((at) => at instanceof Element);
  addEventListener("click", (event) => {
    const path = elements(event);
    if (!event.isTrusted || path.some((at) => lists(at) || typed(at) || at.localName === "label")) return;
    const pressed = path.find((at) => at.matches("a, button, summary, input, [role=button], [role=link], [tabindex]"));
    tell("click", pressed ?? path[0]);
  }, true);
  addEventListener("keydown", (event) => {
    const [at] = elements(event);
    if (event.isTrusted && event.key === "Enter" && at?.localName === "input" && typed(at) && !lists(at)) tell("Enter in", at);
  }, true);
})()"""
"""A label's click is followed by one on what it labels, which is counted."""


@dataclass(kw_only=True)
class Activations:
    """`seen` names each in turn, of the admin's own page and of the framed one."""

    admin: Admin
    seen: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.seen)

    def begin(self) -> None:
        """What was done before is forgotten: from here on it counts."""
        self.seen.clear()

    async def tab_to(self, target: Locator, *, back: bool = False) -> None:
        """Moves the focus by keyboard alone, as far as anybody would."""
        for _ in range(_FARTHEST):
            if await target.count() and await target.first.evaluate("at => at.matches(':focus')"):
                return
            await self.admin.page.keyboard.press("Shift+Tab" if back else "Tab")
        raise AssertionError(f"the focus never came to {target}")

    async def press(self, key: str) -> None:
        await self.admin.page.keyboard.press(key)

    async def type(self, text: str) -> None:
        await self.admin.page.keyboard.type(text)


async def counted(admin: Admin) -> Activations:
    """Before the first document is opened: every one that is opened afterwards tells."""
    found = Activations(admin=admin)

    def tell(what: str) -> None:
        found.seen.append(what)

    await admin.page.expose_function("activated", tell)
    await admin.page.add_init_script(_TELLS)
    return found
