"""What both embedded servers share: being started, asked, stopped and killed as a child of this process."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import ClassVar, Self

from app.embedded.failure import EmbeddedError
from app.embedded.lock import DataLock, alive
from app.embedded.reach import make_public, reachable_binary, reachable_home, service_account, socket_path

START_SECONDS = 60.0
STOP_SECONDS = 20.0

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


class EmbeddedServer:
    """One child process, the folder it owns and the lock that proves it.

    Root hands over to `nobody`: a `home` in a folder closed to others is then replaced by one below /var/lib.
    """

    name: ClassVar[str]
    farewell: ClassVar[signal.Signals]
    package: ClassVar[str]
    parts: ClassVar[tuple[str, ...]]
    binary: ClassVar[str]

    def __init__(self, home: Path, *, durable: bool = True, tcp_port: int | None = None) -> None:
        self.durable = durable
        self.tcp_port = tcp_port
        self._account = service_account()
        self.home = reachable_home(home.absolute(), self._account)
        self.socket = socket_path(self.home, self._socket_name(), self._account)
        self._lock = DataLock(self.home / "lock", self.name)
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = os.getpid()

    @property
    def pid(self) -> int | None:
        """The server's process id while this object runs it."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def running(self) -> bool:
        """Whether any process runs a server on this data."""
        return self._lock.taken()

    def start(self) -> Self:
        """Returns when the server answers; raises AlreadyRunning at once if the data are in use."""
        if self.pid is not None:
            return self
        self._make_folders()
        self._lock.take(patience=STOP_SECONDS)
        try:
            binary = reachable_binary(self.package, self.parts, self.binary, self._account)
            self._prepare(binary)
            self._process = self._spawn(self._command(binary), self.home / "server.log")
            self._wait_until_ready(self._process)
        except BaseException:
            self.kill()
            self._lock.release()
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
        self._lock.release()
        atexit.unregister(self.stop)

    def kill(self) -> None:
        """Kills the server and its children as a crash would; `start` may follow at once."""
        if self._process is None or self._process.poll() is not None:
            return
        children = _children(self._process.pid)
        for pid in (self._process.pid, *children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait(STOP_SECONDS)
        deadline = time.monotonic() + STOP_SECONDS
        while any(alive(pid) for pid in children) and time.monotonic() < deadline:
            time.sleep(0.005)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _prepare(self, binary: Path) -> None:
        """What has to be there before the server's first start."""

    def _socket_name(self) -> str:
        raise AssertionError("each server names its socket")

    def _command(self, binary: Path) -> list[str]:
        raise AssertionError(f"each server has its command, also {binary}")

    def _hello(self) -> tuple[bytes, bytes]:
        raise AssertionError("each server knows a question and how a good answer begins")

    def _make_folders(self) -> None:
        make_public(self.home)
        for folder in (self.home / "data", self.socket.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
            seen = folder.lstat()
            if not stat.S_ISDIR(seen.st_mode) or seen.st_uid not in (os.getuid(), self._account[0]):
                raise EmbeddedError(f"{folder} belongs to someone else")
            os.chown(folder, *self._account)

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
                pass_fds=self._lock.inherited(),
            )

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise EmbeddedError(f"{self.name} did not start: {tail(self.home / 'server.log')}")
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


def tail(log: Path) -> str:
    """The end of a server's log, for the sentence of an error."""
    return log.read_text(errors="replace")[-600:].strip() if log.exists() else "it said nothing"


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _stop_at_exit(server: EmbeddedServer) -> None:
    """The orderly ends; a killed parent is the kernel's business on Linux, nobody's elsewhere."""
    atexit.register(server.stop)
    elsewhere = sys.platform != "linux" and threading.current_thread() is threading.main_thread()
    if elsewhere and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
