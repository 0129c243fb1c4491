"""Carries a version's rules out on one order and puts what they give onto its document; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from app.domain.document import Conversion, DocumentLine
from app.domain.money import CurrencySide
from app.domain.order import Order
from app.errors import Reason
from app.mapping.looking_up import doors
from app.mapping.rates import Rate
from app.mapping.tables import Tables
from app.mapping.tree import line_tree, tree
from app.ports import TargetField
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
            Conversion(source=each.source, target=each.target, rate=each.rate, day=each.day, by=each.by)
            for each in dict.fromkeys(self._used)
        )

    def header(self) -> tuple[dict[str, str], list[Reason]]:
        """What the document's own fields get, and what stands in the way."""
        if not self._asked(per_line=False):
            return {}, []
        return self.tables.rules.given(
            self._tree, self.targets, self._doors, per_line=False, purse=self._purse
        )

    def on(self, lines: Sequence[DocumentLine]) -> tuple[tuple[DocumentLine, ...], list[Reason]]:
        """The lines with their fields filled: those of the order's own lines, as rules know no other."""
        if not self._asked(per_line=True):
            return tuple(lines), []
        known = {str(line.key): line for line in self.order.lines}
        made: list[DocumentLine] = []
        reasons: list[Reason] = []
        for line in lines:
            source = known.get(line.key)
            given: dict[str, str] = {}
            if source is not None:
                whole = {**self._tree, "line": line_tree(source, self.side)}
                given, wrong = self.tables.rules.given(
                    whole, self.targets, self._doors, per_line=True, purse=self._purse
                )
                reasons += wrong
            location = given.pop("line.location", line.location)
            made.append(replace(line, location=location, codes=given))
        return tuple(made), reasons

    def _asked(self, *, per_line: bool) -> bool:
        found = (self.targets.get(rule.target) for rule in self.tables.rules.fields)
        return any(target is not None and target.per_line is per_line for target in found)

    @cached_property
    def _tree(self) -> Mapping[str, object]:
        return tree(self.order, self.side)

    @cached_property
    def _doors(self) -> Mapping[str, Filter]:
        currency = self.order.total.on(self.side).currency
        return doors(self.tables, currency=currency, at=self.order.processed_at, used=self._used.append)
