"""The `stockbridge` command: every word an operator or an engineer says to the product."""

import gc

gc.disable()  # importing leaves nothing behind, and looking for it anyway is a sixth of every start
from app.cli.root import main  # noqa: E402  (before it nothing would be saved)

gc.enable()

__all__ = ["main"]
