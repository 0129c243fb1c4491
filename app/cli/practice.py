"""The word `practice`: becomes the demo ERP that practice connections keep their books in."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from app.cli.stage import ROOT
from app.cli.surroundings import from_environment
from app.errors import Misconfigured


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=3010, show_default=True, help="What PRACTICE_URL names.")
@click.option(
    "--state", type=click.Path(path_type=Path), required=True, help="The folder of its books; keep it."
)
def practice(host: str, port: int, state: Path) -> None:
    """Serves the demo ERP for practice connections. One process; without it nobody can practise."""
    secret = from_environment().practice_secret
    if not secret:
        raise Misconfigured(
            "settings.no_practice", "PRACTICE_SECRET is missing: practice keys are made of it."
        )
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    _say_on_stdin(secret)
    words = [
        "--practice",
        "--state",
        str(state.resolve()),
        "--listen",
        host,
        "--port",
        str(port),
        "--key",
        "-",
    ]
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "app.hosts.memory", *words])  # noqa: S606 - it takes our place


def _say_on_stdin(secret: str) -> None:
    """Arguments are seen by everybody on the machine."""
    reading, writing = os.pipe()
    os.write(writing, f"{secret}\n".encode())
    os.close(writing)
    os.dup2(reading, 0)


WORDS = (practice,)
