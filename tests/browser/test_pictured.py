"""The pictures of `docs/images`: every view is named among them, and what is there is of a view and has both widths."""

from __future__ import annotations

import re
import struct

from app.cli.stage import ROOT
from tests.browser.pictured import SHOWS, WIDTHS

FOLDER = ROOT / "docs" / "images"
ROUTES = set(re.findall(r'<Route path="([^"]+)"', (ROOT / "frontend" / "src" / "app.tsx").read_text()))


def test_every_view_is_pictured() -> None:
    assert set(SHOWS.values()) == ROUTES
    assert len(ROUTES) > 30


def test_each_picture_is_of_a_view_there_is_and_as_wide_as_it_says() -> None:
    found = {path.stem: path.read_bytes()[16:24] for path in FOLDER.glob("*.png")}
    assert {stem.rpartition("-")[0] for stem in found} == set(SHOWS)
    for stem, size in found.items():
        name, _, width = stem.rpartition("-")
        assert struct.unpack(">II", size) == (int(width), 900), stem
        assert {f"{name}-{each}" for each in WIDTHS} <= set(found)
