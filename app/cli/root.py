"""The command's root: its words, and the environment each of them runs in."""

from __future__ import annotations

import sys

import click

from app.cli import (
    again,
    alerts,
    bench,
    changes,
    connections,
    demo,
    entered,
    flow,
    keys,
    mapping,
    members,
    practice,
    prices,
    products,
    reconcile,
    sandbox,
    server,
    stock,
    up,
)
from app.errors import StockbridgeError


class _Words(click.Group):
    """Turns our errors into one line a person can act on."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except StockbridgeError as error:
            click.echo(f"{error.sentence} [{error.code}]", err=True)
            sys.exit(2)


@click.group(cls=_Words)
def main() -> None:
    """Keeps a Shopify store and an ERP telling the same story."""


for word in (
    *server.WORDS,
    *practice.WORDS,
    *connections.WORDS,
    *changes.WORDS,
    *entered.WORDS,
    *keys.WORDS,
    *members.WORDS,
    *mapping.WORDS,
    *again.WORDS,
    *stock.WORDS,
    *alerts.WORDS,
    *reconcile.WORDS,
    *prices.WORDS,
    *flow.WORDS,
    *products.WORDS,
    *up.WORDS,
    *sandbox.WORDS,
    *demo.WORDS,
    *bench.WORDS,
):
    main.add_command(word)
