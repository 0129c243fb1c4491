"""The tests' way to type a word is the operator's: a new process that starts from nothing says and ends the same."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

from tests.models.world import Joined
from tests.typed import Said, said

ROOT = Path(__file__).resolve().parents[2]


async def started(env: dict[str, str], *words: str) -> Said:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app.cli", *words, cwd=ROOT, env=env, stdout=PIPE, stderr=PIPE
    )
    out, err = await process.communicate()
    return Said(code=process.returncode or 0, out=out.decode(), err=err.decode())


async def test_a_process_that_starts_from_nothing_says_the_same(env: dict[str, str], joined: Joined) -> None:
    for shop, code in ((joined.domain, 0), ("nobody.myshopify.com", 2)):
        words = ("mapping", "show", "--shop", shop)
        new, forked = await asyncio.gather(started(env, *words), said(env, *words))
        assert (new, new.code) == (forked, code)
        assert new.out or "[shop.unknown]" in new.err
