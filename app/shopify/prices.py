"""Shopify's prices: variants by pages, prices read again, and up to 250 of them set in one call.

A product's variants are set together, each on its own merits (`allowPartialUpdates`). A field that is left out stays as
it is, so compareAtPrice is sent as a price or not at all. A fixed price of a list is replaced whole, so there what is
to stay goes along.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, cast

from app.domain.ids import StoreKey
from app.domain.price import BASE, PriceKey, PriceSeen, PriceWrite
from app.errors import Reason, Rejected, Verdict
from app.ports import Json, Lane, Page, PriceList, PricesWritten
from app.shopify import price_wire as wire
from app.shopify.answers import UserError, user_errors
from app.shopify.client import Client
from app.shopify.gids import gid, key_of
from app.shopify.stock_wire import typed

_LEAST_AT_ONCE, _MOST_AT_ONCE = 8, 64
_OF_A_LIST = 100
"""How many variants one filter of a list's prices may name."""


class ShopPrices:
    """Implements `ports.PriceStore`."""

    size = 250
    read_size = 250
    points = 10

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def at_once(self) -> int:
        return min(_MOST_AT_ONCE, max(_LEAST_AT_ONCE, self._client.at_once(self.points)))

    async def lists(self) -> tuple[PriceList, ...]:
        found: list[PriceList] = []
        after: str | None = None
        while True:
            data = await self._client.run("price_lists", {"after": after}, Lane.CATALOGUE)
            answer = typed(data, wire.ListsAnswer)
            own = PriceList(key=BASE, name="", currency=answer.shop.currency_code)
            found += [node.seen() for node in answer.price_lists.nodes]
            if not answer.price_lists.page_info.has_next_page:
                return (own, *found)
            after = answer.price_lists.page_info.end_cursor

    async def variants(self, cursor: str | None) -> AsyncIterator[Page[PriceSeen]]:
        """In Shopify's own order, which is stable; a cursor stays good for days."""
        after = cursor or None
        while True:
            data = await self._client.run("price_variants", {"after": after}, Lane.CATALOGUE)
            page = typed(data, wire.VariantsAnswer).product_variants
            last = not page.page_info.has_next_page or page.page_info.end_cursor is None
            after = page.page_info.end_cursor
            yield Page(items=tuple(node.seen() for node in page.nodes), cursor="" if last else after or "")
            if last:
                return

    async def seen(self, list: StoreKey, variants: Sequence[StoreKey]) -> tuple[PriceSeen, ...]:
        if list != BASE:
            return await self._fixed(list, variants)
        ids = [gid("ProductVariant", variant) for variant in variants]
        answer = typed(await self._client.run("price_seen", {"ids": ids}, Lane.CATALOGUE), wire.NodesAnswer)
        return tuple(node.seen() for node in answer.nodes if node is not None and node.price is not None)

    async def _fixed(self, list: StoreKey, variants: Sequence[StoreKey]) -> tuple[PriceSeen, ...]:
        """Those that the list has no price for are said to have none."""
        found: dict[StoreKey, PriceSeen] = {}
        for start in range(0, len(variants), _OF_A_LIST):
            some = variants[start : start + _OF_A_LIST]
            wanted = " OR ".join(f"variant_id:{variant}" for variant in some)
            async for page in self._prices_of(list, wanted):
                found |= {seen.key.variant: seen for seen in page}
        nothing = StoreKey("")
        return tuple(
            found.get(v) or PriceSeen(key=PriceKey(list=list, variant=v), product=nothing, shown=None)
            for v in variants
        )

    async def _prices_of(self, list: StoreKey, query: str) -> AsyncIterator[tuple[PriceSeen, ...]]:
        asked: dict[str, str | None] = {"list": gid("PriceList", list), "query": query, "after": None}
        while True:
            answer = typed(await self._client.run("price_fixed", asked, Lane.CATALOGUE), wire.FixedAnswer)
            if answer.price_list is None:
                raise Rejected("shopify.no_price_list", "Shopify has no such price list any more.")
            yield tuple(node.seen(list) for node in answer.price_list.prices.nodes)
            if not answer.price_list.prices.page_info.has_next_page:
                return
            asked["after"] = answer.price_list.prices.page_info.end_cursor

    def payload(
        self, product: StoreKey, writes: Sequence[PriceWrite], *, currency: str
    ) -> Mapping[str, Json]:
        if writes[0].key.list == BASE:
            return {"product": gid("Product", product), "variants": [_variant(write) for write in writes]}
        prices: list[Json] = [_fixed(write, currency) for write in writes]
        return {"list": gid("PriceList", writes[0].key.list), "prices": prices}

    async def write(self, payload: Mapping[str, Json], *, by: float) -> PricesWritten:
        if "list" in payload:
            data = await self._client.run("price_fix", dict(payload), Lane.CATALOGUE, by=by)
            return understood(data["priceListFixedPricesAdd"] or {}, payload)
        data = await self._client.run("price_set", dict(payload), Lane.CATALOGUE, by=by)
        return understood(data["productVariantsBulkUpdate"] or {}, payload)


def _variant(write: PriceWrite) -> dict[str, Json]:
    told: dict[str, Json] = {"id": gid("ProductVariant", write.key.variant)}
    if write.price is not None:
        told["price"] = f"{write.price:f}"
    if write.was is not None:
        told["compareAtPrice"] = f"{write.was:f}"
    return told


def _fixed(write: PriceWrite, currency: str) -> dict[str, Json]:
    told: dict[str, Json] = {"variantId": gid("ProductVariant", write.key.variant)}
    for name, amount in (("price", write.price), ("compareAtPrice", write.was)):
        if amount is not None:
            told[name] = {"amount": f"{amount:f}", "currencyCode": currency}
    return told


def keys_of(payload: Mapping[str, Json]) -> list[PriceKey]:
    """What a call was about, in its own order, which errors refer to."""
    if "list" in payload:
        prices = cast("list[dict[str, Any]]", payload["prices"])
        list_key = key_of(str(payload["list"]))
        return [PriceKey(list=list_key, variant=key_of(each["variantId"])) for each in prices]
    variants = cast("list[dict[str, Any]]", payload["variants"])
    return [PriceKey(list=BASE, variant=key_of(each["id"])) for each in variants]


def understood(answer: Mapping[str, Any], payload: Mapping[str, Json]) -> PricesWritten:
    """Errors name the place of a price in what was sent; one without a place refuses the whole call."""
    keys, errors = keys_of(payload), user_errors(answer)
    if "list" in payload:
        list_key = key_of(str(payload["list"]))
        told = [each.seen(list_key) for each in typed(dict(answer), wire.FixedWritten).prices or ()]
        shown = {each.key: each.shown for each in told if each.shown}
    else:
        variants = typed(dict(answer), wire.Updated).product_variants or ()
        shown = {each.key: each.shown for each in variants if each.shown}
    unplaced = [error for error in errors if error.index is None]
    return PricesWritten(
        shown=shown,
        refused={keys[e.index]: _reason(e) for e in errors if e.index is not None and e.index < len(keys)},
        bad=_reason(unplaced[0]) if unplaced else None,
    )


def _reason(error: UserError) -> Reason:
    return Reason(
        code="shopify.price_refused",
        sentence=f"Shopify refused the price: {error.message}",
        verdict=Verdict.LOOK_FIRST,
        facts={"code": error.code},
    )
