"""The company that is simulated: what its administrator had set up before any integration came by."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

TENANT = "7c9a1c52-6a0e-4f2b-9d3c-5e1f0a2b3c4d"
CLIENT = "3f0f8f8e-52f5-4a3e-8a51-0d7c6b5a4938"
SECRET = "k7~Qw3rT-Zu1op.AsDfGh_JkLyXcVbNm01234567"
COMPANY = "b5d4c3a2-1f0e-4d9c-8b7a-6f5e4d3c2b1a"
ENVIRONMENT = "Production"
NAME = "CRONUS DE"
SCOPE = "https://api.businesscentral.dynamics.com/.default"

BASE = "EUR"
CURRENCIES = (
    ("USD", "US Dollar", "0.01", "0.92"),
    ("GBP", "British Pound", "0.01", "1.17"),
    ("JPY", "Japanese Yen", "1", "0.0062"),
    ("CHF", "Swiss Franc", "0.01", "1.05"),
    ("SEK", "Swedish Krona", "0.01", "0.088"),
    ("CAD", "Canadian Dollar", "0.01", "0.67"),
    ("AUD", "Australian Dollar", "0.01", "0.6"),
    ("KWD", "Kuwaiti Dinar", "0.001", "3.0"),
)
"""Code, name, what amounts are rounded to, and what one is worth in the company's own currency, which is not among them."""

LOCATIONS = (("MAIN", "Main Warehouse"), ("EAST", "East Warehouse"), ("OUTLET", "Outlet"))
TAX_CODES = (
    ("ZERO", "0"), ("VAT0", "0"), ("VAT0.33", "0.33"), ("VAT0.75", "0.75"), ("VAT1.125", "1.125"), ("VAT6.25", "6.25"),
    ("VAT7", "7"), ("VAT8", "8"), ("VAT10", "10"), ("VAT19", "19"), ("VAT20", "20"), ("VAT27", "27"),
)  # fmt: skip
"""Product posting groups of value added tax, and what the posting setup asks of the customers that there are."""

CHARGES = (
    "SHIPPING", "TIP", "DUTY", "FEE", "GIFT-CARD", "ROUNDING", "ADJUSTMENT", "FALLBACK", "VAT", "CHANNEL",
)  # fmt: skip
"""Known as services, and as accounts of the same number."""

ACCOUNTS = (
    ("2920", "Cash"), ("2910", "Bank"), ("2930", "PayPal"), ("2940", "Gift cards"), ("2310", "Customers"), ("6110", "Sales"),
)  # fmt: skip
SHIPMENT_METHODS = (("STANDARD", "Standard"), ("EXPRESS", "Express"), ("PICKUP", "Ex warehouse"))
PAYMENT_METHODS = (
    ("CASH", "Cash"),
    ("CARD", "Card payment"),
    ("BANK", "Bank transfer"),
    ("PAYPAL", "PayPal"),
    ("GIFT", "Gift card"),
)
BANKS = (("CHECKING", "House bank", "2910"),)
"""Number, name, and the account of the ledger that its posting group leads to."""

JOURNALS = (
    ("STORE", "Store payments", "2920"), ("CASH", "Cash", "2920"), ("CARD", "Card payments", "2910"),
    ("PAYPAL", "PayPal", "2930"), ("GIFT", "Gift cards", "2940"), ("WIRE", "Bank transfers", "CHECKING"),
)  # fmt: skip
"""Batches that payments of customers are kept in until somebody posts them, and what balances each: an account, or a bank's."""

POSTING_GROUPS = ("RETAIL", "WEB", "INTERNAL", "SERVICES")
COUNTRIES = (
    ("DE", "Germany"), ("AT", "Austria"), ("CH", "Switzerland"), ("FR", "France"), ("GB", "United Kingdom"),
    ("US", "United States"), ("JP", "Japan"), ("SE", "Sweden"), ("CA", "Canada"), ("AU", "Australia"), ("KW", "Kuwait"),
    ("NL", "Netherlands"), ("IT", "Italy"), ("ES", "Spain"), ("DK", "Denmark"), ("PL", "Poland"), ("IE", "Ireland"),
    ("BE", "Belgium"),
)  # fmt: skip
UNIT_PRICES = Decimal("0.00001")
"""What prices of one unit are rounded to."""

TABLES = frozenset(
    {
        "Sales Header", "Sales Invoice Header", "Sales Shipment Header", "Sales Cr.Memo Header", "Customer", "Item",
        "Gen. Journal Line", "G/L Entry", "Item Ledger Entry", "Currency Exchange Rate", "Setup",
    }
)  # fmt: skip
"""What permissions are given for; `Setup` is the company's lists."""


@dataclass(kw_only=True)
class Role:
    """The permission sets that the application was given inside the company."""

    view: frozenset[str] = TABLES
    edit: frozenset[str] = TABLES


@dataclass(kw_only=True)
class Company:
    """`registered`: the application is known inside, not only to Entra. `manual_numbers`: customers may be given theirs.

    `document_number_once`: the setup that lets an external document number be used once, when documents are posted.
    """

    registered: bool = True
    manual_numbers: bool = True
    document_number_once: bool = False
    token_seconds: int = 3599
    at_once: int = 5
    queued: int = 95
    calls: int = 6000
    seconds: float = 300.0
    role: Role = field(default_factory=Role)
