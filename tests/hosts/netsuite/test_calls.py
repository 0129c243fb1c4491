"""What an order costs NetSuite in calls, past what is asked for once: an account has few at a time."""

from __future__ import annotations

from tests.hosts.netsuite.rig import opened, unpaid
from tests.hosts.rig import converge, orders


async def test_an_order_of_a_known_customer_takes_three_calls_and_one_more_for_an_item_not_met_before() -> (
    None
):
    there = opened()
    await converge(orders(there.host), unpaid("TEA"))
    there.http.asked.clear()
    await converge(orders(there.host), unpaid("TEA"))
    assert there.calls() == {"transaction": 2, "salesOrder": 1}
    there.http.asked.clear()
    await converge(orders(there.host), unpaid("CUP"))
    assert there.calls() == {"transaction": 2, "item": 1, "salesOrder": 1}
