"""A connection document says how often its ERP may be called, and every process keeps to it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from app.errors import Throttled
from app.hosts.rest.spec import REST
from app.limits import AccountPaces, Shared, connect
from app.sync.sides import OpenedHost, open_host
from tests.hosts.rig import StateInMemory, door
from tests.hosts.simulated import SimulatedUnderTest


async def test_the_rate_that_a_document_names_holds_for_all_processes(
    under: SimulatedUnderTest, valkey_url: str
) -> None:
    document = json.loads(under.credentials["document"])
    document["limits"] = {**document.get("limits", {}), "calls": 6, "seconds": 3_600}
    given = {**under.credentials, "document": json.dumps(document)}
    async with door(under) as http, connect(valkey_url) as redis:
        await redis.flushdb()

        async def process() -> OpenedHost:
            return await open_host(REST, given, http, StateInMemory(), AccountPaces(Shared(redis)))

        one, other = await process(), await process()
        assert (one.spec.rate, one.spec.window) == (6, timedelta(hours=1))
        for each in (one, other, one, other):
            await each.host.check()
        for each in (other, one):
            with pytest.raises(Throttled, match=r"host\.busy"):
                await each.host.check()


def test_customers_of_one_erp_in_the_cloud_are_not_counted_together() -> None:
    shared = {"address": "https://api.erp.example/v3"}
    accounts = {
        REST.account({**shared, "user": user, "secret": "s3cret-word"}) for user in ("ada", "bob", "ada")
    }
    assert len(accounts) == 2
    assert not any("s3cret-word" in account or "ada" in account for account in accounts)
