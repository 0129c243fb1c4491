"""The real Admin schema, built from the published introspection file, and what only its extra keys tell."""

from __future__ import annotations

import gc
import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from graphql import GraphQLSchema, build_client_schema, get_named_type

from sandbox.access import Needed, denied, needed_scopes

SUPPORTED = ("2026-01", "2026-04", "2026-07", "2026-10")
# (type, field) -> the kind of personal data it shows. The published file says so in keys of its own, which a
# file reduced to plain introspection no longer has.
PROTECTED = {
    ("Order", "email"): "email",
    ("Order", "phone"): "phone",
    ("Order", "statusPageUrl"): "name",
    ("ShippingLine", "phone"): "phone",
    ("CustomerEmailAddress", "emailAddress"): "email",
    ("CustomerPhoneNumber", "phoneNumber"): "phone",
    ("Customer", "email"): "email",
    ("Customer", "phone"): "phone",
    **{("Customer", name): "name" for name in ("displayName", "firstName", "lastName")},
    **{("MailingAddress", name): "name" for name in ("firstName", "lastName", "name")},
    **{("MailingAddress", name): "address" for name in ("address1", "address2", "formatted", "zip")},
    **{("MailingAddress", name): "address" for name in ("latitude", "longitude")},
    ("MailingAddress", "phone"): "phone",
}
DEFAULT_FILE = Path(__file__).resolve().parent.parent / ".state" / "schema" / "admin_2026-10.json.gz"


@dataclass(frozen=True, kw_only=True, eq=False)
class AdminSchema:
    version: str
    schema: GraphQLSchema
    protected: dict[tuple[str, str], str]
    # (type, field) -> the name of what it returns, lists and non-null taken off.
    returns: dict[tuple[str, str], str]
    needed: Needed = ()
    _denied: dict[str, frozenset[str]] = field(default_factory=dict)

    def denied(self, scope: str) -> frozenset[str]:
        """Types and fields closed to a token with these scopes; worked out once for each scope text."""
        if scope not in self._denied:
            self._denied[scope] = denied(scope, self.needed)
        return self._denied[scope]


def load(path: Path) -> AdminSchema:
    if not path.exists():
        raise SystemExit(f"The Admin schema is missing: {path}. `python3 run.py doctor` fetches it.")
    # All of it stays: looking for what may go, time and again while it is made, would take as long as making it.
    gc.disable()
    try:
        published = json.loads(gzip.decompress(path.read_bytes()))
        introspection = published.get("data", published)
        # The published schema breaks one rule of the library's (deprecated implementations), so it is taken as valid.
        schema = build_client_schema(introspection, assume_valid=True)
    finally:
        gc.enable()
    version = path.name.removeprefix("admin_").removesuffix(".json.gz")
    return AdminSchema(
        version=version,
        schema=schema,
        protected=PROTECTED,
        returns=_returns(schema),
        needed=needed_scopes(path.with_name(f"scopes_{version}.json")),
    )


class Published(Mapping[str, AdminSchema]):
    """The named schema and the other supported versions that lie in the same folder, each built when it is asked for."""

    def __init__(self, path: Path) -> None:
        chosen = load(path)
        beside = {version: path.with_name(f"admin_{version}.json.gz") for version in SUPPORTED}
        self._files = {version: file for version, file in beside.items() if file.exists()}
        self._files[chosen.version] = path
        self._built = {chosen.version: chosen}

    def __getitem__(self, version: str) -> AdminSchema:
        if version not in self._built:
            self._built[version] = load(self._files[version])
        return self._built[version]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def served_version(asked: str) -> str:
    """A retired version falls forward to the oldest supported one, a later or unknown one to the newest."""
    if asked in SUPPORTED:
        return asked
    return SUPPORTED[0] if asked < SUPPORTED[0] else SUPPORTED[-1]


def schema_for(version: str, published: Mapping[str, AdminSchema]) -> AdminSchema:
    """The schema of a version, or the next later one that is there."""
    later = sorted(known for known in published if known >= version)
    return published[later[0] if later else max(published)]


def _returns(schema: GraphQLSchema) -> dict[tuple[str, str], str]:
    return {
        (name, field_name): get_named_type(entry.type).name
        for name, kind in schema.type_map.items()
        for field_name, entry in (getattr(kind, "fields", None) or {}).items()
        if hasattr(entry, "args")
    }
