"""The shared limits: Shopify's bucket per shop, calls at a time and in time per ERP account, requests per caller of our API."""

from app.limits.buckets import Buckets
from app.limits.metered import Metered
from app.limits.paces import AccountPaces
from app.limits.permits import AccountPermits
from app.limits.requests import Left, Requests
from app.limits.shared import LiveWorkers, Shared, connect

__all__ = [
    "AccountPaces",
    "AccountPermits",
    "Buckets",
    "Left",
    "LiveWorkers",
    "Metered",
    "Requests",
    "Shared",
    "connect",
]
