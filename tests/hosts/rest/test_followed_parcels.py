"""How a parcel is followed, where a connection document reads or sends less of it than a store tells."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from app.domain.shipment import Tracking
from app.hosts.rest.spec import REST
from app.outbound import Outbound
from app.ports import Host, Missing
from tests.hosts.converging import settled
from tests.hosts.rest.test_document import EXAMPLE
from tests.hosts.rig import StateInMemory
from tests.hosts.simulated import SimulatedUnderTest
from tests.hosts.test_contract_parcels import parcel_of, sold

READS = ("shipments", "fields")
CALLS = ("parcels", "track", "body")


def without(place: tuple[str, ...], *names: str) -> dict[str, Any]:
    described: dict[str, Any] = deepcopy(EXAMPLE)
    part = described
    for step in place:
        part = part[step]
    for name in names:
        del part[name]
    return described


@pytest.mark.parametrize(
    ("described", "followed"),
    [
        pytest.param(without(READS), 2, id="all of it"),
        pytest.param(without(READS, "carrier", "urls"), 1, id="reads numbers"),
        pytest.param(without(READS, "carrier", "urls", "numbers"), 0, id="reads nothing"),
        pytest.param(without(CALLS, "carrier?", "links"), 1, id="sends numbers"),
    ],
)
async def test_what_the_erp_never_shows_or_is_never_told_is_not_sent_again(
    under: SimulatedUnderTest, http: Outbound, described: dict[str, Any], followed: int
) -> None:
    """Another number, then another carrier: each is a step at most, and then there is nothing left to do."""
    form = {**under.credentials, "document": json.dumps(described)}
    host: Host = REST.open(form, http, StateInMemory())
    assert not isinstance(host.parcels, Missing)
    parcel = parcel_of(await sold(under, http), 1, 2, 1)
    _, made = await settled(host.parcels, parcel)
    assert made == ["create"]
    steps: list[str] = []
    for tracking in (
        replace(parcel.tracking, numbers=("NEW",)),
        Tracking(numbers=("NEW",), carrier="Another", urls=("https://another.example/NEW",)),
    ):
        _, keys = await settled(host.parcels, replace(parcel, tracking=tracking))
        steps += keys
    assert len(steps) == followed
