"""The word `sandbox`: becomes the simulated Shopify, never beside production settings."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from urllib.parse import urlsplit

import click

from app.cli.stage import ROOT
from app.errors import Refused

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def sandbox(words: tuple[str, ...]) -> None:
    """Starts the simulated Shopify alone (--port P, --state-dir DIR, ...); its --help says more."""
    refuse_beside_production(os.environ)
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "sandbox", *words])  # noqa: S606 - it takes our place


def refuse_beside_production(environment: Mapping[str, str]) -> None:
    """Raises Refused where a real database or real shops are set: a simulation has no place beside them."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        if environment.get(name):
            raise Refused(
                "sandbox.production", f"Nothing is simulated beside production settings: {name} is set."
            )
    address = environment.get("SHOPIFY_ADDRESS")
    if address and urlsplit(address.replace("{shop}", "shop.myshopify.com")).hostname not in _LOOPBACK:
        raise Refused(
            "sandbox.production",
            "Nothing is simulated beside production settings: SHOPIFY_ADDRESS names real shops.",
        )


WORDS = (sandbox,)
