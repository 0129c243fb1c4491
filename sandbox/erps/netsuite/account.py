"""The account that is simulated: what was set up in it before any integration came by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

BASE = "EUR"
CURRENCIES = (
    ("EUR", "Euro", 2, "1"),
    ("USD", "US Dollar", 2, "0.92"),
    ("GBP", "British pound", 2, "1.17"),
    ("JPY", "Japanese Yen", 0, "0.0062"),
    ("CHF", "Swiss Franc", 2, "1.05"),
    ("SEK", "Swedish Krona", 2, "0.088"),
    ("CAD", "Canadian Dollar", 2, "0.67"),
    ("AUD", "Australian Dollar", 2, "0.6"),
    ("KWD", "Kuwaiti Dinar", 2, "3.0"),
)
"""Symbol, name, decimals (NetSuite keeps none or two), and what one is worth in the base currency."""

LOCATIONS = ("Main Warehouse", "Second Warehouse", "Outlet")
PRICE_LEVELS = ("Base Price", "Alternate Price 1", "Wholesale")
TAX_CODES = (
    ("VAT20", "20"),
    ("VAT7", "7"),
    ("VAT", "0"),
    ("CHANNEL", "0"),
    ("ZERO", "0"),
)
PAYMENT_METHODS = ("Cash", "Card", "PayPal", "Gift card")
DEPARTMENTS = ("Online", "Retail")
CLASSES = ("Direct", "Wholesale")
SHIP_ITEMS = ("Standard", "Express")
CHARGES = ("SHIPPING", "TIP", "DUTY", "FEE", "GIFT-CARD", "ROUNDING", "ADJUSTMENT", "FALLBACK")

FORM_CASH_SALE, FORM_INVOICE = "68", "97"
"""The two standard forms of a sales order; which one it is on decides what it may be billed as."""

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "transaction": ("custbody_store_order",),
    "transactionline": ("custcol_store_line_id",),
    "customer": ("custentity_store_id",),
    "item": ("custitem_store_sku",),
}
"""The custom fields that the account's administrator has made."""

ALL = frozenset(
    {
        "customer", "salesOrder", "cashSale", "invoice", "customerDeposit", "customerPayment", "creditMemo",
        "cashRefund", "customerRefund", "itemFulfillment", "item", "setup",
    }
)  # fmt: skip
"""Permissions, one for each kind of record; `setup` is for lists such as locations and subsidiaries."""


FEATURES: Mapping[str, tuple[str, ...]] = {
    "subsidiaries": ("subsidiary",),
    "locations": ("location",),
    "departments": ("department",),
    "classes": ("classification", "class"),
}
"""What an account may do without, and the records and fields that are not there then."""


@dataclass(kw_only=True)
class Role:
    """What the integration's user may see and change."""

    view: frozenset[str] = ALL
    edit: frozenset[str] = ALL


@dataclass(kw_only=True)
class Account:
    """Preferences and features, as its administrator has them.

    `zone`: the company's time zone. `dates`: how dates are written for the integration's user. `advance_billing`: invoices
    may be made before goods are sent. `features`: which of those that not every account has. `suite_tax`: whether tax goes
    through SuiteTax or by the older way. `tax_percent`: what the tax engine asks where nobody overrides it. `auto_names`:
    customers get numbers instead of their own names.
    """

    id: str = "TSTDRV1234567"
    company: str = "Demo Company"
    zone: str = "America/Los_Angeles"
    dates: str = "MM/DD/YYYY"
    features: frozenset[str] = frozenset(FEATURES)
    suite_tax: bool = True
    advance_billing: bool = True
    payment_instruments: bool = False
    auto_names: bool = False
    tax_percent: Decimal = Decimal(10)
    concurrency: int = 5
    role: Role = field(default_factory=Role)

    @property
    def lacks(self) -> frozenset[str]:
        """Names of records and fields that nobody finds."""
        return frozenset(name for feature in FEATURES.keys() - self.features for name in FEATURES[feature])

    @property
    def host(self) -> str:
        return f"{self.id.lower().replace('_', '-')}.suitetalk.api.netsuite.com"
