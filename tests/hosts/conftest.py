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

Start = Callable[[Path], AbstractContextManager[HostUnderTest]]


def memory(fence: Fence) -> Start:
    @contextmanager
    def start(home: Path) -> Iterator[HostUnderTest]:
        with running(home / "erp.sqlite", fence=fence) as under:
            asyncio.run(with_items(under))
            yield under

    return start


HOSTS = [
    pytest.param(memory(Fence.UNIQUE), id="memory-unique"),
    pytest.param(memory(Fence.DRAFT), id="memory-draft"),
    pytest.param(memory(Fence.NONE), id="memory-none"),
]


@pytest.fixture(scope="session", params=HOSTS)
def under(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[HostUnderTest]:
    """Every ERP in turn, its server running."""
    with request.param(tmp_path_factory.mktemp("erp")) as host:
        yield host
