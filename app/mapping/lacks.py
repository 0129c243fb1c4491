"""What a held record lacks in the look-up tables: which table, and what stands for nothing, or for the wrong thing, in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from app.errors import Reason
from app.mapping.contents import LONGEST
from app.mapping.tables import FREE, Tables, fold, known

TABLE, VALUE, CODE = "table", "value", "code"
"""How a reason's facts name it, for every table: `value` is what the store says and nothing stands beside; where the host
refuses what stands there, a host knows only its own `code`."""
_MOST = 20
"""Of one record. Whoever lacks more is looked at again once these are there."""


@dataclass(frozen=True, kw_only=True)
class Lack:
    """`value` as the store spells it, `key` as tables are searched; `code`: the reason's own."""

    table: str
    value: str
    code: str

    @property
    def key(self) -> str:
        return fold(self.value)


def of(reasons: Iterable[Reason], tables: Tables) -> tuple[Lack, ...]:
    """Everything that the reasons name and a table can hold, each once."""
    found: dict[tuple[str, str], Lack] = {}
    for reason in reasons:
        for table, value in _places(reason.facts, tables):
            if len(value) > LONGEST:
                continue
            lack = Lack(table=table, value=value, code=reason.code)
            found.setdefault((table, lack.key), lack)
    return tuple(found.values())[:_MOST]


def named(reason: Reason, tables: Tables) -> Reason:
    """The reason with the `value` that a host could not know, where there is only one."""
    places = _places(reason.facts, tables)
    if len(places) != 1 or VALUE in reason.facts:
        return reason
    return replace(reason, facts={**reason.facts, TABLE: places[0][0], VALUE: places[0][1]})


def _places(facts: Mapping[str, str], tables: Tables) -> list[tuple[str, str]]:
    """What the host refused is looked up backwards; an item that stands in no table is the SKU itself."""
    table, code = facts.get(TABLE, ""), facts.get(CODE)
    table = table if known(table) else FREE + table
    if not known(table):
        return []
    if VALUE in facts:
        return [(table, facts[VALUE])]
    for each in (table, *(("special",) if table == "items" else ())):
        keys = sorted(key for key, value in (tables.table(each) or {}).items() if code and value == code)
        if keys:
            return [(each, key) for key in keys]
    return [(table, code)] if code and table == "items" else []
