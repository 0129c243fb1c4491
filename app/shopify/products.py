"""Products as Shopify takes them: found by our key on them, made equal step by step, by calls that delete nothing unlisted.

The key is a metafield of ours whose values Shopify keeps unique, so a product whose making was never confirmed is found
again and the same one can't be made twice. What we wrote last is noted on the product itself, in the call that writes it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from app.domain.document import DocumentState, FoundDocument
from app.domain.ids import SinkKey, StoreKey
from app.domain.product import ProductDocument, ProductSeen
from app.errors import Bug, Reason, Retry
from app.ports import Choice, Evidence, Found, HostField, Json, Lane, Listed, Page, Span, Step
from app.shopify import product_wire as wire
from app.shopify.answers import Data, accept, user_errors
from app.shopify.client import Client
from app.shopify.gids import gid, key_of
from app.shopify.orders import typed
from app.shopify.product_steps import KEY, NAMESPACE, next_step

_MOST_NAMED = 40
_CREATE, _DEFINE = "product_create", "mark_define"


@dataclass(frozen=True, kw_only=True)
class FoundProduct(Found):
    """`seen`: the product with our key. `alike`: others that have one of its SKUs. `defined`: the key's field is there."""

    seen: ProductSeen | None = None
    alike: tuple[ProductSeen, ...] = ()
    defined: bool = True
    currency: str = ""


class Products:
    """Implements `Sink[ProductDocument]`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._defined = False

    async def find(self, record: ProductDocument, *, likely: bool = False) -> Found:
        """One request for a product that is linked; some more for one that is new."""
        if not await self._is_defined():
            return FoundProduct(defined=False)
        custom: dict[str, Json] = {"namespace": NAMESPACE, "key": KEY, "value": record.external_id}
        seen, currency = await self._one({"customId": custom})
        if seen is not None:
            return FoundProduct(documents=(_document(seen),), seen=seen, currency=currency)
        alike = await self._alike([variant.sku for variant in record.variants])
        return FoundProduct(alike=alike, currency=currency)

    def next_step(self, record: ProductDocument, found: Found) -> Step | Reason | None:
        if not isinstance(found, FoundProduct):
            raise Bug("step.unreadable", "A product was looked for by another's search.")
        return next_step(
            record,
            seen=found.seen,
            alike=found.alike,
            defined=found.defined,
            currency=found.currency,
        )

    async def do(self, step: Step) -> Evidence:
        name, variables = step.payload.get("document"), step.payload.get("variables")
        if not isinstance(name, str) or not isinstance(variables, dict):
            raise Bug("step.unreadable", "A stored step can't be read.", facts={"step": step.key})
        data = await self._client.run(name, variables, Lane.CATALOGUE)
        payload = cast("Mapping[str, Json] | None", next(iter(data.values()), None))
        if name == _DEFINE and any(error.code == "TAKEN" for error in user_errors(payload or {})):
            payload = {}
        if name == _CREATE and _taken(payload or {}):
            raise Retry("product.made_already", "Shopify has this product already: it is looked for again.")
        accept(payload)
        return Evidence(sink_key=_made(data), request=dict(step.payload), response={})

    def render(self, record: ProductDocument) -> Mapping[str, Json]:
        step = next_step(record, seen=None, alike=(), defined=True, currency="")
        return step.payload if isinstance(step, Step) else {}

    async def listed(self, span: Span) -> AsyncIterator[Page[Listed]]:
        """Products are compared one by one when they are read, not by a list."""
        nothing: tuple[Page[Listed], ...] = ()
        for page in nothing:
            yield page

    def fields(self) -> Sequence[HostField]:
        return ()

    async def choices(self, field: str) -> Sequence[Choice]:
        return ()

    async def _is_defined(self) -> bool:
        if not self._defined:
            data = await self._client.run("product_defined", {}, Lane.CATALOGUE)
            self._defined = typed(data, wire.DefinedAnswer).metafield_definition is not None
        return self._defined

    async def _one(self, identifier: Mapping[str, Json]) -> tuple[ProductSeen | None, str]:
        data = await self._client.run("product_find", {"identifier": dict(identifier)}, Lane.CATALOGUE)
        answer = typed(data, wire.FindAnswer)
        product = answer.product_by_identifier
        if product is None:
            return None, answer.shop.currency_code
        variants, page = list(product.variants.nodes), product.variants.page_info
        while page.has_next_page:
            asked = {"id": product.id, "after": page.end_cursor}
            more = typed(
                await self._client.run("product_variants", asked, Lane.CATALOGUE), wire.VariantsAnswer
            ).product
            if more is None:
                return None, answer.shop.currency_code
            variants += more.variants.nodes
            page = more.variants.page_info
        return wire.seen(product, variants), answer.shop.currency_code

    async def _alike(self, skus: Sequence[str]) -> tuple[ProductSeen, ...]:
        """Products with one of these SKUs, whoever made them. Shopify's search finds more than what is equal."""
        wanted, products = {sku.casefold() for sku in skus}, dict[StoreKey, None]()
        for start in range(0, len(skus), _MOST_NAMED):
            query = " OR ".join(f"sku:{_quoted(sku)}" for sku in skus[start : start + _MOST_NAMED])
            data = await self._client.run("product_named", {"query": query}, Lane.CATALOGUE)
            for node in typed(data, wire.NamedAnswer).product_variants.nodes:
                if (node.sku or "").strip().casefold() in wanted:
                    products[key_of(node.product.id)] = None
        found = [(await self._one({"id": gid("Product", key)}))[0] for key in list(products)[:3]]
        return tuple(each for each in found if each is not None)


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _taken(payload: Mapping[str, Json]) -> bool:
    """Whether Shopify refuses the key because a product has it."""
    errors = cast("list[Mapping[str, Json]]", payload.get("userErrors") or [])
    return any(
        "metafields" in cast("list[str]", error.get("field") or []) and _says_taken(error) for error in errors
    )


def _says_taken(error: Mapping[str, Json]) -> bool:
    said = str(error.get("message") or "").lower()
    return "taken" in said or "unique" in said or "already" in said


def _made(data: Data) -> SinkKey | None:
    for payload in data.values():
        product = (payload or {}).get("product")
        if product:
            return SinkKey(key_of(product["id"]))
    return None


def _document(seen: ProductSeen) -> FoundDocument:
    return FoundDocument(
        sink_key=SinkKey(seen.key),
        number=seen.title[:120],
        external_id=seen.external_id,
        state=DocumentState.OPEN,
        total=None,
        tax_total=None,
        currency=None,
        stage=seen.status.value,
    )
