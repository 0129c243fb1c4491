"""Joining an installed shop to an ERP: the form is checked and the ERP asked before anything is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import orjson

from app.errors import Misconfigured, Refused, Retry
from app.mapping import options as mapping_options
from app.mapping import tables as mapping_tables
from app.mapping.entries import merged
from app.models import connections
from app.models.connections import Connection
from app.models.database import GONE
from app.ports import Health, HostSpec, Probed, StoreSpec
from app.registry import HOSTS
from app.sync.sides import borne, paced
from app.wiring import CREDENTIALS, Core


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A connection to be: which ERP, what to call it, the form's fields, look-up tables and options."""

    host: str
    fields: Mapping[str, str] = field(repr=False)
    name: str | None = None
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    practice: bool = False


async def connect(
    core: Core, *, tenant: UUID, shop: UUID, wish: Wish, by: str, id: UUID | None = None
) -> tuple[UUID, Health]:
    """Stores the connection once its ERP has answered; nothing is written to either side until it goes live."""
    spec = known_host(wish.host)
    given = checked(spec, wish.fields)
    tables = begun(spec, wish.tables)
    chosen_well(wish.options, tables)
    health = await trial(core, spec, given)
    made, sealed = id or uuid4(), core.vault.seal(orjson.dumps(given), tenant=tenant, purpose=CREDENTIALS)
    try:
        async with core.database.tenant(tenant) as tx:
            await connections.create(
                tx,
                tenant=tenant,
                id=made,
                shop=shop,
                host=spec.key,
                name=wish.name or spec.label,
                sealed_credentials=sealed,
                flows={"orders": True},
                options=wish.options,
                practice=wish.practice,
            )
            await connections.publish(tx, tenant=tenant, connection=made, tables=tables, by=by)
    except GONE as cause:
        raise Refused("shop.unknown", "There is no such shop any more. Load the page again.") from cause
    return made, health


def begun(spec: HostSpec, given: Mapping[str, Mapping[str, str]]) -> dict[str, Mapping[str, str]]:
    """What this ERP's mappings begin with, under what is given."""
    names = {**spec.begins, **given}
    return {name: merged(spec.begins.get(name, {}), given.get(name, {})) for name in names}


async def trial(core: Core, spec: HostSpec, given: Mapping[str, str]) -> Health:
    """Asks an ERP that nothing is stored about yet; raises whatever it, or the way to it, says against it."""
    declared = await borne(spec, given)
    host = spec.open(given, paced(declared, given, core.erp_http, core.paces), _Forgetful())
    deadline = core.settings.timing.deadline or declared.deadline
    async with core.permits.hold(spec.shared_by(given), declared.concurrency):
        try:
            async with asyncio.timeout(deadline.total_seconds()):
                return await host.check()
        except TimeoutError as cause:
            raise Retry("host.too_slow", f"{spec.label} did not answer in time.") from cause


async def probed(
    core: Core, spec: HostSpec, given: Mapping[str, str], *, call: str, values: Mapping[str, str]
) -> Probed:
    """Makes one reading call of an ERP whose calls are written by people, with what its form would say. Stores nothing."""
    if spec.probe is None:
        raise Refused(
            "host.no_calls", f"The calls of {spec.label} are not written by people: there is none to try."
        )
    declared = await borne(spec, given)
    async with core.permits.hold(spec.shared_by(given), declared.concurrency):
        try:
            async with asyncio.timeout(declared.deadline.total_seconds()):
                return await spec.probe(
                    given, paced(declared, given, core.erp_http, core.paces), call, values
                )
        except TimeoutError as cause:
            raise Retry("host.too_slow", f"{spec.label} did not answer in time.") from cause


def known_host(key: str) -> HostSpec:
    spec = HOSTS.get(key)
    if spec is None:
        raise Misconfigured("host.unknown", f"This server has no ERP called “{key}”.")
    return spec


def checked(spec: HostSpec | StoreSpec, given: Mapping[str, str]) -> dict[str, str]:
    """The form's fields with their defaults; raises Misconfigured when one is missing or not the form's."""
    known = {each.name for each in spec.form}
    unknown = set(given) - known
    missing = {each.name for each in spec.form if each.required and not given.get(each.name)}
    if unknown or missing:
        raise Misconfigured(
            "form.incomplete",
            f"{spec.label} needs {', '.join(sorted(known))}; missing: {sorted(missing)}, unknown: {sorted(unknown)}.",
        )
    defaults = {each.name: each.default for each in spec.form if each.default is not None}
    return defaults | dict(given)


def completed(core: Core, connection: Connection, given: Mapping[str, str]) -> dict[str, str]:
    """The fields as they would be: what is given over what is stored, so that a secret need not be typed again.

    Unless something open is new: a stored secret goes to the address it was entered for and to no other.
    """
    stored = core.credentials(connection)
    secret = {each.name for each in known_host(connection.host).form if each.secret}
    kept = {name: value for name, value in stored.items() if name not in secret}
    wished = {name: value for name, value in given.items() if value}
    same = all(kept.get(name) == value for name, value in wished.items() if name not in secret)
    return (dict(stored) if same else kept) | wished


def open_fields(core: Core, connection: Connection) -> dict[str, str]:
    """What is stored of the form, without its secrets."""
    spec = HOSTS.get(connection.host)
    stored = core.credentials(connection)
    shown = [each.name for each in spec.form if not each.secret] if spec else []
    return {name: stored[name] for name in shown if name in stored}


def tables_of(connection: Connection) -> dict[str, dict[str, str]]:
    """The look-up tables in force, by name."""
    return {name: dict(table) for name, table in connection.tables.every()}


def chosen_well(options: Mapping[str, str], tables: Mapping[str, Mapping[str, str]]) -> None:
    try:
        mapping_options.of(options)
        mapping_tables.of(0, tables)
    except ValueError as cause:
        raise Refused("option.unknown", f"An option or a table is not known: {cause}.") from cause


@dataclass(frozen=True)
class _Forgetful:
    """A host's small store for the length of one trial."""

    kept: dict[str, tuple[str, int]] = field(default_factory=dict)

    async def read(self, name: str) -> tuple[str, int] | None:
        return self.kept.get(name)

    async def write(self, name: str, value: str, *, version: int) -> bool:
        if self.kept.get(name, ("", 0))[1] != version:
            return False
        self.kept[name] = value, version + 1
        return True
