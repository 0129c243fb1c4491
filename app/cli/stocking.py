"""What an operator says to turn stock or prices on in a demo: set up, plan, approve; from then on the clock does it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from app.cli.judge import last_words
from app.cli.stage import Stage, options
from app.domain.stock_plan import RunState
from app.errors import Refused

_TRIES = 8
_NOT_BY_THE_CLOCK = 600
"""Seconds between turns until the first plan is through, so that none of the clock's takes its place."""


async def carry(stage: Stage, word: str, settings: Mapping[str, object]) -> None:
    """`word`: stock or prices. Sales and orders go on meanwhile.

    An ERP that does not answer is asked again, as a person would, and so is a plan that a newer one has replaced.
    """
    shop = options(shop=stage.shop)
    await _set_up(stage, word, {**settings, "every_seconds": _NOT_BY_THE_CLOCK})
    for left in reversed(range(_TRIES)):
        try:
            await stage.say(word, "plan", *shop)
            await stage.say(word, "push", *shop, "--run", str(_said(stage, word)["run"]), "--yes")
            if _said(stage, word)["state"] == RunState.DONE:
                break
        except Refused:
            if not left:
                raise
    await _set_up(stage, word, settings)


async def _set_up(stage: Stage, word: str, settings: Mapping[str, object]) -> None:
    file = stage.home / f"{word}.json"
    file.write_text(json.dumps(settings))
    await stage.say(word, "set-up", *options(shop=stage.shop, settings=file))


def _said(stage: Stage, word: str) -> Mapping[str, object]:
    """The run that the word has told of last."""
    said: Mapping[str, object] = json.loads(last_words(stage.ours(word, word)).splitlines()[-1])
    return said
