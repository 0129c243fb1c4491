"""Liquid for merchants: python-liquid with a short list of tags and filters, exact decimals, and limits on all that grows.

python-liquid, because people of shops know the language and it never evaluates Python. Its own filters are left out: they work
with floats and know no bounds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TextIO, cast

from liquid import Environment, RenderContext, TokenStream, Undefined
from liquid.ast import Node
from liquid.builtin import content, illegal, output
from liquid.builtin.expressions import FilteredExpression
from liquid.builtin.expressions.primitive import FloatLiteral, RangeLiteral
from liquid.builtin.tags import assign_tag, capture_tag, case_tag, comment_tag, for_tag, if_tag, unless_tag
from liquid.exceptions import LiquidError, ResourceLimitError
from liquid.expression import Expression
from liquid.filter import with_context
from liquid.parser import get_parser
from liquid.template import BoundTemplate
from liquid.token import TOKEN_OUTPUT

from app.errors import Misconfigured, Rejected, Verdict
from app.templates import budget, values
from app.templates.budget import Budgeted, LoopTag, Purse, ShortRange
from app.templates.dotted import Dotted
from app.templates.values import LONGEST, MOST_PARTS, Value, shown

LONGEST_TEMPLATE = 4_000
_OPENS, _BLANKS = re.compile(r"\{[{%]"), re.compile(r"\s{200}")
_GIVEN = object()
"""Where a rendering's doors stand among its names: no template can name this, however it puts a name together."""

Filter = Callable[..., Value]
"""Of a value and further ones."""

FILTERS: Mapping[str, Callable[..., Value]] = {
    "upcase": values.upper,
    "downcase": values.lower,
    "strip": values.trim,
    "truncate": values.cut,
    "replace": values.replace,
    "part": values.split,
    "join_with": values.join,
    "append": lambda value, more: values.join(value, "", more),
    "prepend": lambda value, more: values.join(more, "", value),
    "default": values.default,
    "round": values.rounded,
    "times": values.times,
    "plus": values.plus,
    "minus": values.minus,
    "date": values.date,
    "matches": lambda value, operator, *operands: values.matches(value, shown(operator), *operands),
}
DOORS = ("look_up", "currency")
"""Filters that look something up: given anew with each rendering."""


@dataclass(frozen=True, kw_only=True)
class Template:
    """A parsed template. `names`: the paths it reads, for checking them against what there is."""

    bound: BoundTemplate
    names: frozenset[str]

    @cached_property
    def weight(self) -> int:
        return budget.weight(self.bound.nodes)

    def render(
        self, tree: Mapping[str, object], doors: Mapping[str, Filter], purse: Purse | None = None
    ) -> str:
        """The text, without blanks around it. `purse`: what all rules of a record share.

        Raises Rejected: what `doors` raise, `rule.limit` for what would not end or grows too large, `rule.template` for the rest.
        """
        given = _Given(doors=doors, purse=purse or Purse(), weight=self.weight)
        try:
            text = self.bound.render({**tree, _GIVEN: given}).strip()
        except (ResourceLimitError, RecursionError, MemoryError, OverflowError) as cause:
            raise budget.limit() from cause
        except (LiquidError, TypeError, ValueError, ArithmeticError, LookupError) as cause:
            sentence = "The template can't be carried out with this record."
            raise Rejected("rule.template", sentence, verdict=Verdict.NEEDS_MAPPING) from cause
        values.fits(len(text))
        return text


class Liquid:
    """The language; parsing a template twice is cheap beside what it is used for, so nothing is kept."""

    def __init__(self) -> None:
        self._environment = _Environment()

    def parse(self, text: str) -> Template:
        """Raises Misconfigured with `rule.template_malformed`: what is wrong, and in which line."""
        if len(text) > LONGEST_TEMPLATE:
            raise _malformed(f"it is longer than {LONGEST_TEMPLATE} characters")
        _closed(text)
        try:
            bound = self._environment.from_string(text)
            unknown = set(bound.filter_names()) - {*FILTERS, *DOORS}
            for expression in budget.every(bound.nodes):
                _exact(expression)
            names = {".".join(str(part) for part in path) for path in bound.global_variable_segments()}
        except LiquidError as cause:
            raise _malformed(f"{cause.message}{_place(text, cause)}") from cause
        except (RecursionError, ValueError, TypeError) as cause:
            raise _malformed("it is nested too deeply, or holds a value that is none") from cause
        if unknown:
            raise _malformed(f"there is no filter called {', '.join(sorted(unknown))}")
        return Template(bound=bound, names=frozenset(names))


@dataclass(frozen=True, kw_only=True)
class _Given:
    doors: Mapping[str, Filter]
    purse: Purse
    weight: int


class _Context(Budgeted):
    """Finds the rendering's doors and purse, and pays for what is done once."""

    def __init__(self, template: BoundTemplate, **more: object) -> None:
        super().__init__(template, **more)
        given = cast("Mapping[object, object]", self.globals).get(_GIVEN)
        self.doors: Mapping[str, Filter] = {}
        if isinstance(given, _Given):
            self.doors, self.purse = given.doors, given.purse
            self.spend(given.weight)


class _Bound(BoundTemplate):
    context_class = _Context


class _Shown(output.OutputNode):
    """Numbers without exponent, and never more of a value than a text may be long."""

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        return buffer.write(shown(plain(self.expression.evaluate(context))))


class _Output(output.Output):
    node_class = _Shown

    def parse(self, stream: TokenStream) -> output.OutputNode:
        token = stream.eat(TOKEN_OUTPUT)
        inner = stream.into_inner(tag=token, eat=False)
        return self.node_class(token, FilteredExpression.parse(self.env, inner))


class _Environment(Environment):
    block_nesting_limit = 12
    context_depth_limit = 12
    loop_iteration_limit = 500
    local_namespace_limit = 100_000
    output_stream_limit = 4 * LONGEST
    template_class = _Bound

    def _parse(self, source: str) -> list[Node]:
        """As the library does, with another stream."""
        return get_parser(self).parse(Dotted(self.tokenizer()(source)))

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        for tag in (
            content.Literal, _Output, illegal.Illegal, if_tag.IfTag, unless_tag.UnlessTag, case_tag.CaseTag, LoopTag,
            for_tag.BreakTag, for_tag.ContinueTag, assign_tag.AssignTag, capture_tag.CaptureTag, comment_tag.CommentTag,
        ):  # fmt: skip
            self.add_tag(tag)
        for name in (*FILTERS, *DOORS):
            self.add_filter(name, _counted(name))


def plain(value: object) -> Value:
    """What a template holds, as a value of ours; what is none (a whole record, a range) is nothing."""
    match value:
        case None | Undefined():
            return None
        case str() | bool() | Decimal():
            return value
        case int():
            return values.as_number(Decimal(value))
        case float():
            return values.as_number(Decimal(repr(value)))
        case list() | tuple():
            return tuple(shown(plain(each)) for each in value[:MOST_PARTS])
        case _:
            return values.instant(value)


def _counted(name: str) -> Filter:
    """A filter that is counted, and given nothing but values."""

    @with_context
    def run(value: object, *arguments: object, context: _Context) -> Value:
        context.touch(sum(map(_size, (value, *arguments))))
        chosen = FILTERS.get(name) or context.doors[name]
        return chosen(plain(value), *(plain(each) for each in arguments))

    return run


def _size(value: object) -> int:
    return 1 + len(value) // 8 if isinstance(value, list | tuple) else 1


def _exact(expression: Expression) -> None:
    """A number as it was written, where the library reads a float; a range that has an end."""
    if isinstance(expression, FloatLiteral):
        expression.value = Decimal(expression.token.value)  # type: ignore[assignment]
    if isinstance(expression, RangeLiteral):
        expression.__class__ = ShortRange


def _closed(text: str) -> None:
    """The library looks for the end of each bracket anew, and for each blank within one: seconds, where thousands have none."""
    at = 0
    while begun := _OPENS.search(text, at):
        end = text.find("}}" if begun[0] == "{{" else "%}", begun.end())
        line = f" (line {text.count(chr(10), 0, begun.start()) + 1})"
        if end < 0:
            raise _malformed(f"a bracket is not closed{line}")
        if _BLANKS.search(text, begun.end(), end):
            raise _malformed(f"there are too many blanks within brackets{line}")
        at = end + 2


def _place(text: str, cause: LiquidError) -> str:
    at = cause.token.start_index if cause.token else -1
    return f" (line {text.count(chr(10), 0, at) + 1})" if at >= 0 else ""


def _malformed(why: str) -> Misconfigured:
    return Misconfigured(
        "rule.template_malformed", f"The template can't be read: {why}.", verdict=Verdict.NEEDS_MAPPING
    )
