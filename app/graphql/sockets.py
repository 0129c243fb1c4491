"""Operations over a websocket: each counts as a request of its token, as one over HTTP does."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLError
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler

from app.errors import Throttled
from app.graphql.answers import told
from app.graphql.context import Context

MOST_AT_ONCE = 20
"""Operations under way on one websocket: each that watches asks PostgreSQL twice a second."""


class Socket(BaseGraphQLTransportWSHandler[Context, None]):
    async def run_operation(self, operation: Any) -> None:
        try:
            await self.context.counted()
        except Throttled as refusal:
            await operation.send_initial_errors(
                [GraphQLError(refusal.sentence, extensions=dict(told(refusal)))]
            )
            return
        await super().run_operation(operation)
