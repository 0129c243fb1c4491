"""Where sealed values rest: every column, what it is bound to, and how to walk through it for a new key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.models.database import Database, Tx

_PAGE = 500


@dataclass(frozen=True, kw_only=True)
class Column:
    """`keys` names the row within its tenant; `purpose` is what the value is bound to."""

    table: str
    column: str
    keys: tuple[str, ...]
    purpose: str


COLUMNS: Sequence[Column] = (
    Column(table="shop", column="sealed_tokens", keys=("id",), purpose="tokens"),
    Column(table="connection", column="sealed_credentials", keys=("id",), purpose="credentials"),
    Column(table="stock_setting", column="sealed_hook", keys=("connection_id",), purpose="hook"),
    Column(table="table_feed", column="sealed_secret", keys=("id",), purpose="table_feed"),
    Column(table="alert_setting", column="sealed_sender", keys=("tenant_id",), purpose="alert_sender"),
    Column(table="alert_recipient", column="sealed", keys=("id",), purpose="alert_recipient"),
    Column(table="notification", column="payload", keys=("id",), purpose="notification"),
    Column(table="member", column="sealed_name", keys=("id",), purpose="member"),
    Column(table="host_state", column="sealed", keys=("connection_id", "name"), purpose="host_state"),
    Column(table="effect", column="payload", keys=("id",), purpose="effect"),
    Column(table="what_if_line", column="sealed", keys=("run_id", "place"), purpose="what_if"),
    Column(table="attempt", column="evidence", keys=("id",), purpose="attempt"),
    Column(table="request_key", column="answer", keys=("key",), purpose="answer"),
    Column(table="inbox_event", column="body", keys=("received_on", "id"), purpose="inbox"),
)


async def reseal(
    database: Database, *, tenant: UUID, column: Column, anew: Callable[[bytes], bytes | None]
) -> int:
    """Replaces each value for which `anew` gives another; a page is one short transaction. Answers with how many."""
    count, after = 0, None
    while True:
        async with database.tenant(tenant) as tx:
            page = await _page(tx, tenant, column, after)
            for key, value in page:
                other = anew(value)
                if other is not None:
                    count += await _replace(tx, tenant, column, key, value, other)
        if not page:
            return count
        after = page[-1][0]


async def _page(
    tx: Tx, tenant: UUID, column: Column, after: tuple[object, ...] | None
) -> list[tuple[tuple[object, ...], bytes]]:
    keys = ", ".join(column.keys)
    past = f"AND ({keys}) > ({', '.join(f'${n + 2}' for n in range(len(column.keys)))})" if after else ""
    rows = await tx.rows(
        f"SELECT {keys}, {column.column} FROM {column.table} WHERE tenant_id = $1 AND {column.column} IS NOT NULL {past}"  # noqa: S608  literals of COLUMNS
        f" ORDER BY {keys} LIMIT {_PAGE}",
        tenant,
        *(after or ()),
    )
    return [(tuple(row[key] for key in column.keys), row[column.column]) for row in rows]


async def _replace(
    tx: Tx, tenant: UUID, column: Column, key: tuple[object, ...], value: bytes, other: bytes
) -> int:
    """Only over the value that was read: a pair stored meanwhile is newer."""
    match = " AND ".join(f"{name} = ${n + 4}" for n, name in enumerate(column.keys))
    return await tx.run(
        f"UPDATE {column.table} SET {column.column} = $2 WHERE tenant_id = $1 AND {column.column} = $3 AND {match}",  # noqa: S608  literals of COLUMNS
        tenant,
        other,
        value,
        *key,
    )


async def tenants(database: Database) -> list[UUID]:
    """Every organisation, found through its shops a page at a time."""
    found: set[UUID] = set()
    after = UUID(int=0)
    while True:
        async with database.across() as tx:
            rows = await tx.rows("SELECT tenant_id, shop_id FROM every_shop($1, 1000)", after)
        if not rows:
            return sorted(found)
        found |= {row["tenant_id"] for row in rows}
        after = rows[-1]["shop_id"]
