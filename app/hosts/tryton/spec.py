"""What Tryton declares about itself, how a connection to it is opened and how it is tested."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from urllib.parse import quote, urlsplit

from app.errors import Misconfigured, Retry
from app.hosts.tryton.client import Access, Tryton
from app.hosts.tryton.credits import TrytonCredits
from app.hosts.tryton.debtors import TrytonDebtors
from app.hosts.tryton.directory import Directory
from app.hosts.tryton.items import TrytonItems
from app.hosts.tryton.orders import TrytonOrders
from app.hosts.tryton.parcels import TrytonParcels
from app.hosts.tryton.prices import TrytonPrices
from app.hosts.tryton.rates import TrytonRates
from app.hosts.tryton.records import LISTING_FIELDS, Listing, Row
from app.hosts.tryton.refusals import BAD_REQUEST
from app.hosts.tryton.shipments import TrytonShipments
from app.hosts.tryton.status import TrytonStatus
from app.hosts.tryton.stock import TrytonStock
from app.hosts.tryton.writes import Writes
from app.outbound import clock_offset, json_of
from app.ports import (
    CHARGES,
    COMMON,
    PRICE_LEVEL,
    Answer,
    Fence,
    Flow,
    FormField,
    Health,
    Host,
    HostSpec,
    HostState,
    Http,
    LackingField,
    Missing,
    ReservesAt,
    TaxRule,
)

# Of one step, which is up to six calls (see writes.py); a single call took 0.05 to 0.6 s on two cores.
_DEADLINE = timedelta(seconds=25)
# Tryton puts no end to a request that writes; what holds one up is a lock in its database, retried five times.
# Assumed, and of little weight: every step is fenced, so a repeat waits for the deadline alone.
_SETTLE = timedelta(minutes=2)
# One Tryton process works on one request at a time, and in production there are several of them. Four keep two busy
# while others hang; more would only meet at the lock under which invoices are numbered (README, limits).
_CONCURRENCY = 4
_LEAST_VERSION = 8


def _open(credentials: Mapping[str, str], http: Http, state: HostState) -> Host:
    access = _access(credentials)
    tryton = Tryton(http, access, state)
    place = f"{access.address.rstrip('/')}/#{quote(access.database, safe='')}"
    directory = Directory(tryton)
    writes = Writes(tryton, directory)
    orders = TrytonOrders(tryton, directory, writes, place)
    return Host(
        check=partial(_check, tryton),
        orders=orders,
        refunds=TrytonCredits(orders, writes),
        inventory=TrytonStock(tryton),
        document_status=TrytonStatus(tryton),
        prices=TrytonPrices(tryton),
        shipments=TrytonShipments(tryton),
        parcels=TrytonParcels(tryton, orders, writes),
        customers=Missing(sentence=_MISSING[Flow.CUSTOMERS]),
        items=TrytonItems(tryton),
        debtors=TrytonDebtors(tryton),
        rates=TrytonRates(tryton),
    )


def _access(credentials: Mapping[str, str]) -> Access:
    try:
        values = {name: credentials[name].strip() for name in _NEEDED}
    except KeyError as cause:
        raise Misconfigured(
            "form.incomplete", "The connection's form is not filled in completely."
        ) from cause
    if not all(values.values()):
        raise Misconfigured("form.incomplete", "The connection's form is not filled in completely.")
    return Access(**values, web_shop=credentials.get("web_shop", "").strip() or _SHOP)


def _account(credentials: Mapping[str, str]) -> str:
    place = urlsplit(credentials.get("address", "").strip())
    return f"{place.netloc.lower()}/{credentials.get('database', '').strip()}"


async def _check(tryton: Tryton) -> Health:
    """Reads only: the address, the version, the key, the shop, the modules and, by signing in, the password."""
    answer = await tryton.version()
    version = _version(answer)
    try:
        shop = await tryton.shop()
        await tryton.find(Listing, "sale.sale", LISTING_FIELDS, [["web_shop", "=", shop.id]], most=1)
        await tryton.find(Row, "account.payment", ("clearing_move.id",), [], most=1)
        await tryton.find(Row, "sale.sale", ("payments.id",), [], most=1)
    except Retry as error:
        if error.code == BAD_REQUEST:
            raise _module_missing() from error
        raise
    await tryton.sign_in()
    return Health(account=shop.company.rec_name, version=version, clock_offset=clock_offset(answer))


def _module_missing() -> Misconfigured:
    return Misconfigured(
        "host.module_missing",
        "Tryton lacks a module: sale, web_shop, sale_payment and account_payment_clearing are needed.",
    )


def _version(answer: Answer) -> str:
    if answer.status == 200:
        match json_of(answer):
            case {"result": str(version)} if _major(version) >= _LEAST_VERSION:
                return version
            case {"result": str(version)}:
                raise Misconfigured(
                    "host.too_old",
                    f"This is Tryton {version[:10]}; its REST interface came with {_LEAST_VERSION}.0.",
                    facts={"version": version[:10]},
                )
            case _:
                pass
    raise Misconfigured(
        "address.wrong", "There is no Tryton at this address.", facts={"status": str(answer.status)}
    )


def _major(version: str) -> int:
    head = version.partition(".")[0]
    return int(head) if head.isdigit() else 0


_MISSING = {
    Flow.CUSTOMERS: "Tryton gets its customers with their orders; they are not kept in step after that."
}
_LACKS = (
    LackingField(
        name=PRICE_LEVEL.name,
        label=PRICE_LEVEL.label,
        sentence="Tryton's price lists are formulas for its own quotations; a sale from the store has no tier of its own.",
    ),
)
_SHOP = "Shopify"
_NEEDED = ("address", "database", "key", "user", "password")

TRYTON = HostSpec(
    key="tryton",
    label="Tryton",
    form=(
        FormField(name="address", label="Address", help="Of the Tryton server, for example https://erp.example.com."),
        FormField(name="database", label="Database"),
        FormField(name="key", label="Key", secret=True, help="Of the user's application of the kind REST."),
        FormField(name="user", label="User", help="Payments are booked with a sign-in of this user."),
        FormField(name="password", label="Password", secret=True),
        FormField(
            name="web_shop", label="Web shop", required=False, default=_SHOP,
            help="The name of Tryton's web shop that the sales belong to.",
        ),
    ),
    auth_kinds=("key", "password"),
    concurrency=_CONCURRENCY,
    deadline=_DEADLINE,
    settle=_SETTLE,
    fence=Fence.UNIQUE,
    tax=TaxRule.COMPUTED,
    reserves_at=ReservesAt.CONFIRM,
    documentation="app/hosts/tryton/README.md",
    missing=_MISSING,
    open=_open,
    account=_account,
    targets=COMMON,
    lacks=_LACKS,
    begins={"special": CHARGES},
    debtors=True,
    no_rates=None,
)  # fmt: skip
