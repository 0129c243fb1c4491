"""What Odoo declares about itself, how a connection to it is opened and how it is tested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from urllib.parse import urlsplit

from app.errors import Misconfigured
from app.hosts.odoo.client import Access, Odoo
from app.hosts.odoo.crediting import Crediting
from app.hosts.odoo.credits import OdooCredits
from app.hosts.odoo.customers import OdooCustomers
from app.hosts.odoo.debtors import OdooDebtors
from app.hosts.odoo.directory import Directory
from app.hosts.odoo.items import OdooItems
from app.hosts.odoo.orders import OdooOrders
from app.hosts.odoo.parcels import OdooParcels
from app.hosts.odoo.partners import Partners
from app.hosts.odoo.payload import TEAM
from app.hosts.odoo.pickings import Pickings
from app.hosts.odoo.prices import OdooPrices
from app.hosts.odoo.rates import OdooRates
from app.hosts.odoo.reading import SALES, Reading
from app.hosts.odoo.refusals import malformed
from app.hosts.odoo.settling import Settling
from app.hosts.odoo.shipments import OdooShipments
from app.hosts.odoo.status import OdooStatus
from app.hosts.odoo.stock import OdooStock
from app.hosts.odoo.wire import Row
from app.hosts.odoo.writes import Writes
from app.ports import (
    CHARGES,
    COMMON,
    PRICE_LEVEL,
    Fence,
    FormField,
    Health,
    Host,
    HostSpec,
    HostState,
    Http,
    Lapse,
    ReservesAt,
    TargetField,
    TaxRule,
)

# Of one step, which is up to ten calls (settling.py); a real Odoo took 0.1 to 2 s for one, eight at a time.
_DEADLINE = timedelta(seconds=30)
# Odoo ends a request at `limit_time_real`, 120 s as it comes, whether or not the caller still listens.
_SETTLE = timedelta(minutes=3)
# Odoo's cloud publishes no limit and its own servers come with two workers; more would only queue there. A refusal for
# rate (429, 503) is honoured with the wait that it names.
_CONCURRENCY = 2


def _open(credentials: Mapping[str, str], http: Http, _state: HostState) -> Host:
    access = _access(credentials)
    odoo = Odoo(http, access)
    reading = Reading(odoo, access.address.rstrip("/"))
    directory = Directory(odoo)
    pickings = Pickings(odoo)
    settling = Settling(odoo, directory, reading)
    writes = Writes(odoo, directory, Partners(odoo, directory), reading, settling)
    orders = OdooOrders(odoo, directory, reading, writes)
    return Host(
        check=partial(_check, odoo, access.language),
        orders=orders,
        refunds=OdooCredits(odoo, reading, orders, writes, Crediting(odoo, directory, reading, settling)),
        inventory=OdooStock(odoo, directory),
        document_status=OdooStatus(odoo, reading),
        prices=OdooPrices(odoo, directory),
        shipments=OdooShipments(pickings),
        parcels=OdooParcels(odoo, reading, pickings),
        debtors=OdooDebtors(odoo),
        rates=OdooRates(odoo),
        customers=OdooCustomers(odoo, directory),
        items=OdooItems(odoo, access.language),
    )


def _access(credentials: Mapping[str, str]) -> Access:
    values = {name: credentials.get(name, "").strip() for name in _ENTERED}
    if not all(values[name] for name in _NEEDED):
        raise Misconfigured("form.incomplete", "The connection's form is not filled in completely.")
    for name, label in _KEYS.items():
        if not values[name].isprintable():
            raise malformed(label)
    return Access(**values)


def _account(credentials: Mapping[str, str]) -> str:
    place = urlsplit(credentials.get("address", "").strip())
    return f"{place.netloc.lower()}/{credentials.get('database', '').strip()}"


def _lapses(credentials: Mapping[str, str]) -> Sequence[Lapse]:
    """A key that is made on Odoo's page ends after three months at most."""
    try:
        day = date.fromisoformat(credentials.get("key_until", "").strip())
    except ValueError:
        return ()
    return (Lapse(label="the API key", at=datetime.combine(day, time(), UTC)),)


async def _check(odoo: Odoo, language: str) -> Health:
    """Reads only: the address, the version, the key, the company, the language, and the models that orders and stock need."""
    version, company = await odoo.version(), await odoo.company()
    if language and not await odoo.rows(
        Row, "res.lang", [["code", "=", language]], ("display_name",), most=1
    ):
        raise Misconfigured(
            "form.malformed",
            f"“{language[:40]}” is no language that is active in Odoo; enter its code there, such as de_DE.",
        )
    for model in (SALES, "stock.warehouse", "product.pricelist"):
        await odoo.rows(Row, model, [], ("display_name",), most=1)
    return Health(account=company.name, version=version.text, clock_offset=version.offset)


_ENTERED = ("address", "database", "key", "login", "company", "language")
_NEEDED = ("address", "key")
_KEYS: Mapping[str, str] = {"key": "API key", "database": "Database"}

ODOO = HostSpec(
    key="odoo",
    label="Odoo",
    form=(
        FormField(name="address", label="Address", help="Of the Odoo server, for example https://example.odoo.com."),
        FormField(
            name="database", label="Database", required=False,
            help="On Odoo's own cloud mostly the first part of the address. Versions before 19 always need it.",
        ),
        FormField(name="key", label="API key", secret=True, help="Of the user that the hub signs in as."),
        FormField(
            name="login", label="User's login", required=False, help="For versions before 19 alone.",
        ),
        FormField(
            name="company", label="Company", required=False, help="Its name, where the user sees several.",
        ),
        FormField(
            name="language", label="Language of products", required=False,
            help="Odoo's code of the language that products are told in, such as de_DE. Without one: English.",
        ),
        FormField(
            name="key_until", label="The key is valid until", required=False,
            help="A day such as 2027-03-31: alerts tell of it in time. Keys made on Odoo's page last three months at most.",
        ),
    ),
    auth_kinds=("key",),
    concurrency=_CONCURRENCY,
    deadline=_DEADLINE,
    settle=_SETTLE,
    fence=Fence.DRAFT,
    tax=TaxRule.COMPUTED,
    reserves_at=ReservesAt.CONFIRM,
    documentation="docs/hosts/odoo.md",
    open=_open,
    account=_account,
    targets=(
        *COMMON,
        PRICE_LEVEL,
        TargetField(name=TEAM, label="Sales team", help="Whose sale it is; by the team's name in Odoo."),
    ),
    begins={"special": CHARGES},
    debtors=True,
    no_rates=None,
    lapses=_lapses,
)  # fmt: skip
