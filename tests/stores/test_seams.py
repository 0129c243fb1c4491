"""The seams are not Shopify's: its words end at its folder, and another platform is a folder and one line."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import registry
from app.shopify import privacy
from app.shopify.install import APP_TOPICS
from tests.patience import WHOLE
from tests.stores.conftest import STORES

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app"
PLATFORMS = ("memory_store", "event_stream")
WORDS = re.compile(r"shopify|gid://|metafield|\bgraphql\b", re.IGNORECASE)

EDGE = {
    "registry.py": "the table that names it",
    "wiring.py": "builds what an install needs",
    "main.py": "mounts its doors",
    "pages.py": "the page inside its admin",
    "settings.py": "its app's key, secret and address",
    "local.py": "the same for who set none",
    "cli": "what operators type and read",
    "probes.py": "names its calls and points",
    "counting.py": "counts them",
    "graphql": "our own API",
    "limits": "the bucket has the form of its prices",
    "jobs/serve.py": "a wait for that bucket",
    "hosts/tryton/spec.py": "the name of a web shop in the ERP, which its form can change",
    "stores/__init__.py": "says that it is elsewhere",
    "models/migrations/0001_tenants.py": "the platform of a row that names none",
}
"""Where its words may stand outside its own folder, and why."""

CORE = (
    "domain",
    "ports",
    "mapping",
    "sync",
    "models",
    "inbox.py",
    "deliveries.py",
    "outbound",
    "job_queue.py",
)


def _product() -> Iterator[Path]:
    for path in sorted(APP.rglob("*.py")):
        if not path.is_relative_to(APP / "shopify"):
            yield path


def _name(path: Path) -> str:
    return path.relative_to(APP).as_posix()


def _may(path: Path) -> bool:
    return any(_name(path) == place or _name(path).startswith(f"{place}/") for place in EDGE)


def _lines(path: Path) -> list[str]:
    """Lines with one of its words. The engine's own `graphql` layer is named in none of the core's."""
    return [line.strip() for line in path.read_text().splitlines() if WORDS.search(line)]


def test_its_words_end_at_its_folder_and_at_the_edge() -> None:
    said = {_name(path): found for path in _product() if not _may(path) and (found := _lines(path))}
    assert not said


def test_the_core_is_all_looked_at_and_none_of_it_is_let_off() -> None:
    core = [p for p in _product() if p.relative_to(APP).parts[0] in CORE]
    assert len({p.relative_to(APP).parts[0] for p in core}) == len(CORE)
    assert [_name(p) for p in core if _may(p)] == ["models/migrations/0001_tenants.py"]


def test_every_place_that_is_let_off_is_there() -> None:
    assert [place for place in EDGE if not (APP / place).exists()] == []


def test_no_word_of_a_platform_under_test_is_in_the_product() -> None:
    words = re.compile("|".join(PLATFORMS))
    assert not [_name(path) for path in APP.rglob("*.py") if words.search(path.read_text())]


def test_the_product_ships_with_shopify_alone_and_the_tests_add_a_line_each() -> None:
    assert set(registry.STORES) == {"shopify"}
    assert set(STORES) - set(registry.STORES) == set(PLATFORMS)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_platform_can_send_what_acts_on_an_install(platform: str) -> None:
    assert not set(STORES[platform].topics) & (APP_TOPICS | privacy.TOPICS)
    assert STORES[platform].form


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_platform_reaches_the_ports_and_nothing_behind_them(platform: str) -> None:
    folder = ROOT / "tests" / "stores" / platform
    allowed = ("app.domain", "app.ports", "app.errors", "app.outbound", f"tests.stores.{platform}")
    for path in folder.glob("*.py"):
        reached = {name for name in _imports(path) if name.startswith(("app", "tests"))}
        assert not [n for n in reached if not any(n == a or n.startswith(f"{a}.") for a in allowed)], path


def test_each_platform_is_a_folder_and_one_line_to_the_import_rows_and_the_type_checker(
    tmp_path: Path,
) -> None:
    """In a copy of the product: nothing else is changed, and the command line then offers both."""
    _copy(tmp_path)
    done = _python(
        tmp_path, "from importlinter.cli import lint_imports_command as check; check()", "--no-cache"
    )
    assert re.search(r"\b0 broken", done.stdout), done.stdout + done.stderr
    folders = [f"app/stores/{platform}" for platform in PLATFORMS]
    typed = _python(
        tmp_path, "from mypy.__main__ import console_entry as check; check()", "--strict", *folders
    )
    assert typed.returncode == 0, typed.stdout + typed.stderr
    offered = _python(tmp_path, "from app.cli import main; main()", "add-shop", "--help")
    assert all(platform in offered.stdout for platform in PLATFORMS), offered.stdout + offered.stderr


def test_a_platform_that_reaches_a_table_or_another_platform_breaks_a_row(tmp_path: Path) -> None:
    _copy(tmp_path)
    with (tmp_path / "app/stores/memory_store/orders.py").open("a") as module:
        module.write("\nimport app.models.shops\nimport app.stores.event_stream.wire\n")
    done = _python(
        tmp_path, "from importlinter.cli import lint_imports_command as check; check()", "--no-cache"
    )
    broken = re.findall(r"^(.+) BROKEN", done.stdout, re.MULTILINE)
    assert any(name.startswith("The two sides never reach our tables") for name in broken)
    assert any(name.startswith("No ERP knows another") for name in broken)


def _copy(folder: Path) -> None:
    """The product with both platforms in it: their folders, and a line each in the registry."""
    shutil.copytree(APP, folder / "app", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    if (ROOT / ".mypy_cache").is_dir():  # what the type checker knows of the files that are the same here
        shutil.copytree(ROOT / ".mypy_cache", folder / ".mypy_cache")
    for name in ("sandbox", "bench"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").touch()
    table = folder / "app" / "registry.py"
    lines = table.read_text()
    for platform in PLATFORMS:
        target = folder / "app" / "stores" / platform
        shutil.copytree(
            ROOT / "tests" / "stores" / platform, target, ignore=shutil.ignore_patterns("__pycache__")
        )
        for path in target.glob("*.py"):
            path.write_text(path.read_text().replace("tests.stores.", "app.stores."))
        line = f"from app.stores.{platform}.spec import {platform.upper()}"
        lines = lines.replace("\nHOSTS", f"\n{line}\nHOSTS", 1).replace(
            "(SHOPIFY,", f"(SHOPIFY, {platform.upper()},"
        )
    table.write_text(lines)


def _python(folder: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.defpath, "PYTHONPATH": str(folder), "LANG": "C.UTF-8", "HOME": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=WHOLE, check=False,
    )  # fmt: skip


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
