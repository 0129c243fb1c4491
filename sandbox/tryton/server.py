"""Runs Tryton's own programs: the one that installs modules, and the server, which never outlives its parent."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

MODULES = (
    "sale",
    "sale_shipment_cost",
    "stock_package_shipping",
    "account_invoice_stock",
    "web_shop",
    "sale_payment",
    "account_payment_clearing",
)
ADMIN_PASSWORD = "only-for-filling-the-demo-database"
# Posting locks the invoice numbers. Tryton's own five tries wait a fifth of a second in all, these about four.
_TRIES = 20
_START_SECONDS = 300.0
_STOP_SECONDS = 10.0
_INSTALL_SECONDS = 1_200.0

# The kernel is asked to end the server with its parent before the server's program is loaded.
_LAUNCH = """
import ctypes, os, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 9)
if os.getppid() != int(sys.argv[1]):
    sys.exit("the process that asked for this server is gone")
os.execv(sys.argv[2], sys.argv[2:])
"""


def write_configuration(folder: Path, database: str, port: int) -> Path:
    """`database` is the section's content. Sessions of the hub live for a day, as on a server left running."""
    path = folder / "trytond.conf"
    path.write_text(
        f"[database]\n{database}retry = {_TRIES}\n\n[web]\nlisten = 127.0.0.1:{port}\n\n"
        "[session]\ntimeout = 86400\nmax_age = 86400\n"
    )
    return path


def install_modules(environment: Path, configuration: Path, database: str) -> None:
    """Makes the tables of our modules and their dependencies; the slow part, done once per lock file."""
    password = configuration.with_name("admin-password")
    password.write_text(ADMIN_PASSWORD)
    command = [str(environment / "bin" / "trytond-admin"), "-c", str(configuration), "-d", database]
    command += ["-u", *MODULES, "--activate-dependencies", "-l", "en", "--email", "admin@example.com"]
    done = subprocess.run(
        command,
        env={"PATH": os.environ.get("PATH", os.defpath), "TRYTONPASSFILE": str(password)},
        capture_output=True,
        text=True,
        timeout=_INSTALL_SECONDS,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"trytond-admin failed: {done.stderr[-1000:]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class TrytonServer:
    """One server on one database; a context manager.

    `processes` above 0 runs it as its maker advises for production: under a WSGI server with that many processes,
    since one process works on one request at a time. It needs a database that bears several, which SQLite is not.
    """

    def __init__(
        self, environment: Path, configuration: Path, database: str, port: int, *, processes: int = 0
    ) -> None:
        self.port, self.database = port, database
        program, *words = (
            _wsgi(port, processes) if processes else ["trytond", "-c", str(configuration), "-d", database]
        )
        self._command = [str(environment / "bin" / "python"), str(environment / "bin" / program), *words]
        self._environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C.UTF-8",
            "TRYTOND_CONFIG": str(configuration),
            "TRYTOND_DATABASE_NAMES": database,
        }
        self._log = configuration.with_name("trytond.log")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _LAUNCH, str(os.getpid()), *self._command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                tail = self._log.read_text(errors="replace")[-800:]
                self.stop()
                raise RuntimeError(f"Tryton did not start: {tail}")
            time.sleep(0.1)

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(_STOP_SECONDS)
        self._process = None

    def __enter__(self) -> TrytonServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status < 500
        except OSError:
            return False
        finally:
            connection.close()


def _wsgi(port: int, processes: int) -> list[str]:
    # Idle connections stay open longer than any caller keeps them, so that none is closed under a request.
    return [
        "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", str(processes), "--worker-class", "gthread",
        "--threads", "8", "--timeout", "300", "--keep-alive", "120", "--preload", "--no-control-socket",
        "--log-level", "warning", "trytond.application:app",
    ]  # fmt: skip
