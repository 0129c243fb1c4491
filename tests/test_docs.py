"""What the documentation names exists: files, words of the command, settings, metrics and who counts them."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
import yaml
from prometheus_client import CollectorRegistry

from app import probes
from app.cli import main

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "app").rglob("*.md")),
    ROOT / "sandbox" / "README.md",
]
OWN_WORDS = {"test", "lint", "format", "new-host"}
FOLDERS = ("app/", "docs/", "tests/", "sandbox/", "bench/")
NO_FILES = re.compile(r"<|NAME|^app/(uninstalled|scopes_update)$")
"""Names to fill in, and topics of Shopify that look like a file of ours."""


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _prose(text: str) -> str:
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


def _anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", _prose(page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", _prose(page.read_text())):
        if target.startswith(("https://", "http://")):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        assert not anchor or anchor in _anchors(there), target


def test_every_decision_stands_in_their_list() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text())
    assert listed == sorted(path.name for path in folder.glob("0*.md"))


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_file_of_ours_that_is_named_exists(page: Path) -> None:
    for name in re.findall(r"`([\w./<>-]+)`", page.read_text()):
        ours = name.startswith(FOLDERS) and not NO_FILES.search(name)
        if ours or re.fullmatch(r"[\w-]+\.(toml|yaml|lock)", name):
            assert (ROOT / name).exists(), name


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_command_and_option_that_is_named_exists(page: Path) -> None:
    for line in _commands(page.read_text()):
        word, *rest = line.split()
        assert word in main.commands or word in OWN_WORDS, line
        if word in main.commands:
            _check_options(main.commands[word], rest, line)


def _commands(text: str) -> list[str]:
    found = re.findall(r"(?:^|[`\s])(?:stockbridge|python3 run\.py) ([a-z][^`\n]*)", text)
    return [line for line in found if re.match(r"[a-z-]+(\s|$)", line)]


def _check_options(command: click.Command, rest: list[str], line: str) -> None:
    if isinstance(command, click.Group):
        if rest and not rest[0].startswith("-"):
            assert rest[0] in command.commands, line
        return
    if command.context_settings.get("ignore_unknown_options"):
        return
    known = {
        name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)
    } | {"--help"}
    given = {word.rstrip(",.;") for word in rest if word.startswith("--")}
    assert given <= known, line


def test_a_command_that_does_not_exist_would_be_seen() -> None:
    assert _commands("say `stockbridge fly --far` or\npython3 run.py doctor\n") == ["fly --far", "doctor"]
    with pytest.raises(AssertionError):
        _check_options(main.commands["retry"], ["--never"], "retry --never")


# --- the tree -------------------------------------------------------------------------------------------------------


def test_the_tree_of_the_architecture_names_what_is_there() -> None:
    tree = (ROOT / "docs" / "architecture.md").read_text().split("```")[1]
    words = set(re.findall(r"[a-z_]+", tree))
    shown = [ROOT / "app", *(ROOT / "app" / name for name in ("cli", "jobs", "sync", "shopify"))]
    modules = [path for folder in shown for path in folder.iterdir() if path.suffix == ".py"]
    packages = [path.parent for path in (ROOT / "app").glob("*/__init__.py")]
    missing = {
        _name(path) for path in (*modules, *packages) if path.stem.strip("_") not in words | {"init", "main"}
    }
    assert not missing
    named = re.findall(r"^  ([a-z_]+)(?:\.py|/) ", tree, re.MULTILINE)
    assert {name for name in named if not list((ROOT / "app").glob(f"{name}*"))} == set()


# --- metrics ---------------------------------------------------------------------------------------------------------

OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
METRIC = re.compile(r"^\| `([a-z_]+)` \| ([^|]*)\|.*\| ([a-z, ]+) \|$", re.MULTILINE)


def _published() -> dict[str, set[str]]:
    """Every metric by its name without our prefix, with its labels."""
    registry = CollectorRegistry()
    made = probes.metrics(registry)
    attributes = {name: value for name, value in vars(made).items() if name != "registry"}
    return {value._name.removeprefix("stockbridge_"): set(value._labelnames) for value in attributes.values()}


def _rows() -> dict[str, tuple[str, str]]:
    part = OPERATIONS.partition("## Metrics")[2].partition("\n## ")[0]
    return {name: (labels.strip(), by) for name, labels, by in METRIC.findall(part)}


def test_every_metric_is_explained_with_its_labels_and_no_other_is() -> None:
    published = _published()
    assert set(_rows()) == set(published)
    for name, (labels, _) in _rows().items():
        named = {part.partition(":")[0].strip() for part in re.split(r", (?=\w+(?::|$|,))", labels) if part}
        assert published[name] <= named, name


def test_the_page_says_who_counts_each_metric() -> None:
    users = {"web": ("main.py",), "worker": ("jobs/serve.py", "jobs/counting.py")}
    both = ("probes.py", "counting.py")
    names = {value._name.removeprefix("stockbridge_"): attribute for attribute, value in _attributes()}
    for metric, (_, by) in _rows().items():
        used = {who for who, files in users.items() if any(_uses(file, names[metric]) for file in files)}
        used |= set(users) if any(_uses(file, names[metric]) for file in both) else set()
        assert by == ", ".join(sorted(used)), metric


def _attributes() -> list[tuple[str, object]]:
    return [(n, v) for n, v in vars(probes.metrics(CollectorRegistry())).items() if n != "registry"]


def _uses(file: str, attribute: str) -> bool:
    return bool(re.search(rf"\bmetrics\.{attribute}\b", (ROOT / "app" / file).read_text()))


def test_every_metric_has_a_sample_rule_and_no_rule_is_about_another() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", OPERATIONS, re.DOTALL)
    rules = [rule for block in blocks for group in yaml.safe_load(block)["groups"] for rule in group["rules"]]
    named = {name for rule in rules for name in re.findall(r"stockbridge_([a-z_]+)", rule["expr"])}
    short = {re.sub(r"_(total|bucket|count|sum)$", "", name) for name in named}
    assert short == set(_rows()), "each metric has a sample rule, and no rule is about another"
    assert all(rule["annotations"]["summary"] for rule in rules)


def test_settings_named_in_the_documentation_stand_in_the_example() -> None:
    example = (ROOT / ".env.example").read_text()
    known = set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))
    names = r"`((?:DATABASE|REDIS|SHOPIFY|SEAL|TIMING|WORKER|METRICS|APP|ALLOWED|LOG)_[A-Z_]+)`"
    for page in PAGES:
        assert set(re.findall(names, page.read_text())) <= known, page
