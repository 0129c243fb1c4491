"""Migrated, empty databases, each lent to one test at a time: emptied afterwards, at a fraction of what a new one takes.

One whose schema, settings or first rows a test has changed, or that a test has made large, is thrown away.
"""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg

_GROWTH = 4_000_000
_EVERY = "SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
_ALONE = (
    "SELECT count(pg_terminate_backend(pid, 60_000)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
# Whatever changes an object makes a new row in one of these; whatever removes one, one row less.
_CATALOGUES = ("pg_class", "pg_attribute", "pg_proc", "pg_trigger", "pg_policy", "pg_constraint", "pg_type")
_SEQUENCES = (
    "SELECT count(setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)) FROM pg_sequences"
    " WHERE schemaname = 'public' AND last_value IS NOT NULL AND NOT sequencename = ANY($1)"
)


@dataclass(kw_only=True)
class Lent:
    """A database and who looks after it: a superuser's connection. `first`: tables and sequences that a migration filled."""

    name: str
    eye: asyncpg.Connection
    filled: str
    first: tuple[str, ...]
    counted: tuple[str, ...]
    state: str
    size: int

    @classmethod
    async def new(cls, name: str, dsn: str) -> Lent:
        eye = await asyncpg.connect(dsn)
        tables = [row[0] for row in await eye.fetch(_EVERY)]
        filled = " || ".join(
            f"CASE WHEN EXISTS (SELECT 1 FROM {each}) THEN '{each} ' ELSE '' END" for each in tables
        )
        made = cls(name=name, eye=eye, filled=f"SELECT {filled}", first=(), counted=(), state="", size=0)
        made.first = tuple((await eye.fetchval(made.filled)).split())
        counted = await eye.fetch("SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL")
        made.counted = tuple(row[0] for row in counted)
        made.state, made.size = await made._state(), await made._size()
        return made

    async def emptied(self) -> bool:
        """Whether it is again as it was at first."""
        await self.eye.execute(_ALONE)
        if await self._size() > self.size + _GROWTH or await self._state() != self.state:
            return False
        rest = [each for each in (await self.eye.fetchval(self.filled)).split() if each not in self.first]
        if rest:
            # Foreign keys and rows that may only be added hold for the product.
            deleted = "".join(f"DELETE FROM {each};" for each in rest)
            await self.eye.execute(
                f"SET session_replication_role = replica;{deleted}RESET session_replication_role"
            )
        await self.eye.execute(_SEQUENCES.replace("$1", _array(self.counted)))
        return True

    async def _size(self) -> int:
        return int(await self.eye.fetchval("SELECT pg_database_size(current_database())"))

    async def _state(self) -> str:
        catalogues = [f"(SELECT (count(*), max(xmin::text::bigint)) FROM {each})" for each in _CATALOGUES]
        first = [
            f"(SELECT md5(string_agg(each::text, '' ORDER BY each::text)) FROM {each} each)"
            for each in self.first
        ]
        settings = (
            "(SELECT count(*) FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase"
            " WHERE d.datname = current_database())"
        )
        return str(
            await self.eye.fetchval(f"SELECT concat_ws('/', {', '.join([*catalogues, *first, settings])})")
        )


def _array(names: tuple[str, ...]) -> str:
    return f"ARRAY[{', '.join(repr(each) for each in names)}]::text[]"
