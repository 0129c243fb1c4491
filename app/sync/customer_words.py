"""What the timeline says of a customer: codes, sentences and the names of fields, never what stands in them."""

from __future__ import annotations

from app.domain.customer import Customer
from app.domain.customer_sync import Side, Write, differences
from app.errors import Reason

PLACE = {"store": "store", "host": "ERP"}
SAME = "customer.same_person"


def conflict(write: Write) -> Reason:
    """What was written over stands sealed in the payload; here only which fields, and who won."""
    won = "store" if write.to == "host" else "host"
    fields = ", ".join(write.differs)
    return Reason(
        code="customer.conflict",
        sentence=f"Both sides had changed {fields}; the {PLACE[won]} was changed last and won.",
        facts={"fields": fields, "won": won},
    )


def gone() -> Reason:
    return Reason(
        code="customer.deleted",
        sentence="The customer was deleted on one side; nothing is deleted on the other.",
    )


def same_person() -> Reason:
    return Reason(code=SAME, sentence="Another record stands for this person and goes on.")


def taken(host: Customer) -> Reason:
    number = host.number or host.key
    sentence = (
        f"Customer {number} of the ERP is linked to another customer of the store. Merge them, then retry."
    )
    return Reason(code="customer.linked_to_another", sentence=sentence, facts={"number": number})


def owned(side: Side) -> Reason:
    return Reason(
        code="customer.owned", sentence=f"Customers belong to the {PLACE[side]} here, so none is made there."
    )


def only_in_erp() -> Reason:
    return Reason(
        code="customer.only_in_erp",
        sentence="Customers that only the ERP has are not made in the store; an option of the connection says so.",
    )


def nameless() -> Reason:
    return Reason(
        code="customer.nameless",
        sentence="The ERP's customer has neither name, e-mail nor phone; the store takes nobody without one of them.",
    )


def several(side: Side, found: tuple[Customer, ...]) -> Reason:
    return Reason(
        code="customer.several",
        sentence=f"The {PLACE[side]} has {len(found)} customers who may be this one. Merge them there, then retry.",
        facts={"customers": ", ".join(one.number or one.key for one in found[:5])},
    )


def kept_otherwise(wrote: Write, there: Customer) -> Reason | None:
    """What the other side shows of what it was just told is not what it was told: too long, say."""
    fields = ", ".join(differences(wrote.content, there))
    if not fields:
        return None
    sentence = f"The {PLACE[wrote.to]} keeps {fields} in its own way; that counts as the same from now on."
    return Reason(code="customer.kept_otherwise", sentence=sentence, facts={"fields": fields})
