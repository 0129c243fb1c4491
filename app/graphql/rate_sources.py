"""Where exchange rates come from: by hand alone, or from the ERP as well; choosing it, and reading them at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import Enum

import strawberry

from app.errors import StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.codes import Code, code_of
from app.graphql.context import Info, Needs
from app.mapping.rates import USUAL_DAYS
from app.models.connections import Connection
from app.operations import rate_sources
from app.operations.rate_sources import Standing, Wish


@strawberry.enum(description="Whose word an exchange rate is.")
class RateOrigin(Enum):
    HAND = strawberry.enum_value("hand", description="Entered one by one, as a file or over this API.")
    HOST = strawberry.enum_value("host", description="Read from the ERP.")


@strawberry.type(description="Why the last reading of rates failed. What was read before still counts.")
class RateSourceProblem:
    at: datetime = strawberry.field(description="When it was tried.")
    code: str = strawberry.field(description="Why, as a stable code.")
    sentence: str = strawberry.field(description="Why, for a person.")

    @strawberry.field(description="The code explained; null for a code of an older version.")
    def explanation(self) -> Code | None:
        return code_of(self.code)


@strawberry.type(description="Where a connection's exchange rates come from.")
class RateSource:
    origin: RateOrigin = strawberry.field(
        description="`HOST`: the ERP's are read as well. What is entered by hand wins on its own day either way."
    )
    unavailable: str | None = strawberry.field(
        description="Why this ERP can't be asked: what to show beside the greyed-out choice; null: it can."
    )
    good_for_days: int | None = strawberry.field(
        description="For how many days each of the ERP's is good; null: by hand."
    )
    cadence: str | None = strawberry.field(
        description="How often they are read, as flows say it; null: never."
    )
    next_at: datetime | None = strawberry.field(description="When they are read next.")
    running: bool = strawberry.field(description="Whether they are being read.")
    read_at: datetime | None = strawberry.field(description="When they were last read to the end.")
    told: int | None = strawberry.field(description="How many the ERP told then.")
    changed: int | None = strawberry.field(description="How many of those were new or another than before.")
    problem: RateSourceProblem | None = strawberry.field(
        description="Why the last reading failed; null where it did not."
    )

    @classmethod
    def of(cls, found: Standing) -> RateSource:
        source = found.source
        return cls(
            origin=RateOrigin.HAND if source is None else RateOrigin.HOST,
            unavailable=found.unavailable,
            good_for_days=source.good_for if source else None,
            cadence=found.cadence,
            next_at=found.next_at,
            running=found.running,
            read_at=source.read_at if source else None,
            told=source.told if source else None,
            changed=source.changed if source else None,
            problem=_problem(found),
        )


def _problem(found: Standing) -> RateSourceProblem | None:
    source = found.source
    if source is None or source.problem is None or source.failed_at is None:
        return None
    return RateSourceProblem(at=source.failed_at, code=source.problem.code, sentence=source.problem.sentence)


@strawberry.input(description="Where exchange rates are to come from.")
class RateSourceInput:
    origin: RateOrigin = strawberry.field(
        description="`HOST`: from the ERP as well, at once and by the clock."
    )
    good_for_days: int = strawberry.field(
        default=USUAL_DAYS, description="For how many days each of the ERP's is good, 1 to 366."
    )
    cadence: str | None = strawberry.field(
        default=None,
        description="How often they are read, in the words of `FlowChangeInput`; `usual` is daily. Null leaves it.",
    )


@strawberry.type(description="Where rates come from after a change.")
class RateSourcePayload:
    source: RateSource | None = strawberry.field(description="As it is set now; null when nothing was done.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type
class RateSourceQuery:
    @strawberry.field(
        description="Where a connection's exchange rates come from; null: there is no such connection.",
        extensions=[Needs(Scope.READ_RECORDS)],
    )
    async def rate_source(self, info: Info, connection: strawberry.ID) -> RateSource | None:
        found = await info.context.found(connection)
        if found is None:
            return None
        return RateSource.of(await rate_sources.standing(info.context.core, found))


@strawberry.type
class RateSourceMutation:
    @strawberry.mutation(
        description="Chooses where exchange rates come from. Rates that are there stay, whoever said them.",
        extensions=[Needs(Scope.WRITE_MAPPINGS)],
    )
    async def rate_source_set(
        self, info: Info, connection: strawberry.ID, input: RateSourceInput
    ) -> RateSourcePayload:
        wish = Wish(
            from_host=input.origin is RateOrigin.HOST, good_for=input.good_for_days, cadence=input.cadence
        )

        async def choose(found: Connection) -> None:
            await rate_sources.choose(info.context.core, found, wish, by=info.context.caller.actor)

        return await _done(info, connection, choose)

    @strawberry.mutation(
        description="Has the ERP's exchange rates read at once; `rateSource` says what came of it.",
        extensions=[Needs(Scope.WRITE_MAPPINGS)],
    )
    async def rates_read(self, info: Info, connection: strawberry.ID) -> RateSourcePayload:
        async def read(found: Connection) -> None:
            await rate_sources.read_now(info.context.core, found, by=info.context.caller.actor)

        return await _done(info, connection, read)


async def _done(
    info: Info, connection: str, act: Callable[[Connection], Awaitable[None]]
) -> RateSourcePayload:
    try:
        found = await info.context.connection(connection)
        await act(found)
    except StockbridgeError as error:
        about = "connection" if error.code in {"connection.unknown", "rate.by_hand"} else "input"
        return RateSourcePayload(source=None, user_errors=user_errors(error, about))
    standing = await rate_sources.standing(info.context.core, found)
    return RateSourcePayload(source=RateSource.of(standing), user_errors=[])
