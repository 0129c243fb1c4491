"""The Tryton rig: a filled server that answers, prepares once, and never outlives who asked for it."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import pytest

from sandbox.tryton.catalogue import Article, read_articles
from sandbox.tryton.databases import SqliteFiles
from sandbox.tryton.rig import runs_folder
from tests.patience import FAR

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".state"
# The first start on a machine installs Tryton and makes its tables.

pytestmark = pytest.mark.tryton
COMMAND = [sys.executable, "-m", "sandbox.tryton", "--skus", "20", "--state-dir", str(STATE)]

# A parent that starts the rig, passes its line on and then hangs, until it is killed.
PARENT = """
import subprocess, sys, time
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)
sys.stdout.buffer.write(b"%d\\n" % child.pid + child.stdout.readline())
sys.stdout.flush()
time.sleep(600)
"""


@contextlib.contextmanager
def running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def line_of(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    stream: IO[bytes] | None = process.stdout
    assert stream is not None
    found: dict[str, Any] = json.loads(stream.readline())
    return found


def port_of(facts: dict[str, Any]) -> int:
    return int(facts["address"].rsplit(":", 1)[1])


def records(facts: dict[str, Any], model: str, fields: str) -> list[dict[str, Any]]:
    context = {"company": facts["company"], "locations": [facts["warehouse_id"]]}
    headers = {
        "Authorization": f"Bearer {facts['key']}",
        "X-Tryton-Context": base64.urlsafe_b64encode(json.dumps(context).encode()).decode(),
    }
    connection = http.client.HTTPConnection("127.0.0.1", port_of(facts), timeout=FAR)
    with contextlib.closing(connection):
        connection.request("GET", f"/{facts['database']}/rest/model/{model}?{fields}", headers=headers)
        found: list[dict[str, Any]] = json.loads(connection.getresponse().read())
    return found


def gone(pid: int, *, within: float = 15.0) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def test_it_prints_how_to_reach_a_company_with_stock_and_leaves_nothing_when_stopped() -> None:
    with running(COMMAND) as rig:
        facts = line_of(rig)
        stock = {
            each["code"]: each["quantity"] for each in records(facts, "product.product", "f=code&f=quantity")
        }
        codes = {each["code"] for each in records(facts, "currency.currency", "f=code")}
        rig.send_signal(signal.SIGTERM)
        rig.wait(FAR)
    assert {code: stock[code] for code in ("SKU-00001", "SKU-00003")} == {
        "SKU-00001": 1000.0,
        "SKU-00003": 1000.0,
    }
    assert "ROUNDING" in stock
    assert codes == {"EUR", "USD", "GBP", "JPY", "KWD"}
    assert gone(facts["pid"])
    assert not list(runs_folder(STATE).glob(f"*-{facts['database'].removeprefix('tryton_')}"))


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
def test_the_server_dies_with_the_process_that_asked_for_it() -> None:
    with running([sys.executable, "-c", PARENT, *COMMAND]) as parent:
        assert parent.stdout is not None
        rig = int(parent.stdout.readline())
        server = line_of(parent)["pid"]
        os.kill(parent.pid, signal.SIGKILL)
        assert gone(rig)
        assert gone(server)


def test_a_prepared_database_is_copied_and_each_copy_is_its_own() -> None:
    with running(COMMAND) as one, running(COMMAND) as two:
        first, second = line_of(one), line_of(two)
        assert first["key"] == second["key"]
        assert first["database"] != second["database"]
        assert first["address"] != second["address"]


def test_a_template_holds_what_still_lay_in_the_write_ahead_log(tmp_path: Path) -> None:
    files = SqliteFiles(folder=tmp_path)
    with contextlib.closing(sqlite3.connect(tmp_path / "live.sqlite")) as live:
        live.execute("PRAGMA journal_mode=WAL")
        live.execute("CREATE TABLE a (b)")
        live.commit()
        files.keep("live", tmp_path / "template")
    files.restore(tmp_path / "template", "copy")
    with contextlib.closing(sqlite3.connect(tmp_path / "copy.sqlite")) as copy:
        assert copy.execute("SELECT count(*) FROM a").fetchone() == (0,)


def test_articles_are_read_from_plain_codes_and_from_objects() -> None:
    described = ["A-1", {"sku": "B-2", "title": "Mug", "price": "7.50", "stock": 3}]
    assert read_articles(described) == (
        Article(sku="A-1", title="A-1"),
        Article(sku="B-2", title="Mug", price=Decimal("7.50"), stock=3.0),
    )
