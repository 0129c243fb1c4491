"""What a token's scopes open: types and fields behind a scope it lacks are refused, as is writing without one."""

from __future__ import annotations

import json
from pathlib import Path

Needed = tuple[tuple[str, tuple[str, ...]], ...]
_WRITES = {"Order": "write_orders", "Customer": "write_customers", "Product": "write_products"}


def needed_scopes(path: Path) -> Needed:
    """`Type` or `Type.field` with the scopes of which one is enough; nothing where the file is not there."""
    if not path.exists():
        return ()
    return tuple(
        (name, tuple(entry["scopes"])) for name, entry in json.loads(path.read_text("utf-8")).items()
    )


def held(scope: str) -> frozenset[str]:
    """`write_x` holds `read_x` too."""
    named = [part.strip() for part in scope.split(",") if part.strip()]
    return frozenset(named + [name.replace("write_", "read_", 1) for name in named])


def denied(scope: str, needed: Needed) -> frozenset[str]:
    """Types and fields that a token with these scopes may not see."""
    granted = held(scope)
    return frozenset(name for name, any_of in needed if not granted.intersection(any_of))


def may_write(scope: str, typename: str) -> bool:
    wanted = _WRITES.get(typename)
    return wanted is None or wanted in held(scope)
