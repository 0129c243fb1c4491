"""What an operator must hear of: one log event and one count per alarm, each with a stable name."""

from __future__ import annotations

import structlog
from prometheus_client import Counter

_ALARMS = Counter(
    "stockbridge_shopify_alarms", "Answers of Shopify that should not occur, by alarm.", labelnames=("alarm",)
)


def alarm(name: str, **facts: str) -> None:
    """`facts` are short and never secret or personal."""
    _ALARMS.labels(alarm=name).inc()
    structlog.get_logger().error(f"shopify.{name}", **facts)
