"""What NetSuite declares about itself, how a connection to it is opened and how it is tested."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from app.errors import AccessLost
from app.hosts.netsuite import access
from app.hosts.netsuite.client import NetSuite
from app.hosts.netsuite.clock import Clock
from app.hosts.netsuite.credits import NetSuiteCredits
from app.hosts.netsuite.customers import NetSuiteCustomers
from app.hosts.netsuite.debtors import NetSuiteDebtors
from app.hosts.netsuite.directory import Directory, no_subsidiary
from app.hosts.netsuite.features import Feature
from app.hosts.netsuite.items import NetSuiteItems
from app.hosts.netsuite.orders import NetSuiteOrders
from app.hosts.netsuite.parcels import NetSuiteParcels
from app.hosts.netsuite.prices import NetSuitePrices
from app.hosts.netsuite.rates import NetSuiteRates
from app.hosts.netsuite.refusals import Denied
from app.hosts.netsuite.shipments import NetSuiteShipments
from app.hosts.netsuite.sql import Named
from app.hosts.netsuite.status import NetSuiteStatus
from app.hosts.netsuite.stock import NetSuiteStock
from app.hosts.netsuite.writes import Writes
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
    LackingField,
    Place,
    ReservesAt,
    TargetField,
    TaxRule,
)

# Of one step, which is a few questions and one change; scripts of the account run with each change (5 to 30 s are common).
_DEADLINE = timedelta(seconds=40)
# "Requests are cut at 15 minutes": Oracle, SuiteTalk REST, asynchronous requests (subsect_1559222360).
_SETTLE = timedelta(minutes=15)
# Accounts bear 15 and more at a time, development accounts 5, shared with every other integration (Oracle, section
# 1525253248 and 1504769959); the form says how many are ours.
_CONCURRENCY = access.DEFAULT_AT_ONCE


def _open(credentials: Mapping[str, str], http: Http, state: HostState) -> Host:
    netsuite = NetSuite(http, access.access_of(credentials), state)
    directory, clock = Directory(netsuite), Clock(netsuite)
    writes = Writes(netsuite, directory)
    orders = NetSuiteOrders(netsuite, directory, writes, clock)
    return Host(
        check=partial(_check, netsuite, clock, directory),
        orders=orders,
        refunds=NetSuiteCredits(netsuite, directory, orders, writes, clock),
        inventory=NetSuiteStock(netsuite, directory),
        document_status=NetSuiteStatus(netsuite, clock),
        prices=NetSuitePrices(netsuite, directory),
        shipments=NetSuiteShipments(netsuite, clock),
        parcels=NetSuiteParcels(netsuite, directory, orders, writes, clock),
        customers=NetSuiteCustomers(netsuite, directory, clock),
        debtors=NetSuiteDebtors(netsuite, directory),
        rates=NetSuiteRates(netsuite),
        items=NetSuiteItems(netsuite, directory, clock),
    )


async def _check(netsuite: NetSuite, clock: Clock, directory: Directory) -> Health:
    """Reads only: the sign-in, the clock and zone, the right to ask, and how this account books taxes."""
    try:
        zone = await clock.measured()
    except Denied as denied:
        # Nobody waits here for a full account: whoever mistyped a key is to hear of it at once.
        raise AccessLost("access.refused", denied.sentence) from denied
    rows = await netsuite.rows_of(Feature.SUBSIDIARIES, Named, "SELECT id, name FROM subsidiary ORDER BY id")
    if rows is None and netsuite.access.subsidiary:
        raise no_subsidiary()
    taxes = "SuiteTax" if await directory.suite_tax() else "legacy tax"
    company = rows[0].name if rows and rows[0].name else "NetSuite"
    return Health(account=f"{company} ({netsuite.access.account})", version=taxes, clock_offset=zone.clock)


_TARGETS = (
    *COMMON,
    TargetField(name="subsidiary", label="Subsidiary"),
    TargetField(name="department", label="Department"),
    TargetField(name="class", label="Class"),
    TargetField(name="sales_channel", label="Sales channel", help="Its internal ID."),
    TargetField(name="line.location", label="Location of the line", place=Place.LINE),
    TargetField(name="line.department", label="Department of the line", place=Place.LINE),
    TargetField(name="line.class", label="Class of the line", place=Place.LINE),
)
_LACKS = (
    LackingField(
        name=PRICE_LEVEL.name,
        label=PRICE_LEVEL.label,
        sentence="NetSuite's lines carry the custom price level, so that the amounts stay what the store charged.",
    ),
)

NETSUITE = HostSpec(
    key="netsuite",
    label="NetSuite",
    form=(
        FormField(
            name="account", label="Account ID",
            help="Under Setup > Company > Company Information, for example 1234567 or 1234567_SB1.",
        ),
        FormField(
            name="sign_in", label="Sign-in", required=False, choices=(access.CERTIFICATE, access.TOKEN),
            default=access.CERTIFICATE,
            help="A certificate (OAuth 2.0 machine to machine). Tokens are for integrations that have them already.",
        ),
        FormField(name="client_id", label="Client ID", required=False, help="Of the integration record."),
        FormField(
            name="certificate_id", label="Certificate ID", required=False,
            help="As OAuth 2.0 Client Credentials (M2M) Setup shows it.",
        ),
        FormField(
            name="private_key", label="Private key", secret=True, required=False,
            help="The PEM text; RSA of 3072 bits or more, or a curve P-256, P-384 or P-521.",
        ),
        FormField(
            name="certificate", label="Certificate", required=False,
            help="The PEM text that was uploaded: alerts tell of its end in time.",
        ),
        FormField(name="consumer_key", label="Consumer key", required=False, help="For tokens."),
        FormField(name="consumer_secret", label="Consumer secret", secret=True, required=False),
        FormField(name="token_id", label="Token ID", required=False, help="For tokens."),
        FormField(name="token_secret", label="Token secret", secret=True, required=False),
        FormField(
            name="subsidiary", label="Subsidiary", required=False,
            help="Name or internal ID: what customers and orders belong to unless a rule says otherwise.",
        ),
        FormField(
            name="sku_field", label="Field of the SKU", required=False, default="itemid",
            help="Which field of an item holds the SKU: itemid, upccode, externalid or one of your own (custitem_...).",
        ),
        FormField(
            name="line_field", label="Field of the store's line", required=False,
            help="A text field of transaction lines of your own (custcol_...), by which shipments name the store's line.",
        ),
        FormField(
            name="earlier_field", label="Field of a former connector", required=False,
            help="A field of orders (custbody_...) in which another connector wrote the store's order ID.",
        ),
        FormField(
            name="untaxed_code", label="Tax code without tax", required=False,
            help="Legacy tax alone: the internal ID of the code for lines without tax; -8 where nothing is entered.",
        ),
        FormField(
            name="at_once", label="Calls at the same time", required=False, default=str(access.DEFAULT_AT_ONCE),
            help="How many of the account's concurrent requests are for this connection.",
        ),
        FormField(
            name="address", label="Address", required=False,
            help="Only for servers of your own and proxies; NetSuite's address follows from the account ID.",
        ),
    ),
    auth_kinds=(access.CERTIFICATE, access.TOKEN),
    concurrency=_CONCURRENCY,
    deadline=_DEADLINE,
    bears=access.at_once,
    settle=_SETTLE,
    fence=Fence.UNIQUE,
    tax=TaxRule.COMPUTED,
    reserves_at=ReservesAt.CREATE,
    documentation="docs/hosts/netsuite.md",
    open=_open,
    account=access.account_of,
    targets=_TARGETS,
    lacks=_LACKS,
    begins={"special": CHARGES},
    debtors=True,
    no_rates=None,
    lapses=access.lapses,
)  # fmt: skip
"""An external id is unique among transactions, so a second document of an order is refused (Oracle, section N3436356)."""
