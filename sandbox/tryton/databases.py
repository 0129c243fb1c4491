"""Where a Tryton database lives, and how a prepared one is kept and copied: a SQLite file or a PostgreSQL dump."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

_SECONDS = 300.0
_FOREIGN_KEYS = """
CREATE OR REPLACE VIEW information_schema.referential_constraints AS
SELECT current_database()::information_schema.sql_identifier AS constraint_catalog,
    n.nspname::information_schema.sql_identifier AS constraint_schema,
    c.conname::information_schema.sql_identifier AS constraint_name,
    NULL::information_schema.sql_identifier AS unique_constraint_catalog,
    NULL::information_schema.sql_identifier AS unique_constraint_schema,
    NULL::information_schema.sql_identifier AS unique_constraint_name,
    'NONE'::information_schema.character_data AS match_option,
    'NO ACTION'::information_schema.character_data AS update_rule,
    CASE c.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN 'SET DEFAULT'
        WHEN 'r' THEN 'RESTRICT' ELSE 'NO ACTION' END::information_schema.character_data AS delete_rule
FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace WHERE c.contype = 'f'
"""
"""What Tryton asks this view for, without the joins that take it seconds per table once there are hundreds of tables.

Tryton asks again for each module that extends a table. No dump carries it on.
"""


class Databases(Protocol):
    """One place for databases. A template is a file that outlives the place."""

    @property
    def kind(self) -> str: ...

    @property
    def processes(self) -> int:
        """How many server processes may work on one of its databases; 0 when only one, and one caller at a time."""
        ...

    def settings(self) -> str:
        """The `[database]` section of Tryton's configuration."""
        ...

    def make_empty(self, name: str) -> None:
        """For modules to be installed in."""
        ...

    def restore(self, template: Path, name: str) -> None: ...

    def keep(self, name: str, template: Path) -> None:
        """Turns a database that nobody uses into a template, whole or not at all."""
        ...

    def drop(self, name: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class SqliteFiles:
    """One file per database in a folder; good for one caller at a time only."""

    folder: Path
    kind: str = "sqlite"
    processes: int = 0

    def settings(self) -> str:
        return f"uri = sqlite://\npath = {self.folder}\n"

    def make_empty(self, name: str) -> None:
        self._file(name).touch()

    def restore(self, template: Path, name: str) -> None:
        shutil.copyfile(template, self._file(name))

    def keep(self, name: str, template: Path) -> None:
        half = template.with_suffix(".half")
        half.unlink(missing_ok=True)
        # A plain copy would miss what still lies in the write-ahead log beside the file.
        with closing(sqlite3.connect(self._file(name))) as source, closing(sqlite3.connect(half)) as copy:
            source.backup(copy)
        half.replace(template)

    def drop(self, name: str) -> None:
        for path in self.folder.glob(f"{name}.sqlite*"):
            path.unlink()

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.sqlite"


@dataclass(frozen=True, kw_only=True)
class PostgresServer:
    """Databases on a running PostgreSQL; `dsn` names a user who may create some. `binaries` holds its tools."""

    dsn: str
    binaries: Path
    kind: str = "postgresql"
    processes: int = 2

    def settings(self) -> str:
        return f"uri = {self._address('')}\n"

    def make_empty(self, name: str) -> None:
        self._create(name)
        self._run("psql", self._address(name), "-q", "-c", _FOREIGN_KEYS)

    def restore(self, template: Path, name: str) -> None:
        self._create(name)
        self._run("pg_restore", "--no-owner", "-d", self._address(name), str(template))

    def keep(self, name: str, template: Path) -> None:
        half = template.with_suffix(".half")
        self._run("pg_dump", "-Fc", "-Z1", "-f", str(half), self._address(name))
        half.replace(template)

    def drop(self, name: str) -> None:
        self._run(
            "psql", self._address("postgres"), "-q", "-c", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'
        )

    def _create(self, name: str) -> None:
        self._run("psql", self._address("postgres"), "-q", "-c", f'CREATE DATABASE "{name}"')

    def _address(self, name: str) -> str:
        parts = urlsplit(self.dsn)
        return urlunsplit(("postgresql", parts.netloc, f"/{name}", parts.query, ""))

    def _run(self, tool: str, *arguments: str) -> None:
        command = [str(self.binaries / tool), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        if done.returncode:
            raise RuntimeError(f"{tool} failed: {done.stderr[-500:]}")
