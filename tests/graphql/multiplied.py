"""Many of everything an organisation has one of: each row copied, with other values where the tables ask for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from tests.graphql.furnished import Own

COPIES = 50

ALONE = frozenset(
    {
        "tenant",
        "request_key",
        "schedule",
        "timeline",
        "inbox_event",
        "inbox_work",
        "stock_level",
        "connection_gone",
    }
)
"""Of which there is one by nature, which nobody lists, or which are made below."""

_WORDS = frozenset({"kind", "state", "channel", "side", "target", "phase", "table_name", "role", "scope"})
"""Columns that hold one word of a few."""

_ANOTHER = {
    "bytea": "{column} || decode(lpad(to_hex(n), 8, '0'), 'hex')",
    "uuid": "gen_random_uuid()",
    "text": "{column} || '-' || n",
    "int4": "{column} + n * 1000",
    "int8": "{column} + n * 1000",
    "date": "{column} - n",
    "timestamptz": "{column} - n * interval '1 minute'",
}
_TABLES = """
SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns,
    array_agg(t.typname::text ORDER BY a.attnum) AS types, array_agg(a.attidentity <> '' ORDER BY a.attnum) AS made
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace
GROUP BY 1 HAVING 'tenant_id' = ANY (array_agg(a.attname::text)) ORDER BY 1
"""
_UNIQUE = """
SELECT c.relname AS name, array_agg(a.attname::text ORDER BY k.place) AS columns FROM pg_index i
JOIN pg_class c ON c.oid = i.indrelid CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k (number, place)
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
WHERE i.indisunique AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace GROUP BY c.relname, i.indexrelid
"""
_BOUND = """
SELECT c.relname AS name, a.attname::text AS column FROM pg_constraint f JOIN pg_class c ON c.oid = f.conrelid
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (f.conkey) WHERE f.contype = 'f'
"""
_LEVELS = """
WITH items AS (INSERT INTO stock_item (tenant_id, shop_id, item_key, sku, sku_search)
    SELECT tenant_id, shop_id, 'm' || n, 'M-' || n, 'm-' || n FROM store_location, generate_series(1, $2::int) AS n
    WHERE tenant_id = $1 AND location_key = '10' RETURNING *)
INSERT INTO stock_level (tenant_id, shop_id, item_key, location_key, available, on_hand, committed, seen_at)
SELECT tenant_id, shop_id, item_key, '10', 5, 6, 1, now() FROM items
"""

_STORIES = """
INSERT INTO timeline (tenant_id, connection_id, record_id, kind, sentence, facts)
SELECT tenant_id, connection_id, id, 'sending', 'It was sent.', '{"step": "create"}' FROM record WHERE tenant_id = $1
"""


@dataclass(frozen=True, kw_only=True)
class Table:
    """`unique`: the columns of each index that holds a row once; `bound`: those that name a row elsewhere."""

    name: str
    types: Mapping[str, str]
    made: frozenset[str]
    unique: Sequence[Sequence[str]]
    bound: frozenset[str]

    def others(self) -> set[str] | None:
        """The columns that a copy must have other values in; None where each of them names a row elsewhere."""
        found: set[str] = set()
        for columns in self.unique:
            if any(column in found or column in self.made for column in columns):
                continue
            free = [each for each in columns if each not in self.bound and each != "tenant_id"]
            fitting = [each for each in free if self.types[each] in _ANOTHER and each not in _WORDS]
            if not fitting:
                return None
            found.add(fitting[-1])
        return found

    def copied(self, others: set[str]) -> str:
        """`$1` is the organisation, `$2` how many copies of the newest row."""
        names = [name for name in self.types if name not in self.made]
        values = [
            _ANOTHER[self.types[name]].format(column=f"r.{name}") if name in others else f"r.{name}"
            for name in names
        ]
        return (
            f"INSERT INTO {self.name} ({', '.join(names)}) SELECT {', '.join(values)}"
            f" FROM (SELECT * FROM {self.name} WHERE tenant_id = $1 ORDER BY ctid DESC LIMIT 1) AS r,"
            " generate_series(1, $2::int) AS n"
        )


async def tell(own: Own) -> None:
    """A line about a request in each record's timeline."""
    await own.api.owner.execute(_STORIES, own.tenant.joined.tenant)


async def multiply(own: Own) -> set[str]:
    """Answers with the tables that now hold many."""
    tenant, done = own.tenant.joined.tenant, {"stock_level"}
    await own.api.owner.execute(_LEVELS, tenant, COPIES)
    for table in await _tables(own.api.owner):
        others = table.others()
        if table.name in ALONE or others is None:
            continue
        tag = await own.api.owner.execute(table.copied(others), tenant, COPIES)
        if tag.endswith(f" {COPIES}"):
            done.add(table.name)
    await tell(own)
    return done


async def _tables(owner: asyncpg.Connection) -> list[Table]:
    unique, bound = await owner.fetch(_UNIQUE), await owner.fetch(_BOUND)
    return [
        Table(
            name=row["name"],
            types=dict(zip(row["columns"], row["types"], strict=True)),
            made=frozenset(column for column, made in zip(row["columns"], row["made"], strict=True) if made),
            unique=[each["columns"] for each in unique if each["name"] == row["name"]],
            bound=frozenset(each["column"] for each in bound if each["name"] == row["name"]),
        )
        for row in await owner.fetch(_TABLES)
    ]
