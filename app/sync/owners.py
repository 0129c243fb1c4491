"""Who owns which kind of data: a flow that would write against the owner is refused here, not by convention."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from app.errors import Misconfigured

Side = Literal["store", "host", "either"]

DEFAULTS: Mapping[str, Side] = {
    "orders": "store",
    "refunds": "store",
    "customers": "either",
    "products": "host",
    "prices": "host",
    "inventory": "host",
    "fulfillments": "host",
}
"""The owner of each kind of data unless the connection says otherwise (the product's flow table)."""


def may_write(owners: Mapping[str, str], kind: str, *, to: Literal["store", "host"]) -> None:
    """Raises Misconfigured when `to` is the side that owns the data: its copy is the truth and is never written."""
    owner = owners.get(kind, DEFAULTS[kind])
    if owner == to:
        raise Misconfigured(
            "owner.refused",
            f"The {kind} of this connection belong to the {'ERP' if owner == 'host' else 'store'}, so nothing is written there.",
            facts={"kind": kind, "owner": owner},
        )
