"""What each view begins with, as it was built: the script it needs at once stays well below what `bench page` allows."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from app.cli.stage import ROOT
from bench.page.judging import JS_BYTES

pytestmark = pytest.mark.browser
"""With the browser's tests, for which the page is built."""

BUILT = ROOT / "frontend" / "dist"
FIRST = "src/main.tsx"
HEADERS = 330
"""About what comes with each file over the wire."""


def loaded(manifest: dict[str, Any], name: str, found: set[str] | None = None) -> set[str]:
    """The file with all that it imports; what it fetches later is not among them."""
    found = set() if found is None else found
    if name not in found:
        found.add(name)
        for each in manifest[name].get("imports", ()):
            loaded(manifest, each, found)
    return found


def test_no_view_comes_near_to_the_most_script_that_is_allowed() -> None:
    manifest = json.loads((BUILT / ".vite" / "manifest.json").read_text())
    views = [name for name in manifest if name.startswith("src/pages/")]
    assert len(views) > 25
    sizes = {
        name: sum(
            len(gzip.compress((BUILT / manifest[part]["file"]).read_bytes())) + HEADERS
            for part in loaded(manifest, FIRST) | loaded(manifest, name)
        )
        for name in views
    }
    assert {name: size for name, size in sizes.items() if size > JS_BYTES - 1_500} == {}
    assert min(sizes.values()) > 20_000
