"""The refunds flow's side of Shopify: one refund read whole. What changed is told by events and by the order's own list."""

from __future__ import annotations

from app.domain.refund import Refund
from app.ports import Lane
from app.shopify import refund_wire as wire
from app.shopify.client import Client
from app.shopify.gids import gid
from app.shopify.orders import typed
from app.shopify.refund_record import refund_record


class Refunds:
    """The Reader of refunds. Shopify has no list of them: an order names its own, and a refund moves its order."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def get(self, key: str) -> Refund | None:
        """One request; more only for a refund of over 100 lines."""
        asked = {"id": gid("Refund", key)}
        data = await self._client.run("refund", asked, Lane.ORDERS)
        refund = typed(data, wire.RefundAnswer).refund
        if refund is None:
            return None
        lines, page = list(refund.refund_line_items.nodes), refund.refund_line_items.page_info
        while page.has_next_page:
            data = await self._client.run("refund_lines", {**asked, "after": page.end_cursor}, Lane.ORDERS)
            more = typed(data, wire.BackAnswer).refund
            if more is None:
                return None
            lines += more.refund_line_items.nodes
            page = more.refund_line_items.page_info
        return refund_record(refund, lines, store=self._client.shop)
