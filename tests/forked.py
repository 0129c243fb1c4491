"""Processes of tests that are forked from one which has imported what they need: importing that takes seconds, a fork none."""

from __future__ import annotations

import json
import multiprocessing
import os
import runpy
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
_ERPS = ROOT / "sandbox" / "erps"
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    [
        "app.cli",
        "uvicorn",
        "app.hosts.memory.practice",
        "app.hosts.memory.server",
        *(f"sandbox.erps.{file.parent.name}.{file.stem}" for file in sorted(_ERPS.glob("*/[a-z]*.py"))),
    ]
)


def forked(work: Callable[..., None], *arguments: Any) -> BaseProcess:
    """Does this in a process of its own, which ends with this one."""
    process = _FORKS.Process(target=work, args=arguments, daemon=True)
    process.start()
    return process


@contextmanager
def serving(module: str, *words: str | Path) -> Iterator[tuple[dict[str, Any], BaseProcess]]:
    """As `python -m MODULE WORDS` until the block ends; what its first line says, and the process."""
    reader, writer = _FORKS.Pipe(duplex=False)
    process = forked(_run, writer, module, [str(word) for word in words])
    writer.close()
    try:
        with os.fdopen(os.dup(reader.fileno())) as said:
            reader.close()
            yield json.loads(said.readline()), process
    finally:
        process.kill()
        process.join()


def _run(out: Connection, module: str, words: Sequence[str]) -> None:
    os.dup2(out.fileno(), sys.stdout.fileno())
    sys.argv = [module, *words]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
