"""Kontor, the simulated ERP that a connection document describes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.hosts.rest.spec import REST
from app.ports import Fence
from tests.hosts.simulated import SimulatedUnderTest, running


@pytest.fixture(scope="module")
def under(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedUnderTest]:
    home = tmp_path_factory.mktemp("kontor")
    with running(REST, home, wrong={"secret": "no-such-secret"}, fence=Fence.UNIQUE) as found:
        yield found
