"""A connection's mapping as people change it: one draft, publishing it, and going back; each with a line in the audit log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.errors import Refused
from app.mapping import contents, diffs, ruleset
from app.mapping import tables as mapping_tables
from app.mapping.contents import Rules, Tables
from app.mapping.diffs import Diff
from app.mapping.ruleset import Problem, RuleSet
from app.mapping.tables import FREE
from app.mapping.tables import Tables as BuiltTables
from app.models import demand, mapping_versions
from app.models.callers import audited
from app.models.connections import Connection
from app.models.database import Tx
from app.models.mapping_versions import DRAFT, Version
from app.operations import answering
from app.operations.answering import Begun
from app.ports import LackingField, TargetField
from app.registry import HOSTS
from app.sync.products import NOT_CHOSEN
from app.wiring import Core

DRAFTED = "draft"
CURRENT = "current"
_LONGEST_NOTE = 500


@dataclass(frozen=True, kw_only=True)
class Published:
    """What is in force now, and how many held records it has decided anew."""

    version: Version
    records: int = 0


async def draft(core: Core, connection: Connection) -> Version | None:
    async with core.database.tenant(connection.tenant) as tx:
        return await _one(tx, connection, DRAFT)


async def version(core: Core, connection: Connection, number: int) -> Version:
    """Raises Refused for one that never was."""
    async with core.database.tenant(connection.tenant) as tx:
        return await _known(tx, connection, number)


async def named(core: Core, connection: Connection, which: str) -> Version:
    """A version as people name it: a number, DRAFTED or CURRENT. Raises Refused for one that is not there."""
    async with core.database.tenant(connection.tenant) as tx:
        if which == DRAFTED:
            return await _draft(tx, connection)
        now = connection.tables.number if which == CURRENT else None
        number = int(which) if which.isascii() and which.isdigit() and len(which) < 10 else now
        return await _known(tx, connection, number or 0, said=which)


async def diff(core: Core, connection: Connection, was: str, now: str) -> Diff:
    """What leads from one to the other, each as people name it. Raises Refused as `named` does."""
    old, new = await named(core, connection, was), await named(core, connection, now)
    return diffs.between((old.tables, old.rules), (new.tables, new.rules))


async def begin(core: Core, connection: Connection, *, by: str) -> Version:
    """The draft: a copy of the version in force, or the one that is there already."""
    async with core.database.tenant(connection.tenant) as tx:
        await _lock(tx, connection)
        if await mapping_versions.begin(tx, tenant=connection.tenant, connection=connection.id, by=by):
            await _audit(tx, connection, by, "mapping.draft_begin")
        return await _draft(tx, connection)


async def save(
    core: Core,
    connection: Connection,
    *,
    revision: UUID,
    tables: Tables | None = None,
    rules: Rules | None = None,
    note: str | None = None,
    by: str,
) -> Version:
    """Each table that is given takes the place of the whole table of its name; None leaves what there is.

    Raises Refused when the draft is not as the caller saw it, or for what no version may hold.
    """
    async with core.database.tenant(connection.tenant) as tx:
        await _lock(tx, connection)
        old = await _seen(tx, connection, revision)
        made = {**old.tables, **(tables or {})}
        told = old.rules if rules is None else rules
        _check(made, told, note or "")
        await mapping_versions.save(
            tx,
            tenant=connection.tenant,
            connection=connection.id,
            revision=revision,
            tables={name: table for name, table in made.items() if table},
            rules=told,
            note=old.head.note if note is None else note.strip(),
            based_on=old.head.based_on,
            by=by,
        )
        changed = sorted(tables or {}) + ([] if rules is None else ["rules"])
        await _audit(tx, connection, by, "mapping.draft_save", changed=", ".join(changed)[:500])
        return await _draft(tx, connection)


async def discard(core: Core, connection: Connection, *, revision: UUID, by: str) -> None:
    async with core.database.tenant(connection.tenant) as tx:
        await _lock(tx, connection)
        await _seen(tx, connection, revision)
        await mapping_versions.discard(
            tx, tenant=connection.tenant, connection=connection.id, revision=revision
        )
        await _audit(tx, connection, by, "mapping.draft_discard")


async def publish(
    core: Core, connection: Connection, *, revision: UUID, over: int | None = None, by: str
) -> Published:
    """Puts the draft in force as it was seen. The same word twice publishes it once, and goes on with what waits for it.

    Raises Refused when another version was published since it was begun, unless it is to go `over` exactly that one: a
    third that came in force while somebody looked at the second is not undone unseen.
    """
    tenant = connection.tenant
    async with core.database.tenant(tenant) as tx:
        await _lock(tx, connection)
        done = await mapping_versions.of_revision(
            tx, tenant=tenant, connection=connection.id, revision=revision
        )
        if done is not None and done.head.state == "retired":
            return Published(version=done)
        if done is not None and done.head.number != DRAFT:
            made, now = done, await _before(tx, connection, done)
        else:
            made, now = await _promoted(tx, connection, revision, over=over, by=by)
        begun = await _in_force(tx, connection, now, made)
        if made is not done:
            facts = {"number": str(made.head.number), "note": made.head.note, "records": str(begun.count)}
            await _audit(tx, connection, by, "mapping.publish", **facts)
    records = await answering.go_on(core, connection, begun)
    return Published(version=made, records=records)


async def roll_back(core: Core, connection: Connection, *, number: int, by: str) -> Published:
    """Publishes what version `number` says as a new version; that one, and every sent record's own, stay as they are."""
    tenant = connection.tenant
    async with core.database.tenant(tenant) as tx:
        await _lock(tx, connection)
        old, now = await _known(tx, connection, number), await _published(tx, connection)
        _differs(old, now)
        _meant(connection, old)
        new = await mapping_versions.publish(
            tx, tenant=tenant, connection=connection.id, tables=old.tables, rules=old.rules,
            note=f"As version {number}.", by=by, based_on=number,
        )  # fmt: skip
        made = await _known(tx, connection, new)
        begun = await _in_force(tx, connection, now, made)
        facts = {"number": str(new), "to": str(number), "records": str(begun.count)}
        await _audit(tx, connection, by, "mapping.roll_back", **facts)
    records = await answering.go_on(core, connection, begun)
    return Published(version=made, records=records)


async def replace_all(tx: Tx, connection: Connection, tables: Tables, *, by: str) -> tuple[int, Begun]:
    """Puts these tables in force with the rules there are, in the caller's transaction. The rest is the caller's."""
    tenant = connection.tenant
    await _lock(tx, connection)
    now = await _published(tx, connection)
    _check(tables, now.rules if now else {}, "")
    number = await mapping_versions.publish(
        tx, tenant=tenant, connection=connection.id, tables=tables, rules=None, note="", by=by
    )
    return number, await _in_force(tx, connection, now, await _known(tx, connection, number))


async def alter(
    tx: Tx, connection: Connection, change: Callable[[Tables], Tables], *, note: str, by: str
) -> int:
    """Puts in force what `change` makes of the tables, in the caller's transaction, and makes it in the draft as well.

    Answers with the version in force, which is the one there was where nothing changes.
    """
    tenant = connection.tenant
    await _lock(tx, connection)
    now, drafted = await _published(tx, connection), await _one(tx, connection, DRAFT)
    number = now.head.number if now else None
    tables = change(now.tables if now else {})
    if now is None or tables != now.tables:
        _check(tables, now.rules if now else {}, note)
        number = await mapping_versions.publish(
            tx, tenant=tenant, connection=connection.id, tables=tables, rules=None, note=note, by=by
        )
        await demand.anew(tx, tenant=tenant, connection=connection.id, code=NOT_CHOSEN)
    if drafted is not None:
        await _alter_draft(tx, connection, drafted, change, now=now, number=number, by=by)
    return number or 0


async def _alter_draft(
    tx: Tx, connection: Connection, drafted: Version, change: Callable[[Tables], Tables], *,
    now: Version | None, number: int | None, by: str,
) -> None:  # fmt: skip
    """A draft that knew the version that was in force knows the new one; one that says so already stays as it is seen."""
    fresh = drafted.head.based_on == (now.head.number if now else None)
    based_on, tables = number if fresh else drafted.head.based_on, change(drafted.tables)
    if (tables, based_on) == (drafted.tables, drafted.head.based_on):
        return
    await mapping_versions.save(
        tx, tenant=connection.tenant, connection=connection.id, revision=drafted.head.revision, tables=tables,
        rules=drafted.rules, note=drafted.head.note, by=by, based_on=based_on,
    )  # fmt: skip


def problems(connection: Connection, said: Version) -> list[Problem]:
    """What of its rules can't be meant with this ERP: a draft may hold it while it is worked on, no version in force."""
    return rule_problems(connection, ruleset.of(said.rules), mapping_tables.of(0, said.tables))


def rule_problems(connection: Connection, rules: RuleSet, tables: BuiltTables) -> list[Problem]:
    """What of these rules can't be meant with the connection's ERP and these tables."""
    names = {name for name, _ in tables.every()}
    names |= {name.removeprefix(FREE) for name in names}
    spec = HOSTS.get(connection.host)
    return ruleset.problems(
        rules,
        targets(connection),
        names,
        debtors=spec is not None and spec.debtors,
        lacks={each.name: each.sentence for each in lacks(connection)},
    )


def targets(connection: Connection) -> Mapping[str, TargetField]:
    """The fields of the connection's ERP that rules may fill, by name."""
    spec = HOSTS.get(connection.host)
    return spec.targets_by_name if spec else {}


def lacks(connection: Connection) -> Sequence[LackingField]:
    """The fields that the connection's ERP does not have, though merchants look for them."""
    spec = HOSTS.get(connection.host)
    return spec.lacks if spec else ()


def _publishable(connection: Connection, seen: Version, now: Version | None, *, over: int | None) -> None:
    if now is not None and now.head.number not in {seen.head.based_on, over}:
        raise Refused(
            "mapping.draft_behind",
            f"Version {now.head.number} was published since this draft was begun; what it changed would be undone.",
            facts={"version": str(now.head.number)},
        )
    _check(seen.tables, seen.rules, seen.head.note)
    _meant(connection, seen)
    _differs(seen, now)


def _meant(connection: Connection, said: Version) -> None:
    wrong = problems(connection, said)
    if wrong:
        more = f" {len(wrong) - 1} more rules are wrong." if len(wrong) > 1 else ""
        raise Refused("mapping.rules_wrong", wrong[0].sentence + more, facts={"rule": wrong[0].rule or ""})


def _differs(wanted: Version, now: Version | None) -> None:
    if now is not None and (now.tables, now.rules) == (wanted.tables, wanted.rules):
        raise Refused("mapping.same", f"Version {now.head.number} is in force and says the same.")


async def _promoted(
    tx: Tx, connection: Connection, revision: UUID, *, over: int | None, by: str
) -> tuple[Version, Version | None]:
    """The draft as the version in force, and the one that was."""
    seen, now = await _seen(tx, connection, revision), await _published(tx, connection)
    _publishable(connection, seen, now, over=over)
    number = await mapping_versions.promote(
        tx, tenant=connection.tenant, connection=connection.id, revision=revision, by=by
    )
    return await _known(tx, connection, number), now


async def _before(tx: Tx, connection: Connection, made: Version) -> Version | None:
    last = made.head.number - 1
    return await _one(tx, connection, last) if last > DRAFT else None


async def _in_force(tx: Tx, connection: Connection, was: Version | None, made: Version) -> Begun:
    """Has what waits for something that the version says decided anew: the first of it here, the rest is the caller's."""
    await demand.anew(tx, tenant=connection.tenant, connection=connection.id, code=NOT_CHOSEN)
    before = (was.tables, was.rules) if was is not None else ({}, {})
    return await answering.begin(tx, connection, answering.between(before, (made.tables, made.rules)))


async def _seen(tx: Tx, connection: Connection, revision: UUID) -> Version:
    found = await _draft(tx, connection)
    if found.head.revision != revision:
        raise Refused(
            "mapping.draft_changed",
            f"The draft was changed meanwhile by {found.head.made_by}. Load it again and make your change there.",
        )
    return found


async def _draft(tx: Tx, connection: Connection) -> Version:
    found = await _one(tx, connection, DRAFT)
    if found is None:
        raise Refused(
            "mapping.no_draft", "This connection's mapping has no draft: it was published or discarded."
        )
    return found


async def _known(tx: Tx, connection: Connection, number: int, *, said: str | None = None) -> Version:
    found = await _one(tx, connection, number) if 0 < number < 2**31 else None
    if found is None:
        raise Refused("mapping.unknown", f"This connection has no mapping version “{said or number}”.")
    return found


async def _one(tx: Tx, connection: Connection, number: int) -> Version | None:
    return await mapping_versions.one(tx, tenant=connection.tenant, connection=connection.id, number=number)


async def _published(tx: Tx, connection: Connection) -> Version | None:
    return await mapping_versions.published(tx, tenant=connection.tenant, connection=connection.id)


async def _lock(tx: Tx, connection: Connection) -> None:
    await mapping_versions.lock(tx, tenant=connection.tenant, connection=connection.id)


async def _audit(tx: Tx, connection: Connection, by: str, action: str, **facts: str) -> None:
    await audited(
        tx, tenant=connection.tenant, actor=by, action=action, subject=str(connection.id), facts=facts
    )


def check_rules(rules: Rules) -> None:
    """Raises Refused for more than rules may be, and for what no database takes."""
    try:
        contents.check_rules(rules)
    except ValueError as cause:
        raise _malformed(cause) from cause


def _check(tables: Mapping[str, Mapping[str, str]], rules: Rules, note: str) -> None:
    try:
        contents.check(tables, rules)
        if len(note) > _LONGEST_NOTE:
            raise ValueError(f"a note has at most {_LONGEST_NOTE} characters")
        if not contents.storable(note):
            raise ValueError("the note has a character that can't be printed")
    except ValueError as cause:
        raise _malformed(cause) from cause


def _malformed(cause: ValueError) -> Refused:
    return Refused("mapping.malformed", f"That is no mapping: {cause}.")
