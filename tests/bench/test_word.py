"""The command's word for benches: it hands everything on, and each bench has the last word on its options."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from app.cli.bench import BENCHES, ROOT
from tests.patience import WHOLE


def module(name: str) -> str:
    """What `python -m` runs."""
    return f"bench.{name}" if (ROOT / "bench" / f"{name}.py").exists() else f"bench.{name}.__main__"


def said(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app.cli", "bench", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=WHOLE, check=False)


@pytest.mark.parametrize("name", BENCHES)
def test_each_bench_tells_its_own_options(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    ours, sys.argv = sys.argv, [name, "--help"]
    try:
        with pytest.raises(SystemExit) as ended:
            importlib.import_module(module(name)).main()
    finally:
        sys.argv = ours
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert f"stockbridge bench {name}" in told
    assert "--json" in told
    assert "--seed" in told


def test_an_option_the_bench_does_not_know_is_its_to_refuse() -> None:
    done = said("orders", "--no-such-option")
    assert done.returncode == 2
    assert "--no-such-option" in done.stderr
    assert "stockbridge bench orders" in done.stderr
