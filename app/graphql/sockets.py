"""Operations over a websocket: each counts as a request of its token, and none is of who may something else by now."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLError
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler

from app.errors import Refused, Throttled
from app.graphql.answers import told
from app.graphql.context import Context
from app.graphql.streams import CLOSED, changed

MOST_AT_ONCE = 20
"""Operations under way on one websocket: each that watches asks PostgreSQL twice a second."""


class Socket(BaseGraphQLTransportWSHandler[Context, None]):
    closed = False

    async def run_operation(self, operation: Any) -> None:
        try:
            await self.context.counted()
            if not await self.context.stands():
                raise changed()
        except (Refused, Throttled) as refusal:
            await operation.send_initial_errors(
                [GraphQLError(refusal.sentence, extensions=dict(told(refusal)))]
            )
            self.context.ended = isinstance(refusal, Refused)
        else:
            await super().run_operation(operation)
        if self.context.ended and not self.closed:
            self.closed = True
            await self.websocket.close(code=CLOSED, reason="access.changed")
