"""What rules look up for one order: the version's tables, and rates; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from app.errors import Rejected, Verdict
from app.mapping.contents import LONGEST
from app.mapping.rates import Rate
from app.mapping.tables import Tables, look_up
from app.templates import Filter, Value, shown
from app.templates.values import worked_out

_LONGEST = LONGEST + 1
"""Of a value that is told: one that no table can hold is still seen to be none."""


def doors(
    tables: Tables, *, currency: str, at: datetime, used: Callable[[Rate], None] = lambda rate: None
) -> Mapping[str, Filter]:
    """`currency`: what the order's amounts are in; `at`: when it was placed, whose day's rate counts and is told to `used`.

    Raise Rejected: `rule.table_unknown`, `rule.unmapped` with table and value, `rule.no_rate`, `rule.rate_stale`.
    """

    def code(value: Value, table: Value, required: bool) -> Value:
        texts, name = _texts(value), shown(table)
        entries = tables.table(name)
        if entries is None:
            sentence = f"There is no table {name[:60]}."
            raise Rejected("rule.table_unknown", sentence, verdict=Verdict.NEEDS_MAPPING)
        found = look_up(entries, *texts) if texts else None
        if found is None and texts and required:
            raise Rejected(
                "rule.unmapped",
                f"The table {name} says nothing of this value.",
                verdict=Verdict.NEEDS_MAPPING,
                facts={"table": name, "value": (texts[1:] or texts)[0][:_LONGEST]},
            )
        return found

    def converted(value: Value, to: str) -> Value:
        if value in {None, ""}:
            return None
        rate = tables.rate(currency, shown(to).strip().upper(), at)
        if rate.source != rate.target:
            used(rate)
        return worked_out(value, rate.of)

    return {"look_up": code, "currency": converted}


def _texts(value: Value) -> list[str]:
    """What is looked for, the likeliest first: several texts as one, then each of them."""
    several = value if isinstance(value, tuple) and len(value) > 1 else ()
    found = [shown(each).strip() for each in (value, *several)]
    return [text for text in found if text]
