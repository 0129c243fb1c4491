"""The shared limits: Shopify's cost bucket per shop, and how many calls one ERP account gets at a time."""

from app.limits.buckets import Buckets
from app.limits.permits import AccountPermits
from app.limits.shared import LiveWorkers, Shared, connect

__all__ = ["AccountPermits", "Buckets", "LiveWorkers", "Shared", "connect"]
