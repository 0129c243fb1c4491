"""Who runs an embedded server and which folders it can use: root hands over to `nobody`, who sees less."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from app.embedded.failure import EmbeddedError

Account: TypeAlias = tuple[int, int]
"""User id and group id."""

SOCKET_PATH_LIMIT = 100


def service_account() -> Account:
    """Who runs the servers: ourselves, or `nobody` when we are root, which PostgreSQL refuses."""
    if os.getuid() != 0:
        return os.getuid(), os.getgid()
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return 65534, 65534
    return nobody.pw_uid, nobody.pw_gid


def reaches(path: Path, account: Account) -> bool:
    """Whether the account may pass through every existing folder above `path`, and read `path` itself."""
    for place in (path, *path.parents):
        if not place.exists():
            continue
        seen = place.stat()
        shift = 6 if seen.st_uid == account[0] else 3 if seen.st_gid == account[1] else 0
        wanted = 0o5 if place == path else 0o1
        if (seen.st_mode >> shift) & wanted != wanted:
            return False
    return True


def _public_folder() -> Path:
    """Where root keeps what `nobody` must reach when the project lies in a closed home."""
    system = Path("/var/lib")
    return (system if os.access(system, os.W_OK) else Path(tempfile.gettempdir())) / "stockbridge"


def make_public(folder: Path) -> None:
    """Makes folders that others may pass through, whatever the umask says."""
    for place in reversed([folder, *folder.parents]):
        if not place.exists():
            place.mkdir(exist_ok=True)
            place.chmod(0o755)


def in_memory(room: int) -> Path | None:
    """Where files never reach a disk, if the system offers that with so many bytes free."""
    memory = Path("/dev/shm")  # noqa: S108  (who makes a folder in it takes a name of chance)
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > room:
        return memory
    return None


@contextmanager
def temporary_home(below: Path | None = None) -> Iterator[Path]:
    """A folder for throw-away servers that their account can reach, unlike most temporary ones; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="stockbridge-", dir=below, ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def reachable_home(home: Path, account: Account) -> Path:
    if account[0] == os.getuid() or reaches(home, account):
        return home
    return _public_folder() / f"{home.name}-{_mark(str(home))}"


def socket_path(home: Path, name: str, account: Account) -> Path:
    path = home / "socket" / name
    if len(str(path)) <= SOCKET_PATH_LIMIT:
        return path
    return Path(tempfile.gettempdir()) / f"stockbridge-{account[0]}-{_mark(str(home))}" / name


def reachable_binary(package: str, parts: tuple[str, ...], binary: str, account: Account) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(f"the package {package} is not installed; run `python3 run.py doctor`")
    site = Path(spec.submodule_search_locations[0]).parent
    found = next(site.glob(binary), None)
    if found is None:
        raise EmbeddedError(f"the package {package} has no server for this machine")
    if account[0] == os.getuid() or reaches(found, account):
        return found
    return _copy(site, parts, found) / found.relative_to(site)


def _copy(site: Path, parts: tuple[str, ...], found: Path) -> Path:
    """Copies the binaries once to where `nobody` may run them."""
    copied = _public_folder() / f"binaries-{_mark(f'{found}{found.stat().st_mtime_ns}')}"
    if copied.exists():
        return copied
    make_public(copied.parent)
    half = Path(tempfile.mkdtemp(prefix="new-", dir=copied.parent))
    for part in parts:
        shutil.copytree(site / part, half / part, symlinks=True)
    for place in (half, *half.rglob("*")):
        if not place.is_symlink():
            place.chmod(0o755 if place.is_dir() or os.access(place, os.X_OK) else 0o644)
    try:
        half.rename(copied)
    except OSError:  # someone else was quicker
        shutil.rmtree(half)
    return copied
