"""What Business Central declares about itself, how a connection to it is opened and how it is tested."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from app.hosts.businesscentral import access
from app.hosts.businesscentral.accounts import Accounts
from app.hosts.businesscentral.client import BusinessCentral, ask, the_company
from app.hosts.businesscentral.crediting import Crediting
from app.hosts.businesscentral.credits import CentralCredits
from app.hosts.businesscentral.customers import CentralCustomers
from app.hosts.businesscentral.directory import Directory
from app.hosts.businesscentral.items import CentralItems
from app.hosts.businesscentral.lines import Lines
from app.hosts.businesscentral.orders import CentralOrders
from app.hosts.businesscentral.payload import DIMENSIONS, SALESPERSON
from app.hosts.businesscentral.prices import CentralPrices
from app.hosts.businesscentral.rates import CentralRates
from app.hosts.businesscentral.reading import Reading
from app.hosts.businesscentral.shipments import CentralShipments
from app.hosts.businesscentral.status import CentralStatus
from app.hosts.businesscentral.units import Units
from app.hosts.businesscentral.wire import Named
from app.hosts.businesscentral.writes import Writes
from app.outbound import clock_offset
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
    LackingField,
    Missing,
    ReservesAt,
    TargetField,
    TaxRule,
)

# Of one step, which is one call nearly always and five at most; posting an order of many lines takes some seconds.
_DEADLINE = timedelta(seconds=40)
# "The gateway answers 504 after ten minutes"; a request itself ends after eight (Microsoft, operational limits online).
_SETTLE = timedelta(minutes=10)
# "5 requests are processed at once" for one application; 95 more are queued (Microsoft, operational limits online).
_CONCURRENCY = 5
# "6,000 requests within a sliding window of five minutes" (the same page).
_RATE, _WINDOW = 6_000, timedelta(minutes=5)

NO_STOCK = (
    "Business Central's API tells what a company has of an item over all locations together, and not what lies where or is"
    " promised. Publish stock by location as the page of this ERP says (an OData page or a small extension) and connect it"
    " as a custom REST ERP."
)
NO_PARCELS = (
    "Business Central's API has nothing that ships alone: what was sent in the store is shipped there by its own people,"
    " or with the invoice."
)


def _open(credentials: Mapping[str, str], http: Http, state: HostState) -> Host:
    central = BusinessCentral(http, access.access_of(credentials), state)
    directory = Directory(central)
    units = Units(central)
    reading = Reading(central, directory, units)
    lines = Lines(central, directory, units)
    writes = Writes(central, directory, Accounts(central, directory), lines)
    orders = CentralOrders(central, directory, reading, writes)
    return Host(
        check=partial(_check, central, directory),
        orders=orders,
        refunds=CentralCredits(
            central, directory, reading, orders, writes, Crediting(central, directory, lines)
        ),
        inventory=Missing(sentence=_MISSING[Flow.INVENTORY]),
        prices=CentralPrices(central, directory),
        shipments=CentralShipments(central, directory),
        parcels=Missing(sentence=NO_PARCELS),
        document_status=CentralStatus(central, directory, reading),
        customers=CentralCustomers(central),
        items=CentralItems(central, directory),
        rates=CentralRates(central, directory),
    )


async def _check(central: BusinessCentral, directory: Directory) -> Health:
    """Reads only: the sign-in, the company, its currency, and the rights that orders need."""
    there, answer = await central.companies()
    company = the_company(there, central.access.company)
    currency = await directory.currency()
    for name in ("salesOrders", "salesInvoices", "customers", "items"):
        await central.page(Named, ask(name, select="id,number", top=1), most=1)
    await directory.journals()
    # A header says whole seconds, and is a moment old: less than that is nothing.
    gap = clock_offset(answer)
    return Health(
        account=f"{company.display_name or company.name} ({central.access.environment}, {currency})",
        clock_offset=gap if abs(gap) > timedelta(seconds=2) else timedelta(0),
    )


_MISSING = {
    Flow.INVENTORY: NO_STOCK,
}

BUSINESS_CENTRAL = HostSpec(
    key="businesscentral",
    label="Business Central",
    form=(
        FormField(
            name="tenant", label="Tenant",
            help="The Microsoft Entra tenant: its ID or its domain, for example example.onmicrosoft.com.",
        ),
        FormField(
            name="environment", label="Environment", default="Production",
            help="As the admin center shows it, for example Production or Sandbox.",
        ),
        FormField(name="company", label="Company", help="Its name or its ID; the connection test names those that are there."),
        FormField(name="client_id", label="Application ID", help="Of the app registration in Microsoft Entra."),
        FormField(
            name="client_secret", label="Client secret", secret=True,
            help="The value, not the ID, of a secret of the app registration.",
        ),
        FormField(
            name="secret_until", label="The secret is valid until", required=False,
            help="A day such as 2027-03-31: alerts tell of it in time.",
        ),
        FormField(
            name="untaxed_code", label="Tax group without tax", required=False,
            help="The VAT product posting group (or tax group) for lines without tax. Empty: what the item has.",
        ),
        FormField(
            name="address", label="Address", required=False,
            help="Only for servers of your own and proxies; Microsoft's addresses follow from tenant and environment.",
        ),
    ),
    auth_kinds=("client_credentials",),
    concurrency=_CONCURRENCY,
    rate=_RATE,
    window=_WINDOW,
    deadline=_DEADLINE,
    settle=_SETTLE,
    fence=Fence.DRAFT,
    tax=TaxRule.COMPUTED,
    reserves_at=ReservesAt.SHIP,
    documentation="docs/hosts/businesscentral.md",
    open=_open,
    account=access.account_of,
    missing=_MISSING,
    targets=(
        *COMMON,
        TargetField(name=SALESPERSON, label="Salesperson", longest=20, help="The code of a salesperson."),
        *(
            TargetField(name=name, label=f"Shortcut dimension {place}", longest=20, help="The code of a value of it.")
            for place, name in enumerate(DIMENSIONS, 1)
        ),
    ),
    lacks=(
        LackingField(
            name=PRICE_LEVEL.name,
            label=PRICE_LEVEL.label,
            sentence="Business Central's API takes no customer price group on an order.",
        ),
    ),
    begins={"special": CHARGES},
    no_rates=None,
    lapses=access.lapses,
)  # fmt: skip
