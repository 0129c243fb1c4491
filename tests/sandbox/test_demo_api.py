"""What the demo asks the product itself: which flows an ERP takes no part in, and why."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from sandbox.demo.api import Api

WHY = "Customers are not kept in step with this ERP yet."
HOSTS = [
    {"key": "acme", "powers": [{"flow": "ORDERS", "available": True, "reason": None}]},
    {
        "key": "other",
        "powers": [
            {"flow": "ORDERS", "available": True, "reason": None},
            {"flow": "CUSTOMERS", "available": False, "reason": WHY},
        ],
    },
]


def api(answer: dict[str, Any]) -> Api:
    return Api("http://app", "t", through=httpx.MockTransport(lambda _: httpx.Response(200, json=answer)))


def test_a_flow_is_unavailable_for_the_reason_that_the_product_gives() -> None:
    asked = api({"data": {"hosts": HOSTS}})
    assert asked.lacks("other") == {"customers": WHY}
    assert asked.lacks("acme") == {}


def test_an_api_that_refuses_ends_the_demo_instead_of_leaving_flows_out() -> None:
    refused = api({"data": None, "errors": [{"message": "not allowed"}]})
    with pytest.raises(RuntimeError, match="not allowed"):
        refused.lacks("other")
