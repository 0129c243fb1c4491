"""One real order under a mapping before it counts."""

from __future__ import annotations

import orjson
import strawberry
from strawberry.scalars import JSON

from app.errors import Reason
from app.graphql.again import Rehearsal
from app.graphql.caller import Scope
from app.graphql.codes import Code, code_of
from app.graphql.context import Info, Needs
from app.graphql.ids import Kind, uuid_of
from app.operations import mappings, previews
from app.sync.rehearsal import Rehearsed


@strawberry.type(description="Why an order would not be sent.")
class MappingObstacle:
    code: str = strawberry.field(description="A stable code.")
    sentence: str = strawberry.field(description="What is wrong, in words.")

    @strawberry.field(description="The code explained.")
    def explanation(self) -> Code | None:
        return code_of(self.code)

    @classmethod
    def of(cls, reason: Reason) -> MappingObstacle:
        return cls(code=reason.code, sentence=reason.sentence)


@strawberry.type(description="What the ERP would be told of a payment.")
class MappedPayment:
    method: str = strawberry.field(description="The ERP's code for the way of paying.")
    amount: str = strawberry.field(description="How much, in the document's currency.")


@strawberry.type(description="One order under a mapping. Nothing of it is written anywhere.")
class MappingPreview:
    rehearsal: Rehearsal = strawberry.field(
        description="What would be done now, and how its first request differs from the one that was sent."
    )
    document: JSON | None = strawberry.field(
        description="The first request to the ERP as it would be made, whether it is due or not; null where the order is not"
        " sent under this mapping."
    )
    becomes: str | None = strawberry.field(
        description="What the ERP is to make of it: `sales_order`, `invoiced_order`, `cash_sale` or `order_with_deposit`; null"
        " where it is not sent."
    )
    payments: list[MappedPayment] = strawberry.field(description="What the ERP would be told of its money.")
    obstacles: list[MappingObstacle] = strawberry.field(
        description="Everything that would hold it or leave it out."
    )

    @classmethod
    def of(cls, made: Rehearsed) -> MappingPreview:
        reasons = ([made.reason] if made.reason else []) + list(made.more)
        return cls(
            rehearsal=Rehearsal.of(made),
            document=JSON(orjson.loads(orjson.dumps(made.whole))) if made.whole is not None else None,
            becomes=made.becomes.value if made.becomes else None,
            payments=[MappedPayment(method=each.method, amount=f"{each.amount:f}") for each in made.payments],
            obstacles=[MappingObstacle.of(reason) for reason in reasons],
        )


@strawberry.type
class MappingPreviewQuery:
    @strawberry.field(
        description="An order as it would be sent under a version of the mapping: a number, `current` or `draft`. Reads the"
        " store and the ERP, and writes nothing. Null where the connection or its order is not there.",
        extensions=[Needs(Scope.READ_RECORDS)],
    )
    async def mapping_preview(
        self, info: Info, connection: strawberry.ID, order: strawberry.ID, version: str = mappings.DRAFTED
    ) -> MappingPreview | None:
        found, chosen = await info.context.found(connection), uuid_of(Kind.ORDER, order)
        made = await previews.preview(info.context.core, found, chosen, version) if found and chosen else None
        return MappingPreview.of(made) if made else None
