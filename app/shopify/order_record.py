"""From Shopify's order to the canonical one: pure, every component of the total, both currencies."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Protocol

from app.domain.address import Address
from app.domain.customer import Buyer
from app.domain.ids import StoreKey
from app.domain.money import BothMoney, Money, total
from app.domain.order import Charge, Discount, LineKind, Order, OrderLine, Risk, ShippingLine, Tax
from app.shopify import order_wire as wire
from app.shopify.exchanges import Exchange
from app.shopify.gids import key_of
from app.shopify.money_state import Movement, money_state
from app.shopify.order_story import Story, as_edited, same
from app.shopify.payments import both, payments

_DRAFTED = "shopify_draft_order"
_RISKS = {"CANCEL": Risk.HIGH, "INVESTIGATE": Risk.MEDIUM, "ACCEPT": Risk.LOW}
"""What Shopify advises to do about an order, as the risk it stands for. NONE: it advises nothing, or not yet."""
_IMPORTED_AFTER = timedelta(days=1)
"""An order entered so much later than it was made comes from another system; a till that was offline is excepted."""


def order_record(
    order: wire.Order,
    lines: Sequence[wire.Line],
    story: Story | None = None,
    *,
    store: str,
    markets: tuple[str, ...] | None = None,
) -> Order:
    """`lines` are all lines, the later pages included. `story`: what became of it since, where anything did.

    `markets`: the shop's that the order belongs to; None: nobody can tell.
    """
    places = _places(order.fulfillment_orders.nodes)
    found = tuple(_lines(order, lines, places, story))
    whole = _agreed(order, story)
    duties = () if order.duties_included else tuple(_duty(duty) for line in lines for duty in line.duties)
    fees = tuple(_fee(fee) for fee in order.additional_fees)
    shipping, tip = _fitting(order, whole, _parts(order, found, (*duties, *fees)))
    return Order(
        key=key_of(order.id),
        name=order.name,
        store=store,
        created_at=order.created_at,
        processed_at=order.processed_at,
        updated_at=order.updated_at,
        cancelled_at=order.cancelled_at,
        money_state=money_state(
            order.display_financial_status,
            whole.shop.amount,
            [_movement(t) for t in order.transactions],
            terms=order.payment_terms is not None,
        ),
        test=order.test,
        imported=order.source_name != "pos" and order.created_at - order.processed_at > _IMPORTED_AFTER,
        edited=order.edited,
        channel=order.source_name,
        drafted=order.source_name == _DRAFTED,
        markets=markets,
        risk=_RISKS.get(order.risk.recommendation, Risk.NONE),
        taxes_included=order.taxes_included,
        buyer=_buyer(order),
        bill_to=_address(order.billing_address),
        ship_to=_address(order.shipping_address),
        lines=found,
        shipping=tuple(_shipping(line, index) for index, line in enumerate(shipping)),
        duties=duties,
        fees=fees,
        tip=tip,
        total=whole,
        tax_total=both(order.total_tax_set) if order.total_tax_set else _none_of(order),
        current_total=both(order.current_total_price_set),
        payments=payments(order, whole),
        discount_codes=tuple(order.discount_codes),
        tags=tuple(order.tags),
        note=order.note,
        po_number=order.po_number,
        point_of_sale_key=key_of(order.retail_location.id) if order.retail_location else None,
        tax_exempt=order.tax_exempt or bool(order.customer and order.customer.tax_exempt),
        refund_keys=(
            *(key_of(refund.id) for refund in order.refunds),
            *(story.told_alone() if story else ()),
        ),
        edits=story.edits if story else (),
        parcels={key_of(sent.id): sent.updated_at for sent in order.fulfillments},
        exchanged={each.key: given(each, lines, places) for each in story.exchanges} if story else {},
    )


def given(
    exchange: Exchange, lines: Sequence[wire.Line], places: Mapping[str, StoreKey]
) -> tuple[OrderLine, ...]:
    """What went out in exchange; the store says so of whole lines."""
    return tuple(order_line(line, places.get(line.id)) for line in lines if line.id in exchange.sent)


def _agreed(order: wire.Order, story: Story | None) -> BothMoney:
    """As the store itself writes it wherever that is the same amount: 11.0 and 11.00 would look like a change."""
    told = both(order.total_price_set)
    return story.whole if story and not same(story.whole, told) else told


def _lines(
    order: wire.Order, lines: Sequence[wire.Line], places: Mapping[str, StoreKey], story: Story | None
) -> Iterator[OrderLine]:
    """The lines that were bought; one that an edit took out whole is none of them, nor is one that came in exchange."""
    for line in lines:
        made = order_line(line, places.get(line.id))
        if story is None:
            yield made
        elif line.id not in story.exchanged:
            made = as_edited(made, story.removed.get(line.id, ()), taxes_included=order.taxes_included)
            if made.quantity:
                yield made


def _fitting(order: wire.Order, whole: BothMoney, parts: Decimal) -> tuple[list[wire.Shipping], BothMoney]:
    """Which shipping lines and whether the tip belong to the original total: the choice that adds up to it.

    Shopify says neither. A removed shipping line is part of the original total of some edits and not of others, and
    a tip comes beside the lines or as one of them. Where nothing adds up the plainest reading is kept: what was
    not removed, tip beside the lines; the difference is then the mapping's to hold.
    """
    all_lines = order.shipping_lines.nodes
    kept = [line for line in all_lines if not line.is_removed]
    tip, none = both(order.total_tip_received_set), _none_of(order)
    plain = (kept, tip)
    for shipping, beside in (plain, (all_lines, tip), (kept, none), (all_lines, none)):
        made = parts + total(_shipping_part(order, line) for line in shipping) + beside.shop.amount
        if made == whole.shop.amount:
            return shipping, beside
    return plain


def _parts(order: wire.Order, lines: Iterable[OrderLine], charges: Iterable[Charge]) -> Decimal:
    """The total without shipping and tip, in the shop's currency."""
    amounts = [line.gross.shop.amount - total(d.amount.shop.amount for d in line.discounts) for line in lines]
    taxes = [tax.amount.shop.amount for line in lines for tax in line.taxes]
    for charge in charges:
        amounts.append(charge.gross.shop.amount)
        taxes += [tax.amount.shop.amount for tax in charge.taxes]
    return total(amounts) + (Decimal(0) if order.taxes_included else total(taxes))


def _shipping_part(order: wire.Order, line: wire.Shipping) -> Decimal:
    net = line.original_price_set.shop_money.amount
    net -= total(d.allocated_amount_set.shop_money.amount for d in line.discount_allocations)
    if order.taxes_included:
        return net
    return net + total(t.price_set.shop_money.amount for t in line.tax_lines)


def order_line(line: wire.Line, place: StoreKey | None) -> OrderLine:
    return OrderLine(
        key=key_of(line.id),
        kind=line_kind(line),
        title=line.name,
        sku=line.sku or None,
        quantity=line.quantity,
        current_quantity=line.current_quantity,
        gross=both(line.original_total_set),
        discounts=_discounts(line.discount_allocations),
        taxes=taxes(line.tax_lines),
        item_key=key_of(line.variant.id) if line.variant else None,
        location_key=place,
        requires_shipping=line.requires_shipping,
    )


class Told(Protocol):
    """What of a line tells its kind."""

    @property
    def name(self) -> str: ...

    @property
    def sku(self) -> str | None: ...

    @property
    def vendor(self) -> str | None: ...

    @property
    def is_gift_card(self) -> bool: ...

    @property
    def variant(self) -> wire.Id | None: ...


def line_kind(line: Told) -> LineKind:
    """A line without a variant is custom, unless it still names a vendor: then its product was deleted."""
    if line.is_gift_card:
        return LineKind.GIFT_CARD
    if line.variant is None and not line.vendor:
        return LineKind.TIP if line.name.strip().lower() == "tip" and not line.sku else LineKind.CUSTOM
    return LineKind.ITEM


def _shipping(line: wire.Shipping, index: int) -> ShippingLine:
    return ShippingLine(
        key=key_of(line.id) if line.id else StoreKey(f"line-{index}"),
        title=line.title,
        code=line.code,
        gross=both(line.original_price_set),
        discounts=_discounts(line.discount_allocations),
        taxes=taxes(line.tax_lines),
    )


def _duty(duty: wire.Duty) -> Charge:
    return Charge(key=key_of(duty.id), title="Duty", gross=both(duty.price), taxes=taxes(duty.tax_lines))


def _fee(fee: wire.Fee) -> Charge:
    return Charge(key=key_of(fee.id), title=fee.name, gross=both(fee.price), taxes=taxes(fee.tax_lines))


def _discounts(allocations: Iterable[wire.Allocation]) -> tuple[Discount, ...]:
    return tuple(
        Discount(
            title=a.discount_application.title or a.discount_application.code or "Discount",
            code=a.discount_application.code,
            amount=both(a.allocated_amount_set),
        )
        for a in allocations
    )


def taxes(taxes: Iterable[wire.Tax]) -> tuple[Tax, ...]:
    return tuple(
        Tax(
            title=tax.title,
            rate=None if tax.rate is None else Decimal(str(tax.rate)),
            amount=both(tax.price_set),
            remitted_by_channel=bool(tax.channel_liable),
        )
        for tax in taxes
    )


def _places(orders: Iterable[wire.FulfillmentOrder]) -> dict[str, StoreKey]:
    """Per line the location that ships most of it; the lower number wins a tie, so that the answer is stable."""
    units: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for order in orders:
        if order.assigned_location.location and order.status != "CANCELLED":
            for part in order.line_items.nodes:
                units[part.line_item.id][key_of(order.assigned_location.location.id)] += part.total_quantity
    return {
        line: StoreKey(min(places, key=lambda p: (-places[p], len(p), p))) for line, places in units.items()
    }


def _movement(transaction: wire.Transaction) -> Movement:
    parent = transaction.parent_transaction
    return Movement(
        key=transaction.id,
        kind=transaction.kind,
        status=transaction.status,
        manual=transaction.manual_payment_gateway,
        amount=transaction.amount_set.shop_money.amount,
        parent=parent.id if parent else None,
    )


def _buyer(order: wire.Order) -> Buyer:
    customer, bought = order.customer, order.purchasing_entity or wire.Purchaser()
    email = customer.default_email_address if customer else None
    phone = customer.default_phone_number if customer else None
    names = (customer.first_name, customer.last_name) if customer else ()
    postal = order.billing_address or order.shipping_address
    return Buyer(
        key=key_of(customer.id) if customer else None,
        name=" ".join(filter(None, names)) or (postal.name if postal else None),
        email=order.email or (email.email_address if email else None),
        phone=order.phone or (phone.phone_number if phone else None),
        company=bought.company.name if bought.company else (postal.company if postal else None),
        company_key=key_of(bought.company.id) if bought.company else None,
        location_key=key_of(bought.location.id) if bought.location else None,
        location=bought.location.name if bought.location else None,
        tags=tuple(customer.tags) if customer else (),
        tax_exempt=bool(customer and customer.tax_exempt),
    )


def _address(postal: wire.Postal | None) -> Address | None:
    if postal is None:
        return None
    return Address(
        name=postal.name,
        company=postal.company,
        street=postal.address1,
        street2=postal.address2,
        city=postal.city,
        postal_code=postal.zip,
        province_code=postal.province_code,
        country_code=postal.country_code_v2,
        phone=postal.phone,
    )


def _none_of(order: wire.Order) -> BothMoney:
    total_price = both(order.total_price_set)
    return BothMoney(
        shop=Money(amount=Decimal(0), currency=total_price.shop.currency),
        presentment=Money(amount=Decimal(0), currency=total_price.presentment.currency),
    )
