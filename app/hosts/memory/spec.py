"""What the demo ERP declares about itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlsplit

from app.errors import Misconfigured
from app.hosts.memory.adapter import Connection, open_host
from app.hosts.memory.books import credentials_of
from app.ports import (
    CHARGES,
    COMMON,
    PRICE_LEVEL,
    Fence,
    FormField,
    Host,
    HostSpec,
    HostState,
    Http,
    Lapse,
    Place,
    ReservesAt,
    TargetField,
    TaxRule,
)
from app.templates import ValueKind

# Its own promises, kept by server.py: it answers within the deadline, and what it commits late ends within settle.
_DEADLINE = timedelta(seconds=10)
_SETTLE = timedelta(seconds=10)


_TARGETS = (
    *COMMON,
    TargetField(name="subsidiary", label="Subsidiary"),
    TargetField(name="department", label="Department"),
    TargetField(name="class", label="Class"),
    TargetField(name="customer_group", label="Customer group"),
    PRICE_LEVEL,
    TargetField(name="memo", label="Memo", longest=300),
    TargetField(name="external_reference", label="Customer's reference", longest=100),
    TargetField(name="priority", label="Priority", kind=ValueKind.NUMBER),
    TargetField(name="due_on", label="Ship by", kind=ValueKind.DATE),
    TargetField(name="gift", label="Is a gift", kind=ValueKind.FLAG),
    TargetField(name="delivery", label="Delivery", choices=("standard", "express", "pick_up")),
    TargetField(name="line.location", label="Location of the line", place=Place.LINE),
    TargetField(name="line.department", label="Department of the line", place=Place.LINE),
    TargetField(name="line.memo", label="Memo of the line", place=Place.LINE, longest=300),
)


def _open(credentials: Mapping[str, str], http: Http, _state: HostState) -> Host:
    fence, tax = credentials.get("fence") or Fence.UNIQUE, credentials.get("tax") or TaxRule.EXACT
    try:
        connection = Connection(
            address=_address(credentials),
            key=credentials["key"],
            fence=Fence(fence),
            tax=TaxRule(tax),
            deadline=_DEADLINE,
        )
    except (KeyError, ValueError) as cause:
        raise Misconfigured(
            "form.incomplete", "The connection's form is not filled in completely."
        ) from cause
    return open_host(connection, http)


def _lapses(credentials: Mapping[str, str]) -> Sequence[Lapse]:
    try:
        day = date.fromisoformat(credentials.get("key_until", "").strip())
    except ValueError:
        return ()
    return (Lapse(label="the key", at=datetime.combine(day, time(), UTC)),)


def _account(credentials: Mapping[str, str]) -> str:
    """Books for practice are an account each."""
    place = urlsplit(_address(credentials))
    return f"{place.netloc.lower()}{place.path}"


def _address(credentials: Mapping[str, str]) -> str:
    return credentials.get("address", "").strip().rstrip("/")


MEMORY = HostSpec(
    key="memory",
    label="Demo ERP",
    form=(
        FormField(name="address", label="Address", help="Where the demo ERP answers, as it printed it."),
        FormField(name="key", label="Key", secret=True),
        FormField(
            name="fence",
            label="How it prevents duplicates",
            required=False,
            choices=tuple(Fence),
            default=Fence.UNIQUE,
            help="Must be what the demo ERP was started with.",
        ),
        FormField(
            name="tax", label="How it books taxes", required=False, choices=tuple(TaxRule), default=TaxRule.EXACT,
            help="Must be what the demo ERP was started with.",
        ),
        FormField(
            name="key_until", label="The key is valid until", required=False,
            help="A day such as 2027-03-31, if the key has an end: alerts tell of it in time.",
        ),
    ),
    auth_kinds=("key",),
    concurrency=16,
    deadline=_DEADLINE,
    settle=_SETTLE,
    fence=Fence.UNIQUE,
    tax=TaxRule.EXACT,
    reserves_at=ReservesAt.CONFIRM,
    documentation="app/hosts/README.md",
    open=_open,
    account=_account,
    lapses=_lapses,
    targets=_TARGETS,
    begins={"special": CHARGES},
    debtors=True,
    practice=credentials_of,
    codes={
        "payments": {"*": "card"}, "taxes": {"*": "VAT"}, "shipping": {"*": "STANDARD"}, "locations": {"*": "MAIN"},
    },
    no_rates=None,
)  # fmt: skip
