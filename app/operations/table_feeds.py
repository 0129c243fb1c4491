"""Look-up tables that another system keeps: each has an address and a secret, and what comes there is a new version."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from uuid import UUID

from app.errors import Reason, Refused
from app.mapping import csv_rows, entries, table_csv, table_json
from app.mapping import tables as mapping_tables
from app.mapping.contents import Tables
from app.mapping.diffs import Entry
from app.mapping.table_csv import Sheet
from app.models import connections, mapping_versions, table_feeds, timeline
from app.models.callers import audited
from app.models.connections import Connection
from app.models.database import Tx
from app.models.table_feeds import Feed
from app.operations import answering, mappings
from app.wiring import Core

FEED = "table_feed"
"""What a feed's secret is sealed for."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What a feed's sender sent, known to be its own. `signed_at` is the sender's time, in seconds."""

    body: bytes
    json: bool
    signed_at: int


@dataclass(frozen=True, kw_only=True)
class Taken:
    """`version`: the one in force now. `changes`: entries; `records`: how many waited for one of them and run again."""

    version: int
    rows: int
    changes: int
    records: int


async def set_up(core: Core, connection: Connection, *, table: str, merge: bool, by: str) -> tuple[UUID, str]:
    """A table's feed and its new secret, shown once; the secret before stops working, the address stays."""
    if not mapping_tables.known(table):
        raise Refused("mapping.no_table", f"There is no look-up table “{table[:60]}”.")
    secret, tenant = secrets.token_hex(32), connection.tenant
    sealed = core.vault.seal(secret.encode(), tenant=tenant, purpose=FEED)
    async with core.database.tenant(tenant) as tx:
        feed = await table_feeds.save(
            tx, tenant=tenant, connection=connection.id, table=table, merge=merge, sealed=sealed, by=by
        )
        await _audit(tx, connection, by, "mapping.feed_set", table=table, merge=str(merge).lower())
    return feed, secret


def address(core: Core, feed: UUID) -> str:
    return f"{core.settings.app_url}/feeds/{feed}"


async def remove(core: Core, connection: Connection, *, table: str, by: str) -> None:
    """Its address is nobody's from now on; what it delivered stays."""
    if not mapping_tables.known(table):
        raise _unfed(table)
    async with core.database.tenant(connection.tenant) as tx:
        if not await table_feeds.remove(tx, tenant=connection.tenant, connection=connection.id, table=table):
            raise _unfed(table)
        await _audit(tx, connection, by, "mapping.feed_remove", table=table)


async def secret_of(core: Core, feed: UUID) -> tuple[UUID, bytes] | None:
    """Whose feed it is and its secret; None for an address that nobody has."""
    tenant = await table_feeds.tenant_of(core.database, feed)
    if tenant is None:
        return None
    async with core.database.tenant(tenant) as tx:
        found = await table_feeds.one(tx, tenant=tenant, feed=feed)
    if found is None:
        return None
    return tenant, core.vault.open(found.sealed_secret, tenant=tenant, purpose=FEED)


async def take(core: Core, tenant: UUID, feed: UUID, delivery: Delivery) -> Taken:
    """Publishes what it says, or keeps why not and raises Refused: a broken delivery changes nothing."""
    sheet = _read(delivery)
    async with core.database.tenant(tenant) as tx:
        found = await table_feeds.one(tx, tenant=tenant, feed=feed)
        if found is None:
            raise Refused("feed.unknown", "Nobody has this address.")
        await mapping_versions.lock(tx, tenant=tenant, connection=found.connection)
        connection = await connections.one(tx, tenant=tenant, connection=found.connection)
        if connection is None:
            raise Refused("feed.unknown", "Nobody has this address.")
        if not await table_feeds.advance(tx, tenant=tenant, feed=feed, signed_at=delivery.signed_at):
            raise Refused("feed.overtaken", "A newer delivery was taken already.")
        try:
            refused = None if not sheet.faults else _faulty(found, sheet)
            done = await _published(tx, connection, found, sheet) if refused is None else None
        except Refused as error:
            refused, done = error, None
        if refused is not None:
            await _failed(tx, connection, found, refused.reason)
    if done is None:
        raise refused or Refused("feed.unknown", "Nobody has this address.")
    taken, begun = done
    records = await answering.go_on(core, connection, begun)
    return replace(taken, records=records)


async def _published(
    tx: Tx, connection: Connection, feed: Feed, sheet: Sheet
) -> tuple[Taken, answering.Begun]:
    told: list[list[Entry]] = []

    def change(tables: Tables) -> Tables:
        old = tables.get(feed.table, {})
        made = entries.merged(old, sheet.rows) if feed.merge else sheet.rows
        changed = entries.between(old, made)
        told.append(changed)
        return {**tables, feed.table: dict(made)} if changed else tables

    by = f"feed:{feed.table}"
    note = f"{feed.table}: {len(sheet.rows)} rows from its feed"
    number = await mappings.alter(tx, connection, change, note=note, by=by)
    if number != connection.tables.number:
        facts = {"table": feed.table, "rows": str(len(sheet.rows)), "version": str(number)}
        await _audit(tx, connection, by, "mapping.feed", **facts)
    await table_feeds.delivered(
        tx, tenant=connection.tenant, feed=feed.id, rows=len(sheet.rows), version=number
    )
    begun = await answering.begin(tx, connection, answering.of(feed.table, told[0]))
    taken = Taken(version=number, rows=len(sheet.rows), changes=len(told[0]), records=begun.count)
    return taken, begun


async def _failed(tx: Tx, connection: Connection, feed: Feed, reason: Reason) -> None:
    await table_feeds.failed(tx, tenant=connection.tenant, feed=feed.id, reason=reason)
    await timeline.note(
        tx,
        tenant=connection.tenant,
        connection=connection.id,
        record=None,
        kind="feed_refused",
        sentence=f"A delivery for the table {feed.table} was refused: {reason.sentence}",
        code=reason.code,
    )


def _unfed(table: str) -> Refused:
    return Refused("feed.unknown", f"Nothing feeds the table “{table[:60]}”.")


def _read(delivery: Delivery) -> Sheet:
    try:
        text = csv_rows.decoded(delivery.body)
    except ValueError:
        return table_csv.refused(1, "It is no UTF-8 text.")
    sheet = table_json.read(text) if delivery.json else table_csv.read(text)
    # Whoever's export failed sends nothing, and means anything but that the table is to be empty.
    return sheet if sheet.rows or sheet.faults else table_csv.refused(1, "It has no rows.")


def _faulty(feed: Feed, sheet: Sheet) -> Refused:
    first = min(sheet.faults, key=lambda fault: fault.line)
    more = f" ({len(sheet.faults) - 1} more)" if len(sheet.faults) > 1 else ""
    return Refused("table.faulty", f"Line {first.line}: {first.sentence}{more}", facts={"table": feed.table})


async def _audit(tx: Tx, connection: Connection, by: str, action: str, **facts: str) -> None:
    await audited(
        tx, tenant=connection.tenant, actor=by, action=action, subject=str(connection.id), facts=facts
    )
