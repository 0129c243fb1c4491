"""What a custom REST ERP declares about itself, most of it by the connection document that each connection brings along."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar
from urllib.parse import urlsplit

from app.errors import Misconfigured, Retry
from app.hosts.rest.checking import understood
from app.hosts.rest.client import Caller
from app.hosts.rest.customers import RestCustomers
from app.hosts.rest.debtors import RestDebtors
from app.hosts.rest.description import Description
from app.hosts.rest.items import RestItems
from app.hosts.rest.orders import NumberedOrderSink, OrderSink
from app.hosts.rest.parcels import RestParcels
from app.hosts.rest.prices import RestPrices
from app.hosts.rest.probing import probe
from app.hosts.rest.rates import RestRates
from app.hosts.rest.refunds import CreditSink
from app.hosts.rest.shipments import RestShipments
from app.hosts.rest.signing import Access
from app.hosts.rest.status import RestStatus
from app.hosts.rest.stock import RestStock
from app.ports import (
    CHARGES,
    COMMON,
    PRICE_LEVEL,
    Fence,
    Flow,
    FormField,
    Health,
    Host,
    HostSpec,
    HostState,
    Http,
    Missing,
    Place,
    Probed,
    ReservesAt,
    TargetField,
    TaxRule,
    Terms,
)

P = TypeVar("P")

_UNSAID = {
    "refunds": "refunds are booked",
    "stock": "stock is read",
    "prices": "prices are read",
    "items": "products are read",
    "shipments": "shipments are read",
    "parcels": "what was sent in the store is booked",
    "customers": "customers are kept in step",
    "status": "it is read how far a document has come",
    "debtors": "it is read what customers owe",
    "rates": "exchange rates are read",
}
"""What a document leaves out, by the name of its part."""
_FLOWS = {
    Flow.REFUNDS: "refunds",
    Flow.CUSTOMERS: "customers",
    Flow.PRODUCTS: "items",
    Flow.PRICES: "prices",
    Flow.INVENTORY: "stock",
    Flow.FULFILLMENTS: "shipments",
}

_TARGETS = (
    *COMMON,
    PRICE_LEVEL,
    TargetField(
        name="field_1", label="First field of your own", help="`order.codes.field_1` in the document."
    ),
    TargetField(
        name="field_2", label="Second field of your own", help="`order.codes.field_2` in the document."
    ),
    TargetField(
        name="field_3", label="Third field of your own", help="`order.codes.field_3` in the document."
    ),
    TargetField(
        name="line.field_1",
        label="Field of the line",
        place=Place.LINE,
        help="`line.codes.field_1`, where lines are repeated.",
    ),
)


def _open(credentials: Mapping[str, str], http: Http, _state: HostState) -> Host:
    """A document that was understood once is not read again (see checking.py)."""
    description, access = _entered(credentials)
    return _host(Caller(description, access, http), description)


async def _probe(credentials: Mapping[str, str], http: Http, call: str, values: Mapping[str, str]) -> Probed:
    description, access = _entered(credentials)
    return await probe(description, access, http, call, values)


def _entered(credentials: Mapping[str, str]) -> tuple[Description, Access]:
    document = credentials.get("document", "").strip()
    if not document or not credentials.get("address", "").strip():
        raise Misconfigured("form.incomplete", "The connection's form is not filled in completely.")
    access = Access(
        address=_address(credentials),
        user=credentials.get("user", "").strip(),
        secret=credentials.get("secret", "").strip(),
    )
    place = urlsplit(access.address)
    if place.query or place.fragment or place.username is not None:
        raise Misconfigured(
            "address.malformed",
            "The base address ends with its path and names nobody: what follows a ? or #, and a key or a user, go elsewhere.",
        )
    return understood(document), access


def _host(caller: Caller, described: Description) -> Host:
    orders, shipments, parcels = described.orders, described.shipments, described.parcels
    numbered = NumberedOrderSink if orders.find_number else OrderSink
    sent = None
    if parcels is not None and shipments is not None and shipments.of is not None:
        sent = RestParcels(caller, parcels, orders=orders, shipments=shipments, of=shipments.of)
    return Host(
        check=partial(_check, caller, described),
        orders=numbered(caller, orders),
        refunds=CreditSink(caller, described.refunds, orders) if described.refunds else _unsaid("refunds"),
        inventory=RestStock(caller, described.stock) if described.stock else _unsaid("stock"),
        prices=RestPrices(caller, described.prices) if described.prices else _unsaid("prices"),
        items=RestItems(caller, described.items) if described.items else _unsaid("items"),
        shipments=RestShipments(caller, shipments) if shipments else _unsaid("shipments"),
        parcels=sent or _unsaid("parcels"),
        customers=RestCustomers(caller, described.customers) if described.customers else _unsaid("customers"),
        document_status=RestStatus(caller, described.status) if described.status else _unsaid("status"),
        debtors=RestDebtors(caller, described.debtors) if described.debtors else _unsaid("debtors"),
        rates=RestRates(caller, described.rates) if described.rates else _unsaid("rates"),
        fence=Fence(described.promises.fence),
    )


def _terms(credentials: Mapping[str, str]) -> Terms:
    described, _ = _entered(credentials)
    return Terms(
        concurrency=described.limits.at_once,
        deadline=timedelta(seconds=described.limits.deadline),
        settle=timedelta(seconds=described.limits.settle),
        fence=Fence(described.promises.fence),
        tax=TaxRule(described.promises.tax),
        reserves_at=ReservesAt(described.promises.reserves_at),
        rate=described.limits.calls,
        window=timedelta(seconds=described.limits.seconds),
        missing={
            flow: _unsaid(part).sentence for flow, part in _FLOWS.items() if getattr(described, part) is None
        },
        debtors=described.debtors is not None,
        no_rates=None if described.rates else _unsaid("rates").sentence,
    )


def _unsaid(part: str) -> Missing:
    return Missing(sentence=f"The connection document does not say how {_UNSAID[part]}.")


async def _check(caller: Caller, described: Description) -> Health:
    asked = datetime.now(UTC)
    row = await caller.one(described.check, {})
    if row is None:
        raise Retry("answer.unreadable", "The ERP's answer to the connection test is empty.")
    at = row.instant(described.check.time)
    return Health(
        account=row.needed(described.check.account),
        version=row.text(described.check.version),
        clock_offset=at - asked if at else timedelta(0),
        zone=row.text(described.check.zone),
    )


def _account(credentials: Mapping[str, str]) -> str:
    """Many customers of one ERP in the cloud share its address; what is counted is counted for who signs in."""
    place = urlsplit(_address(credentials))
    who = "\n".join(credentials.get(name, "").strip() for name in ("user", "secret"))
    digest = hashlib.blake2b(who.encode(), digest_size=12).hexdigest()
    return f"{place.netloc.lower()}{place.path} {digest}"


def _address(credentials: Mapping[str, str]) -> str:
    return credentials.get("address", "").strip().rstrip("/")


REST = HostSpec(
    key="rest",
    label="Custom REST API",
    form=(
        FormField(
            name="address", label="Base address",
            help="Where the ERP's API begins, such as https://erp.example.com/api. The document's paths follow it.",
        ),
        FormField(
            name="user", label="User or client id", required=False,
            help="For basic and OAuth 2.0 sign-in; empty for a key alone.",
        ),
        FormField(
            name="secret", label="Password, key or client secret", secret=True, required=False,
            help="How it is sent stands in the document, under `auth`.",
        ),
        FormField(
            name="document", label="Connection document", lines=16,
            help="JSON that says how this ERP is spoken; docs/hosts/rest.md explains it with an example. It holds no secrets.",
        ),
    ),
    auth_kinds=("none", "basic", "bearer", "header", "oauth2"),
    # What a document says nothing about; each connection's own stand in its document, under `limits` and `promises`.
    concurrency=2,
    deadline=timedelta(seconds=20),
    settle=timedelta(minutes=2),
    fence=Fence.NONE,
    tax=TaxRule.EXACT,
    reserves_at=ReservesAt.CREATE,
    documentation="docs/hosts/rest.md",
    open=_open,
    account=_account,
    terms=_terms,
    probe=_probe,
    targets=_TARGETS,
    begins={"special": CHARGES},
    debtors=True,
    no_rates=None,
)  # fmt: skip
