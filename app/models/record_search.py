"""Finding records of every kind by whatever people know them by; each way of finding is a range or a point of one index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.models.database import Tx
from app.models.demand_lines import folded
from app.models.order_lists import OrderRow, Place, row_of, starts

_END = "\U0010ffff"
_LONGEST_RANGE = 200
"""A SKU may be in very many orders that are on their way: only so many are found by it."""


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Which records: of these connections, kinds and states. `code`: with this reason; a span of when they were first seen."""

    connections: Sequence[UUID]
    kinds: Sequence[str]
    states: Sequence[str]
    code: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(kw_only=True)
class Question:
    """The text of a statement and its parameters, put together from constants; what a caller says is a parameter."""

    values: list[object] = field(default_factory=list)

    def put(self, value: object) -> str:
        self.values.append(value)
        return f"${len(self.values)}"

    def filters(self, chosen: Chosen) -> str:
        """Conditions on `r`, but for connection, kind and state, which not every way asks for by themselves."""
        parts = []
        if chosen.code is not None:
            # The index by reason is one of these states alone.
            parts.append(f"r.reason_code = {self.put(chosen.code)} AND r.state IN ('held', 'skipped')")
        if chosen.since is not None:
            parts.append(f"r.first_seen_at >= {self.put(chosen.since)}")
        if chosen.until is not None:
            parts.append(f"r.first_seen_at < {self.put(chosen.until)}")
        return "".join(f" AND {part}" for part in parts)


async def page(
    tx: Tx, *, tenant: UUID, chosen: Chosen, newest_first: bool, after: Place | None, most: int
) -> list[OrderRow]:
    """By when they were first seen. Each connection, kind and state is one range; the page is merged from their first rows."""
    way, beyond = ("DESC", "<") if newest_first else ("ASC", ">")
    ask = Question()
    mine = f"r.tenant_id = {ask.put(tenant)}"
    each = (
        f"FROM unnest({ask.put(list(chosen.connections))}::uuid[]) AS c (id)"
        f" CROSS JOIN unnest({ask.put(list(chosen.kinds))}::text[]) AS k (kind)"
        f" CROSS JOIN unnest({ask.put(list(chosen.states))}::text[]) AS s (state)"
    )
    spot = ""
    if after is not None:
        at = ask.put(datetime.fromisoformat(after.value))
        spot = f" AND (r.first_seen_at, r.id) {beyond} ({at}, {ask.put(after.id)}::uuid)"
    limit = ask.put(most)
    rows = await tx.rows(
        f"""
        SELECT r.* {each} CROSS JOIN LATERAL (SELECT * FROM record r WHERE {mine} AND r.connection_id = c.id
            AND r.kind = k.kind AND r.state = s.state{ask.filters(chosen)}{spot}
            ORDER BY r.first_seen_at {way}, r.id {way} LIMIT {limit}) AS r
        ORDER BY r.first_seen_at {way}, r.id {way} LIMIT {limit}
        """,  # noqa: S608 -- nothing of a caller's is in the text
        *ask.values,
    )
    return [row_of(row) for row in rows]


async def named(
    tx: Tx, *, tenant: UUID, chosen: Chosen, words: str, after: Place | None, most: int
) -> list[OrderRow]:
    """What begins with the words, by name or by the ERP's number; what has them as a key of either side, or as the key we gave

    it there; and by the SKU of a product, or of goods that are on their way. Sorted by what matched; each once, by the first
    that does.
    """
    ask = Question()
    mine = (
        f"r.tenant_id = {ask.put(tenant)} AND r.connection_id = ANY ({ask.put(list(chosen.connections))}::uuid[])"
        f" AND r.kind = ANY ({ask.put(list(chosen.kinds))}::text[])"
        f" AND r.state = ANY ({ask.put(list(chosen.states))}::text[]){ask.filters(chosen)}"
    )
    names, numbers = starts(words)
    ranges = [
        (each, column)
        for column, found in (("reference_search", names), ("sink_number", numbers))
        for each in found
    ]
    limit, key, sku = ask.put(most), ask.put(words.strip()), ask.put(folded(words))
    end = ask.put(_END)
    texts = {each: f"{ask.put(each)}::text" for each in dict.fromkeys([*names, *numbers])}
    ways = [
        (f"r.{column}", f"r.{column} ~>=~ {texts[each]} AND r.{column} ~<~ ({texts[each]} || {end}::text)")
        for each, column in ranges
    ]
    ways += [(f"r.{column}", f"r.{column} = {key}") for column in ("source_key", "sink_key", "external_id")]
    carried = (
        "SELECT d.record_id FROM demand_line d WHERE d.tenant_id = $1 AND d.connection_id = ANY ($2::uuid[])"  # noqa: S608
        f" AND d.sku = {sku} LIMIT {_LONGEST_RANGE}"
    )
    ways.append((f"{sku}::text", f"r.id = ANY (ARRAY({carried}))"))
    cached = (
        "SELECT p.product_key FROM product_cache p WHERE p.tenant_id = $1 AND p.connection_id = ANY ($2::uuid[])"  # noqa: S608
        f" AND p.sku_search = {sku} LIMIT {_LONGEST_RANGE}"
    )
    ways.append((f"{sku}::text", f"r.kind = 'product' AND r.source_key = ANY (ARRAY({cached}))"))
    spot = (ask.put(after.value), ask.put(after.id)) if after is not None else None
    parts = [
        f"(SELECT r.*, {sort} AS matched FROM record r WHERE {mine} AND {way}"  # noqa: S608
        f"{''.join(f' AND ({earlier}) IS NOT TRUE' for _, earlier in ways[:place])}{_beyond(sort, spot)}"
        f" ORDER BY {sort} USING ~<~, r.id LIMIT {limit})"
        for place, (sort, way) in enumerate(ways)
    ]
    rows = await tx.rows(
        f"SELECT found.* FROM ({' UNION ALL '.join(parts)}) AS found"  # noqa: S608 -- as above
        f" ORDER BY found.matched USING ~<~, found.id LIMIT {limit}",
        *ask.values,
    )
    return [row_of(row) for row in rows]


def _beyond(sort: str, spot: tuple[str, str] | None) -> str:
    if spot is None:
        return ""
    value, last = spot
    return f" AND ({sort} ~>~ {value}::text OR ({sort} = {value}::text AND r.id > {last}::uuid))"


async def of_person(
    tx: Tx, *, tenant: UUID, chosen: Chosen, email_hash: bytes | None, buyers: Sequence[str] = (), after: Place | None,
    most: int,
) -> list[OrderRow]:  # fmt: skip
    """Whatever bears this person's e-mail, as a keyed hash, or is of the store's customer; the newest first."""
    ask = Question()
    mine = (
        f"r.tenant_id = {ask.put(tenant)} AND r.connection_id = ANY ({ask.put(list(chosen.connections))}::uuid[])"
        f" AND r.kind = ANY ({ask.put(list(chosen.kinds))}::text[])"
        f" AND r.state = ANY ({ask.put(list(chosen.states))}::text[]){ask.filters(chosen)}"
    )
    if after is not None:
        mine += f" AND (r.first_seen_at, r.id) < ({ask.put(datetime.fromisoformat(after.value))}, {ask.put(after.id)}::uuid)"
    limit, email, keys = ask.put(most), ask.put(email_hash), ask.put(list(buyers))
    newest = f"ORDER BY r.first_seen_at DESC, r.id DESC LIMIT {limit}"
    shops = (
        "r.shop_id IN (SELECT c.shop_id FROM connection c WHERE c.tenant_id = $1 AND c.id = ANY ($2::uuid[]))"
    )
    by_email = f"r.email_hash = {email}"
    rows = await tx.rows(
        f"""
        SELECT r.* FROM ((SELECT r.* FROM record r WHERE {mine} AND {by_email} {newest})
            UNION ALL (SELECT r.* FROM record r WHERE {mine} AND {shops} AND r.buyer_key = ANY ({keys}::text[])
                AND ({by_email}) IS NOT TRUE {newest})) AS r {newest}
        """,  # noqa: S608 -- as above
        *ask.values,
    )
    return [row_of(row) for row in rows]


async def some(tx: Tx, *, tenant: UUID, ids: Sequence[UUID]) -> dict[UUID, OrderRow]:
    """Records of any kind by their ids; what is not there, or another tenant's, is left out."""
    rows = await tx.rows(
        "SELECT * FROM record WHERE tenant_id = $1 AND id = ANY ($2::uuid[])", tenant, list(ids)
    )
    return {row["id"]: row_of(row) for row in rows}


async def parents(
    tx: Tx, *, tenant: UUID, children: Sequence[tuple[UUID, str]]
) -> dict[tuple[UUID, str], OrderRow]:
    """The orders that records hang on, by connection and key."""
    rows = await tx.rows(
        "SELECT r.* FROM unnest($2::uuid[], $3::text[]) AS o (connection_id, key) JOIN record r ON r.tenant_id = $1"
        " AND r.connection_id = o.connection_id AND r.kind = 'order' AND r.source_key = o.key",
        tenant,
        [connection for connection, _ in children],
        [key for _, key in children],
    )
    return {(row["connection_id"], row["source_key"]): row_of(row) for row in rows}
