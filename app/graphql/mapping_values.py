"""What a real order holds, beside the names that rules know it by: for choosing what a rule starts from."""

from __future__ import annotations

from collections.abc import Mapping

import strawberry

from app.errors import StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.context import Info, Needs
from app.graphql.ids import Kind, uuid_of
from app.operations import rule_tries
from app.operations.rule_tries import Values


@strawberry.type(description="What a field of an order holds.")
class SourceValue:
    path: str = strawberry.field(description="The field, as `MappingFields.sources` has it.")
    text: str = strawberry.field(description="Its value, as a rule would write it.")


@strawberry.type(description="What a line of an order holds.")
class LineValues:
    title: str = strawberry.field(description="What the line is called.")
    values: list[SourceValue] = strawberry.field(description="Its fields that hold something.")


@strawberry.type(description="What a payment of an order holds.")
class PaymentValues:
    method: str = strawberry.field(description="The way of paying, as the store calls it.")
    values: list[SourceValue] = strawberry.field(description="Its fields that hold something.")


@strawberry.type(description="What a real order holds; nothing was written anywhere.")
class OrderValues:
    order: str | None = strawberry.field(
        description="The order's name; null: there is no such order, or it could not be read."
    )
    values: list[SourceValue] = strawberry.field(description="The order's own fields that hold something.")
    lines: list[LineValues] = strawberry.field(description="Its lines.")
    payments: list[PaymentValues] = strawberry.field(description="Its payments.")
    user_errors: list[UserError] = strawberry.field(description="Why it could not be read; else empty.")

    @classmethod
    def of(cls, found: Values) -> OrderValues:
        return cls(
            order=found.order,
            values=_listed(found.whole),
            lines=[LineValues(title=title, values=_listed(values)) for title, values in found.lines],
            payments=[
                PaymentValues(method=method, values=_listed(values)) for method, values in found.payments
            ],
            user_errors=[],
        )


@strawberry.type
class MappingValueQuery:
    @strawberry.field(
        description="What an order holds of `MappingFields.sources`, read from the store; null where the connection is not"
        " there.",
        extensions=[Needs(Scope.READ_RECORDS)],
    )
    async def mapping_order_values(
        self, info: Info, connection: strawberry.ID, order: strawberry.ID
    ) -> OrderValues | None:
        found, chosen = await info.context.found(connection), uuid_of(Kind.ORDER, order)
        if found is None:
            return None
        nothing = OrderValues(order=None, values=[], lines=[], payments=[], user_errors=[])
        try:
            held = await rule_tries.values(info.context.core, found, chosen) if chosen else None
        except StockbridgeError as error:
            nothing.user_errors = user_errors(error, "order")
            return nothing
        return OrderValues.of(held) if held else nothing


def _listed(values: Mapping[str, str]) -> list[SourceValue]:
    return [SourceValue(path=path, text=text) for path, text in values.items()]
