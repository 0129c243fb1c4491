"""What rules are built of, and one rule tried on a real order before it is part of anything."""

from __future__ import annotations

from enum import Enum
from typing import cast

import strawberry
from strawberry.scalars import JSON

from app.errors import StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.context import Info, Needs
from app.graphql.ids import Kind, uuid_of
from app.graphql.mapping_previews import MappingObstacle
from app.mapping.contents import Rules
from app.mapping.ruleset import Problem
from app.mapping.tables import NAMES
from app.mapping.tree import FIELDS
from app.operations import mappings, rule_tries
from app.operations.rule_tries import Given, Tried
from app.ports import Place
from app.templates import COMPARISONS, OPERATORS


@strawberry.enum(description="What a field holds.")
class FieldKind(Enum):
    TEXT = strawberry.enum_value("text", description="A text.")
    NUMBER = strawberry.enum_value("number", description="An exact number.")
    DATE = strawberry.enum_value("date", description="A date, or an instant.")
    FLAG = strawberry.enum_value("flag", description="Yes or no.")
    LIST = strawberry.enum_value("list", description="Some texts.")


@strawberry.type(description="A value of an order that a rule may start from or ask about.")
class SourceField:
    path: str = strawberry.field(description="How rules name it; stable.")
    label: str = strawberry.field(description="What people call it.")
    kind: FieldKind = strawberry.field(description="What it holds.")
    per_line: bool = strawberry.field(description="Whether it differs from line to line.")
    per_payment: bool = strawberry.field(description="Whether it differs from payment to payment.")
    gates_only: bool = strawberry.field(
        description="Whether the ERP is asked for it before an order is first sent, so that only gates may stand on it."
    )


@strawberry.type(description="A field of the ERP's document that a rule may fill.")
class RuleTarget:
    name: str = strawberry.field(description="How rules name it; stable.")
    label: str = strawberry.field(description="What people call it.")
    kind: FieldKind = strawberry.field(description="What the ERP takes.")
    per_line: bool = strawberry.field(description="Whether it stands on each line.")
    per_payment: bool = strawberry.field(description="Whether it stands on each payment.")
    longest: int | None = strawberry.field(description="How many characters it takes; null: not limited.")
    choices: list[str] = strawberry.field(description="The only values it takes; empty: any.")
    help: str = strawberry.field(description="What it means in the ERP.")


@strawberry.type(description="A field that merchants look for and this ERP does not have.")
class MissingTarget:
    name: str = strawberry.field(description="How rules for other ERPs name it.")
    label: str = strawberry.field(description="What people call it.")
    reason: str = strawberry.field(description="Why it is not there, in words.")


@strawberry.type(description="The operators that make sense of one kind of field.")
class KindComparisons:
    kind: FieldKind = strawberry.field(description="What the field holds.")
    comparisons: list[str] = strawberry.field(
        description="Operators. `within_days` and `older_than_days` are told by the clock, so only gates take them."
    )


@strawberry.type(description="What a connection's rules are built of.")
class MappingFields:
    sources: list[SourceField] = strawberry.field(description="What an order holds.")
    targets: list[RuleTarget] = strawberry.field(description="What the ERP takes.")
    missing: list[MissingTarget] = strawberry.field(
        description="What this ERP does not take, though merchants look for it."
    )
    comparisons: list[str] = strawberry.field(description="The operators that conditions know.")
    comparisons_by_kind: list[KindComparisons] = strawberry.field(
        description="Those that make sense of a field of each kind, the most likely first."
    )
    tables: list[str] = strawberry.field(description="The tables that every mapping has, for looking up.")


@strawberry.type(description="What is wrong with a rule, before any order is seen.")
class RuleProblem:
    rule: str | None = strawberry.field(description="The rule's id; null: it is about all of them together.")
    message: str = strawberry.field(description="What is wrong, in words.")
    path: list[str] = strawberry.field(
        description="The part of the rule's stored form that it is about, outermost first; empty: the whole rule."
    )

    @classmethod
    def of(cls, problem: Problem) -> RuleProblem:
        return cls(rule=problem.rule, message=problem.sentence, path=list(problem.path))


@strawberry.type(description="What a rule gives for an order, or for one of its lines or payments.")
class RuleOutcome:
    line: str | None = strawberry.field(
        description="The line's title or, of a payment's field, the way of paying; null: the order itself."
    )
    text: str | None = strawberry.field(description="What the field would get; null: nothing.")
    obstacle: MappingObstacle | None = strawberry.field(description="Why the order would be held; else null.")

    @classmethod
    def of(cls, given: Given) -> RuleOutcome:
        return cls(
            line=given.line,
            text=given.text,
            obstacle=MappingObstacle.of(given.reason) if given.reason else None,
        )


@strawberry.type(description="A rule that was tried; nothing was written anywhere.")
class RuleTrial:
    liquid: str | None = strawberry.field(description="The same rule as Liquid.")
    order: str | None = strawberry.field(description="The order it was tried on; null: on none.")
    outcomes: list[RuleOutcome] = strawberry.field(description="What it gives.")
    problems: list[RuleProblem] = strawberry.field(description="What can't be meant; nothing is tried then.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing could be tried; else empty.")

    @classmethod
    def of(cls, tried: Tried) -> RuleTrial:
        return cls(
            liquid=tried.liquid,
            order=tried.order,
            outcomes=[RuleOutcome.of(given) for given in tried.given],
            problems=[RuleProblem.of(problem) for problem in tried.problems],
            user_errors=[],
        )


@strawberry.type
class MappingRuleQuery:
    @strawberry.field(
        description="What the rules of a connection are built of; null where it is not there.",
        extensions=[Needs(Scope.READ_RECORDS)],
    )
    async def mapping_fields(self, info: Info, connection: strawberry.ID) -> MappingFields | None:
        found = await info.context.found(connection)
        if found is None:
            return None
        return MappingFields(
            sources=[
                SourceField(
                    path=each.path,
                    label=each.label,
                    kind=FieldKind(each.kind.value),
                    per_line=each.place is Place.LINE,
                    per_payment=each.place is Place.PAYMENT,
                    gates_only=each.asked,
                )
                for each in FIELDS
            ],
            targets=[
                RuleTarget(
                    name=each.name,
                    label=each.label,
                    kind=FieldKind(each.kind.value),
                    per_line=each.place is Place.LINE,
                    per_payment=each.place is Place.PAYMENT,
                    longest=each.longest,
                    choices=list(each.choices),
                    help=each.help,
                )
                for each in mappings.targets(found).values()
            ],
            missing=[
                MissingTarget(name=each.name, label=each.label, reason=each.sentence)
                for each in mappings.lacks(found)
            ],
            comparisons=list(OPERATORS),
            comparisons_by_kind=[
                KindComparisons(kind=FieldKind(kind.value), comparisons=list(names))
                for kind, names in COMPARISONS.items()
            ],
            tables=list(NAMES),
        )

    @strawberry.field(
        description="Tries a rule in its stored form, with the tables of a version (a number, `current` or `draft`), on an order"
        " that is read from the store for it; null where the connection is not there.",
        extensions=[Needs(Scope.READ_RECORDS)],
    )
    async def mapping_rule_try(
        self,
        info: Info,
        connection: strawberry.ID,
        rule: JSON,
        order: strawberry.ID | None = None,
        version: str = mappings.CURRENT,
    ) -> RuleTrial | None:
        found = await info.context.found(connection)
        if found is None:
            return None
        said = cast("Rules", rule) if isinstance(rule, dict) else {}
        chosen = uuid_of(Kind.ORDER, order) if order else None
        try:
            tried = await rule_tries.try_one(info.context.core, found, rule=said, order=chosen, which=version)
        except StockbridgeError as error:
            return RuleTrial(
                liquid=None, order=None, outcomes=[], problems=[], user_errors=user_errors(error, "rule")
            )
        return RuleTrial.of(tried)
