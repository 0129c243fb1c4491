"""How a simulated Odoo answers reads: floats, naive times, False for nothing, pairs for references."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sandbox.erps.odoo.fields import Field
from sandbox.erps.odoo.tables import Record, Tables

ANSWERS = 17
"""From this version on one call reads what hangs on a record."""
_FORMAT = "%Y-%m-%d %H:%M:%S"
Context = Mapping[str, Any]


class Reading:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def search(self, model: str, _ids: Sequence[int], said: Mapping[str, Any], context: Context) -> list[int]:
        for name in _paths(said.get("domain") or []):
            self._tables.kind_of(model, name)
        found = self._tables.search(
            model, said.get("domain") or [], order=said.get("order") or "id", context=context
        )
        offset, limit = said.get("offset") or 0, said.get("limit")
        return found[offset : offset + limit if limit else None]

    def search_count(self, model: str, ids: Sequence[int], said: Mapping[str, Any], context: Context) -> int:
        return len(self.search(model, ids, said, context))

    def search_read(
        self, model: str, ids: Sequence[int], said: Mapping[str, Any], context: Context
    ) -> list[Record]:
        return self.read(model, self.search(model, ids, said, context), said, context)

    def read(self, model: str, ids: Sequence[int], said: Mapping[str, Any], context: Context) -> list[Record]:
        """Records that are not there are left out, silently."""
        names = said.get("fields") or list(self._tables.fields[model])
        for name in names:
            self._tables.field(model, name)
        there = [number for number in ids if number in self._tables.rows[model]]
        return [
            {"id": number, **{name: self._shown(model, number, name, context) for name in names}}
            for number in there
        ]

    def web_search_read(
        self, model: str, ids: Sequence[int], said: Mapping[str, Any], context: Context
    ) -> dict[str, Any]:
        found = self.search(model, ids, said, context)
        records = [self._nested(model, number, said["specification"], context) for number in found]
        return {"length": len(records), "records": records}

    def _nested(self, model: str, number: int, wanted: Mapping[str, Any], context: Context) -> Record:
        row: Record = {"id": number}
        for name, more in wanted.items():
            field, value = self._tables.field(model, name), self._tables.value(model, number, name, context)
            inner = more.get("fields")
            if field.kind == "m2o":
                below = (
                    self._nested(field.to, value, inner, context) if value and inner is not None else value
                )
                row[name] = below or False
            elif field.kind in ("o2m", "m2m"):
                row[name] = list(value)
                if inner is not None:
                    row[name] = [self._nested(field.to, each, inner, context) for each in value]
            else:
                row[name] = plain(value, field)
        return row

    def _shown(self, model: str, number: int, name: str, context: Context) -> Any:
        field, value = self._tables.field(model, name), self._tables.value(model, number, name, context)
        if field.kind == "m2o":
            return [value, self._tables.name(field.to, self._tables.get(field.to, value))] if value else False
        return list(value) if field.kind in ("o2m", "m2m") else plain(value, field)

    def fields_get(
        self, model: str, _ids: Sequence[int], said: Mapping[str, Any], _context: Context
    ) -> dict[str, Any]:
        kinds = {
            "m2o": "many2one", "o2m": "one2many", "m2m": "many2many", "bool": "boolean", "int": "integer",
        }  # fmt: skip
        asked = said.get("allfields")
        wanted = said.get("attributes") or ("type", "selection")
        told = {
            name: {
                "type": "selection" if field.options else kinds.get(field.kind, field.kind),
                **({"selection": [[each, each.title()] for each in field.options]} if field.options else {}),
            }
            for name, field in self._tables.fields[model].items()
            if not asked or name in asked
        }
        return {
            name: {word: value for word, value in about.items() if word in wanted}
            for name, about in told.items()
        }


def plain(value: Any, field: Field) -> Any:
    """To the second, and without a word on the zone."""
    match value:
        case bool():
            return value
        case Decimal():
            return float(value)
        case datetime():
            return value.strftime(_FORMAT)
        case date():
            return value.isoformat()
        case None | "":
            return False
        case _:
            return value


def _paths(domain: Sequence[Any]) -> list[str]:
    return [str(term[0]) for term in domain if isinstance(term, list)]
