"""The word that runs a bench as a process of its own: what it prints on stdout is its result alone."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[2]
BENCHES: Mapping[str, str] = {
    "ingest": "How many webhooks a second, against the classic design; what was acknowledged is stored.",
    "orders": "From a paid order to its document in the ERP: rate, time and calls.",
    "stock": "Levels that changed in the ERP, to the shop: calls, points, the used part of the rate, memory.",
    "prices": "Prices that changed in the ERP, to the shop: calls, points, time.",
    "fulfillments": "Shipments that left the ERP, to the shop: calls, time, and whether each is shown once.",
    "hosts": "Calls for an order and for 1,000 items by each ERP, and the used part of what it allows at once.",
    "api": "How long a page of the API takes with a million records stored, first and deep in the list.",
    "page": "How soon each view shows itself on a slow line and a slow machine, and the script's size.",
    "crash": "Processes and databases killed on the way: nothing lost, nothing doubled, nothing wrong.",
}


@click.group()
def bench() -> None:
    """Measures the product from outside; each bench has --json and --help of its own."""


def _word(name: str, what: str) -> click.Command:
    """Hands everything on: the bench knows its options."""
    settings = {"ignore_unknown_options": True, "help_option_names": []}
    given = click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED)
    return click.Command(name, settings, callback=_runner(name), params=[given], help=what)


def _runner(name: str) -> Callable[[tuple[str, ...]], None]:
    def run(arguments: tuple[str, ...]) -> None:
        # It takes this process's place, so that whoever stops us stops the bench.
        os.chdir(ROOT)
        os.execv(sys.executable, [sys.executable, "-P", "-m", f"bench.{name}", *arguments])  # noqa: S606  (no shell is wanted)

    return run


for _name, _what in BENCHES.items():
    bench.add_command(_word(_name, _what))

WORDS = (bench,)
