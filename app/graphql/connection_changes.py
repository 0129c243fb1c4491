"""Making, changing, pausing and resuming a connection."""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID

import strawberry

from app.errors import Refused, StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.connections import Connection, shown
from app.graphql.context import Info, Needs
from app.graphql.ids import Kind, uuid_of
from app.models import connection_lists
from app.operations import changing, connecting
from app.operations.changing import Change
from app.operations.connecting import Wish
from app.ports import Health, Probed


@strawberry.input(description="A name and its value.")
class NamedValueInput:
    name: str = strawberry.field(description="The name.")
    value: str = strawberry.field(description="The value.")


@strawberry.input(description="One look-up table: what the shop says, and what the ERP is told instead.")
class TableInput:
    name: str = strawberry.field(description="Which table, such as `payments` or `taxes`.")
    rows: list[NamedValueInput] = strawberry.field(
        description="Its rows; the name `*` stands for anything else."
    )


@strawberry.input(description="An ERP's form, filled in.")
class ConnectionTestInput:
    host: str = strawberry.field(description="The ERP's key.")
    fields: list[NamedValueInput] = strawberry.field(
        description="The form's fields. Empty ones keep what is stored."
    )
    connection: strawberry.ID | None = strawberry.field(
        default=None, description="The connection whose stored secrets stand in for empty fields."
    )
    call: str | None = strawberry.field(
        default=None,
        description="One reading call of a connection document to make as well, such as `stock.page`.",
    )
    values: list[NamedValueInput] = strawberry.field(
        default_factory=list,
        description="What that call is made of in place of a sample's, such as `order.external_id`.",
    )


@strawberry.input(description="A connection to be made.")
class ConnectionCreateInput:
    host: str = strawberry.field(description="The ERP's key.")
    fields: list[NamedValueInput] = strawberry.field(description="The form's fields.")
    name: str | None = strawberry.field(
        default=None, description="What to call it; else as the ERP is called."
    )
    shop: strawberry.ID | None = strawberry.field(
        default=None, description="The shop; else the one the page is open in."
    )
    tables: list[TableInput] = strawberry.field(default_factory=list, description="The look-up tables.")
    options: list[NamedValueInput] = strawberry.field(default_factory=list, description="Choices, by name.")


@strawberry.input(description="What is to be another way; what is left out stays.")
class ConnectionUpdateInput:
    name: str | None = strawberry.field(default=None, description="What to call it.")
    fields: list[NamedValueInput] | None = strawberry.field(
        default=None,
        description="The form's fields; empty ones keep what is stored. Tried before they are kept.",
    )
    tables: list[TableInput] | None = strawberry.field(
        default=None, description="All look-up tables: the next version."
    )
    options: list[NamedValueInput] | None = strawberry.field(
        default=None, description="Choices; the others stay."
    )
    no_writes: bool | None = strawberry.field(
        default=None, description="Whether nothing is written to either side."
    )


@strawberry.type(description="What an ERP answered when it was asked.")
class HostAnswer:
    account: str = strawberry.field(description="What we are connected to.")
    version: str | None = strawberry.field(description="The ERP's version.")
    clock_offset_seconds: float = strawberry.field(description="How far its clock is ahead of ours.")

    @classmethod
    def of(cls, health: Health) -> HostAnswer:
        return cls(
            account=health.account,
            version=health.version,
            clock_offset_seconds=health.clock_offset.total_seconds(),
        )


@strawberry.type(description="One call that was tried; nothing of people and no secret is shown of it.")
class TriedCall:
    request: str = strawberry.field(description="What was sent, as JSON.")
    status: int = strawberry.field(description="The status of the answer.")
    answer: str = strawberry.field(
        description="What came back, as JSON, as far as the connection document reads it."
    )
    rows: int = strawberry.field(description="How many things were found in the answer.")
    problem: str | None = strawberry.field(description="Why none could be, or what the answer means.")

    @classmethod
    def of(cls, probed: Probed) -> TriedCall:
        return cls(
            request=_json(probed.request),
            status=probed.status,
            answer=_json(probed.answer),
            rows=probed.rows,
            problem=probed.problem,
        )


def _json(value: object) -> str:
    """Numbers of any length: an ERP's ids may be longer than what orjson writes."""
    return json.dumps(value, indent=2, ensure_ascii=False)


@strawberry.type(description="What became of asking an ERP.")
class ConnectionTestPayload:
    answer: HostAnswer | None = strawberry.field(
        description="Its answer; null when it could not be reached or refused us."
    )
    tried: TriedCall | None = strawberry.field(
        default=None, description="The call that was to be tried; null when there was none."
    )
    user_errors: list[UserError] = strawberry.field(
        description="What is wrong, and with which field; empty when it works."
    )


@strawberry.type(description="A connection after a change.")
class ConnectionPayload:
    connection: Connection | None = strawberry.field(
        description="The connection as it is now; null when nothing was done."
    )
    answer: HostAnswer | None = strawberry.field(description="What the ERP answered, where it was asked.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type(description="What became of taking a connection away.")
class ConnectionRemovePayload:
    removed: bool = strawberry.field(description="Whether it is gone.")
    user_errors: list[UserError] = strawberry.field(description="Why it is not; empty when it is.")


@strawberry.type
class ConnectionMutation:
    @strawberry.mutation(
        description="Asks an ERP with these fields. Nothing is stored.", extensions=[Needs(Scope.ADMIN)]
    )
    async def connection_test(self, info: Info, input: ConnectionTestInput) -> ConnectionTestPayload:
        context = info.context
        try:
            given = _pairs(input.fields)
            if input.connection is not None:
                given = connecting.completed(context.core, await context.connection(input.connection), given)
            spec = connecting.known_host(input.host)
            checked = connecting.checked(spec, given)
            health = await connecting.trial(context.core, spec, checked)
            tried = (
                await connecting.probed(
                    context.core, spec, checked, call=input.call, values=_pairs(input.values)
                )
                if input.call
                else None
            )
        except StockbridgeError as error:
            return ConnectionTestPayload(answer=None, user_errors=user_errors(error, *_about(error)))
        return ConnectionTestPayload(
            answer=HostAnswer.of(health), tried=TriedCall.of(tried) if tried else None, user_errors=[]
        )

    @strawberry.mutation(
        description="Joins a shop to an ERP after asking it. Nothing is written to either side until it goes live.",
        extensions=[Needs(Scope.ADMIN)],
    )
    async def connection_create(self, info: Info, input: ConnectionCreateInput) -> ConnectionPayload:
        context = info.context
        try:
            wish = Wish(
                host=input.host,
                fields=_pairs(input.fields),
                name=input.name or None,
                tables=_tables(input.tables),
                options=_pairs(input.options),
            )
            shop = await shop_of(info, input.shop)
            made, health = await connecting.connect(
                context.core, tenant=context.tenant, shop=shop, wish=wish, by=context.caller.actor
            )
        except StockbridgeError as error:
            return _refused(error)
        await context.audit("connection.create", str(made), host=input.host)
        return ConnectionPayload(
            connection=await shown(info, made), answer=HostAnswer.of(health), user_errors=[]
        )

    @strawberry.mutation(
        description="Changes a connection. Orders that were sent before keep the tables they were sent with.",
        extensions=[Needs(Scope.ADMIN)],
    )
    async def connection_update(
        self, info: Info, id: strawberry.ID, input: ConnectionUpdateInput
    ) -> ConnectionPayload:
        context = info.context
        try:
            found = await context.connection(id)
            given = None if input.fields is None else _pairs(input.fields)
            wish = Change(
                credentials=None if given is None else connecting.completed(context.core, found, given),
                tables=None if input.tables is None else _tables(input.tables),
                options=None if input.options is None else _pairs(input.options),
                writes=None if input.no_writes is None else not input.no_writes,
                name=input.name or None,
            )
            done = await changing.change(context.core, found, wish, by=context.caller.actor)
        except StockbridgeError as error:
            return _refused(error)
        await context.audit("connection.update", str(found.id), changed="; ".join(done.told)[:2000])
        answer = HostAnswer.of(done.health) if done.health else None
        return ConnectionPayload(connection=await shown(info, found.id), answer=answer, user_errors=[])

    @strawberry.mutation(
        description="Stops a connection's flows until it is resumed. Nothing is marked failed.",
        extensions=[Needs(Scope.ADMIN)],
    )
    async def connection_pause(self, info: Info, id: strawberry.ID) -> ConnectionPayload:
        return await _switched(info, id, pause=True)

    @strawberry.mutation(
        description="Asks both sides, and has a paused connection go on when they let us in.",
        extensions=[Needs(Scope.ADMIN)],
    )
    async def connection_resume(self, info: Info, id: strawberry.ID) -> ConnectionPayload:
        return await _switched(info, id, pause=False)

    @strawberry.mutation(
        description="Takes a connection away that was never live, with what was entered for it. Nothing was ever sent by it.",
        extensions=[Needs(Scope.ADMIN)],
    )
    async def connection_remove(self, info: Info, id: strawberry.ID) -> ConnectionRemovePayload:
        context = info.context
        try:
            found = await context.connection(id)
            await changing.remove(context.core, found)
        except StockbridgeError as error:
            return ConnectionRemovePayload(removed=False, user_errors=user_errors(error, "id"))
        await context.audit("connection.remove", str(found.id), host=found.host)
        return ConnectionRemovePayload(removed=True, user_errors=[])


async def _switched(info: Info, id: str, *, pause: bool) -> ConnectionPayload:
    context = info.context
    try:
        found = await context.connection(id)
        await (changing.pause if pause else changing.resume)(context.core, found)
    except StockbridgeError as error:
        return _refused(error)
    await context.audit("connection.pause" if pause else "connection.resume", str(found.id))
    return ConnectionPayload(connection=await shown(info, found.id), answer=None, user_errors=[])


def _refused(error: StockbridgeError) -> ConnectionPayload:
    return ConnectionPayload(connection=None, answer=None, user_errors=user_errors(error, *_about(error)))


_FIELDS = ("form.", "access.", "address.", "host.", "connection.unreachable", "connection.no_answer")


def _about(error: StockbridgeError) -> tuple[str, ...]:
    """Which part of the input an error is about, as far as its code tells."""
    if error.code == "host.unknown":
        return ("input", "host")
    if error.code == "option.unknown":
        return ("input", "options")
    if error.code == "shop.unknown":
        return ("input", "shop")
    if error.code == "connection.unknown":
        return ("id",)
    return ("input", "fields") if error.code.startswith(_FIELDS) else ()


def _pairs(given: Sequence[NamedValueInput]) -> dict[str, str]:
    return {each.name: each.value for each in given}


def _tables(given: Sequence[TableInput]) -> dict[str, dict[str, str]]:
    return {table.name: _pairs(table.rows) for table in given}


async def shop_of(info: Info, id: str | None) -> UUID:
    """The shop that is named, else the one the page is open in."""
    context = info.context
    chosen = context.caller.shop if id is None else uuid_of(Kind.SHOP, id)
    async with context.core.database.tenant(context.tenant) as tx:
        known = [row.id for row in await connection_lists.shops_listed(tx, tenant=context.tenant)]
    if id is None and chosen is None and len(known) == 1:
        return known[0]
    if chosen is None or chosen not in known:
        raise Refused("shop.unknown", "There is no such shop.")
    return chosen
