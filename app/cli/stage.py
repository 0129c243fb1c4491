"""What runs around a demo, each a child of ours: the simulated store, an ERP, our web and worker processes."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from app import settings
from app.cli.judge import Planned, last_words
from app.cli.keys import make_token
from app.cli.server import migrated
from app.errors import Misconfigured, Refused
from app.processes import Child, Supervisor, launch

ROOT = Path(__file__).resolve().parents[2]
_PREPARING_SECONDS = 900.0
"""An ERP may be installed and filled on its first start on a machine."""


class ErpConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An ERP server that runs: which kind, what its form asks for, and the look-up tables to start with."""

    host: str
    credentials: dict[str, str]
    mapping: dict[str, dict[str, str]] = {}
    options: dict[str, str] = {}


@dataclass(frozen=True, kw_only=True)
class Stage:
    """`environment` is what our own processes run in; `home` takes the servers' files and, when quiet, the logs."""

    supervisor: Supervisor
    environment: dict[str, str]
    home: Path
    port: int
    shop: str
    quiet: bool = True

    @property
    def app(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def open_store(
        self, *, port: int = 0, state: Path | None = None, seed: int = 0, retry_base: float = 2.0
    ) -> str:
        """The simulated Shopify; from then on our processes look for shops there. `retry_base`: seconds to a webhook's first."""
        more = {"state_dir": state} if state else {}
        words = options(port=port, seed=seed, retry_base=retry_base, **more)
        address = (await self.supervisor.start(self.outsider("shopify", "sandbox", *words)))["address"]
        self.environment["SHOPIFY_ADDRESS"] = address + "/shops/{shop}"
        self.environment["APP_BRIDGE_URL"] = address + "/stand-ins/app-bridge.js"
        self.environment["POLARIS_URL"] = address + "/stand-ins/polaris.js"
        return address

    async def open_erp(self, host: str, planned: Planned, *, port: int = 0, dialect: str = "") -> ErpConfig:
        """Starts the server that the plan names, with the plan's items; what it announces becomes the credentials."""
        items = self.home / "items.json"
        items.write_text(json.dumps(planned.items))
        places = {
            "port": str(port),
            "home": str(self.home),
            "items": str(items),
            "dsn": self.environment["DATABASE_OWNER_URL"],
            "state": str(ROOT / ".state"),
            "dialect": dialect or planned.server.dialect,
        }
        words = [word.format(**places) for word in planned.server.words]
        child = replace(self.outsider("erp", planned.server.module, *words), patience=_PREPARING_SECONDS)
        announced = await self.supervisor.start(child)
        credentials = {name: text.format(**announced) for name, text in planned.server.credentials.items()}
        return ErpConfig(host=host, credentials=credentials, mapping=planned.mapping, options=planned.options)

    async def open_proxy(self, erp: ErpConfig) -> tuple[str, ErpConfig]:
        """A network that can fail in front of the ERP; answers with its desk and with what the app is told."""
        words = options(target=_origin(erp.credentials["address"]))
        announced = await self.supervisor.start(self.outsider("proxy", "sandbox.faulty_proxy", *words))
        place = announced["address"] + urlsplit(erp.credentials["address"]).path.rstrip("/")
        credentials = {**erp.credentials, "address": place}
        return announced["address"], msgspec.structs.replace(erp, credentials=credentials)

    def allow(self, erp: ErpConfig) -> None:
        """The operator's list of private addresses that an ERP may have; read when our processes start."""
        self.environment["ALLOWED_PRIVATE_ENDPOINTS"] = urlsplit(erp.credentials["address"]).netloc

    async def migrate(self) -> None:
        await migrated(settings.read(self.environment))

    async def open_web(self, count: int = 1) -> None:
        for name in _numbered("web", count):
            await self.supervisor.start(self.ours(name, "serve", "--port", str(self.port)))

    async def open_workers(self, count: int) -> None:
        for name in _numbered("worker", count):
            await self.supervisor.start(self.ours(name, "worker"))

    async def connect(self, erp: ErpConfig, *, changes: Sequence[Sequence[str]] = ()) -> None:
        """`stockbridge connect`, then `go-live`, as an operator says them; `changes` to flows in between: name and options."""
        credentials, mapping = self.home / "credentials.json", self.home / "mapping.json"
        credentials.touch(mode=0o600)
        credentials.write_text(json.dumps(erp.credentials))
        mapping.write_text(json.dumps(erp.mapping))
        words = options(shop=self.shop, host=erp.host, credentials=credentials, mapping=mapping)
        chosen = [word for name, value in erp.options.items() for word in ("--option", f"{name}={value}")]
        await self.say("connect", *words, *chosen)
        credentials.unlink()
        for name, *wish in changes:
            await self.say("flow", "change", name, *options(shop=self.shop), *wish)
        await self.say("go-live", *options(shop=self.shop), "--yes")

    async def token(self) -> str:
        """An API token that only reads, for who judges from outside."""
        return await make_token(
            settings.read(self.environment), self.shop, "demo", ("read_status", "read_records"), None
        )

    async def say(self, word: str, *more: str) -> None:
        child = self.ours(word, word, *more)
        code = await (await launch(child)).wait()
        if code:
            raise Refused("demo.word_failed", f"`stockbridge {word}` failed. {last_words(child)}")

    def ours(self, name: str, *words: str) -> Child:
        """One of our own processes."""
        command = [sys.executable, "-m", "app.cli", *words]
        return Child(
            name=name, command=command, environment=self.environment, folder=ROOT, log=self._log(name)
        )

    def outsider(self, name: str, module: str, *words: str) -> Child:
        """A process that knows nothing of us, says where it listens and keeps what it has in memory."""
        return Child(
            name=name,
            command=[sys.executable, "-m", module, *words],
            environment=outside(self.environment),
            folder=ROOT,
            log=self._log(name),
            announces=True,
            restarts=False,
        )

    def _log(self, name: str) -> Path | None:
        return self.home / "logs" / f"{name}.log" if self.quiet else None


def demo_environment(found: Mapping[str, str]) -> dict[str, str]:
    """Ours for a demo: nothing that the operator set for production comes near it."""
    return {**outside(found), "LOG_LEVEL": found.get("LOG_LEVEL", "warning"), "PROFILE": "short"}


def read_config(path: Path) -> ErpConfig:
    try:
        return msgspec.json.decode(path.read_bytes(), type=ErpConfig)
    except msgspec.MsgspecError as cause:
        raise Misconfigured("demo.erp_config", f"{path} can't be read: {cause}") from cause


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _numbered(name: str, count: int) -> list[str]:
    return [f"{name}-{number}" for number in range(1, count + 1)]


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def options(**chosen: object) -> Sequence[str]:
    """Command-line options from names and values."""
    return [word for name, value in chosen.items() for word in (f"--{name.replace('_', '-')}", str(value))]


def outside(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without anything of ours: what a store or an ERP would run in."""
    ours = ("DATABASE_", "REDIS_", "SHOPIFY_", "SEAL_", "TIMING_")
    return {name: value for name, value in environment.items() if not name.startswith(ours)}
