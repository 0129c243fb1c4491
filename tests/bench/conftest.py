"""Where a bench that a test starts has its servers."""

from __future__ import annotations

import os

import pytest

from app.embedded import in_memory

_ROOM = 2_000_000_000


@pytest.fixture
def environment() -> dict[str, str]:
    """In memory where there is room: what is tried is that processes end, and not that disks do."""
    home = in_memory(_ROOM)
    return {**os.environ, "TMPDIR": str(home)} if home else dict(os.environ)
