"""Closed-loop load for throughput: wrk where it is installed, autocannon otherwise, every request signed and new."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from bench.bodies import Signed
from bench.children import ROOT, BenchError

CONNECTIONS = 64
ID = "#" * 36
"""Where each request's own delivery id is written over."""

Generator = Literal["wrk", "autocannon"]


@dataclass(frozen=True, kw_only=True)
class Load:
    """What a generator saw: answers 200 in so many seconds, everything else refused."""

    answers: int
    refused: int
    seconds: float

    @property
    def rps(self) -> float:
        return self.answers / self.seconds


def head(signed: Signed, *, shop: str, host: str, id: str = ID) -> str:
    """The request's head as Shopify sends it."""
    return (
        "POST /webhooks/orders HTTP/1.1\r\n"
        f"Host: {host}\r\n"
        "User-Agent: Shopify-Captain-Hook\r\nAccept: */*\r\nContent-Type: application/json\r\n"
        f"X-Shopify-Topic: orders/create\r\nX-Shopify-Shop-Domain: {shop}\r\nX-Shopify-Api-Version: 2026-10\r\n"
        f"X-Shopify-Hmac-Sha256: {signed.signature}\r\nX-Shopify-Webhook-Id: {id}\r\nX-Shopify-Event-Id: {id}\r\n"
        "X-Shopify-Triggered-At: 2026-11-20T12:00:00.123456789Z\r\n"
        f"Content-Length: {len(signed.body)}\r\n\r\n"
    )


def generator() -> Generator:
    return "wrk" if shutil.which("wrk") else "autocannon"


def press(
    url: str, orders: Sequence[Signed], shops: Sequence[str], *, by: Generator, prefix: str, home: Path,
    warm_up: float, seconds: float,
) -> Load:  # fmt: skip
    """Presses as hard as 64 connections can; the warm-up's answers are not counted."""
    host = urlsplit(url).netloc
    folder = home / "requests"
    folder.mkdir(exist_ok=True)
    requests: list[dict[str, str]] = []
    for number, order in enumerate(orders):
        file = folder / f"{number}.json"
        file.write_bytes(order.body)
        requests.append({"head": head(order, shop=shops[number % len(shops)], host=host), "body": str(file)})
    if by == "wrk":
        return _wrk(url, requests, prefix=prefix, folder=folder, warm_up=warm_up, seconds=seconds)
    return _autocannon(url, requests, prefix=prefix, warm_up=warm_up, seconds=seconds)


def _autocannon(
    url: str, requests: list[dict[str, str]], *, prefix: str, warm_up: float, seconds: float
) -> Load:
    wanted = {
        "url": f"{url}/webhooks/orders",
        "requests": requests,
        "prefix": prefix,
        "connections": CONNECTIONS,
        "warm_up": warm_up,
        "seconds": seconds,
    }
    script = Path(__file__).with_name("peer") / "load.mjs"
    said = _run(["node", str(script)], given=json.dumps(wanted), seconds=warm_up + seconds)
    done = json.loads(said)
    return Load(answers=done["answers"], refused=done["refused"], seconds=done["seconds"])


def _wrk(
    url: str, requests: list[dict[str, str]], *, prefix: str, folder: Path, warm_up: float, seconds: float
) -> Load:
    for number, each in enumerate(requests):
        (folder / f"{number}.head").write_text(each["head"], newline="")
    script = Path(__file__).with_name("peer") / "load.lua"
    env = {"FOLDER": str(folder), "REQUESTS": str(len(requests))}
    done = Load(answers=0, refused=0, seconds=1.0)
    for turn, length in (("w", warm_up), ("m", seconds)):
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(length))}s", "-s", str(script), url]
        done = read_wrk(_run(command, env=env | {"PREFIX": prefix + turn}, seconds=length))
    return done


def read_wrk(said: str) -> Load:
    total = re.search(r"(\d+) requests in ([\d.]+)(ms|s|m)", said)
    if total is None:
        raise BenchError(f"wrk said something else: {said[-300:]}")
    seconds = float(total[2]) * {"ms": 0.001, "s": 1.0, "m": 60.0}[total[3]]
    other = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    refused = int(other[1]) if other else 0
    lost = sum(map(int, errors.groups())) if errors else 0
    return Load(answers=int(total[1]) - refused, refused=refused + lost, seconds=seconds)


def _run(command: list[str], *, seconds: float, given: str = "", env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, cwd=ROOT, input=given, capture_output=True, text=True, timeout=seconds + 60, check=False,
        env={**os.environ, **(env or {})},
    )  # fmt: skip
    if done.returncode != 0:
        raise BenchError(f"{command[0]} failed: {done.stderr[-500:]}")
    return done.stdout
