"""What carrying rules out may use up, so that nobody's rules stand in anybody's way: counted in steps, not in time."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import chain
from typing import Any, TextIO

from liquid import RenderContext
from liquid.ast import Node
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.tags.for_tag import ForNode, ForTag
from liquid.exceptions import LocalNamespaceLimitError, LoopIterationLimitError
from liquid.expression import Expression
from liquid.utils import ReadOnlyChainMap

from app.errors import Rejected, Verdict

MOST_STEPS = 50_000
"""Of one template."""
MOST_OF_RECORD = 200_000
"""Of all rules for one record: well under a second."""
_MOST_TOUCHED = 4_000
"""Values that one template's filters may be given: each may be a long text."""
LONGEST_RANGE = 500


class Purse:
    """What one record's rules have left between them."""

    def __init__(self, steps: int = MOST_OF_RECORD) -> None:
        self._left = steps

    def spend(self, steps: int) -> None:
        """Raises Rejected with `rule.limit` once nothing is left."""
        self._left -= steps
        if self._left < 0:
            raise limit()


def limit() -> Rejected:
    return Rejected(
        "rule.limit", "The rule does more than a rule may, so it was stopped.", verdict=Verdict.NEEDS_MAPPING
    )


class Budgeted(RenderContext):
    """Counts what is done, and knows nothing but its record: no clock."""

    def __init__(self, template: Any, **given: Any) -> None:
        super().__init__(template, **given)
        self.scope = ReadOnlyChainMap(self.locals, self.globals)
        self.purse = Purse()
        self.ahead = 0
        self._own = Purse(MOST_STEPS)
        self._touched = Purse(_MOST_TOUCHED)
        self._sizes: dict[str, int] = {}
        self._size = 0

    def spend(self, steps: int) -> None:
        self._own.spend(steps)
        self.purse.spend(steps)

    def touch(self, values: int) -> None:
        """By a filter."""
        self._touched.spend(values)

    def assign(self, key: str, val: Any) -> None:
        """As the library does, without measuring all other names anew each time."""
        size = sys.getsizeof(val, 1)
        self._size += size - self._sizes.get(key, 0)
        self._sizes[key] = size
        if self._size > (self.env.local_namespace_limit or 0):
            raise LocalNamespaceLimitError("local namespace limit reached", token=None)
        self.locals[key] = val

    def loop(self, namespace: Mapping[str, object], forloop: Any) -> Any:
        """What the loop will do is paid before it begins."""
        self.spend(forloop.length * self.ahead)
        return super().loop(namespace, forloop)


class _Loop(ForNode):
    @cached_property
    def weight(self) -> int:
        return 1 + weight([self.block])

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        if isinstance(context, Budgeted):
            context.ahead = self.weight
        return super().render_to_output(context, buffer)


class LoopTag(ForTag):
    node_class = _Loop


class ShortRange(RangeLiteral):
    """The library walks a range whose end is a million millions where it is asked what it contains, or turned round."""

    __slots__ = ()

    def _make_range(self, start: Any, stop: Any) -> range:
        found = super()._make_range(start, stop)
        if found and found[-1] - found[0] > LONGEST_RANGE:
            raise LoopIterationLimitError("range is too long", token=None)
        return found


def weight(nodes: Iterable[Node]) -> int:
    """How many nodes and expressions there are: what carrying them out once takes."""
    return sum(
        1 + sum(1 for each in node.expressions() for _ in within(each)) + weight(below(node))
        for node in nodes
    )


def every(nodes: Iterable[Node]) -> Iterable[Expression]:
    for node in nodes:
        yield from chain.from_iterable(within(each) for each in node.expressions())
        yield from every(below(node))


def below(node: Node) -> Iterable[Node]:
    """None of our tags asks about the context that the library wants for it."""
    return node.children(None)  # type: ignore[arg-type]


def within(expression: Expression) -> Iterable[Expression]:
    yield expression
    for each in expression.children():
        yield from within(each)
