"""The kinds of orders that must end as documents: every way to buy, to discount, to tax and to pay.

Each kind is a function from a `Draw` to the order's description; `acts` in it are what happens later.
"""

from __future__ import annotations

from collections.abc import Callable

from sandbox.draw import REDUCED_VAT, US_TAXES, VAT, Described, Draw

Kind = Callable[[Draw], Described]


def plain(draw: Draw) -> Described:
    return draw.order()


def guest(draw: Draw) -> Described:
    return draw.order(customer=None, email=f"guest{draw.random.randint(1, 9999)}@example.com")


def b2b_terms(draw: Draw) -> Described:
    number = draw.random.randint(100, 999)
    return draw.order(
        company={
            "name": f"Nordwind {number} GmbH", "externalId": f"C-{number}", "location": "Head office",
            "taxId": f"DE{number}000111",
        },
        po_number=f"PO-{number}",
        payment_terms={"name": "Net 30", "type": "NET", "days": 30},
        transactions=[],
    )  # fmt: skip


def pending_terms(draw: Draw) -> Described:
    return draw.order(
        payment_terms={"name": "Due on fulfillment", "type": "FULFILLMENT", "days": 0}, transactions=[]
    )


def pos_cash(draw: Draw) -> Described:
    """Cash is rounded to five cents; the order's total stays and the rounding stands beside the payment."""
    return _over_the_counter(draw, "9.98", "0.02", {})


def pos_cash_in_amount(draw: Draw) -> Described:
    """The same with the rounding inside the payment's amount, downwards."""
    return _over_the_counter(draw, "9.97", "-0.02", {"rounding_in_amount": True})


def _over_the_counter(draw: Draw, price: str, rounding: str, payment: Described) -> Described:
    line = draw.line(draw.items[0]) | {"quantity": 1, "price": price, "taxes": []}
    return draw.order(
        lines=[line],
        shipping=[],
        source="pos",
        retail_location="Store Hamburg",
        customer=None,
        shipping_address=None,
        billing_address=None,
        cash_rounding=rounding,
        transactions=[{"kind": "SALE", "gateway": "cash", "rounding": rounding} | payment],
    )


def pos_card(draw: Draw) -> Described:
    return draw.order(
        shipping=[], source="pos", retail_location="Store Hamburg", shipping_address=None, taxes_included=True
    )


def draft_order(draw: Draw) -> Described:
    return draw.order(source="shopify_draft_order", tags=["phone order"])


def in_dollars(draw: Draw) -> Described:
    return draw.order(
        currency="USD", lines=draw.lines(1, 4, "USD", US_TAXES), shipping=draw.shipping("9.90", "USD", [])
    )


def in_yen(draw: Draw) -> Described:
    taxes = [{"title": "JCT", "rate": "0.10"}]
    lines = draw.lines(1, 4, "JPY", taxes)
    return draw.order(
        currency="JPY", lines=lines, shipping=draw.shipping("12.00", "JPY", taxes), taxes_included=True
    )


def in_dinars(draw: Draw) -> Described:
    return draw.order(
        currency="KWD", lines=draw.lines(1, 4, "KWD", []), shipping=draw.shipping("11.11", "KWD", [])
    )


def line_percent(draw: Draw) -> Described:
    return draw.order(
        discounts=[{"kind": "automatic", "title": "Summer", "method": "EACH", "percentage": 15, "lines": [0]}]
    )


def line_fixed(draw: Draw) -> Described:
    return draw.order(
        discounts=[
            {"kind": "manual", "title": "Scratched box", "method": "ONE", "amount": "1.50", "lines": [0]}
        ]
    )


def code_percent(draw: Draw) -> Described:
    return draw.order(
        lines=draw.lines(2, 5), discounts=[{"kind": "code", "title": "WELCOME10", "percentage": 10}]
    )


def code_fixed(draw: Draw) -> Described:
    return draw.order(
        lines=draw.lines(3, 5), discounts=[{"kind": "code", "title": "FIVER", "amount": "5.00"}]
    )


def automatic_order(draw: Draw) -> Described:
    return draw.order(
        lines=draw.lines(2, 4), discounts=[{"kind": "automatic", "title": "Basket", "percentage": 7.5}]
    )


def script_discount(draw: Draw) -> Described:
    return draw.order(
        discounts=[{"kind": "script", "title": "Tier 2", "method": "EACH", "percentage": 3, "lines": [0]}]
    )


def stacked_discounts(draw: Draw) -> Described:
    return draw.order(
        lines=draw.lines(3, 5),
        discounts=[
            {"kind": "automatic", "title": "Line 20", "method": "EACH", "percentage": 20, "lines": [0, 1]},
            {"kind": "code", "title": "EXTRA", "amount": "3.33"},
            {"kind": "automatic", "title": "Free shipping", "target": "SHIPPING_LINE", "percentage": 100},
        ],
    )


def shipping_discount(draw: Draw) -> Described:
    return draw.order(
        discounts=[{"kind": "code", "title": "SHIP50", "target": "SHIPPING_LINE", "percentage": 50}]
    )


def taxes_included(draw: Draw) -> Described:
    lines = [*draw.lines(1, 2, taxes=VAT), draw.line(draw.items[-1], taxes=REDUCED_VAT)]
    return draw.order(lines=lines, taxes_included=True)


def several_taxes(draw: Draw) -> Described:
    return draw.order(lines=draw.lines(2, 4, taxes=US_TAXES), shipping=draw.shipping(taxes=US_TAXES[:1]))


def tax_exempt(draw: Draw) -> Described:
    return draw.order(lines=draw.lines(taxes=[]), shipping=draw.shipping(taxes=[]), tax_exempt=True)


def marketplace_tax(draw: Draw) -> Described:
    taxes = [{"title": "Marketplace tax", "rate": "0.08", "channel_liable": True, "source": "channel"}]
    return draw.order(lines=draw.lines(taxes=taxes), shipping=draw.shipping(taxes=[]))


def gift_card_line(draw: Draw) -> Described:
    card = {
        "sku": "GIFT-25",
        "title": "Gift card 25",
        "quantity": 1,
        "price": "25.00",
        "gift_card": True,
        "taxes": [],
    }
    return draw.order(lines=[*draw.lines(1, 2), card])


def gift_card_payment(draw: Draw) -> Described:
    return draw.order(transactions=[{"kind": "SALE", "gateway": "gift_card"}])


def gift_card_mixed(draw: Draw) -> Described:
    return draw.order(
        transactions=[
            {"kind": "SALE", "gateway": "gift_card", "amount": "3.00"},
            {"kind": "SALE", "gateway": "shopify_payments"},
        ]
    )


def tip(draw: Draw) -> Described:
    return draw.order(tip=f"{draw.random.randint(1, 9)}.50")


def duties(draw: Draw) -> Described:
    lines = draw.lines(2, 3, "USD", [])
    for line in lines:
        line["duty"] = {"price": f"{draw.random.randint(1, 9)}.{draw.random.randint(10, 99)}", "origin": "CN"}
    return draw.order(currency="USD", lines=lines, shipping=draw.shipping("19.90", "USD", []))


def additional_fee(draw: Draw) -> Described:
    return draw.order(fees=[{"name": "Deposit", "price": "0.25"}])


def partly_paid(draw: Draw) -> Described:
    return draw.order(transactions=[{"kind": "SALE", "gateway": "shopify_payments", "amount": "2.00"}])


def rest_paid_later(draw: Draw) -> Described:
    first = [{"kind": "SALE", "gateway": "shopify_payments", "amount": "2.50"}]
    return draw.order(transactions=first, acts=[{"wave": 2, "act": "pay", "gateway": "manual"}])


def captured_later(draw: Draw) -> Described:
    held = [{"kind": "AUTHORIZATION", "gateway": "shopify_payments"}]
    return draw.order(transactions=held, acts=[{"wave": 2, "act": "capture"}])


def captured_at_once(draw: Draw) -> Described:
    return draw.order(
        transactions=[
            {"kind": "AUTHORIZATION", "gateway": "shopify_payments"},
            {"kind": "CAPTURE", "gateway": "shopify_payments", "parent": "AUTHORIZATION"},
        ]
    )


def pending_manual(draw: Draw) -> Described:
    return draw.order(transactions=[{"kind": "SALE", "gateway": "Bank Deposit", "status": "PENDING"}])


def manual_paid_later(draw: Draw) -> Described:
    open_sale = [{"kind": "SALE", "gateway": "Bank Deposit", "status": "PENDING"}]
    return draw.order(transactions=open_sale, acts=[{"wave": 2, "act": "pay"}])


def pending_processor(draw: Draw) -> Described:
    waiting = [{"kind": "SALE", "gateway": "paypal", "status": "PENDING"}]
    return draw.order(transactions=waiting, acts=[{"wave": 1, "after": 2.0, "act": "pay"}])


def free_order(draw: Draw) -> Described:
    discounts = [
        {"kind": "code", "title": "ONTHEHOUSE", "percentage": 100},
        {"kind": "automatic", "title": "Free shipping", "target": "SHIPPING_LINE", "percentage": 100},
    ]
    return draw.order(discounts=discounts, transactions=[])


def custom_line(draw: Draw) -> Described:
    extra = {"custom": True, "title": "Engraving", "quantity": 1, "price": "12.00", "taxes": VAT}
    return draw.order(lines=[*draw.lines(1, 2), extra])


def deleted_product(draw: Draw) -> Described:
    gone = {"sku": "GONE-1", "title": "Discontinued lamp", "quantity": 1, "price": "39.00", "taxes": VAT}
    return draw.order(lines=[*draw.lines(1, 2), gone])


def several_locations(draw: Draw) -> Described:
    lines = draw.lines(2, 4)
    for number, line in enumerate(lines):
        line["location"] = ("Main warehouse", "Store Hamburg")[number % 2]
    return draw.order(lines=lines)


def rounding_trap(draw: Draw) -> Described:
    tiny = [{"title": "Levy", "rate": "0.0033"}, {"title": "VAT", "rate": "0.19"}]
    lines = [
        draw.line(draw.items[0], taxes=tiny) | {"quantity": 3, "price": "3.33"},
        draw.line(draw.items[1 % len(draw.items)], taxes=tiny) | {"quantity": 7, "price": "0.01"},
    ]
    discounts = [{"kind": "code", "title": "THIRD", "percentage": 33.33}]
    return draw.order(lines=lines, discounts=discounts, taxes_included=bool(draw.random.getrandbits(1)))


def odd_address(draw: Draw) -> Described:
    address = draw.address() | {
        "firstName": None,
        "lastName": "Müller-Østergård 李",
        "company": "Bücher & Söhne „Zum Löwen“",
        "address1": "Straße des 17. Juni 135 – Hinterhof",
        "address2": "c/o D’Angelo\tEtage 4½",
        "zip": "D-10623",
        "phone": None,
    }
    return draw.order(shipping_address=address, billing_address=None)


def long_note(draw: Draw) -> Described:
    note = "Bitte klingeln 🔔 und warten.\n" * 120
    return draw.order(
        note=note, attributes={"gift": "yes", "message": "Alles Gute, Oma!"}, tags=["gift", "VIP"]
    )


def many_lines(draw: Draw) -> Described:
    return draw.order(lines=draw.lines(25, 40))


def digital_only(draw: Draw) -> Described:
    lines = [line | {"requires_shipping": False} for line in draw.lines(1, 2)]
    return draw.order(lines=lines, shipping=[], shipping_address=None)


SETTLED: dict[str, tuple[Kind, int]] = {
    kind.__name__: (kind, weight)
    for kind, weight in (
        (plain, 30), (guest, 6), (b2b_terms, 4), (pending_terms, 2), (pos_cash, 2),
        (pos_cash_in_amount, 1), (pos_card, 4), (draft_order, 2),
        (in_dollars, 6), (in_yen, 4), (in_dinars, 3), (line_percent, 4), (line_fixed, 3), (code_percent, 6),
        (code_fixed, 4), (automatic_order, 3), (script_discount, 2), (stacked_discounts, 3), (shipping_discount, 3),
        (taxes_included, 8), (several_taxes, 4), (tax_exempt, 2), (marketplace_tax, 1), (gift_card_line, 3),
        (gift_card_payment, 2), (gift_card_mixed, 3), (tip, 3), (duties, 3), (additional_fee, 1), (partly_paid, 2),
        (rest_paid_later, 2), (captured_later, 6), (captured_at_once, 3), (pending_manual, 3), (manual_paid_later, 2),
        (pending_processor, 3), (free_order, 2), (custom_line, 2), (deleted_product, 2), (several_locations, 3),
        (rounding_trap, 4), (odd_address, 3), (long_note, 2), (many_lines, 2), (digital_only, 2),
    )
}  # fmt: skip
