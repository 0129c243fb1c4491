"""Entries of one table side by side, compared as look-ups compare them: neither capitals nor spaces around them matter; pure."""

from __future__ import annotations

from collections.abc import Mapping

from app.mapping.diffs import Entry
from app.mapping.tables import fold


def between(old: Mapping[str, str], new: Mapping[str, str]) -> list[Entry]:
    """What would be added, changed and removed, by key."""
    was = {fold(key): value for key, value in old.items()}
    now = {fold(key): value for key, value in new.items()}
    spelled = {fold(key): key for key in (*old, *new)}
    return [
        Entry(key=spelled[folded], was=was.get(folded), now=now.get(folded))
        for folded in sorted(spelled)
        if was.get(folded) != now.get(folded)
    ]


def merged(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """The old table with the new entries in it. An entry that says the same already keeps its spelling."""
    said = {fold(key): value for key, value in old.items()}
    fresh = {key: value for key, value in new.items() if said.get(fold(key)) != value}
    taken = {fold(key) for key in fresh}
    return {key: value for key, value in old.items() if fold(key) not in taken} | fresh
