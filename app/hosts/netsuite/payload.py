"""Writes a sales document as the payload of the step that makes it: NetSuite's codes and exact amounts; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from decimal import Decimal
from itertools import accumulate

from app.domain.address import Address
from app.domain.customer import Buyer, parted
from app.domain.document import (
    DocumentLine,
    DocumentLineKind,
    DocumentPayment,
    Earlier,
    FoundLine,
    SalesDocument,
)
from app.ports import Json

PAID_WITH = "Paid: "
"""What our payments' keys stand behind in the memo of a cash sale, which has no payments of its own."""
LONGEST_MEMO = 999
GUEST, COMPANY = "guest-", "company-"
"""What external ids of customers begin with who are no person of the store's."""
"""Signs that a memo of a transaction holds, as NetSuite says when it refuses more; our payments' keys have to fit in as well."""
_AMOUNT = re.compile(r"[0-9]{1,20}(\.[0-9]{1,9})?")
_SPELLED = re.compile(r"_([0-9a-f]{1,5})_")
HEADER_CODES = ("subsidiary", "department", "class", "sales_channel")


def folded(record: SalesDocument) -> SalesDocument:
    """Several shipping lines of one item are one: NetSuite's order has one cost of shipping."""
    ours = {line.item for line in record.lines if line.kind is DocumentLineKind.SHIPPING}
    earlier = tuple(
        Earlier(lines=tuple(_folded_found(told.lines, ours)), edit=told.edit) for told in record.earlier
    )
    return replace(record, lines=tuple(_folded_lines(record.lines)), earlier=earlier)


def _folded_lines(lines: Sequence[DocumentLine]) -> list[DocumentLine]:
    made: list[DocumentLine] = []
    for line in lines:
        there = next(
            (
                n
                for n, each in enumerate(made)
                if each.kind is line.kind is DocumentLineKind.SHIPPING and each.item == line.item
            ),
            None,
        )
        if there is None:
            made.append(line)
        else:
            first = made[there]
            made[there] = replace(
                first, quantity=Decimal(1), net=first.net + line.net, taxes=(*first.taxes, *line.taxes)
            )
    return made


def _folded_found(lines: Iterable[FoundLine], shipping: set[str]) -> list[FoundLine]:
    made: dict[str, FoundLine] = {}
    rest = []
    for line in lines:
        if line.item not in shipping:
            rest.append(line)
        elif line.item in made:
            net = (made[line.item].net or Decimal(0)) + (line.net or Decimal(0))
            made[line.item] = FoundLine(item=line.item, quantity=Decimal(1), net=net)
        else:
            made[line.item] = line
    return [*rest, *made.values()]


def new_order(record: SalesDocument, *, cash: bool) -> dict[str, Json]:
    """`cash`: a cash sale, which is final when it is made and holds its money."""
    return {
        "action": "cash_sale" if cash else "order",
        "external_id": record.external_id,
        "reference": record.reference,
        "currency": record.currency,
        "date": record.ordered_at.date().isoformat(),
        "note": memo(record.note, _held(record) if cash else ()),
        "buyer": buyer_of(record),
        "bill_to": address_of(record.bill_to or record.ship_to),
        "ship_to": address_of(record.ship_to or record.bill_to),
        "location": record.location or next((line.location for line in record.lines if line.location), None),
        "codes": segments(record.codes),
        "shipping_method": record.codes.get("shipping_method"),
        "method": record.payments[0].method if cash else None,
        "lines": rows(record.lines),
    }


def segments(codes: Mapping[str, str]) -> dict[str, Json]:
    """Those of a document's further fields that stand in its head."""
    return {name: code for name in HEADER_CODES if (code := codes.get(name))}


def rows(lines: Iterable[DocumentLine]) -> list[Json]:
    """Lines as they are kept in a step; `do` turns the codes into NetSuite's own."""
    return [
        {
            "key": line.key,
            "kind": line.kind.value,
            "item": line.item,
            "title": line.title,
            "quantity": f"{line.quantity:f}",
            "net": f"{line.net:f}",
            "location": line.location,
            "department": line.codes.get("line.department"),
            "class": line.codes.get("line.class"),
            "taxes": [
                {
                    "code": tax.code,
                    "amount": f"{tax.amount:f}",
                    "rate": None if tax.rate is None else f"{tax.rate:f}",
                }
                for tax in line.taxes
            ],
        }
        for line in lines
    ]


def rounding_row(item: str, amount: Decimal) -> Json:
    return {
        "key": "rounding",
        "kind": DocumentLineKind.ROUNDING.value,
        "item": item,
        "title": "Rounding",
        "quantity": "1",
        "net": f"{amount:f}",
        "location": None,
        "department": None,
        "class": None,
        "taxes": [],
    }


def paid_at_once(record: SalesDocument) -> bool:
    """A cash sale holds one payment's worth of money, and it is final: all of it, by one way of paying."""
    return record.fully_paid and len({payment.method for payment in record.payments}) == 1


def _held(record: SalesDocument) -> list[DocumentPayment]:
    """What a cash sale is paid by. Money that came beyond it is none of its own."""
    sums = accumulate((payment.amount for payment in record.payments), initial=Decimal(0))
    return [payment for before, payment in zip(sums, record.payments, strict=False) if before < record.total]


def memo(note: str | None, payments: Sequence[DocumentPayment]) -> str:
    """The note, and behind it what a document that holds its own money was paid with."""
    keys = ", ".join(f"{payment.key}={payment.amount:f}" for payment in payments)
    paid = f"\n{PAID_WITH}{keys}" if keys else ""
    room = max(0, LONGEST_MEMO - len(paid))
    return f"{(note or '')[:room]}{paid}".strip()


def memo_payments(memo: str) -> Mapping[str, Decimal]:
    """The keys and amounts that a cash sale's memo names; a person may have written it anew."""
    _, found, keys = memo.rpartition(PAID_WITH)
    told: dict[str, Decimal] = {}
    for part in keys.split(",") if found else ():
        key, _, amount = part.strip().partition("=")
        if key and _AMOUNT.fullmatch(amount):
            told[key] = Decimal(amount)
    return told


# --- who ---------------------------------------------------------------------------------------------------------------


def buyer_of(record: SalesDocument) -> dict[str, Json]:
    """A company buys as itself, so that its people share one customer; a guest is known by the order alone."""
    buyer, place = record.buyer, record.bill_to or record.ship_to
    company = buyer.company if buyer.company_key else None
    first, last = parted(buyer.name or (place.name if place else None))
    return {
        "id": None if buyer.company_key else buyer.host_key,
        "external_id": customer_key(buyer) or f"{GUEST}{record.external_id}",
        "known": bool(customer_key(buyer)),
        "company": company or (None if last else buyer.company or (place.company if place else None)),
        "first_name": first if last else "Customer of",
        "last_name": last or record.reference,
        "email": None if buyer.company_key or not buyer.email or "@" not in buyer.email else buyer.email,
        "phone": buyer.phone,
    }


def customer_key(buyer: Buyer) -> str | None:
    """The external id of who is no guest."""
    if buyer.company_key:
        return f"{COMPANY}{safe(buyer.company_key)}"
    return customer_external(buyer.key) if buyer.key else None


def customer_external(key: str) -> str:
    return f"customer-{safe(key)}"


def customer_of(key: str, content: Mapping[str, Json]) -> dict[str, Json]:
    """A customer that is kept in step, as the buyer of an order is written. A person stays one, whatever they work for."""
    last = content["last_name"] or content["first_name"]
    first = content["first_name"] if content["last_name"] else None
    email = content["email"]
    return {
        "id": None,
        "external_id": customer_external(key),
        "known": True,
        "company": None if last else content["company"] or email or f"Customer {key}",
        "works_for": content["company"] if last else None,
        "first_name": first,
        "last_name": last,
        "email": email if isinstance(email, str) and "@" in email else None,
        "phone": content["phone"],
    }


def address_of(address: Address | None) -> Json:
    return {name: value for name, value in asdict(address).items() if value} if address else None


# --- payments ----------------------------------------------------------------------------------------------------------


def payment_key(document: str, payment: str) -> str:
    """The external id of one payment of a document."""
    return f"{document}-pay-{safe(payment)}"


def invoice_key(document: str) -> str:
    return f"{document}-inv"


def order_key(key: str) -> str:
    """The key of the document that an external id of ours belongs to."""
    return key.removesuffix("-inv").partition("-pay-")[0]


def payment_of(document: str, key: str) -> str | None:
    """Our own key of the payment that an external id stands for; None: it is none of this document's."""
    head = f"{document}-pay-"
    return _SPELLED.sub(_spelled, key[len(head) :]) if key.startswith(head) else None


def _spelled(found: re.Match[str]) -> str:
    """The sign that is meant; half a sign, which nobody can have written, stays as it is."""
    sign = chr(int(found[1], 16))
    return found[0] if "\ud800" <= sign <= "\udfff" else sign


def safe(text: str) -> str:
    """NetSuite's external ids hold letters, digits, `_` and `-`."""
    return "".join(c if c.isascii() and (c.isalnum() or c == "-") else f"_{ord(c):x}_" for c in text)
