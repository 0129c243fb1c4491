"""The shared limits: Shopify's cost bucket per shop, calls at a time per ERP account, requests per caller of our API."""

from app.limits.buckets import Buckets
from app.limits.metered import Metered
from app.limits.permits import AccountPermits
from app.limits.requests import Left, Requests
from app.limits.shared import LiveWorkers, Shared, connect

__all__ = ["AccountPermits", "Buckets", "Left", "LiveWorkers", "Metered", "Requests", "Shared", "connect"]
