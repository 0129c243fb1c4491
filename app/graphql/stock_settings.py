"""How a connection's stock is set up: the mode, what is kept back, which warehouses feed which location, the guard."""

from __future__ import annotations

from datetime import datetime

import orjson
import strawberry

from app.domain.access import Permission
from app.domain.inventory import StockMode
from app.errors import Refused, StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.context import Info, Needs
from app.graphql.stock import Mode, StockLocation
from app.mapping.stock import StockSettings as Stored
from app.models import schedules, stock_links, stock_lists
from app.models.connections import Connection
from app.models.stock_lists import SettingRow
from app.operations import flows
from app.ports import Flow


@strawberry.type(description="Units that are kept back.")
class SafetyStock:
    location_key: str | None = strawberry.field(description="The location; null: everywhere.")
    sku: str | None = strawberry.field(description="The SKU; null: every one.")
    units: int = strawberry.field(description="How many.")


@strawberry.type(
    description="What a location may offer of the ERP's stock. Each connection is a channel of its own, so is each location."
)
class StockAllocation:
    location_key: str | None = strawberry.field(description="The location; null: everywhere.")
    sku: str | None = strawberry.field(description="The SKU; null: every one.")
    share: float = strawberry.field(
        description="The share of what is free, from 0 to 1; units are rounded down."
    )
    cap: int | None = strawberry.field(description="Never more units than these; null: no such limit.")


@strawberry.type(description="Which of the ERP's warehouses feed a location.")
class Feed:
    location_key: str = strawberry.field(description="What the shop knows the location by.")
    warehouses: list[str] = strawberry.field(description="The ERP's names of the warehouses.")


@strawberry.type(description="How a connection's stock is set up.")
class StockSettings:
    on: bool = strawberry.field(description="Whether the flow was turned on.")
    mode: Mode = strawberry.field(description="Which of the shop's quantities is written.")
    every_seconds: float = strawberry.field(description="How often the ERP is read.")
    safety: list[SafetyStock] = strawberry.field(
        description="What is kept back; the most particular word counts."
    )
    allocations: list[StockAllocation] = strawberry.field(
        description="What each location may offer; the most particular word counts."
    )
    feeds: list[Feed] = strawberry.field(
        description="The map of warehouses; empty: the orders' table read backwards."
    )
    zeroed_share: float = strawberry.field(
        description="A plan that zeroes a larger share of levels waits for a person."
    )
    changed_share: float = strawberry.field(
        description="A plan that changes a larger share waits for a person."
    )
    linked_at: datetime | None = strawberry.field(description="When every item of the shop was first read.")
    first_push_at: datetime | None = strawberry.field(description="When stock was first pushed.")
    next_turn_at: datetime | None = strawberry.field(description="When the ERP is read next.")
    locations: list[StockLocation] = strawberry.field(
        description="The shop's locations, as far as they were read."
    )


@strawberry.input(description="Units to be kept back.")
class SafetyStockInput:
    units: int = strawberry.field(description="How many.")
    location_key: str | None = strawberry.field(default=None, description="The location; null: everywhere.")
    sku: str | None = strawberry.field(default=None, description="The SKU; null: every one.")


@strawberry.input(description="What a location may offer of the ERP's stock.")
class StockAllocationInput:
    location_key: str | None = strawberry.field(default=None, description="The location; null: everywhere.")
    sku: str | None = strawberry.field(default=None, description="The SKU; null: every one.")
    share: float = strawberry.field(default=1.0, description="The share of what is free, from 0 to 1.")
    cap: int | None = strawberry.field(default=None, description="Never more units than these.")


@strawberry.input(description="Which of the ERP's warehouses feed a location.")
class FeedInput:
    location_key: str = strawberry.field(description="What the shop knows the location by.")
    warehouses: list[str] = strawberry.field(description="The ERP's names of the warehouses.")


@strawberry.input(description="How stock is to be set up; what is left out stays, or is as for a plain shop.")
class StockSettingsInput:
    mode: Mode | None = strawberry.field(
        default=None, description="Which of the shop's quantities is written."
    )
    every_seconds: float | None = strawberry.field(default=None, description="How often the ERP is read.")
    safety: list[SafetyStockInput] | None = strawberry.field(
        default=None, description="All that is kept back."
    )
    allocations: list[StockAllocationInput] | None = strawberry.field(
        default=None, description="All that is said of what locations may offer."
    )
    feeds: list[FeedInput] | None = strawberry.field(default=None, description="The whole map of warehouses.")
    zeroed_share: float | None = strawberry.field(
        default=None, description="The guard's share of zeroed levels."
    )
    changed_share: float | None = strawberry.field(
        default=None, description="The guard's share of changed levels."
    )


@strawberry.type(description="A connection's stock settings after a change.")
class StockSettingsPayload:
    settings: StockSettings | None = strawberry.field(
        description="The settings as they are now; null when nothing was done."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type
class StockSettingsQuery:
    @strawberry.field(
        description="How a connection's stock is set up; null for a connection that is not there.",
        extensions=[Needs(Scope.READ_STATUS)],
    )
    async def stock_settings(self, info: Info, connection: strawberry.ID) -> StockSettings | None:
        try:
            return await _shown(info, await info.context.connection(connection))
        except Refused:
            return None


@strawberry.type
class StockSettingsMutation:
    @strawberry.mutation(
        description="Turns a connection's stock on, or changes how it is set up. Nothing is written before a plan was approved.",
        extensions=[Needs(Scope.ADMIN, Permission.MANAGE_FLOWS)],
    )
    async def stock_settings_save(
        self, info: Info, connection: strawberry.ID, input: StockSettingsInput
    ) -> StockSettingsPayload:
        context = info.context
        try:
            found = await context.connection(connection)
            row = await _row(info, found)
            stored = dict(row.stored) if row else {}
            text = orjson.dumps(stored | _given(input)).decode()
            await context.stock.set_up(found, text)
        except StockbridgeError as error:
            field = "connection" if error.code == "connection.unknown" else "input"
            return StockSettingsPayload(settings=None, user_errors=user_errors(error, field))
        await context.audit("stock.settings", str(found.id))
        return StockSettingsPayload(settings=await _shown(info, found), user_errors=[])


def _given(input: StockSettingsInput) -> dict[str, object]:
    """In the stored form, `app/mapping/stock.py`'s."""
    found: dict[str, object] = {
        "mode": input.mode.value if input.mode else None,
        "every_seconds": input.every_seconds,
        "zeroed": input.zeroed_share,
        "changed": input.changed_share,
    }
    if input.safety is not None:
        found["safety"] = [
            {"location": each.location_key or "*", "sku": each.sku or "*", "units": each.units}
            for each in input.safety
        ]
    if input.allocations is not None:
        found["allocations"] = [
            {
                "location": each.location_key or "*",
                "sku": each.sku or "*",
                "share": each.share,
                "cap": each.cap,
            }
            for each in input.allocations
        ]
    if input.feeds is not None:
        found["warehouses"] = {each.location_key: each.warehouses for each in input.feeds}
    return {name: value for name, value in found.items() if value is not None}


async def _row(info: Info, connection: Connection) -> SettingRow | None:
    async with info.context.core.database.tenant(connection.tenant) as tx:
        return await stock_lists.setting(tx, tenant=connection.tenant, connection=connection.id)


async def _shown(info: Info, connection: Connection) -> StockSettings:
    row = await _row(info, connection)
    async with info.context.core.database.tenant(connection.tenant) as tx:
        locations = await stock_links.locations(tx, tenant=connection.tenant, shop=connection.shop)
        known = await schedules.of_connection(tx, tenant=connection.tenant, connection=connection.id)
    settings, schedule = row.settings if row else Stored(), known.get(schedules.INVENTORY)
    every = await flows.gap(info.context.core, connection, Flow.INVENTORY)
    return StockSettings(
        on=row is not None,
        mode=Mode(StockMode(settings.mode).value),
        every_seconds=every.total_seconds(),
        safety=[
            SafetyStock(location_key=_named(location), sku=_named(sku), units=units)
            for (location, sku), units in sorted(settings.safety.units.items())
        ],
        allocations=[
            StockAllocation(
                location_key=_named(location), sku=_named(sku), share=float(rule.share), cap=rule.cap
            )
            for (location, sku), rule in sorted(settings.allocations.rules.items())
        ],
        feeds=[
            Feed(location_key=key, warehouses=list(names))
            for key, names in sorted(settings.warehouses.items())
        ],
        zeroed_share=settings.limits.zeroed,
        changed_share=settings.limits.changed,
        linked_at=row.linked_at if row else None,
        first_push_at=row.first_push_at if row else None,
        next_turn_at=schedule.due_at if schedule else None,
        locations=[StockLocation(key=each.key, name=each.name, active=each.active) for each in locations],
    )


def _named(text: str) -> str | None:
    return None if text == "*" else text
