"""What a real order holds for rules, and one rule tried on it before it is part of anything. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.money import CurrencySide
from app.domain.order import Order
from app.errors import Reason
from app.mapping import contents, ruleset
from app.mapping.liquid_view import liquid
from app.mapping.looking_up import doors
from app.mapping.markets import unknown_to_fields
from app.mapping.ruleset import Problem, RuleSet
from app.mapping.tables import Tables
from app.mapping.tree import FIELDS, Tree, line_tree, payment_tree, tree, value
from app.models import order_lists
from app.models.connections import Connection
from app.operations import mappings
from app.ports import Json, Place, TargetField
from app.templates import Purse, shown
from app.wiring import Core


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a rule gives. `line`: for which line, or by its way of paying for which payment; None: for the document itself.

    `text` None: nothing; `reason`: why it would hold the order.
    """

    line: str | None
    text: str | None
    reason: Reason | None


@dataclass(frozen=True, kw_only=True)
class Tried:
    """`liquid`: the same rule as Liquid. `problems`: what can't be meant; nothing is tried then. `order`: its name."""

    liquid: str
    problems: tuple[Problem, ...]
    order: str | None = None
    given: tuple[Given, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Values:
    """What rules would read of an order, by path, as it would be written. Nothing: no entry.

    `lines` beside their titles, `payments` beside their ways of paying.
    """

    order: str
    whole: Mapping[str, str]
    lines: tuple[tuple[str, Mapping[str, str]], ...]
    payments: tuple[tuple[str, Mapping[str, str]], ...]


async def values(core: Core, connection: Connection, order: UUID) -> Values | None:
    """Reads the store. None: the connection has no such order, or the store has it no more."""
    found = await _order(core, connection, order)
    if found is None:
        return None
    side = connection.options.side
    whole = tree(found, side)
    return Values(
        order=found.name,
        whole=_read(whole, Place.ORDER),
        lines=tuple((name, _read(here, Place.LINE)) for name, here in _parts(found, side, Place.LINE)),
        payments=tuple(
            (name, _read(here, Place.PAYMENT)) for name, here in _parts(found, side, Place.PAYMENT)
        ),
    )


def _parts(order: Order, side: CurrencySide, place: Place) -> list[tuple[str, Tree]]:
    """What of an order has fields of its own, by what people call it, each as its rules see it."""
    whole = tree(order, side)
    if place is Place.LINE:
        return [(line.title, {**whole, "line": line_tree(line, side)}) for line in order.lines]
    return [(paid.method, {**whole, "payment": payment_tree(paid, side)}) for paid in order.payments]


def _read(found: Tree, place: Place) -> Mapping[str, str]:
    read = {each.path: shown(value(found, each.path)) for each in FIELDS if each.place is place}
    return {path: text for path, text in read.items() if text}


async def try_one(
    core: Core, connection: Connection, *, rule: Mapping[str, Json], order: UUID | None, which: str
) -> Tried:
    """With the tables of a version as people name it. Reads the store where an order is named.

    Raises Refused for a version that is not there, Misconfigured for what is no rule at all.
    """
    said: Mapping[str, Json] = {"fields": [dict(rule)]}
    mappings.check_rules(said)
    version = await mappings.named(core, connection, which)
    tables = contents.built(version.head.number, version.tables, {}, connection.tables.rates)
    rules = ruleset.of(said)
    wrong = mappings.rule_problems(connection, rules, tables)
    tried = Tried(liquid=liquid(rules.fields[0]), problems=tuple(wrong))
    if wrong or order is None:
        return tried
    found = await _order(core, connection, order)
    if found is None:
        return tried
    target = mappings.targets(connection)[rules.fields[0].target]
    return Tried(
        liquid=tried.liquid,
        problems=(),
        order=found.name,
        given=_given(found, rules, tables, target, connection),
    )


def _given(
    order: Order, rules: RuleSet, tables: Tables, target: TargetField, connection: Connection
) -> tuple[Given, ...]:
    market = unknown_to_fields(order, rules)
    if market is not None:
        return (Given(line=None, text=None, reason=market),)
    side = connection.options.side
    whole = tree(order, side)
    places: Sequence[tuple[str | None, Tree]] = [(None, whole)]
    if target.place is not Place.ORDER:
        places = _parts(order, side, target.place)
    known = doors(tables, currency=order.total.on(side).currency, at=order.processed_at)
    made, purse = [], Purse()
    for line, here in places:
        texts, reasons = rules.given(here, {target.name: target}, known, place=target.place, purse=purse)
        made.append(Given(line=line, text=texts.get(target.name), reason=reasons[0] if reasons else None))
    return tuple(made)


async def _order(core: Core, connection: Connection, order: UUID) -> Order | None:
    async with core.database.tenant(connection.tenant) as tx:
        row = (await order_lists.some(tx, tenant=connection.tenant, ids=[order])).get(order)
    if row is None or row.connection != connection.id:
        return None
    sides = await core.open_sides(connection)
    return await sides.store.orders.get(row.source_key)
