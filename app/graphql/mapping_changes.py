"""Changing a connection's mapping: the draft begun, saved, discarded and published, and going back to an earlier version."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from app.errors import Refused, StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.connection_changes import TableInput
from app.graphql.context import Info, Needs
from app.graphql.mappings import MappingDraft, MappingVersion
from app.mapping.contents import Rules
from app.models.connections import Connection
from app.models.mapping_versions import Version
from app.operations import mappings
from app.operations.mappings import Published
from app.wiring import Core


@strawberry.input(description="What a draft is to say; what is left out stays as it is.")
class MappingDraftInput:
    tables: list[TableInput] | None = strawberry.field(
        default=None,
        description="Each takes the place of the whole table of its name; one without rows takes it away.",
    )
    rules: JSON | None = strawberry.field(default=None, description="All field rules, as they are stored.")
    note: str | None = strawberry.field(default=None, description="What to write about it.")


@strawberry.type(description="A draft after a change.")
class MappingDraftPayload:
    draft: MappingDraft | None = strawberry.field(
        description="The draft as it is now; null when nothing was done, or there is none any more."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type(description="The version in force after a change.")
class MappingPublishPayload:
    version: MappingVersion | None = strawberry.field(
        description="The version that was put in force; null when nothing was done."
    )
    records: int | None = strawberry.field(
        description="How many held records wait for something that it says otherwise, and are decided anew by it; null when"
        " nothing was done."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type
class MappingMutation:
    @strawberry.mutation(
        description="Begins a draft as a copy of the version in force, or answers with the one that is there.",
        extensions=[Needs(Scope.WRITE_MAPPINGS)],
    )
    async def mapping_draft_begin(self, info: Info, connection: strawberry.ID) -> MappingDraftPayload:
        return await _drafted(
            info, connection, lambda found: mappings.begin(_core(info), found, by=_by(info))
        )

    @strawberry.mutation(
        description="Saves the draft. `revision` is the one that was seen: where somebody saved another one since, nothing is"
        " changed.",
        extensions=[Needs(Scope.WRITE_MAPPINGS)],
    )
    async def mapping_draft_save(
        self, info: Info, connection: strawberry.ID, revision: strawberry.ID, input: MappingDraftInput
    ) -> MappingDraftPayload:
        async def save(found: Connection) -> Version:
            return await mappings.save(
                _core(info),
                found,
                revision=_revision(revision),
                tables=_tables(input.tables),
                rules=_rules(input.rules),
                note=input.note,
                by=_by(info),
            )

        return await _drafted(info, connection, save)

    @strawberry.mutation(
        description="Throws the draft away, as it was seen.", extensions=[Needs(Scope.WRITE_MAPPINGS)]
    )
    async def mapping_draft_discard(
        self, info: Info, connection: strawberry.ID, revision: strawberry.ID
    ) -> MappingDraftPayload:
        async def discard(found: Connection) -> None:
            await mappings.discard(_core(info), found, revision=_revision(revision), by=_by(info))

        return await _drafted(info, connection, discard)

    @strawberry.mutation(
        description="Puts the draft in force, as it was seen: records that were sent keep the version they were sent by,"
        " held ones that wait for something it says otherwise run again."
        " `over`: the number of the version that was published since the draft was begun and whose changes it undoes; where"
        " yet another one is in force by now, nothing is.",
        extensions=[Needs(Scope.WRITE_MAPPINGS)],
    )
    async def mapping_draft_publish(
        self, info: Info, connection: strawberry.ID, revision: strawberry.ID, over: int | None = None
    ) -> MappingPublishPayload:
        async def publish(found: Connection) -> Published:
            return await mappings.publish(
                _core(info), found, revision=_revision(revision), over=over, by=_by(info)
            )

        return await _published(info, connection, publish)

    @strawberry.mutation(
        description="Puts what an earlier version says in force again, as a new version; held records that wait for something it"
        " says otherwise run again.",
        extensions=[Needs(Scope.WRITE_MAPPINGS)],
    )
    async def mapping_roll_back(
        self, info: Info, connection: strawberry.ID, number: int
    ) -> MappingPublishPayload:
        async def back(found: Connection) -> Published:
            return await mappings.roll_back(_core(info), found, number=number, by=_by(info))

        return await _published(info, connection, back)


async def _drafted(
    info: Info, connection: str, act: Callable[[Connection], Awaitable[Version | None]]
) -> MappingDraftPayload:
    try:
        found = await info.context.connection(connection)
        draft = await act(found)
    except StockbridgeError as error:
        return MappingDraftPayload(draft=None, user_errors=user_errors(error, *_about(error)))
    return MappingDraftPayload(draft=MappingDraft.of(draft, found) if draft else None, user_errors=[])


async def _published(
    info: Info, connection: str, act: Callable[[Connection], Awaitable[Published]]
) -> MappingPublishPayload:
    try:
        done = await act(await info.context.connection(connection))
    except StockbridgeError as error:
        return MappingPublishPayload(
            version=None, records=None, user_errors=user_errors(error, *_about(error))
        )
    version = MappingVersion.of(done.version.head)
    return MappingPublishPayload(version=version, records=done.records, user_errors=[])


def _about(error: StockbridgeError) -> tuple[str, ...]:
    """Which part of the input an error is about."""
    fields = {
        "mapping.unknown": "number",
        "mapping.draft_changed": "revision",
        "mapping.malformed": "input",
        "connection.unknown": "connection",
    }
    return (fields[error.code],) if error.code in fields else ()


def _revision(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError as cause:
        raise Refused(
            "mapping.draft_changed", "There is no draft of this revision. Load it again."
        ) from cause


def _tables(given: list[TableInput] | None) -> dict[str, dict[str, str]] | None:
    if given is None:
        return None
    made = {table.name: {row.name: row.value for row in table.rows} for table in given}
    if sum(map(len, made.values())) < sum(len(table.rows) for table in given):
        raise Refused("mapping.malformed", "That is no mapping: a table, or a row of one, is given twice.")
    return made


def _rules(given: JSON | None) -> Rules | None:
    if given is None or isinstance(given, dict):
        return cast("Rules | None", given)
    raise Refused("mapping.malformed", "That is no mapping: rules are an object.")


def _core(info: Info) -> Core:
    return info.context.core


def _by(info: Info) -> str:
    return info.context.caller.actor
