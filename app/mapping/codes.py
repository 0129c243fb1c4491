"""The host's codes for what the store calls a thing; what is not mapped is gathered, so that one visit fixes all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from app.domain.document import DocumentTax
from app.domain.ids import StoreKey
from app.domain.money import CurrencySide
from app.domain.order import LineKind, Tax
from app.errors import Reason, Verdict
from app.mapping.options import Options, Policy
from app.mapping.tables import Tables, fold, look_up


class Sold(Protocol):
    """What tells the item of something that was sold: a line of an order, or of a parcel."""

    @property
    def kind(self) -> LineKind: ...

    @property
    def title(self) -> str: ...

    @property
    def sku(self) -> str | None: ...

    @property
    def item_key(self) -> StoreKey | None: ...


@dataclass(frozen=True, kw_only=True)
class Codes:
    """Looks up for one document. `problems` grows with every code that is missing; `substituted` are items that the

    ERP refused as unknown and that are booked on the fallback item instead.
    """

    tables: Tables
    options: Options
    substituted: frozenset[str] = frozenset()
    problems: list[Reason] = field(default_factory=list)

    def item(self, line: Sold, place: int) -> str:
        """The item of an order's line; `place` is what a line is called whose title may name a person."""
        match line.kind:
            case LineKind.GIFT_CARD:
                return self.special("gift_card")
            case LineKind.TIP:
                return self.special("tip")
            case LineKind.CUSTOM if not line.sku:
                return self._by_policy(self.options.custom_lines, "item.custom_line", "custom", line, place)
            case LineKind.CUSTOM | LineKind.ITEM:
                return self._catalogue(line, place)

    def special(self, name: str) -> str:
        """The item for what is no product."""
        return self._code("special", f"mapping.{name}_item_missing", "The item for", name)

    def method(self, name: str) -> str:
        return self._code("payments", "mapping.payment_missing", "The payment method", name)

    def location(self, key: StoreKey | None) -> str | None:
        """A connection without any location table sends none."""
        return look_up(self.tables.locations, key) if self.tables.locations else None

    def taxes(self, taxes: Iterable[Tax], side: CurrencySide) -> tuple[DocumentTax, ...]:
        return tuple(self.tax(tax, tax.amount.on(side).amount) for tax in taxes if tax.amount.on(side).amount)

    def tax(self, tax: Tax, amount: Decimal) -> DocumentTax:
        """So much of a tax under the host's code."""
        rate = f"{tax.rate.normalize():f}" if tax.rate is not None else None
        names = (f"{tax.title}@{rate}", tax.title, f"@{rate}") if rate else (tax.title,)
        keys = tuple(f"channel:{name}" for name in names) if tax.remitted_by_channel else names
        code = self._code("taxes", "mapping.tax_missing", "The tax", *keys)
        return DocumentTax(code=code, amount=amount, rate=tax.rate)

    def _catalogue(self, line: Sold, place: int) -> str:
        if not line.sku:
            return self._by_policy(self.options.no_sku, "item.no_sku", "unknown", line, place)
        gone = line.item_key is None and line.kind is LineKind.ITEM
        if gone and self.options.deleted_product is not Policy.SEND:
            return self._by_policy(
                self.options.deleted_product, "item.deleted_product", "unknown", line, place
            )
        item = self.tables.items.get(fold(line.sku), line.sku)
        return self.special("unknown") if item in self.substituted else item

    def _by_policy(self, policy: Policy, code: str, special: str, line: Sold, place: int) -> str:
        if policy is not Policy.HOLD:
            return self.special(special)
        # A custom line's title is free text and may name a person, so such a line is called by its place.
        named = f"Line {place}" if line.kind is LineKind.CUSTOM else f"“{line.title}”"
        sentence = f"{named} has no item in the ERP to be booked on. Map a fallback item or change the order."
        self.problems.append(
            Reason(code=code, sentence=sentence, verdict=Verdict.NEEDS_MAPPING, facts={"line": str(place)})
        )
        return ""

    def _code(self, table: str, problem: str, what: str, *keys: str) -> str:
        found = look_up(getattr(self.tables, table), *keys)
        if found is not None:
            return found
        named = keys[0].replace("_", " ") if table == "special" else keys[0]
        reason = Reason(
            code=problem,
            sentence=f"{what} “{named}” is not mapped to anything in the ERP yet.",
            verdict=Verdict.NEEDS_MAPPING,
            facts={"table": table, "value": keys[0]},
        )
        if reason not in self.problems:
            self.problems.append(reason)
        return ""
