"""What becomes of an ERP's product: pure, from the product, the merchant's choices and what the store has of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

import orjson

from app.domain.money import Money
from app.domain.product import Archiving, Changed, Product, ProductDocument, ProductStatus
from app.errors import Reason, Verdict
from app.mapping import products
from app.mapping.options import Options
from app.mapping.tables import Tables
from app.models.product_cache import Ending
from app.sync.flow import Decision, Hold, Put, Skip, Wait

_FEW = 5
_SHARE = 0.05
NOT_CHOSEN = "product.not_chosen"
ASKED = frozenset(
    {
        "product.gone_in_store",
        "product.changed_in_store",
        "product.possible_duplicate",
        "product.archived_in_erp",
        "product.many_archived",
    }
)
"""Reasons that a person answers by asking again: do it."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What a decision stands on besides the product. `linked`: the store's product. `asked`: a person said: do it."""

    connection: str
    tables: Tables
    options: Options
    linked: str | None
    asked: bool
    ending: Ending | None = None
    pause: datetime | None = None
    """Until when what ends is only counted: a list that is wrong shows it by how much of it ends at once."""
    open_until: datetime | None = None
    """Until when a write of an earlier version, whose answer was lost, may still take effect: a newer one would be undone."""


def decide(product: Product, standing: Standing, now: datetime) -> Decision[ProductDocument]:
    if standing.open_until is not None and now < standing.open_until:
        waiting = _reason("product.earlier_write", "An earlier write may still take effect in the store.")
        return Wait(until=standing.open_until, reason=waiting)
    if not products.chosen(product, standing.tables.products):
        return Skip(reason=_reason(NOT_CHOSEN, "No filter of this connection chooses this product."))
    if not product.active:
        return _ended(product, standing, now)
    found = products.problems(product)
    if found:
        return Hold(reasons=found)
    return _put(product, standing, None)


def _ended(product: Product, standing: Standing, now: datetime) -> Decision[ProductDocument]:
    policy, ending = standing.options.product_archived, standing.ending
    if standing.linked is None:
        return Skip(
            reason=_reason("product.inactive", "The ERP no longer sells it, and it was never in the store.")
        )
    if policy is Archiving.KEEP:
        return Skip(
            reason=_reason("product.kept", "The ERP no longer sells it; it stays in the store, as chosen.")
        )
    if not standing.asked:
        if standing.pause is not None and now < standing.pause:
            waiting = _reason(
                "product.ending", "The ERP no longer sells it; whether much else ends is awaited."
            )
            return Wait(until=standing.pause, reason=waiting)
        if ending is not None and ending.ending > max(_FEW, ending.linked * _SHARE):
            return Hold(reasons=(_many(ending),))
        if policy is Archiving.ASK:
            sentence = f"The ERP no longer sells {product.name or product.key}. Ask again to archive it in the store."
            return Hold(reasons=(_reason("product.archived_in_erp", sentence),))
    away = ProductStatus.DRAFT if policy is Archiving.DRAFT else ProductStatus.ARCHIVED
    return _put(product, standing, away)


def _many(ending: Ending) -> Reason:
    return Reason(
        code="product.many_archived",
        sentence=f"{ending.ending} of {ending.linked} products ended in the ERP within a day. "
        "Ask again to archive them in the store.",
        verdict=Verdict.LOOK_FIRST,
        facts={"ending": str(ending.ending), "linked": str(ending.linked)},
    )


def _put(product: Product, standing: Standing, away: ProductStatus | None) -> Put[ProductDocument]:
    options = standing.options
    if standing.asked:
        options = replace(options, product_changed=Changed.ERP)
    document = products.document(
        product,
        options,
        connection=standing.connection,
        linked=standing.linked,
        again=standing.asked,
        put_away=away,
    )
    return Put(document=document, told={"version": document.version, "content": content(product)})


def content(product: Product) -> str:
    """Equal for what makes no difference in the store; quantities go their own way."""
    items = [
        [i.sku, i.variant, _figure(i.price), _figure(i.cost), i.barcode, str(i.weight), i.active]
        for i in sorted(product.items, key=lambda each: each.host_id)
    ]
    whole = [
        product.name,
        product.description,
        product.category,
        sorted(product.tags),
        sorted(product.criteria.items()),
        items,
    ]
    return hashlib.sha256(orjson.dumps(whole)).hexdigest()[:32]


def _figure(money: Money | None) -> str | None:
    return f"{money.amount.normalize():f} {money.currency}" if money else None


def _reason(code: str, sentence: str) -> Reason:
    return Reason(code=code, sentence=sentence)
