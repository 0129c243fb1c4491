"""Who moved a value since it was written last, the ERP or a person in the store; pure, three-way.

What was written is noted beside the thing, in the same call, as a pair of short digests: what the ERP said and what the
store showed. A pair differs inside only where a value was found there and left.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import orjson

from app.domain.product import Changed

_DIGEST = 12


class Moved(StrEnum):
    """NOBODY: nothing is to be done. ERP: it is to be written. FOUND: it stood there before we ever wrote it.

    STORE: a person changed it there, whatever the ERP did.
    """

    NOBODY = "nobody"
    ERP = "erp"
    FOUND = "found"
    STORE = "store"


@dataclass(frozen=True, kw_only=True)
class Merged:
    """`write`: what is to change in the store. `notes`: what is to be noted with it, None: as it is. `asks`: a person decides."""

    write: Mapping[str, str]
    notes: Mapping[str, str] | None
    asks: tuple[str, ...]


def digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:_DIGEST]


def note(wanted: str, there: str) -> str:
    return f"{digest(wanted)}:{digest(there)}"


def moved(wanted: str, there: str, noted: str | None) -> Moved:
    if wanted == there:
        return Moved.NOBODY
    if noted is None:
        return Moved.FOUND if there else Moved.ERP
    said, _, shown = noted.partition(":")
    if digest(there) != shown:
        return Moved.STORE
    return Moved.ERP if digest(wanted) != said else Moved.NOBODY


def merge(
    wanted: Mapping[str, str], there: Mapping[str, str], noted: Mapping[str, str], changed: Changed
) -> Merged:
    """What the ERP does not say is not in `wanted`, and stays. What was found there stays until the ERP moves."""
    write: dict[str, str] = {}
    notes = dict(noted)
    asks: list[str] = []
    for name, value in sorted(wanted.items()):
        shown = there.get(name, "")
        who = moved(value, shown, noted.get(name))
        if who is Moved.ERP or (who is Moved.STORE and changed is Changed.ERP):
            write[name] = value
            notes[name] = note(value, value)
        elif who is Moved.FOUND:
            notes[name] = note(value, shown)
        elif who is Moved.STORE and changed is Changed.ASK:
            asks.append(name)
    return Merged(write=write, notes=notes if notes != dict(noted) else None, asks=tuple(asks))


def read(text: str | None) -> Mapping[str, str]:
    """What stands in our note; one that can't be read says nothing."""
    try:
        found = orjson.loads(text) if text else {}
    except orjson.JSONDecodeError:
        return {}
    return {str(k): v for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}


def as_text(noted: Mapping[str, str]) -> str:
    plain = {str(name): each for name, each in noted.items()}
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS).decode()
