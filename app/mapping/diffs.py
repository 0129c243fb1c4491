"""What one mapping says otherwise than another: entries of tables, and rules by their ids with their places; pure.

A difference is whole: made on the one it gives the other, so nothing that would be published can be missing from it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from app.mapping.contents import Rules, Tables
from app.ports import Json


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One row of a table. None: there is none."""

    key: str
    was: str | None
    now: str | None


@dataclass(frozen=True, kw_only=True)
class RuleChange:
    """One rule of a section. `was_at`, `now_at`: its place, from 0; None: it is not there.

    `moved`: others stand before or behind it than did. `id` None: the section as a whole, where it is no list of rules.
    """

    section: str
    id: str | None
    was: Json
    now: Json
    was_at: int | None = None
    now_at: int | None = None
    moved: bool = False

    @property
    def kind(self) -> Literal["added", "removed", "changed", "moved"]:
        if self.was is None:
            return "added"
        if self.now is None:
            return "removed"
        return "moved" if self.was == self.now else "changed"


@dataclass(frozen=True, kw_only=True)
class Diff:
    """`tables`: only those with a difference, their entries by key."""

    tables: Mapping[str, tuple[Entry, ...]]
    rules: tuple[RuleChange, ...]


def between(was: tuple[Tables, Rules], now: tuple[Tables, Rules]) -> Diff:
    """What leads from the one to the other; what is empty is as good as not there."""
    tables = {
        name: tuple(_entries(was[0].get(name, {}), now[0].get(name, {}))) for name in _names(was[0], now[0])
    }
    sections = _names(was[1], now[1])
    rules = [change for name in sections for change in _section(name, was[1].get(name), now[1].get(name))]
    return Diff(tables={name: rows for name, rows in tables.items() if rows}, rules=tuple(rules))


def applied(diff: Diff, to: tuple[Tables, Rules]) -> tuple[dict[str, dict[str, str]], dict[str, Json]]:
    """The other one: what `between` was given as `now`, without what is empty."""
    tables = {name: dict(rows) for name, rows in to[0].items()}
    for name, entries in diff.tables.items():
        gone = {entry.key for entry in entries}
        kept = {key: value for key, value in tables.get(name, {}).items() if key not in gone}
        tables[name] = kept | {entry.key: entry.now for entry in entries if entry.now is not None}
    rules = dict(to[1])
    for section in {change.section for change in diff.rules}:
        rules[section] = _rebuilt(to[1].get(section), [c for c in diff.rules if c.section == section])
    return {name: rows for name, rows in tables.items() if rows}, {
        n: made for n, made in rules.items() if made
    }


def _names(was: Mapping[str, object], now: Mapping[str, object]) -> list[str]:
    return sorted(was.keys() | now.keys())


def _entries(was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Entry]:
    for key in _names(was, now):
        if was.get(key) != now.get(key):
            yield Entry(key=key, was=was.get(key), now=now.get(key))


def _section(section: str, was: Json, now: Json) -> Iterator[RuleChange]:
    old, new = _by_id(was), _by_id(now)
    if old is None or new is None:
        if (was or None) != (now or None):
            yield RuleChange(section=section, id=None, was=was, now=now)
        return
    places, before = _places(new), _places(old)
    resting = _longest_rising([name for name in old if name in new], places)
    for name in [*new, *(each for each in old if each not in new)]:
        moved = name in old and name in new and name not in resting
        if moved or old.get(name) != new.get(name):
            yield RuleChange(
                section=section, id=name, was=old.get(name), now=new.get(name),
                was_at=before.get(name), now_at=places.get(name), moved=moved,
            )  # fmt: skip


def _rebuilt(was: Json, changes: Sequence[RuleChange]) -> Json:
    whole = [change for change in changes if change.id is None]
    if whole:
        return whole[0].now
    old = _by_id(was) or {}
    touched = {change.id: change for change in changes}
    made: list[Json] = []
    for name, rule in old.items():
        change = touched.get(name)
        if change is None:
            made.append(rule)
        elif change.now is not None and not change.moved:
            made.append(change.now)
    coming = [change for change in changes if change.now is not None and (change.moved or change.was is None)]
    for change in sorted(coming, key=lambda each: each.now_at or 0):
        made.insert(change.now_at or 0, change.now)
    return made


def _by_id(section: Json) -> dict[str, Json] | None:
    """A list of rules by their ids, in its order; None: it is something else."""
    if not section:
        return {}
    if not isinstance(section, list):
        return None
    found: dict[str, Json] = {}
    for rule in section:
        name = rule.get("id") if isinstance(rule, dict) else None
        if not isinstance(name, str) or name in found:
            return None
        found[name] = rule
    return found


def _places(names: Mapping[str, Json]) -> dict[str, int]:
    return {name: place for place, name in enumerate(names)}


def _longest_rising(names: Sequence[str], places: Mapping[str, int]) -> frozenset[str]:
    """As many as can stay where they are: the others are the fewest that must have been moved."""
    ends: list[int] = []
    lengths: list[int] = []
    for name in names:
        length = bisect_left(ends, places[name])
        ends[length : length + 1] = [places[name]]
        lengths.append(length)
    found: set[str] = set()
    wanted = len(ends) - 1
    for name, length in zip(reversed(names), reversed(lengths), strict=True):
        if length == wanted and all(places[name] < places[other] for other in found):
            found.add(name)
            wanted -= 1
    return frozenset(found)
