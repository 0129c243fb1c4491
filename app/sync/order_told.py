"""What the ERP has been told about an order, kept with its record; and the digests by which a change is seen. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from app.domain.document import DocumentKind, Earlier, FoundLine, SalesDocument
from app.domain.edits import ROUNDING_STEPS, after_edit
from app.domain.ids import StoreKey
from app.domain.money import CurrencySide, Money
from app.domain.order import Order, Risk
from app.models.demand_lines import folded
from app.ports import Json


@dataclass(frozen=True, kw_only=True)
class Version:
    """What a document held once: `edit` led there, None: the order as it was placed. `lines` None: not made yet."""

    edit: StoreKey | None
    lines: tuple[FoundLine, ...] | None = None

    def stored(self) -> Json:
        lines: list[Json] = [[e.item, f"{e.quantity:f}", f"{e.net:f}"] for e in self.lines or ()]
        return {"edit": self.edit, "lines": lines}


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the ERP has been told about an order, frozen before the first send (rule 9).

    `units` are what its document takes of each SKU, by which later edits are measured; None: not written down then.
    `versions` are its contents in the order in which they were told, one for each edit; none: not written down then.
    """

    side: CurrencySide
    kind: DocumentKind
    content: str
    current: str
    edited: bool
    place: str = ""
    substituted: tuple[str, ...] = ()
    units: Mapping[str, int] | None = None
    versions: tuple[Version, ...] = ()

    def stored(self) -> dict[str, Json]:
        return {
            "side": self.side.value,
            "kind": self.kind.value,
            "content": self.content,
            "current": self.current,
            "edited": self.edited,
            "place": self.place,
            "substituted": list(self.substituted),
            **({} if self.units is None else {"units": dict(self.units)}),
            **({"versions": [each.stored() for each in self.versions]} if self.versions else {}),
        }

    @classmethod
    def of(cls, stored: Mapping[str, Json]) -> Told:
        return cls(
            side=CurrencySide(str(stored["side"])),
            kind=DocumentKind(str(stored["kind"])),
            content=str(stored["content"]),
            current=str(stored["current"]),
            edited=bool(stored["edited"]),
            place=str(stored.get("place") or ""),
            substituted=_texts(stored.get("substituted")),
            units=_counts(stored.get("units")),
            versions=_versions(stored.get("versions")),
        )

    def edited_to(self, order: Order) -> Told:
        """The same, to be told of the order's last edit as well.

        Until it is, the ERP has no more units than it was told of: what the edit adds, no reading of its stock can hold.
        """
        known, wanted = self.units, units(order)
        return replace(
            self,
            content=content(order),
            current=current(order),
            edited=order.edited,
            units=known and {sku: min(count, known.get(sku, 0)) for sku, count in wanted.items()},
            versions=(*self.versions, Version(edit=order.edits[-1] if order.edits else None)),
        )

    def emptied(self) -> Told:
        """What the last version holds is to be written down anew."""
        if not self.versions:
            return self
        return replace(self, versions=(*self.versions[:-1], replace(self.versions[-1], lines=None)))

    def filled(self, made: SalesDocument) -> Told:
        """With what the last version holds, where that was not written down yet."""
        if not self.versions or self.versions[-1].lines is not None:
            return self
        lines = tuple(FoundLine(item=e.item, quantity=e.quantity, net=e.net) for e in made.lines)
        return replace(self, versions=(*self.versions[:-1], replace(self.versions[-1], lines=lines)))

    @property
    def overtaken(self) -> tuple[str, ...]:
        """The steps that were followed by an edit: edits, and what rounded a version off."""
        if len(self.versions) < 2:
            return ()
        gone = [each.edit for each in self.versions[:-1] if each.edit]
        rounded = [after_edit(step, edit) for step in ROUNDING_STEPS for edit in (None, *gone)]
        return (*(f"edit:{edit}" for edit in gone), *rounded)

    def on(self, made: SalesDocument) -> SalesDocument:
        """The document, with the versions of it that the ERP may still show."""
        if len(self.versions) < 2:
            return made
        earlier = tuple(Earlier(lines=each.lines or (), edit=each.edit) for each in self.versions[:-1])
        return replace(made, edit=self.versions[-1].edit, earlier=earlier)


def content(order: Order) -> str:
    """A digest of what a document is made of: lines and amounts as first ordered."""
    parts = [
        *(f"{line.key}|{line.sku}|{line.quantity}|{_written(line.gross.shop)}" for line in order.lines),
        *(f"{line.key}|{_written(line.gross.shop)}" for line in order.shipping),
        _written(order.total.shop),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _written(money: Money) -> str:
    """One way to write an amount: 11.0 and 11.00 are no change, whether the store says them or we add them up."""
    return f"{money.amount.normalize():f} {money.currency}"


def units(order: Order) -> dict[str, int]:
    """What the document takes of each SKU: as first ordered, like its lines."""
    found: dict[str, int] = {}
    for line in order.lines:
        if line.sku:
            found[folded(line.sku)] = found.get(folded(line.sku), 0) + line.quantity
    return found


def place(order: Order) -> str:
    """A digest of where it goes; empty when the store does not say, or no longer says since it was erased there."""
    to = order.ship_to
    if to is None or (to.name is None and to.street is None):
        return ""
    return hashlib.sha256(repr(to).encode()).hexdigest()


def current(order: Order) -> str:
    """A digest of what is left of the lines after edits and refunds."""
    return hashlib.sha256(
        "\n".join(f"{line.key}|{line.current_quantity}" for line in order.lines).encode()
    ).hexdigest()


def standing(order: Order) -> str:
    """A digest of all that a decision stands on: contents and what is left of them, money, risk, tags, markets, cancellation."""
    parts = [
        content(order),
        place(order),
        current(order),
        order.money_state.value,
        f"{order.cancelled_at is not None}|{order.edited}|{order.test}|{order.imported}",
        *(f"{payment.key}|{payment.method}|{payment.amount.shop}" for payment in order.payments),
        *([order.risk.value] if order.risk is not Risk.NONE else []),
        *(f"{name}|{'|'.join(sorted(texts))}" for name, texts in _grouped(order) if texts),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _grouped(order: Order) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The names that people sort orders and customers by; conditions stand on them."""
    return ("tags", order.tags), ("groups", order.buyer.tags), ("markets", order.markets or ())


def _texts(stored: Json) -> tuple[str, ...]:
    return tuple(str(each) for each in stored) if isinstance(stored, list) else ()


def _counts(stored: Json) -> dict[str, int] | None:
    return {name: int(str(count)) for name, count in stored.items()} if isinstance(stored, Mapping) else None


def _versions(stored: Json) -> tuple[Version, ...]:
    return tuple(_version(each) for each in stored) if isinstance(stored, list) else ()


def _version(stored: Json) -> Version:
    edit, lines = (stored["edit"], stored["lines"]) if isinstance(stored, dict) else (None, [])
    rows = [row for row in lines if isinstance(row, list)] if isinstance(lines, list) else []
    return Version(
        edit=StoreKey(str(edit)) if edit else None,
        lines=tuple(
            FoundLine(item=str(item), quantity=Decimal(str(quantity)), net=Decimal(str(net)))
            for item, quantity, net in rows
        ),
    )
