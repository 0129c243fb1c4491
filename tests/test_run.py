"""The first command: a bare clone sets itself up once, checks what it downloads and says plainly what is missing."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from graphql import build_client_schema

import run
from tests.hosts.tryton.rig import ARTICLES
from tests.patience import WHOLE

ROOT = Path(__file__).resolve().parent.parent

# Stands in for a registry: answers `npm pack` with the tarball beside it.
NPM = """#!{python}
import pathlib, shutil, sys
folder = sys.argv[sys.argv.index("--pack-destination") + 1]
shutil.copy(pathlib.Path(__file__).with_name("package.tgz"), pathlib.Path(folder) / "package.tgz")
"""
CLI = "import sys\n\nprint('asked for', *sys.argv[1:])\n"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A project of the same shape whose locks ask for nothing and whose registry is a folder."""
    folder = tmp_path / "clone"
    for name in ("app", "sandbox", "tools"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").touch()
    for name in ("run.py", "sandbox/fetch_schema.py"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "app" / "cli.py").write_text(CLI)
    (folder / "requirements.lock").touch()
    _tool(folder, "npm", NPM.format(python=sys.executable))
    _tool(folder, "node", "#!/bin/sh\necho v20.19.0\n")
    tarball = _tarball()
    (folder / "tools" / "package.tgz").write_bytes(tarball)
    lock = json.loads((ROOT / "schema.lock.json").read_text())
    lock |= {"integrity": _integrity(tarball), "versions": ["2026-10"]}
    (folder / "schema.lock.json").write_text(json.dumps(lock))
    return folder


def test_a_bare_clone_is_set_up_once_and_then_at_once(clone: Path) -> None:
    leftover = clone / ".venv" / "leftover-of-a-half-made-one"
    leftover.parent.mkdir()
    leftover.touch()
    both = [_start(clone, "doctor", "--json"), _start(clone, "doctor", "--json")]
    answers = [process.communicate(timeout=WHOLE) for process in both]
    assert [process.returncode for process in both] == [0, 0], answers
    assert [out for out, _ in answers] == ["asked for doctor --json\n"] * 2
    assert "".join(said for _, said in answers).count("making .venv") == 1
    assert not leftover.exists()
    again = _start(clone)
    assert again.communicate(timeout=WHOLE) == ("asked for up --demo\n", "")


def test_a_half_made_environment_does_not_count(clone: Path) -> None:
    python = clone / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    assert _ask(clone, "print(run.environment_made())").stdout == "False\n"
    (clone / ".venv" / "made-of").write_text(_ask(clone, "print(run.environment_mark(), end='')").stdout)
    assert _ask(clone, "print(run.environment_made())").stdout == "True\n"
    python.unlink()
    assert _ask(clone, "print(run.environment_made())").stdout == "False\n"


def test_a_changed_lock_means_a_new_environment(clone: Path) -> None:
    before = _ask(clone, "print(run.environment_mark())")
    (clone / "requirements.lock").write_text("# another\n")
    after = _ask(clone, "print(run.environment_mark())")
    assert before.returncode == after.returncode == 0
    assert before.stdout != after.stdout


def test_an_old_python_is_told_which_one_is_needed(clone: Path) -> None:
    done = _ask(clone, "sys.version_info = (3, 10, 4); run.main([])")
    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr


def test_a_python_without_venv_is_told_what_to_install(clone: Path) -> None:
    done = _ask(clone, "sys.modules |= {'ensurepip': None, 'pip': None}; run.make_with_pip()")
    assert done.returncode == 1
    assert "python3-venv" in done.stderr


def test_a_pip_outside_does_where_the_environment_can_have_none(clone: Path) -> None:
    done = _ask(clone, "sys.modules['ensurepip'] = None; run.make_with_pip(); print(run.PYTHON.exists())")
    if "No module named pip" in done.stderr or "has no venv" in done.stderr:
        pytest.skip("this Python has no pip of its own")
    assert done.stdout == "True\n", done.stderr
    assert not list((clone / ".venv").glob("lib/*/site-packages/pip"))


@pytest.mark.parametrize(
    ("version", "found"), [("v20.19.0", True), ("v24.1.0", True), ("v20.18.9", False), ("", False)]
)
def test_an_old_node_does_not_count(clone: Path, version: str, found: bool) -> None:
    _tool(clone, "node", f"#!/bin/sh\necho {version}\n")
    assert _ask(clone, "print(run.node_found())").stdout == f"{found}\n"


def test_a_package_with_another_hash_is_refused_and_nothing_is_kept(clone: Path) -> None:
    (clone / "tools" / "package.tgz").write_bytes(_tarball(b'{"tampered": true}'))
    done = _ask(clone, "run.fetch_schema()")
    assert done.returncode == 1
    assert "another hash" in done.stderr
    assert not list((clone / ".state").glob("schema/*"))


def test_of_the_schema_only_what_is_read_is_kept(clone: Path) -> None:
    assert _ask(clone, "run.fetch_schema(); print(run.schema_fetched())").stdout == "True\n"
    kept = json.loads(gzip.decompress((clone / ".state" / "schema" / "admin_2026-10.json.gz").read_bytes()))
    assert kept == {"__schema": {"types": [{"name": "Order", "kind": "OBJECT"}]}}
    scopes = json.loads((clone / ".state" / "schema" / "scopes_2026-10.json").read_text())
    assert scopes == {"Order": {"scopes": ["read_orders"], "says": "`read_orders` access scope."}}


PAGE_IS_MADE_OF = (
    "frontend/src/main.tsx",
    "app/graphql/schema.graphql",
    "app/graphql/needs.json",
    "package.json",
    "package-lock.json",
)


def test_a_changed_page_is_built_anew_and_another_is_not(clone: Path) -> None:
    _tool(clone, "npm", "#!/bin/sh\nmkdir -p frontend/dist\necho building >&2\n")
    for name in PAGE_IS_MADE_OF:
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / name).write_text("// first")
    assert _ask(clone, "run.build_page(); print(run.page_built())").stdout == "True\n"
    for written in ("dist/main.js", "node_modules/.vite/results.json"):
        (clone / "frontend" / written).parent.mkdir(parents=True, exist_ok=True)
        (clone / "frontend" / written).write_text("// by a tool")
    assert _ask(clone, "print(run.page_built())").stdout == "True\n"
    for name in PAGE_IS_MADE_OF:
        (clone / name).write_text("// second")
        assert _ask(clone, "print(run.page_built()); run.build_page()").stdout == "False\n"


ALONE = "from contextlib import nullcontext; run.beside = lambda *words: print('beside', *words) or nullcontext(); "


def test_a_whole_run_makes_the_databases_of_its_tryton_servers_beside_it_and_a_part_does_not(
    clone: Path,
) -> None:
    assert run.TRYTON[-1] == str(len(ARTICLES))
    stand_ins = ALONE + "run.lint = lambda _: 1; "
    whole = _ask(clone, stand_ins + "run.test(['--durations=9'])").stdout
    assert whole == f"beside {' '.join(run.TRYTON)}\n"
    tool = "run.tool = lambda *words: print(words[-1]) or 0; run.BROWSERS = (); "
    (clone / "tests" / "sync").mkdir(parents=True)
    part = _ask(clone, stand_ins + tool + "print(run.test(['-n', '0', 'tests/sync']))").stdout
    assert part == "tests/sync\n0\n", "nothing is made, linted or missed"
    named = _ask(clone, stand_ins + "run.test(['-n', '0', '-k', 'lease'])").stdout
    assert named.startswith("beside"), "no place is named, so that all of it is meant"


def test_what_works_beside_ends_with_what_it_stands_beside(clone: Path) -> None:
    words = "'-c', 'import time; time.sleep(60)'"
    code = f"run.PYTHON = sys.executable\nwith run.beside({words}):\n    pass\nprint('ended')"
    assert _ask(clone, code).stdout == "ended\n"


def test_a_run_of_the_tests_without_a_browser_says_that_it_is_incomplete(clone: Path) -> None:
    stand_ins = ALONE + "run.lint = lambda _: 0; run.tool = lambda *words: print(*words) or 0; "
    missing = _ask(clone, stand_ins + "run.BROWSERS = (); print(run.test([]))").stdout
    assert "not browser" in missing
    assert missing.splitlines()[-2].startswith("INCOMPLETE: browser tests not run")
    assert missing.splitlines()[-1] == "1"
    left_out = _ask(clone, stand_ins + "run.BROWSERS = (); print(run.test(['--no-browser']))").stdout
    assert ("INCOMPLETE" in left_out, left_out.splitlines()[-1]) == (False, "0")
    there = _ask(clone, stand_ins + "run.BROWSERS = ('sh',); print(run.test([]))").stdout
    assert ("not browser" in there, there.splitlines()[-1]) == (False, "0")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Of the project's own files, without what was set up."""
    folder = tmp_path / "copy"
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in ("app", "docs", "sandbox", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("run.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.mark.parametrize("name", ["acme", "tiny_books", "_of_30_letters".rjust(30, "a")])
def test_a_new_erp_is_named_where_erps_are_named_and_passes_lint(copy: Path, name: str) -> None:
    ours = "from pathlib import Path; run.PYTHON = Path(sys.executable); "
    done = _ask(copy, f"{ours}run.new_host([{name!r}])")
    assert done.returncode == 0, done.stderr
    registry = (copy / "app" / "registry.py").read_text()
    assert f"from app.hosts.{name}.spec import {name.upper()}\n" in registry
    assert registry.count(f", {name.upper()}") == 1
    of_contract = re.sub(r"\s", "", (copy / "tests" / "hosts" / "conftest.py").read_text()).replace(",)", ")")
    assert f'pytest.param(lambdarequest:{name}.running(),id="{name}"),' in of_contract, (
        "however it is wrapped"
    )
    assert f" | [{name}.md]({name}.md) | " in (copy / "docs" / "hosts" / "README.md").read_text()
    pages = [f"app/hosts/{name}", f"tests/hosts/{name}", "tests/hosts/conftest.py", f"docs/hosts/{name}.md"]
    assert all((copy / page).exists() for page in pages)
    for word in (["check"], ["format", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *word, *pages[:3], "app/registry.py"]
        said = subprocess.run(ruff, cwd=copy, capture_output=True, text=True, check=False)
        assert said.returncode == 0, said.stdout


def test_people_read_a_new_erps_name_with_blanks_and_code_without(clone: Path) -> None:
    named = _ask(clone, "print(run._named('class AcmeUnderTest: Acme, ACME, acme', 'tiny_books'))").stdout
    assert named == "class TinyBooksUnderTest: Tiny books, TINY_BOOKS, tiny_books\n"


@pytest.mark.long
def test_a_new_erp_fails_its_contract_with_what_is_left_to_do(copy: Path) -> None:
    assert _ask(copy, "run.new_host(['acme'])").returncode == 0
    mypy = [sys.executable, "-m", "mypy", "--strict", "app/hosts/acme", "app/registry.py"]
    typed = subprocess.run(mypy, cwd=copy, capture_output=True, text=True, check=False)
    assert typed.returncode == 0, typed.stdout
    contract = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "acme", "tests/hosts"]
    said = subprocess.run(contract, cwd=copy, capture_output=True, text=True, check=False)
    assert said.returncode == 1, said.stdout
    for place in ("_check", "find", "next_step"):
        assert re.search(rf"To do in app/hosts/acme/\w+\.py, {place}: ", said.stdout), place
    failed, told = (
        len(re.findall(rf"^{line}", said.stdout, re.MULTILINE)) for line in ("FAILED ", "E  .*: To do in ")
    )
    assert told >= failed > 0
    assert " error" not in said.stdout.splitlines()[-1]


@pytest.mark.parametrize("name", ["Acme", "../acme", "", "a", "class", "a" * 31])
def test_a_name_no_folder_can_have_is_refused(clone: Path, name: str) -> None:
    done = _ask(clone, f"run.new_host({[name]})")
    assert done.returncode == 1
    assert "usage" in done.stderr


def test_an_erp_that_is_there_already_is_not_made_again(clone: Path) -> None:
    (clone / "app" / "hosts" / "memory").mkdir(parents=True)
    done = _ask(clone, "run.new_host(['memory'])")
    assert done.returncode == 1
    assert "There is an ERP called memory already" in done.stderr


@pytest.mark.parametrize("version", ["2026-10", "2026-07"])
def test_the_real_schema_is_there_and_whole(version: str) -> None:
    folder = ROOT / ".state" / "schema"
    schema = build_client_schema(
        json.loads(gzip.decompress((folder / f"admin_{version}.json.gz").read_bytes()))
    )
    assert schema.mutation_type is not None
    assert "inventorySetQuantities" in schema.mutation_type.fields
    assert "idempotent" in {directive.name for directive in schema.directives}
    scopes = json.loads((folder / f"scopes_{version}.json").read_text())
    assert "read_orders" in scopes["Order"]["scopes"]


def _start(clone: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(clone / "run.py"), *words],
        env=_environment(clone),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _ask(clone: Path, code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"import sys, run; {code}"],
        cwd=clone,
        env=_environment(clone),
        capture_output=True,
        text=True,
        timeout=WHOLE,
        check=False,
    )


def _environment(clone: Path) -> dict[str, str]:
    # No uv on this path, so that the way everybody has is the one that is tried.
    return {
        "PATH": os.pathsep.join([str(clone / "tools"), "/usr/bin", "/bin"]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _tool(clone: Path, name: str, script: str) -> None:
    path = clone / "tools" / name
    path.write_text(script)
    path.chmod(0o755)


def _tarball(document: bytes | None = None) -> bytes:
    schema = {"types": [{"name": "Order", "kind": "OBJECT", "description": "left out"}]}
    scope = {"type": "type", "typeName": "Order", "kind": "OBJECT"}
    told = scope | {"requiredAccess": "`read_orders` access scope.", "offlineScopes": ["read_orders"]}
    free = {
        "type": "field",
        "typeName": "Shop",
        "fieldName": "name",
        "requiredAccess": "",
        "offlineScopes": [],
    }
    whole = {"data": {"__schema": schema}, "offline_scopes": {"items": [told, free]}}
    content = gzip.compress(document or json.dumps(whole).encode(), mtime=0)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as package:
        member = tarfile.TarInfo("package/dist/data/admin_2026-10.json.gz")
        member.size = len(content)
        package.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def _integrity(content: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
