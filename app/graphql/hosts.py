"""The ERPs this server knows: what a person fills in to connect one, what it can do, and what it can't and why."""

from __future__ import annotations

from enum import Enum

import strawberry

from app.graphql.caller import Scope
from app.graphql.context import Info, Needs
from app.ports import Flow, FormField, HostSpec
from app.registry import HOSTS


@strawberry.enum(name="Flow", description="One kind of data that is kept in step.")
class FlowKind(Enum):
    ORDERS = strawberry.enum_value("orders", description="Orders, from the shop to the ERP.")
    REFUNDS = strawberry.enum_value(
        "refunds", description="Refunds, returns and cancellations, from the shop to the ERP."
    )
    CUSTOMERS = strawberry.enum_value("customers", description="Customers and their addresses, both ways.")
    PRODUCTS = strawberry.enum_value("products", description="Products, from the ERP to the shop.")
    PRICES = strawberry.enum_value("prices", description="Prices, from the ERP to the shop.")
    INVENTORY = strawberry.enum_value("inventory", description="Stock, from the ERP to the shop.")
    FULFILLMENTS = strawberry.enum_value(
        "fulfillments", description="Shipments, from the ERP to the shop or the other way, by their owner."
    )


@strawberry.enum(description="How an ERP keeps one order from becoming two documents.")
class Fence(Enum):
    UNIQUE = strawberry.enum_value("unique", description="It refuses a second document with the same key.")
    DRAFT = strawberry.enum_value("draft", description="A draft is made first, and doubles are removed.")
    NONE = strawberry.enum_value(
        "none", description="It does not: after a lost answer the settle time is waited for."
    )


@strawberry.type(description="One input of a connection's form.")
class HostFormField:
    name: str = strawberry.field(description="What to send it as.")
    label: str = strawberry.field(description="What to show beside it.")
    secret: bool = strawberry.field(description="Kept sealed and never shown again; shown as dots.")
    required: bool = strawberry.field(description="Whether it must be filled in.")
    help: str = strawberry.field(description="A sentence below it; may be empty.")
    choices: list[str] = strawberry.field(description="The values it may have; empty when anything goes.")
    default: str | None = strawberry.field(description="What it is when nothing is filled in.")
    lines: int = strawberry.field(description="How many lines to give it: more than one for long texts.")

    @classmethod
    def of(cls, field: FormField) -> HostFormField:
        return cls(
            name=field.name,
            label=field.label,
            secret=field.secret,
            required=field.required,
            help=field.help,
            choices=[str(choice) for choice in field.choices],
            default=str(field.default) if field.default is not None else None,
            lines=field.lines,
        )


@strawberry.type(description="Whether an ERP can take part in a flow.")
class HostPower:
    flow: FlowKind = strawberry.field(description="The kind of data.")
    available: bool = strawberry.field(description="Whether it works with this ERP.")
    reason: str | None = strawberry.field(
        description="Why it does not: what to show beside the greyed-out flow."
    )


@strawberry.type(description="An ERP that this server can connect to.")
class Host:
    key: str = strawberry.field(description="What to name it by in a connection.")
    label: str = strawberry.field(description="What people call it.")
    documentation: str = strawberry.field(description="Where its set-up is explained.")
    form: list[HostFormField] = strawberry.field(description="What to fill in to connect it, in this order.")
    powers: list[HostPower] = strawberry.field(
        description="Every flow, and whether this ERP can take part in it."
    )
    fence: Fence = strawberry.field(description="How it keeps one order from becoming two documents.")
    concurrency: int = strawberry.field(description="How many calls it is given at the same time.")
    tries_calls: bool = strawberry.field(
        description="Whether its calls are written by people, so that `connectionTest` can make one of them."
    )

    @classmethod
    def of(cls, spec: HostSpec) -> Host:
        return cls(
            key=spec.key,
            label=spec.label,
            documentation=spec.documentation,
            form=[HostFormField.of(field) for field in spec.form],
            powers=[_power(spec, flow) for flow in Flow],
            fence=Fence(spec.fence.value),
            concurrency=spec.concurrency,
            tries_calls=spec.probe is not None,
        )


def _power(spec: HostSpec, flow: Flow) -> HostPower:
    reason = missing(spec, flow)
    return HostPower(flow=FlowKind(flow.value), available=reason is None, reason=reason)


def missing(spec: HostSpec, flow: Flow) -> str | None:
    """Why an ERP takes no part in a flow; None when it does."""
    return spec.missing.get(flow)


@strawberry.type
class HostQuery:
    @strawberry.field(
        description="Every ERP this server can connect to.", extensions=[Needs(Scope.READ_STATUS)]
    )
    async def hosts(self, info: Info) -> list[Host]:
        return [Host.of(spec) for spec in HOSTS.values()]
