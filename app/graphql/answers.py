"""What goes wrong, in the two forms of this API: a payload's `userErrors`, and masked errors with a code."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from datetime import timedelta

import strawberry
from graphql import ExecutionResult as CoreResult
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.types.execution import ExecutionResult, StreamExecutionResult

from app import logs
from app.errors import Bug, Retry, StockbridgeError
from app.models.database import AWAY

_AWAY_FOR = timedelta(seconds=2)
_LONGEST = 1_000
_OURS = "Something went wrong on our side. Tell us the incident's id."


@strawberry.type(description="Why a change was not made, for the person who asked for it.")
class UserError:
    field: list[str] | None = strawberry.field(
        description="Which part of the input it is about, outermost first."
    )
    message: str = strawberry.field(description="A sentence a merchant understands.")
    code: str = strawberry.field(description="A stable code; `codes` explains it.")


def user_errors(error: StockbridgeError, *field: str) -> list[UserError]:
    """The payload's errors for something that was refused. Our own faults are not the caller's: they are raised."""
    if isinstance(error, Bug):
        raise error
    return [UserError(field=list(field) or None, message=error.sentence, code=error.code)]


class Masked(SchemaExtension):
    """Errors that were not meant for the caller become one sentence with an incident id; the log has the rest."""

    def on_operation(self) -> Iterator[None]:
        self.streamed = False
        yield
        result = self.execution_context.result
        if not self.streamed and isinstance(result, CoreResult | ExecutionResult) and result.errors:
            result.errors = [masked(error) for error in result.errors]

    def on_stream_result(self, result: StreamExecutionResult) -> Iterator[None]:
        self.streamed = True
        if isinstance(result, CoreResult | ExecutionResult) and result.errors:
            result.errors = [masked(error) for error in result.errors]
        yield


def masked(error: GraphQLError) -> GraphQLError:
    """What a caller sees of an error. Those of the document itself say what is wrong with it."""
    cause = error.original_error
    if isinstance(cause, GraphQLError):
        return masked(cause)
    if isinstance(cause, AWAY):
        cause = away(cause)
    if isinstance(cause, StockbridgeError) and not isinstance(cause, Bug):
        return _with(error, cause.sentence, **told(cause))
    if cause is None or _of_document(error):
        return _with(error, error.message[:_LONGEST], **{"code": "api.document", **(error.extensions or {})})
    incident = secrets.token_hex(6)
    logs.get("graphql").error("api.failed", incident=incident, exc_info=cause)
    return _with(error, _OURS, code="api.internal", incident=incident)


def _of_document(error: GraphQLError) -> bool:
    """A value in the document that is none of its type, which graphql-core found out by trying."""
    return error.path is None and bool(error.nodes) and isinstance(error.original_error, ValueError)


def away(cause: BaseException) -> Retry:
    """What is said of a database that does not answer; the log has the cause."""
    logs.get("graphql").warning("api.unavailable", error=type(cause).__name__)
    return Retry(
        "api.unavailable",
        "Stockbridge can't read its data at the moment. Nothing is lost; try again shortly.",
        after=_AWAY_FOR,
    )


def told(error: StockbridgeError) -> Mapping[str, str | float]:
    """An error's extensions: its code, and the seconds to wait where waiting helps."""
    wait = error.after if isinstance(error, Retry) else None
    more = {} if wait is None else {"retryAfter": round(wait.total_seconds(), 3)}
    return {"code": error.code, **more}


def _with(error: GraphQLError, message: str, **extensions: str | float) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )
