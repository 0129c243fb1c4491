"""Prices by a person's word: set up, plan, approve, and decide what waits."""

from __future__ import annotations

import asyncio
from datetime import datetime
from enum import Enum
from uuid import UUID

import orjson
import strawberry

from app.domain.access import Permission
from app.domain.price_rule import Winner
from app.errors import Refused, StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.context import Info, Needs
from app.graphql.ids import Kind, uuid_of
from app.graphql.run_changes import RunPayload
from app.graphql.runs import run_shown
from app.mapping import prices as mapping
from app.models import price_settings
from app.models.connections import Connection
from app.models.price_settings import PriceSetup
from app.operations import flows
from app.ports import Flow
from app.sync.prices.flow import PriceFlow
from app.wiring import worker_name

_PATIENCE = 25.0


@strawberry.enum(description="Whose price counts.")
class PriceWinner(Enum):
    ERP = strawberry.enum_value("erp", description="The ERP's.")
    STORE = strawberry.enum_value("store", description="The one in the shop.")
    ASK = strawberry.enum_value("ask", description="A person is asked each time.")


@strawberry.enum(description="What follows the ERP while a variant is on sale in the shop.")
class PriceSale(Enum):
    SKIP = strawberry.enum_value("skip", description="Nothing.")
    WAS_PRICE = strawberry.enum_value("was_price", description="The compare-at price.")


@strawberry.type(description="Which of the shop's price lists a tier of the ERP feeds.")
class PriceTier:
    tier: str = strawberry.field(description="The ERP's name of it.")
    list_key: str = strawberry.field(description="The number of the shop's price list.")


@strawberry.input(description="Which of the shop's price lists a tier of the ERP feeds.")
class PriceTierInput:
    tier: str = strawberry.field(description="The ERP's name of it.")
    list_key: str = strawberry.field(description="The number of the shop's price list.")


@strawberry.type(description="How a connection's prices are set up.")
class PriceSettings:
    on: bool = strawberry.field(description="Whether the flow was turned on.")
    sale: PriceSale = strawberry.field(
        description="What happens during a sale; what is paid is never touched."
    )
    changed_by_person: PriceWinner = strawberry.field(
        description="Whose price counts when somebody changed one."
    )
    steep_share: float = strawberry.field(description="A price that would change by more waits for a person.")
    changed_share: float = strawberry.field(
        description="A plan that changes a larger share waits for a person."
    )
    every_seconds: float = strawberry.field(description="How often the ERP is read.")
    tiers: list[PriceTier] = strawberry.field(description="What feeds the shop's other price lists.")
    linked_at: datetime | None = strawberry.field(
        description="When every variant of the shop was first read."
    )
    first_push_at: datetime | None = strawberry.field(description="When prices were first pushed.")


@strawberry.input(
    description="How prices are to be set up; what is left out stays, or is as for a plain shop."
)
class PriceSettingsInput:
    sale: PriceSale | None = strawberry.field(default=None, description="What happens during a sale.")
    changed_by_person: PriceWinner | None = strawberry.field(
        default=None, description="Whose price counts when somebody changed one."
    )
    steep_share: float | None = strawberry.field(
        default=None, description="From which change on a person is asked."
    )
    changed_share: float | None = strawberry.field(
        default=None, description="The guard's share of changed prices."
    )
    every_seconds: float | None = strawberry.field(default=None, description="How often the ERP is read.")
    tiers: list[PriceTierInput] | None = strawberry.field(
        default=None, description="All tiers that feed a list."
    )


@strawberry.type(description="A connection's price settings after a change.")
class PriceSettingsPayload:
    settings: PriceSettings | None = strawberry.field(
        description="The settings as they are now; null when nothing was done."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type
class PriceQuery:
    @strawberry.field(
        description="How a connection's prices are set up; null for a connection that is not there.",
        extensions=[Needs(Scope.READ_STATUS)],
    )
    async def price_settings(self, info: Info, connection: strawberry.ID) -> PriceSettings | None:
        try:
            return await _shown(info, await info.context.connection(connection))
        except Refused:
            return None


@strawberry.type
class PriceMutation:
    @strawberry.mutation(
        description="Turns a connection's prices on, or changes how they are set up; the first plan waits for a person.",
        extensions=[Needs(Scope.ADMIN, Permission.MANAGE_FLOWS)],
    )
    async def price_settings_save(
        self, info: Info, connection: strawberry.ID, input: PriceSettingsInput
    ) -> PriceSettingsPayload:
        context = info.context
        try:
            found = await context.connection(connection)
            setup = await _setup(info, found)
            stored = orjson.loads(setup.stored) if setup else {}
            await _save(_flow(info), found, orjson.dumps(stored | _given(input)).decode())
        except StockbridgeError as error:
            field = "connection" if error.code == "connection.unknown" else "input"
            return PriceSettingsPayload(settings=None, user_errors=user_errors(error, field))
        await context.audit("price.settings", str(found.id))
        return PriceSettingsPayload(settings=await _shown(info, found), user_errors=[])

    @strawberry.mutation(
        description="Reads the ERP and plans: which prices would change, from what to what. Writes nothing itself; a plan"
        " without concerns is taken up by a worker, one with concerns waits for `pricePlanApprove`.",
        extensions=[Needs(Scope.WRITE_RETRY)],
    )
    async def price_plan(self, info: Info, connection: strawberry.ID) -> RunPayload:
        context = info.context
        try:
            found = await context.connection(connection)
            run = await _planned(_flow(info), found, by=context.caller.actor)
        except StockbridgeError as error:
            return RunPayload(run=None, user_errors=user_errors(error, "connection"))
        await context.audit("price.plan", str(run))
        return RunPayload(run=await run_shown(info, run), user_errors=[])

    @strawberry.mutation(
        description="Takes a plan of prices as it is: a worker writes it.",
        extensions=[Needs(Scope.ADMIN, Permission.MANAGE_FLOWS)],
    )
    async def price_plan_approve(self, info: Info, run: strawberry.ID) -> RunPayload:
        context = info.context
        try:
            chosen = _run(run)
            await _flow(info).approve(context.tenant, chosen, by=context.caller.actor)
        except StockbridgeError as error:
            return RunPayload(run=None, user_errors=user_errors(error, "run"))
        await context.audit("price.approve", str(chosen))
        return RunPayload(run=await run_shown(info, chosen), user_errors=[])

    @strawberry.mutation(
        description="Decides prices of a run that wait for a person, of one SKU or all. The answer holds between the two"
        " prices it is about.",
        extensions=[Needs(Scope.ADMIN, Permission.MANAGE_FLOWS)],
    )
    async def price_answer(
        self, info: Info, run: strawberry.ID, winner: PriceWinner, sku: str | None = None
    ) -> RunPayload:
        context = info.context
        try:
            chosen = _run(run)
            if winner is PriceWinner.ASK:
                raise Refused("price.answer_open", "Say whose price is right: the ERP's or the store's.")
            said = Winner(str(winner.value))
            await _flow(info).answer(context.tenant, chosen, said, sku=sku, by=context.caller.actor)
        except StockbridgeError as error:
            return RunPayload(run=None, user_errors=user_errors(error, "run"))
        await context.audit("price.answer", str(chosen), winner=said.value)
        return RunPayload(run=await run_shown(info, chosen), user_errors=[])


def _flow(info: Info) -> PriceFlow:
    return info.context.core.prices(worker_name())


def _run(run: str) -> UUID:
    chosen = uuid_of(Kind.RUN, run)
    if chosen is None:
        raise Refused("run.unknown", "There is no such run.")
    return chosen


async def _save(flow: PriceFlow, connection: Connection, settings: str) -> None:
    try:
        await flow.set_up(connection.tenant, connection.id, settings)
    except ValueError as cause:
        raise Refused("price.settings_malformed", f"The settings can't be meant: {cause}") from cause


async def _planned(flow: PriceFlow, connection: Connection, *, by: str) -> UUID:
    """A plan that takes longer is left to the schedule, which comes at once."""
    try:
        async with asyncio.timeout(_PATIENCE):
            return (await flow.plan_prices(connection.tenant, connection.id, started_by=by)).id
    except TimeoutError as cause:
        await flow.hint(connection.tenant, connection.id)
        raise Refused("price.slow", "This takes a while. Look at the runs.") from cause


def _given(input: PriceSettingsInput) -> dict[str, object]:
    """In the stored form, `app/mapping/prices.py`'s."""
    found: dict[str, object] = {
        "sale": input.sale.value if input.sale else None,
        "changed_by_person": input.changed_by_person.value if input.changed_by_person else None,
        "steep": input.steep_share,
        "changed": input.changed_share,
        "every_seconds": input.every_seconds,
        "tiers": None if input.tiers is None else {each.tier: each.list_key for each in input.tiers},
    }
    return {name: value for name, value in found.items() if value is not None}


async def _setup(info: Info, connection: Connection) -> PriceSetup | None:
    async with info.context.core.database.tenant(connection.tenant) as tx:
        return await price_settings.read(tx, tenant=connection.tenant, connection=connection.id)


async def _shown(info: Info, connection: Connection) -> PriceSettings:
    setup = await _setup(info, connection)
    settings = setup.settings if setup else mapping.PriceSettings()
    every = await flows.gap(info.context.core, connection, Flow.PRICES)
    return PriceSettings(
        on=setup is not None,
        sale=PriceSale(settings.rule.sale.value),
        changed_by_person=PriceWinner(settings.rule.changed_by_person.value),
        steep_share=float(settings.rule.steep),
        changed_share=settings.limits.changed,
        every_seconds=every.total_seconds(),
        tiers=[PriceTier(tier=tier, list_key=key) for tier, key in sorted(settings.tiers.items())],
        linked_at=setup.linked_at if setup else None,
        first_push_at=setup.first_push_at if setup else None,
    )
