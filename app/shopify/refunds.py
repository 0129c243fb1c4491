"""The refunds flow's side of Shopify: one refund, or one exchange that no refund tells of, read whole.

What changed is told by events and by the order's own list.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.refund import Refund
from app.errors import Rejected
from app.ports import Lane
from app.shopify import refund_wire as wire
from app.shopify.client import Client
from app.shopify.exchange_record import exchange_record
from app.shopify.exchanges import Exchange, order_of
from app.shopify.gids import gid, key_of
from app.shopify.orders import read_whole, story, typed
from app.shopify.refund_record import refund_record, settles


class Refunds:
    """The Reader of refunds. Shopify has no list of them: an order names its own, and a refund moves its order."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def get(self, key: str) -> Refund | None:
        """One request; more for a refund of over 100 lines, with an exchange, or of less money than it gives back."""
        order = order_of(key)
        return await self._exchange(order, key) if order else await self._refund(key)

    async def _refund(self, key: str) -> Refund | None:
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
        told = await story(self._client, key_of(refund.order.id)) if _exchanged(refund) else None
        made = refund_record(refund, lines, told, store=self._client.shop)
        if told is not None or settles(made):
            return made
        told = await story(self._client, key_of(refund.order.id))
        return refund_record(refund, lines, told, store=self._client.shop)

    async def _exchange(self, order: str, key: str) -> Refund | None:
        read = await read_whole(self._client, order)
        found = [each for each in read.story.exchanges if each.alone == key] if read and read.story else []
        if read is None or not found:
            return None
        disposed = await self._disposed(found[0])
        return exchange_record(found[0], read.order, read.lines, disposed, store=self._client.shop)

    async def _disposed(self, exchange: Exchange) -> Sequence[wire.Disposed]:
        if exchange.back is None:
            return ()
        asked = {"id": exchange.back}
        data = await self._client.run("return_disposed", asked, Lane.ORDERS)
        found = typed(data, wire.DisposedAnswer).returned
        if found is None:
            return ()
        pages = [
            found.reverse_fulfillment_orders.page_info,
            *(each.line_items.page_info for each in found.reverse_fulfillment_orders.nodes),
        ]
        if any(page.has_next_page for page in pages):
            raise Rejected("refund.exchange_too_long", "More was given in exchange than can be read at once.")
        return [line for each in found.reverse_fulfillment_orders.nodes for line in each.line_items.nodes]


def _exchanged(refund: wire.Refund) -> bool:
    """Only the agreements of its order say which goods went out with which refund."""
    return refund.returned is not None and bool(refund.returned.exchange_line_items.nodes)
