"""What counts as broken in the logs of a demo."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from app.cli.defects import defects

BREAKS = """
from app import logs
from app.cli.defects import defects
logs.configure("warning", False)
try:
    defects(None)
except AttributeError as error:
    logs.get("drain").exception("record.bug", record="1", error=type(error).__name__)
"""
BUG = {
    "event": "record.bug", "error": "KeyError", "level": "error", "logger": "stockbridge.drain",
    "traceback": ["/somewhere/app/sync/engine.py:66 run", "/somewhere/app/models/people.py:73 take", "lib/x.py:1 f"],
}  # fmt: skip


def test_each_place_where_something_broke_is_told_once_with_how_often(tmp_path: Path) -> None:
    other = {"event": "turn.failed", "level": "warning", "error": "Retry"}
    lines = [json.dumps(BUG), json.dumps(other), "no json", "{", json.dumps([1]), json.dumps(BUG)]
    (tmp_path / "worker-1.log").write_text("\n".join(lines))
    (tmp_path / "web-1.log").write_text(json.dumps({"event": "api.failed", "error": "ValueError"}))
    assert defects(tmp_path) == [
        "2 x record.bug: KeyError at app/models/people.py:73 take",
        "1 x api.failed: ValueError",
    ]


def test_runs_without_logs_and_with_good_ones_have_none(tmp_path: Path) -> None:
    assert defects(tmp_path / "none") == []
    (tmp_path / "web-1.log").write_bytes(b"\xff\xfe\n" + json.dumps({"event": "web.ready"}).encode())
    assert defects(tmp_path) == []


def test_what_the_apps_own_logger_writes_of_a_defect_is_told(tmp_path: Path) -> None:
    with (tmp_path / "worker-1.log").open("wb") as log:
        subprocess.run([sys.executable, "-c", BREAKS], stdout=log, stderr=log, check=True)
    (told,) = defects(tmp_path)
    assert told.startswith("1 x record.bug: AttributeError")
    assert " at app/cli/defects.py:" in told
