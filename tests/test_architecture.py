"""What the import rows can't say: where the environment is read, how long a file gets, what every file begins with."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.patience import FAR

ROOT = Path(__file__).resolve().parent.parent
MOST_LINES = 400
VAGUE = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc", "types", "http", "queue"}


def _files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


APP = _files("app")
ALL = [ROOT / "run.py", *_files("app", "sandbox", "bench", "tests")]
HOSTS = sorted(path.name for path in (ROOT / "app" / "hosts").iterdir() if (path / "__init__.py").exists())


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_file_is_short() -> None:
    lines = {_name(path): len(path.read_text().splitlines()) for path in ALL}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def test_every_file_begins_with_a_sentence_about_itself() -> None:
    texts = {_name(path): text for path in ALL if (text := path.read_text()).strip()}
    assert [name for name, text in texts.items() if not ast.get_docstring(ast.parse(text))] == []


def test_no_module_of_the_product_leaves_anything_for_later() -> None:
    words = re.compile(r"\b(TODO|FIXME|raise NotImplementedError)\b")
    assert [_name(path) for path in APP if words.search(path.read_text())] == []


def test_file_names_are_nouns_a_reader_would_look_for() -> None:
    assert not [_name(path) for path in ALL if path.stem in VAGUE]


def test_the_environment_is_read_in_settings_alone() -> None:
    near = [path for path in APP if re.search("environ|getenv", path.read_text())]
    readers = {_name(path) for path in near if any(_reads_environment(ast.parse(path.read_text())))}
    assert "app/settings.py" in map(_name, near)
    assert readers <= {"app/settings.py"}


def test_the_check_for_the_environment_sees_every_way_to_read_it() -> None:
    ways = ["os.environ['A']", "os.environ.get('A')", "os.getenv('A')", "'A' in os.environ"]
    assert all(any(_reads_environment(ast.parse(f"import os\n{way}"))) for way in ways)
    assert any(_reads_environment(ast.parse("from os import environ")))
    assert not any(_reads_environment(ast.parse("import os\nstart(os.environ)")))


def test_only_the_registry_and_its_own_folder_name_an_erp() -> None:
    named = {
        (_name(path), host)
        for path in APP
        for host in set(HOSTS) - {"memory"}
        if host in (text := path.read_text()) and _says(ast.parse(text), host)
    }
    allowed = {"app/registry.py"} | {_name(path) for path in _files("app/hosts")}
    assert {file for file, _ in named} <= allowed


@pytest.mark.parametrize("path", _files("app/domain"), ids=_name)
def test_canonical_records_are_frozen(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ClassDef):
            for decorator in map(ast.unparse, node.decorator_list):
                if decorator.startswith("dataclass"):
                    assert "frozen=True" in decorator, node.name


def test_no_test_patches_our_own_code() -> None:
    patches = re.compile(r"(mock\.patch|import mock|from unittest|monkeypatch\.setattr\()")
    assert not [
        _name(path) for path in _files("tests") if path != Path(__file__) and patches.search(path.read_text())
    ]


VIOLATIONS = {
    "Who may import whom": ("app/errors.py", "import app.settings"),
    "Inside Shopify": ("app/shopify/store.py", "import app.shopify.tokens"),
    "No ERP knows another": ("app/hosts/memory/__init__.py", "import app.hosts.tryton"),
    "Only the registry names ERPs": ("app/wiring.py", "import app.hosts.memory"),
    "The two sides never reach our tables": ("app/shopify/client.py", "import app.job_queue"),
    "Mapping reaches": ("app/mapping/__init__.py", "import app.settings"),
    "The middle speaks no protocol": ("app/sync/__init__.py", "import httpx"),
    "arq stays behind two names": ("app/main.py", "import arq"),
    "httpx stays in outbound": ("app/main.py", "import httpx"),
    "The product knows nothing of its sandbox": ("app/cli.py", "import sandbox"),
}


def test_each_import_row_bites(tmp_path: Path) -> None:
    """Breaks every contract once, in a copy, and counts what the linter sees."""
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "sandbox").mkdir()
    (tmp_path / "sandbox" / "__init__.py").touch()
    for file, line in VIOLATIONS.values():
        path = tmp_path / file
        found = next((p for p in (path, path.with_suffix("") / "__init__.py") if p.exists()), path)
        found.parent.mkdir(exist_ok=True)
        with found.open("a") as module:
            module.write(f"\n{line}\n")
    report = _lint_imports(tmp_path)
    broken = re.findall(r"^(.+) BROKEN", report, re.MULTILINE)
    missed = [name for name in VIOLATIONS if not any(line.startswith(name) for line in broken)]
    assert not missed, report
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert len(broken) == len(contracts) == len(VIOLATIONS)


def test_every_part_of_the_store_is_kept_from_our_tables() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    kept = next(c["source_modules"] for c in contracts if c["name"].startswith("The two sides never"))
    for part in ("client", "bulk", "store"):
        if list((ROOT / "app" / "shopify").glob(f"{part}*")):
            assert f"app.shopify.{part}" in kept


def _lint_imports(folder: Path) -> str:
    code = "from importlinter.cli import lint_imports_command as check; check()"
    # The copy alone counts, wherever else a module of the same name may be found.
    environment = {"PATH": os.defpath, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", code, "--no-cache"],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=FAR, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


def _reads_environment(tree: ast.Module) -> Iterator[bool]:
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=ast.Attribute(attr="environ")) | ast.Attribute(attr="getenv"):
                yield True
            case ast.Attribute(value=ast.Attribute(attr="environ")):
                yield True
            case ast.Compare(comparators=[ast.Attribute(attr="environ")]):
                yield True
            case ast.ImportFrom(module="os", names=names) if {n.name for n in names} & {"environ", "getenv"}:
                yield True


def _says(tree: ast.Module, word: str) -> bool:
    return any(isinstance(node, ast.Constant) and node.value == word for node in ast.walk(tree))
