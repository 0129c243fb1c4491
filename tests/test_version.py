"""One version everywhere: what the page and the diagnostics tell is what the package is called."""

from __future__ import annotations

import tomllib
from pathlib import Path

from app.settings import VERSION


def test_the_version_that_is_told_is_the_projects() -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())
    assert project["project"]["version"] == VERSION
