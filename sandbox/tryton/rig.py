"""The rig: a real Tryton with the demo company in it, prepared once per lock file and catalogue, then copied."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from app.embedded import in_memory
from sandbox.tryton.bootstrap import bootstrap
from sandbox.tryton.catalogue import Article
from sandbox.tryton.databases import Databases, PostgresServer, SqliteFiles
from sandbox.tryton.environment import alone, environment, lock_hash
from sandbox.tryton.rpc import Rpc, Values
from sandbox.tryton.server import (
    ADMIN_PASSWORD,
    MODULES,
    TrytonServer,
    free_port,
    install_modules,
    write_configuration,
)

_ROOM_IN_MEMORY = 500_000_000
_SOURCES = ("books.py", "bootstrap.py", "catalogue.py")


@contextmanager
def tryton(
    state: Path,
    articles: Sequence[Article],
    *,
    port: int = 0,
    dsn: str | None = None,
    binaries: Path | None = None,
) -> Iterator[Values]:
    """A running server with a database of its own; what it yields is the connection form, filled in.

    Without `dsn` the database is a SQLite file, which bears one caller at a time.
    """
    home = environment(state)
    run = _run_folder(runs_folder(state))
    databases = _databases(run, dsn, binaries)
    name = f"tryton_{run.name.partition('-')[2]}"
    try:
        template, facts = prepared(state, home, articles, databases)
        databases.restore(template, name)
        port = port or free_port()
        configuration = write_configuration(run, databases.settings(), port)
        with TrytonServer(home, configuration, name, port, processes=databases.processes) as server:
            yield {**facts, "address": server.address, "database": name, "pid": server.pid}
    finally:
        databases.drop(name)
        shutil.rmtree(run, ignore_errors=True)


def prepare(
    state: Path, articles: Sequence[Article], *, dsn: str | None = None, binaries: Path | None = None
) -> None:
    """Only what takes long: the environment and the template."""
    run = _run_folder(runs_folder(state))
    try:
        prepared(state, environment(state), articles, _databases(run, dsn, binaries))
    finally:
        shutil.rmtree(run, ignore_errors=True)


def prepared(
    state: Path, home: Path, articles: Sequence[Article], databases: Databases
) -> tuple[Path, Values]:
    """The template of a filled database and the facts about it, made at most once."""
    template, facts = _kept(state, articles, databases.kind)
    templates = template.parent
    templates.mkdir(parents=True, exist_ok=True)
    with alone(templates, databases.kind):
        if not is_prepared(state, articles, databases.kind):
            facts.write_text(json.dumps(_fill(templates, home, articles, databases, template)))
    loaded: Values = json.loads(facts.read_text())
    return template, loaded


def is_prepared(state: Path, articles: Sequence[Article], kind: str) -> bool:
    return all(file.exists() for file in _kept(state, articles, kind))


def _kept(state: Path, articles: Sequence[Article], kind: str) -> tuple[Path, Path]:
    """The files of a template and of the facts about it, made or not."""
    template = state / "tryton" / "templates" / f"shop-{_shop_key(articles)}.{kind}"
    return template, template.with_name(f"{template.name}.json")


def _fill(
    templates: Path, home: Path, articles: Sequence[Article], databases: Databases, template: Path
) -> Values:
    name = f"tryton_prepare_{secrets.token_hex(4)}"
    folder = templates / name
    folder.mkdir()
    port = free_port()
    configuration = write_configuration(folder, databases.settings(), port)
    try:
        databases.restore(_modules(templates, home, databases, configuration), name)
        with TrytonServer(home, configuration, name, port):
            rpc = Rpc(port, name, ADMIN_PASSWORD)
            facts = bootstrap(rpc, articles, today=dt.datetime.now(dt.UTC).date())
        databases.keep(name, template)
        return facts
    finally:
        databases.drop(name)
        shutil.rmtree(folder, ignore_errors=True)


def _modules(templates: Path, home: Path, databases: Databases, configuration: Path) -> Path:
    """The template of a database with our modules and nothing in it."""
    key = hashlib.sha256(f"{lock_hash()} {MODULES} {ADMIN_PASSWORD}".encode()).hexdigest()[:16]
    template = templates / f"modules-{key}.{databases.kind}"
    if not template.exists():
        name = f"tryton_modules_{secrets.token_hex(4)}"
        databases.make_empty(name)
        install_modules(home, configuration, name)
        databases.keep(name, template)
        databases.drop(name)
    return template


def _shop_key(articles: Sequence[Article]) -> str:
    """Changes with the lock file, with how the database is filled, with what is in it, and with the year."""
    digest = hashlib.sha256(f"{lock_hash()} {MODULES} {dt.datetime.now(dt.UTC).year}".encode())
    for source in _SOURCES:
        digest.update(Path(__file__).with_name(source).read_bytes())
    digest.update(json.dumps([asdict(article) for article in articles], default=str).encode())
    return digest.hexdigest()[:16]


def runs_folder(state: Path) -> Path:
    """In memory where the system offers that: SQLite waits for the disk at every commit, and a run is thrown away."""
    memory = in_memory(_ROOM_IN_MEMORY)
    return memory / f"stockbridge-{os.getuid()}" / "tryton" if memory else state / "tryton" / "runs"


def _run_folder(runs: Path) -> Path:
    """A folder of our own; those whose process was killed are cleared away on this occasion."""
    runs.mkdir(parents=True, exist_ok=True)
    for left in runs.iterdir():
        owner = left.name.partition("-")[0]
        if owner.isdigit() and not _alive(int(owner)):
            shutil.rmtree(left, ignore_errors=True)
    folder = runs / f"{os.getpid()}-{secrets.token_hex(6)}"
    folder.mkdir()
    return folder


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _databases(run: Path, dsn: str | None, binaries: Path | None) -> Databases:
    if dsn is None:
        return SqliteFiles(folder=run)
    if binaries is None:
        raise ValueError("PostgreSQL needs the folder of its tools (psql, pg_dump, pg_restore)")
    return PostgresServer(dsn=dsn, binaries=binaries)
