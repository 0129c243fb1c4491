"""Carries a version's rules out on one order and puts what they give onto its document; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from app.domain.document import Conversion, DocumentLine
from app.domain.ids import StoreKey
from app.domain.money import CurrencySide
from app.domain.order import Order
from app.errors import Reason
from app.mapping.looking_up import doors
from app.mapping.rates import Rate
from app.mapping.tables import Tables
from app.mapping.tree import Tree, line_tree, payment_tree, tree
from app.ports import DOCUMENT, METHOD, Place, TargetField
from app.templates import Filter, Purse


@dataclass(frozen=True, kw_only=True)
class Ruled:
    """`targets`: the fields that the ERP declares, by name; a rule for another one is left out."""

    order: Order
    side: CurrencySide
    tables: Tables
    targets: Mapping[str, TargetField]
    _used: list[Rate] = field(default_factory=list)
    _purse: Purse = field(default_factory=Purse)

    def converted(self) -> tuple[Conversion, ...]:
        """The rates that were used so far, each once."""
        return tuple(
            Conversion(
                source=each.source, target=each.target, rate=each.rate, day=each.day, by=each.by, per=each.per
            )
            for each in dict.fromkeys(self._used)
        )

    def header(self) -> tuple[dict[str, str], list[Reason]]:
        """What the document's own fields get, and what stands in the way; what kind of one it is was asked before."""
        rest = {name: target for name, target in self.targets.items() if name != DOCUMENT}
        return self._given(self._tree, rest, Place.ORDER) if self._asked(Place.ORDER) else ({}, [])

    def paid_document(self) -> tuple[str | None, list[Reason]]:
        """What is to be made of it once it is paid; None: no rule says so."""
        if all(rule.target != DOCUMENT for rule in self.tables.rules.fields):
            return None, []
        alone = {name: target for name, target in self.targets.items() if name == DOCUMENT}
        given, wrong = self._given(self._tree, alone, Place.ORDER)
        return given.get(DOCUMENT), wrong

    def methods(self) -> tuple[dict[StoreKey, str], list[Reason]]:
        """What the order's payments are booked on, by their keys, where a rule says so; "" where one can't be told."""
        found: dict[StoreKey, str] = {}
        reasons: list[Reason] = []
        for paid in self.order.payments if self._asked(Place.PAYMENT) else ():
            whole = {**self._tree, "payment": payment_tree(paid, self.side)}
            given, wrong = self._given(whole, self.targets, Place.PAYMENT)
            reasons += [reason for reason in wrong if reason not in reasons]
            if wrong or METHOD in given:
                found[paid.key] = given.get(METHOD, "")
        return found, reasons

    def on(self, lines: Sequence[DocumentLine]) -> tuple[tuple[DocumentLine, ...], list[Reason]]:
        """The lines with their fields filled: those of the order's own lines, as rules know no other."""
        if not self._asked(Place.LINE):
            return tuple(lines), []
        known = {str(line.key): line for line in self.order.lines}
        made: list[DocumentLine] = []
        reasons: list[Reason] = []
        for line in lines:
            source = known.get(line.key)
            given: dict[str, str] = {}
            if source is not None:
                whole = {**self._tree, "line": line_tree(source, self.side)}
                given, wrong = self._given(whole, self.targets, Place.LINE)
                reasons += wrong
            location = given.pop("line.location", line.location)
            made.append(replace(line, location=location, codes=given))
        return tuple(made), reasons

    def _given(
        self, whole: Tree, targets: Mapping[str, TargetField], place: Place
    ) -> tuple[dict[str, str], list[Reason]]:
        return self.tables.rules.given(whole, targets, self._doors, place=place, purse=self._purse)

    def _asked(self, place: Place) -> bool:
        found = (self.targets.get(rule.target) for rule in self.tables.rules.fields)
        return any(target is not None and target.place is place for target in found)

    @cached_property
    def _tree(self) -> Mapping[str, object]:
        return tree(self.order, self.side)

    @cached_property
    def _doors(self) -> Mapping[str, Filter]:
        currency = self.order.total.on(self.side).currency
        return doors(self.tables, currency=currency, at=self.order.processed_at, used=self._used.append)
