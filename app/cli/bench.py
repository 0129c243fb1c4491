"""The word that runs a bench as a process of its own: what it prints on stdout is its result alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click

BENCHES = ("ingest", "orders", "crash")
ROOT = Path(__file__).resolve().parents[2]


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("name", type=click.Choice(BENCHES))
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def bench(name: str, arguments: tuple[str, ...]) -> None:
    """Measures: `bench ingest|orders|crash`, each with --json and --help."""
    done = subprocess.run([sys.executable, "-P", "-m", f"bench.{name}", *arguments], cwd=ROOT, check=False)
    sys.exit(done.returncode)


WORDS = (bench,)
