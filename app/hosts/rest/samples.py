"""One of each record that a connection document's calls are made of, so that a template can be tried before there is any order.

They say, too, which names there are: what a sample does not have is not known. Nobody lives here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from types import MappingProxyType

from app.domain.address import Address
from app.domain.credit import CreditDocument, GoodsBack
from app.domain.customer import Buyer, Customer
from app.domain.document import (
    DocumentKind,
    DocumentLine,
    DocumentLineKind,
    DocumentPayment,
    DocumentState,
    DocumentTax,
    FoundDocument,
    SalesDocument,
)
from app.domain.ids import ExternalId, SinkKey, StoreKey
from app.domain.money import CurrencySide
from app.domain.parcel import GoodsSent, ShipmentDocument
from app.domain.refund import Restock
from app.domain.shipment import Shipment, ShipmentState, Tracking
from app.hosts.rest import views
from app.hosts.rest.wording import Tree

_AT = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
_ORDER, _REFUND = ExternalId("order-sample-1"), ExternalId("refund-sample-1")
_PLACE = Address(
    name="Sam Sample",
    company="Sample Ltd",
    street="Sample Street 1",
    street2="Floor 2",
    city="Sampleton",
    postal_code="12345",
    province_code="SA",
    country_code="DE",
    phone="+490000000",
)
_LINE = DocumentLine(
    key="line-1",
    kind=DocumentLineKind.ITEM,
    item="ITEM-1",
    title="Sample item",
    quantity=Decimal(2),
    net=Decimal("20.00"),
    discount=Decimal("1.00"),
    taxes=(DocumentTax(code="TAX", amount=Decimal("4.00"), rate=Decimal("0.2")),),
    location="MAIN",
)
_PAYMENT = DocumentPayment(key=StoreKey("pay-1"), method="card", amount=Decimal("24.00"), at=_AT)
_BUYER = Buyer(
    key=StoreKey("1"),
    name="Sam Sample",
    email="sam@example.com",
    phone="+490000000",
    company="Sample Ltd",
    company_key=StoreKey("2"),
    location_key=StoreKey("3"),
    location="Head office",
    tags=("vip",),
    host_key=SinkKey("7"),
)


@cache
def samples() -> Mapping[str, Tree]:
    """By the name of the operation that is made of them."""
    order, credit = {"order": views.order(_order())}, {"refund": views.refund(_credit())}
    # A document is looked for by others as well, who know no more of its order.
    known: Tree = {"order": {"external_id": str(_ORDER), "reference": "#1001"}}
    document = {"document": views.document(_found())}
    paid = {"payment": views.view(_PAYMENT, "EUR")}
    gap = {"rounding": {"item": "ROUNDING", "amount": Decimal("0.01"), "amount_minor": 1}}
    span = {**views.moment("since", _AT), **views.moment("until", _AT)}
    since = {**views.moment("since", _AT), "after": "17", "begins": False}
    some: Tree = {"items": ["ITEM-1", "ITEM-2"], "item": "ITEM-1"}
    key: Tree = {"key": "42"}
    person = {"our_key": "shop-1", "customer": _customer()}
    parcel = {"parcel": views.view(_parcel())}
    sent = {**parcel, "shipment": views.view(_shipment())}
    on_order, on_credit = order | document, credit | document
    trees: dict[str, Tree] = {
        "check": {},
        "orders.find": known,
        "orders.find_reference": order,
        "orders.find_number": {"number": "SO-1"},
        "orders.list": span,
        "orders.create": order,
        "orders.confirm": on_order,
        "orders.invoice": on_order,
        "orders.change": on_order,
        "orders.round": on_order | gap,
        "orders.discard": {**known, **document},
        "orders.cancel": {**known, **document},
        "orders.payment": on_order | paid,
        "orders.deposit": on_order | paid,
        "orders.choices": {},
        "refunds.find": credit,
        "refunds.find_reference": credit,
        "refunds.find_number": {"number": "CR-1"},
        "refunds.list": span,
        "refunds.create": credit | {"order": views.document(_found())},
        "refunds.confirm": on_credit,
        "refunds.round": on_credit | gap,
        "refunds.discard": on_credit,
        "refunds.cancel": on_credit,
        "refunds.payment": on_credit | paid,
        "stock.page": {},
        "stock.of": some,
        "stock.warehouses": {},
        "prices.page": {},
        "prices.of": some,
        "prices.tiers": {},
        "items.changes": since,
        "items.get": key,
        "shipments.changes": since,
        "shipments.get": key,
        "shipments.of": document,
        "parcels.create": parcel
        | document
        | {"goods": [{"place": "line-1", "item": "ITEM-1", "quantity": 2}]},
        "parcels.track": sent,
        "parcels.cancel": sent,
        "customers.changes": since,
        "customers.get": key,
        "customers.search": person,
        "customers.create": person,
        "customers.change": {**person, **key},
        "status.changes": since,
        "status.latest": {},
        "debtors.find": {"buyer": views.view(_BUYER)},
        "rates.page": {"since": "2026-11-03"},
    }
    page: dict[str, object] = {"page": {"number": 1, "offset": 0, "size": 100, "cursor": ""}}
    return MappingProxyType({name: {**tree, **page} for name, tree in trees.items()})


FREE = frozenset({"codes"})
"""Names under which a merchant's rules decide what there is."""


def _order() -> SalesDocument:
    return SalesDocument(
        external_id=_ORDER,
        reference="#1001",
        kind=DocumentKind.INVOICED_ORDER,
        currency="EUR",
        side=CurrencySide.SHOP,
        ordered_at=_AT,
        buyer=_BUYER,
        bill_to=_PLACE,
        ship_to=_PLACE,
        lines=(_LINE,),
        payments=(_PAYMENT,),
        total=Decimal("24.00"),
        tax_total=Decimal("4.00"),
        tax_lines=1,
        rounding_item="ROUNDING",
        location="MAIN",
        note="Sample",
        edit=StoreKey("edit-1"),
    )


def _credit() -> CreditDocument:
    return CreditDocument(
        external_id=_REFUND,
        reference="#1001-R1",
        order_external_id=_ORDER,
        order_reference="#1001",
        currency="EUR",
        side=CurrencySide.SHOP,
        refunded_at=_AT,
        lines=(_LINE,),
        goods=(
            GoodsBack(
                line_key=StoreKey("line-1"),
                item="ITEM-1",
                quantity=Decimal(2),
                restock=Restock.RETURN,
                location="MAIN",
            ),
        ),
        payments=(_PAYMENT,),
        total=Decimal("24.00"),
        tax_total=Decimal("4.00"),
        tax_lines=1,
        rounding_item="ROUNDING",
        lost_item="LOST",
        note="Sample",
    )


def _found() -> FoundDocument:
    return FoundDocument(
        sink_key=SinkKey("7"),
        number="SO-7",
        external_id=_ORDER,
        state=DocumentState.OPEN,
        total=Decimal("24.00"),
        tax_total=Decimal("4.00"),
        currency="EUR",
        stage="open",
        revision="1",
    )


def _customer() -> object:
    person = Customer(
        key="1",
        updated_at=_AT,
        first_name="Sam",
        last_name="Sample",
        email="sam@example.com",
        phone="+490000000",
        company="Sample Ltd",
        tax_exempt=False,
        addresses=(_PLACE,),
        other_key="9",
        number="K-1",
    )
    tree = views.view(person)
    assert isinstance(tree, dict)
    return {**tree, "name": person.name}


def _parcel() -> ShipmentDocument:
    return ShipmentDocument(
        external_id=ExternalId("parcel-sample-1"),
        reference="#1001-F1",
        order_external_id=_ORDER,
        order_reference="#1001",
        lines=(GoodsSent(line_key=StoreKey("line-1"), item="ITEM-1", quantity=2),),
        tracking=Tracking(numbers=("T1",), carrier="Carrier", urls=("https://example.com/T1",)),
        warehouse="MAIN",
        sent_at=_AT,
        ours=SinkKey("9"),
    )


def _shipment() -> Shipment:
    return Shipment(
        key="9",
        number="S-9",
        order_external_id=_ORDER,
        state=ShipmentState.SENT,
        lines=(),
        tracking=Tracking(numbers=("T1",), carrier="Carrier"),
        warehouse="MAIN",
        shipped_at=_AT,
        updated_at=_AT,
        origin=ExternalId("parcel-sample-1"),
    )
