"""Which topics go to which address, from the app's own configuration file or from the control place."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Subscription:
    topic: str
    uri: str
    include_fields: tuple[str, ...] | None = None
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What an app's configuration file declares."""

    subscriptions: list[Subscription]
    api_version: str
    scopes: str | None


def from_toml(path: Path) -> Declared:
    whole = tomllib.loads(path.read_text("utf-8"))
    webhooks = whole.get("webhooks", {})
    return Declared(
        subscriptions=[made for entry in webhooks.get("subscriptions", ()) for made in _entries(entry)],
        api_version=str(webhooks.get("api_version", "2026-10")),
        scopes=whole.get("access_scopes", {}).get("scopes"),
    )


def from_json(entries: Iterable[Mapping[str, Any]]) -> list[Subscription]:
    return [made for entry in entries for made in _entries(entry)]


def _entries(entry: Mapping[str, Any]) -> list[Subscription]:
    topics = [*entry.get("topics", ()), *entry.get("compliance_topics", ())]
    if "topic" in entry:
        topics.append(entry["topic"])
    wanted = entry.get("include_fields")
    return [
        Subscription(
            topic=topic,
            uri=entry["uri"],
            include_fields=None if wanted is None else tuple(wanted),
            name=entry.get("name"),
        )
        for topic in topics
    ]


def trimmed(body: Any, wanted: Iterable[str]) -> Any:
    """Only the dotted paths named; a path through a list picks from each of its items."""
    tree: dict[str, Any] = {}
    for path in wanted:
        branch = tree
        for step in path.split("."):
            branch = branch.setdefault(step, {})
    return _pick(body, tree)


def _pick(value: Any, tree: Mapping[str, Any]) -> Any:
    if not tree:
        return value
    if isinstance(value, list):
        return [_pick(item, tree) for item in value]
    if isinstance(value, dict):
        return {name: _pick(value[name], branch) for name, branch in tree.items() if name in value}
    return value
