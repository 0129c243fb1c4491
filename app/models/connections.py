"""Connections as the engine needs them: what is joined, how, with which mapping, and whether it may run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

import orjson

from app.domain.ids import ConnectionId, ShopId, TenantId
from app.errors import Reason
from app.mapping import contents
from app.mapping import options as mapping_options
from app.mapping.options import Options
from app.mapping.tables import Tables
from app.models import mapping_versions, rates, schedules
from app.models.database import Row, Tx

_ASKED_FOR = {"customers": False}
"""Flows that are off until somebody switches them on: this one writes people's data on both sides."""
BREAKER_AFTER = 5
"""Failures in a row after which a connection's flows pause by themselves and are probed."""


def switched_on(flows: Mapping[str, bool], kind: str) -> bool:
    """Whether a kind of data is carried, by a connection's switches: what nobody said is as usual."""
    return flows.get(kind, _ASKED_FOR.get(kind, True))


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A connection with its shop and published mapping. `sealed_credentials` opens with purpose `credentials`."""

    tenant: TenantId
    id: ConnectionId
    shop: ShopId
    domain: str
    platform: str
    shop_state: str
    host: str
    name: str
    state: str
    paused_code: str | None
    go_live_at: datetime | None
    sealed_credentials: bytes = field(repr=False)
    flows: Mapping[str, bool]
    owners: Mapping[str, str]
    options: Options
    tables: Tables
    no_writes: bool
    practice: bool
    look_first_until: datetime | None
    breaker_failures: int


_SELECT = f"""
    SELECT c.*, s.domain, s.platform, s.state AS shop_state, m.number AS mapping_number,
        CASE WHEN m.number || '@' || c.id = ANY ($3::text[]) THEN NULL ELSE m.tables END AS mapping_tables,
        CASE WHEN m.number || '@' || c.id = ANY ($3::text[]) THEN NULL ELSE m.rules END AS mapping_rules, {rates.COLUMNS}
    FROM connection c JOIN shop s ON s.tenant_id = c.tenant_id AND s.id = c.shop_id
    LEFT JOIN mapping_version m ON m.tenant_id = c.tenant_id AND m.connection_id = c.id AND m.state = 'published'
    {rates.JOINED}
"""  # noqa: S608  literals
"""`$3`: the keys of what is kept; of that nothing is read again."""


async def of_shop(tx: Tx, *, tenant: UUID, shop: UUID) -> list[Connection]:
    """Every connection of a shop, oldest first."""
    known = tx.kept.of(tenant)
    rows = await tx.rows(
        _SELECT + " WHERE c.tenant_id = $1 AND c.shop_id = $2 ORDER BY c.created_at, c.id",
        tenant,
        shop,
        list(known),
    )
    return [_connection(tx, row, known) for row in rows]


async def of_host(tx: Tx, *, tenant: UUID, host: str) -> list[Connection]:
    """An organisation's connections to ERPs of one kind; few by nature."""
    known = tx.kept.of(tenant)
    rows = await tx.rows(
        _SELECT + " WHERE c.tenant_id = $1 AND c.host = $2 ORDER BY c.created_at, c.id LIMIT 200",
        tenant,
        host,
        list(known),
    )
    return [_connection(tx, row, known) for row in rows]


async def one(tx: Tx, *, tenant: UUID, connection: UUID) -> Connection | None:
    known = tx.kept.of(tenant)
    row = await tx.row(_SELECT + " WHERE c.tenant_id = $1 AND c.id = $2", tenant, connection, list(known))
    return _connection(tx, row, known) if row is not None else None


def _tables(tx: Tx, row: Row, known: Mapping[str, object]) -> Tables:
    """What is in force: built once in this process for each version, which never changes."""
    tenant, connection, number = row["tenant_id"], row["id"], row["mapping_number"]
    held = rates.of_row(tx, row, known, tenant=tenant, connection=connection)
    found = known.get(_key(connection, number or 0))
    if isinstance(found, Tables):
        return replace(found, rates=held)
    stored, rules = orjson.loads(row["mapping_tables"] or "{}"), orjson.loads(row["mapping_rules"] or "{}")
    if number is None:
        return contents.built(0, stored, rules, held)
    return replace(_kept(tx, tenant, connection, number, stored, rules), rates=held)


def _kept(
    tx: Tx, tenant: UUID, connection: UUID, number: int, stored: contents.Tables, rules: contents.Rules
) -> Tables:
    made, key = contents.built(number, stored, rules), _key(connection, number)
    tx.kept.keep(tenant, slot=key, key=key, value=made, weight=sum(map(len, stored.values())))
    return made


def _key(connection: UUID, number: int) -> str:
    return f"{number}@{connection}"


def _connection(tx: Tx, row: Row, known: Mapping[str, object]) -> Connection:
    return Connection(
        tenant=TenantId(row["tenant_id"]),
        id=ConnectionId(row["id"]),
        shop=ShopId(row["shop_id"]),
        domain=row["domain"],
        platform=row["platform"],
        shop_state=row["shop_state"],
        host=row["host"],
        name=row["name"],
        state=row["state"],
        paused_code=row["paused_code"],
        go_live_at=row["go_live_at"],
        sealed_credentials=row["sealed_credentials"],
        flows={**_ASKED_FOR, **orjson.loads(row["flows"])},
        owners=orjson.loads(row["owners"]),
        options=mapping_options.of(orjson.loads(row["options"])),
        tables=_tables(tx, row, known),
        no_writes=row["no_writes"],
        practice=row["practice"],
        look_first_until=row["look_first_until"],
        breaker_failures=row["breaker_failures"],
    )


async def create(
    tx: Tx,
    *,
    tenant: UUID,
    id: UUID,
    shop: UUID,
    host: str,
    name: str,
    sealed_credentials: bytes,
    flows: Mapping[str, bool],
    options: Mapping[str, str],
    practice: bool = False,
) -> None:
    """`practice`: nothing is ever written to its shop."""
    await tx.run(
        "INSERT INTO connection (tenant_id, id, shop_id, host, name, sealed_credentials, flows, options, practice)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb, $9)",
        tenant,
        id,
        shop,
        host,
        name,
        sealed_credentials,
        orjson.dumps(dict(flows)).decode(),
        orjson.dumps(dict(options)).decode(),
        practice,
    )
    await schedules.ensure(
        tx, tenant=tenant, connection=id, flow=schedules.ORDERS, kinds=("order",), due=True
    )


async def alter(
    tx: Tx,
    *,
    tenant: UUID,
    connection: UUID,
    sealed_credentials: bytes | None,
    options: Mapping[str, str],
    no_writes: bool | None,
) -> None:
    """Changes what is given and leaves the rest; `options` are laid over those there are."""
    await tx.run(
        "UPDATE connection SET sealed_credentials = coalesce($3, sealed_credentials), options = options || $4::jsonb,"
        " credentials_at = CASE WHEN $3::bytea IS NULL THEN credentials_at ELSE now() END,"
        " no_writes = coalesce($5, no_writes) WHERE tenant_id = $1 AND id = $2",
        tenant,
        connection,
        sealed_credentials,
        orjson.dumps(dict(options)).decode(),
        no_writes,
    )


async def switched_off(tx: Tx, *, tenant: UUID, connection: UUID) -> tuple[bool, bool]:
    """Whether it writes nothing at all, and whether it is for practice, as it stands until this transaction ends."""
    row = await tx.row(
        "SELECT no_writes, practice FROM connection WHERE tenant_id = $1 AND id = $2 FOR SHARE",
        tenant,
        connection,
    )
    return (row["no_writes"], row["practice"]) if row is not None else (True, False)


async def publish(
    tx: Tx,
    *,
    tenant: UUID,
    connection: UUID,
    tables: Mapping[str, Mapping[str, str]],
    by: str,
    note: str = "",
) -> int:
    """Stores a new immutable mapping version with the rules there are and puts it in force; answers with its number."""
    contents.built(0, tables, {})
    return await mapping_versions.publish(
        tx, tenant=tenant, connection=connection, tables=tables, rules=None, note=note, by=by
    )


async def mapping(tx: Tx, *, tenant: UUID, connection: UUID, number: int) -> Tables | None:
    """One version by its number, the draft's too."""
    held = await rates.of_connection(tx, tenant=tenant, connection=connection)
    known = tx.kept.of(tenant).get(_key(connection, number))
    if isinstance(known, Tables):
        return replace(known, rates=held)
    found = await mapping_versions.one(tx, tenant=tenant, connection=connection, number=number)
    if found is None:
        return None
    if number == mapping_versions.DRAFT:
        return contents.built(number, found.tables, found.rules, held)
    return replace(_kept(tx, tenant, connection, number, found.tables, found.rules), rates=held)


async def go_live(tx: Tx, *, tenant: UUID, connection: UUID, at: datetime) -> bool:
    """From `at` on orders are sent. False when the connection is live already."""
    count = await tx.run(
        "UPDATE connection SET state = 'live', go_live_at = $3, paused_code = NULL,"
        " paused_sentence = NULL WHERE tenant_id = $1 AND id = $2 AND state = 'setup'",
        tenant,
        connection,
        at,
    )
    if count:
        await schedules.begin_now(tx, tenant=tenant, connection=connection, flow=schedules.ORDERS)
    return count == 1


async def pause(tx: Tx, *, tenant: UUID, connection: UUID, reason: Reason) -> bool:
    """Stops the connection's flows with a banner; nothing is marked failed. False when it was not live."""
    count = await tx.run(
        "UPDATE connection SET state = 'paused', paused_code = $3, paused_sentence = $4"
        " WHERE tenant_id = $1 AND id = $2 AND state = 'live'",
        tenant,
        connection,
        reason.code,
        reason.sentence,
    )
    return count == 1


async def resume(tx: Tx, *, tenant: UUID, connection: UUID) -> bool:
    count = await tx.run(
        "UPDATE connection SET state = 'live', paused_code = NULL, paused_sentence = NULL, breaker_failures = 0,"
        " breaker_until = NULL WHERE tenant_id = $1 AND id = $2 AND state = 'paused'",
        tenant,
        connection,
    )
    return count == 1


async def set_owner(tx: Tx, *, tenant: UUID, connection: UUID, kind: str, owner: str) -> None:
    await tx.run(
        "UPDATE connection SET owners = owners || jsonb_build_object($3::text, $4::text) WHERE tenant_id = $1 AND id = $2",
        tenant,
        connection,
        kind,
        owner,
    )


async def switch(tx: Tx, *, tenant: UUID, connection: UUID, kind: str, on: bool) -> None:
    """Whether a kind of data is carried at all; what happens to it while it is off is nobody's business."""
    await tx.run(
        "UPDATE connection SET flows = flows || jsonb_build_object($3::text, $4::boolean) WHERE tenant_id = $1 AND id = $2",
        tenant,
        connection,
        kind,
        on,
    )


async def failed(
    tx: Tx, *, tenant: UUID, connection: UUID, probe: bool, open_for: timedelta, most: timedelta
) -> int:
    """Counts a failure of the host; from the fifth in a row on the breaker opens, longer each time it opens.

    Once it is open only the `probe` counts: a moment's silence under many calls that were under way is one.
    """
    count = await tx.value(
        """
        UPDATE connection SET breaker_failures = breaker_failures + 1,
            breaker_until = CASE WHEN breaker_failures + 1 >= $3
                THEN now() + least($4::interval * power(2, least(breaker_failures + 1 - $3, 10)), $5::interval)
                ELSE breaker_until END
        WHERE tenant_id = $1 AND id = $2 AND (breaker_failures < $3 OR $6) RETURNING breaker_failures
        """,
        tenant,
        connection,
        BREAKER_AFTER,
        open_for,
        most,
        probe,
    )
    return cast(int, count or 0)


async def worked(tx: Tx, *, tenant: UUID, connection: UUID) -> None:
    """The host answers again: the breaker closes."""
    await tx.run(
        "UPDATE connection SET breaker_failures = 0, breaker_until = NULL"
        " WHERE tenant_id = $1 AND id = $2 AND breaker_failures > 0",
        tenant,
        connection,
    )


async def unprobed(tx: Tx, *, tenant: UUID, connection: UUID) -> None:
    """The one that was let through has not asked the host: the next may."""
    await tx.run(
        "UPDATE connection SET breaker_until = now() WHERE tenant_id = $1 AND id = $2 AND breaker_until > now()",
        tenant,
        connection,
    )


async def remove(tx: Tx, *, tenant: UUID, connection: UUID) -> bool:
    """Takes back a connection that was never live; its mapping and schedules go with it. False: it was, and all stays."""
    found = await tx.value(
        "SELECT 1 FROM connection WHERE tenant_id = $1 AND id = $2 AND state = 'setup' FOR UPDATE",
        tenant,
        connection,
    )
    if found is None:
        return False
    await tx.run("DELETE FROM host_state WHERE tenant_id = $1 AND connection_id = $2", tenant, connection)
    await tx.run("DELETE FROM cursor WHERE tenant_id = $1 AND connection_id = $2", tenant, connection)
    await tx.run("DELETE FROM connection WHERE tenant_id = $1 AND id = $2", tenant, connection)
    return True
