"""What ships beside the code says the same as the code: containers, settings, locks, the CLI's words."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from app import settings
from app.cli import main
from app.errors import Misconfigured

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
PASSWORDS = {"DATABASE_OWNER_PASSWORD", "DATABASE_APP_PASSWORD", "DATABASE_INTAKE_PASSWORD"}


def test_compose_runs_words_the_command_knows() -> None:
    ours = [service for service in COMPOSE["services"].values() if service["image"] == "stockbridge"]
    assert sorted(service["command"][0] for service in ours) == ["migrate", "serve", "worker"]
    for service in ours:
        assert _knows(service["command"])


def test_the_image_runs_a_word_the_command_knows() -> None:
    lines = _dockerfile()
    assert json.loads(lines["ENTRYPOINT"]) == ["python", "-m", "app.cli"]
    assert _knows(json.loads(lines["CMD"]))


def test_a_word_nobody_knows_would_be_seen() -> None:
    for command in (["fly"], ["serve", "--wings"]):
        assert not _knows(command)


def test_the_image_copies_what_exists_and_installs_what_is_locked() -> None:
    text = (ROOT / "Dockerfile").read_text()
    copied = [w for line in re.findall(r"^COPY (?!--)(.+) \S+$", text, re.MULTILINE) for w in line.split()]
    assert copied
    assert all((ROOT / name).exists() for name in copied)
    assert "--require-hashes" in text
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert let_in == set(copied)


def test_the_image_asks_a_route_of_ours_whether_it_is_well() -> None:
    command = json.loads(_dockerfile()["HEALTHCHECK"].partition("CMD ")[2])
    assert command[:2] == ["python", "-c"]
    compile(command[2], "healthcheck", "exec")
    assert "/healthz" in command[2]


def test_the_image_gives_up_root_before_it_runs() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "USER stockbridge" in lines
    assert lines.index("USER stockbridge") < next(i for i, line in enumerate(lines) if line.startswith("CMD"))


def test_only_migrate_is_given_the_owner_address() -> None:
    given = [n for n, s in COMPOSE["services"].items() if "DATABASE_OWNER_URL" in str(s.get("environment"))]
    assert given == ["migrate"]


def test_compose_waits_for_migrations_and_keeps_every_job() -> None:
    services = COMPOSE["services"]
    for name in ("web", "worker"):
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert "noeviction" in services["valkey"]["command"]
    assert services["postgres"]["image"].endswith(":18")


def test_shopifys_cli_is_given_words_the_command_knows() -> None:
    webs = [tomllib.loads(path.read_text()) for path in _web_tomls()]
    assert sorted(web["name"] for web in webs) == ["web", "worker"]
    assert sorted(role for web in webs for role in web["roles"]) == ["backend", "background", "frontend"]
    for web in webs:
        assert _knows(web["commands"]["dev"].split()[2:])


def test_shopifys_cli_finds_run_py_from_each_folder() -> None:
    for path in _web_tomls():
        _python, script, _word = tomllib.loads(path.read_text())["commands"]["dev"].split()
        assert (path.parent / script).resolve() == ROOT / "run.py"


def test_every_setting_stands_in_the_example_and_nothing_else_does() -> None:
    listed = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert set(listed) - PASSWORDS == set(_asked_for())


def test_the_examples_defaults_are_the_codes() -> None:
    example = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE))
    for field in fields(settings.Timing):
        default = getattr(settings.Timing(), field.name)
        said = example[f"TIMING_{field.name.upper()}"]
        assert (float(said) if said else None) == (default.total_seconds() if default else None), field.name
    assert example["SCOPES"] == settings.SCOPES


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-node.lock"])
def test_a_lock_has_a_hash_for_everything_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    entries = re.split(r"\n(?=[a-z])", text.replace("\\\n", " "))
    assert all("--hash=sha256:" in entry for entry in entries if "==" in entry)
    assert "==" in text
    assert "://" not in text
    assert "index-url" not in text


def test_the_lock_holds_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    locked = dict(
        re.findall(r"^([a-z0-9_.-]+)==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    )
    for requirement in asked:
        name, _, version = re.split(r"[;\[]", requirement)[0].strip().partition("==")
        assert name in locked
        assert version in ("", locked[name])


def test_the_packages_of_node_have_hashes_and_no_addresses() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert all("integrity" in entry for entry in packages.values())
    assert not any("resolved" in entry for entry in packages.values())


def test_the_packages_of_node_are_locked_for_every_platform() -> None:
    """npm ci refuses a lock that leaves out what some other machine would install."""
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    wanted = {
        (name, each) for name, entry in packages.items() for each in entry.get("optionalDependencies", {})
    }
    assert wanted
    assert [each for name, each in wanted if not _locked(packages, name, each)] == []


def _locked(packages: dict[str, Any], at: str, name: str) -> bool:
    """Whether Node would find it from there: in the package's own folder, or in one above."""
    folders = ["", *(at[: end.start()] for end in re.finditer(r"/node_modules/|$", at) if at)]
    return any(f"{folder}/node_modules/{name}".lstrip("/") in packages for folder in folders)


def test_the_schema_lock_names_the_pinned_version_and_the_one_before() -> None:
    lock = json.loads((ROOT / "schema.lock.json").read_text())
    assert lock["versions"][0] == settings.API_VERSION
    assert len(lock["versions"]) == 2
    assert lock["integrity"].startswith("sha512-")


def test_ci_runs_the_command_a_newcomer_runs() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    text = script.read_text()
    assert "set -euo pipefail" in text
    assert "python3 run.py test" in text


def test_no_committed_file_names_a_registry_or_a_home() -> None:
    hosts = ["registry." + "npmjs", "files." + "pythonhosted", "pypi." + "org", "jsr" + ".io"]
    homes = ["/ro" + "ot/", "/wo" + "rk/", "/home/" + "user"]
    files = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, files.stdout.split("\0")):
        path = ROOT / name
        if path.is_file():
            text = path.read_text(errors="replace")
            assert not [word for word in hosts + homes if word in text], name


def _knows(command: list[str]) -> bool:
    """`--help` makes click read the words and options and do nothing."""
    return CliRunner().invoke(main, [*command, "--help"]).exit_code == 0


def _dockerfile() -> dict[str, str]:
    """The last line of each instruction."""
    return dict(re.findall(r"^([A-Z]+) (.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE))


def _web_tomls() -> list[Path]:
    return [ROOT / "shopify.web.toml", ROOT / "app" / "jobs" / "shopify.web.toml"]


class _Listener(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.append(name)
        return default

    def __getitem__(self, name: str) -> str:
        self.asked.append(name)
        raise KeyError(name)


def _asked_for() -> Iterator[str]:
    environment = _Listener()
    settings.home(environment)
    with pytest.raises(Misconfigured):
        settings.read(environment)
    return iter(environment.asked)
