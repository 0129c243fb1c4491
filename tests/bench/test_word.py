"""The command's word for benches: each is a process of its own that has the last word on its options."""

from __future__ import annotations

import subprocess
import sys

import pytest

from app.cli.bench import BENCHES, ROOT


def said(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app.cli", "bench", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=50, check=False)


@pytest.mark.parametrize("name", BENCHES)
def test_each_bench_tells_its_own_options(name: str) -> None:
    done = said(name, "--help")
    assert done.returncode == 0
    assert "--json" in done.stdout
    assert "--seed" in done.stdout


def test_an_option_the_bench_does_not_know_is_its_to_refuse() -> None:
    done = said("orders", "--no-such-option")
    assert done.returncode == 2
    assert "--no-such-option" in done.stderr


def test_every_bench_stands_in_its_folder() -> None:
    for name in BENCHES:
        assert (ROOT / "bench" / f"{name}.py").exists() or (ROOT / "bench" / name / "__main__.py").exists()
