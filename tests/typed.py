"""A word of the command in a forked process of its own."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.forked import forked
from tests.patience import FAR


@dataclass(frozen=True, kw_only=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        assert self.code == 0, self.err
        return [json.loads(line) for line in self.out.splitlines()]


async def said(env: Mapping[str, str], *words: str) -> Said:
    """What it said and ended with, in this environment and no other."""
    with TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        process = forked(_say, dict(env), words, out, err)
        await asyncio.to_thread(process.join, FAR)
        code = process.exitcode
        if code is None:
            process.kill()
        assert code is not None, f"{words} was still at it after {FAR} s: {err.read_text()}"
        process.close()
        return Said(code=code, out=out.read_text(), err=err.read_text())


def _say(env: dict[str, str], words: tuple[str, ...], out: Path, err: Path) -> None:
    from app.cli import main  # noqa: PLC0415  (the tests' own process has no use for it)

    os.environ.clear()
    os.environ.update(env)
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    main(list(words), prog_name="stockbridge")
