"""What the Polaris elements offer, read from the manifest that Shopify publishes: nothing of it is written by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = ROOT / "node_modules" / "@shopify" / "polaris-types" / "dist" / "custom-elements.json"


@dataclass(frozen=True, kw_only=True)
class Surface:
    """One element: its properties with their kind and default, and which property each attribute sets."""

    tag: str
    properties: dict[str, list[str]]
    attributes: dict[str, list[str]]
    events: tuple[str, ...]
    slots: tuple[str, ...]
    form: bool

    def takes(self, name: str) -> bool:
        """Whether markup may set it: by its attribute, by its property, or as a handler of one of its events."""
        known = {*self.attributes, *self.properties, *(f"on{event}" for event in self.events)}
        return name in known or name.lower() in known

    def shown(self) -> dict[str, Any]:
        return {
            "properties": self.properties,
            "attributes": self.attributes,
            "events": self.events,
            "slots": self.slots,
            "form": self.form,
        }


@cache
def read_surfaces(manifest: Path = MANIFEST) -> dict[str, Surface]:
    """Every element of the manifest by its tag."""
    modules = json.loads(manifest.read_text())["modules"]
    declared = [entry for module in modules for entry in module.get("declarations", [])]
    return {entry["tagName"]: _surface(entry) for entry in declared if entry.get("tagName")}


def _surface(entry: dict[str, Any]) -> Surface:
    members = [m for m in entry.get("members", []) if m.get("kind") == "field" and "name" in m]
    attributes: dict[str, list[str]] = {}
    for attribute in entry.get("attributes", []):
        attributes.setdefault(attribute["name"].lower(), []).append(attribute["fieldName"])
    properties = {m["name"]: [_kind(m), _plain(m.get("default", ""))] for m in members if m["name"].isalnum()}
    return Surface(
        tag=entry["tagName"],
        properties=properties,
        attributes=attributes,
        events=tuple(event["name"].lower() for event in entry.get("events", [])),
        slots=tuple(slot["name"] for slot in entry.get("slots", [])),
        form="name" in properties,
    )


def _kind(member: dict[str, Any]) -> str:
    text = member.get("type", {}).get("text", "")
    return text if text in ("boolean", "number") else "text"


def _plain(default: str) -> str:
    """`'base'` is the word base; sentences about a default are none."""
    quoted = len(default) > 1 and default[0] == default[-1] and default[0] in "'\""
    return default[1:-1] if quoted else ""
