"""Fetches Shopify's published Admin schema at set-up: packs the pinned npm package and keeps what we use of it.

Standard library only, as `run.py` calls it. Nothing of the package is executed and none of its dependencies is
installed; the tarball counts only if it has the hash in `schema.lock.json`. For each version two files appear:
`admin_<version>.json.gz`, an introspection result without descriptions, and `scopes_<version>.json`, which says by
`Type` or `Type.field` which access scopes open it.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "schema.lock.json"
TARGET = ROOT / ".state" / "schema"

# What graphql-core's build_client_schema reads; descriptions are nine tenths of the file.
_KEPT = frozenset(
    {
        "__schema",
        "queryType",
        "mutationType",
        "subscriptionType",
        "types",
        "directives",
        "kind",
        "name",
        "fields",
        "args",
        "inputFields",
        "interfaces",
        "enumValues",
        "possibleTypes",
        "type",
        "ofType",
        "defaultValue",
        "isDeprecated",
        "deprecationReason",
        "isRepeatable",
        "locations",
        "specifiedByURL",
        "isOneOf",
    }
)


def main() -> int:
    lock = json.loads(LOCK.read_text())
    tarball = _pack(f"{lock['package']}@{lock['version']}")
    if _integrity(tarball) != lock["integrity"]:
        print(f"{lock['package']} {lock['version']} has another hash than schema.lock.json", file=sys.stderr)
        return 1
    TARGET.mkdir(parents=True, exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(tarball), mode="r:gz") as package:
        for version in lock["versions"]:
            _keep(package, f"{lock['folder']}/admin_{version}.json.gz", version)
    _write(TARGET / "fetched", _wanted())
    return 0


def fetched() -> bool:
    """Whether the files are there as the present lock and the present code make them."""
    stamp = TARGET / "fetched"
    return stamp.is_file() and stamp.read_bytes() == _wanted()


def _wanted() -> bytes:
    return hashlib.sha256(LOCK.read_bytes() + Path(__file__).read_bytes()).hexdigest().encode()


def _pack(package: str) -> bytes:
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is missing; `python3 run.py doctor` brings it")
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", package, "--ignore-scripts", "--silent", "--pack-destination", folder]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
        found = list(Path(folder).glob("*.tgz"))
        if done.returncode or len(found) != 1:
            raise SystemExit(f"npm could not fetch {package}: {done.stderr.strip()[-600:]}")
        return found[0].read_bytes()


def _integrity(content: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def _keep(package: tarfile.TarFile, name: str, version: str) -> None:
    member = package.extractfile(name)
    if member is None:
        raise SystemExit(f"{name} is not in the package")
    document = json.loads(gzip.decompress(member.read()))
    schema = json.dumps(_stripped(document["data"]), separators=(",", ":")).encode()
    _write(TARGET / f"admin_{version}.json.gz", gzip.compress(schema, 6, mtime=0))
    scopes = json.dumps(dict(_scopes(document["offline_scopes"]["items"])), indent=0, sort_keys=True)
    _write(TARGET / f"scopes_{version}.json", scopes.encode())


def _stripped(value: Any) -> Any:
    match value:
        case dict():
            return {key: _stripped(item) for key, item in value.items() if key in _KEPT}
        case list():
            return [_stripped(item) for item in value]
        case _:
            return value


def _scopes(items: list[Mapping[str, Any]]) -> Iterator[tuple[str, dict[str, object]]]:
    for item in items:
        if item["offlineScopes"]:
            name = ".".join(filter(None, (item["typeName"], item.get("fieldName"))))
            yield name, {"scopes": item["offlineScopes"], "says": item["requiredAccess"]}


def _write(path: Path, content: bytes) -> None:
    half = path.with_name(path.name + f".{os.getpid()}")
    half.write_bytes(content)
    half.replace(path)


if __name__ == "__main__":
    raise SystemExit(main())
