"""The `stockbridge` command: every word an operator or an engineer says to the product."""

from app.cli.root import main

__all__ = ["main"]
