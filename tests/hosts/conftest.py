"""The ERPs under the contract suite: one line each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from app.ports import Fence
from tests.hosts.memory.rig import running, with_items
from tests.hosts.rig import HostUnderTest
from tests.hosts.tryton.rig import on_sqlite

Start = Callable[[Path], AbstractContextManager[HostUnderTest]]


def memory(fence: Fence) -> Start:
    @contextmanager
    def start(home: Path) -> Iterator[HostUnderTest]:
        with running(home / "erp.sqlite", fence=fence) as under:
            asyncio.run(with_items(under))
            yield under

    return start


def tryton(_home: Path) -> AbstractContextManager[HostUnderTest]:
    return on_sqlite()


HOSTS = [
    pytest.param(memory(Fence.UNIQUE), id="memory-unique"),
    pytest.param(memory(Fence.DRAFT), id="memory-draft"),
    pytest.param(memory(Fence.NONE), id="memory-none"),
    pytest.param(tryton, id="tryton", marks=pytest.mark.timeout(400)),  # the first start prepares a database
]


QUICK_ON_TRYTON = ("plain", "two_taxes", "many_cents", "dinar", "tip_duty_and_gift_card", "partly_paid")
"""Of the examples that become documents; a real Tryton takes seconds for each, so the others are for long runs."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        about = getattr(item, "callspec", None)
        each = item.name.startswith("test_every_example_becomes")
        if each and about and about.id.startswith("tryton-") and about.params["name"] not in QUICK_ON_TRYTON:
            item.add_marker(pytest.mark.long)


@pytest.fixture(scope="session", params=HOSTS)
def under(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HostUnderTest]:
    """Every ERP in turn, its server running."""
    with request.param(tmp_path_factory.mktemp("erp")) as host:
        yield host
