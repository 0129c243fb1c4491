"""Who owns which kind of data: a flow that would write against the owner is refused here, not by convention."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from app.errors import Misconfigured, Reason, Verdict

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

_NAMES: Mapping[str, str] = {"store": "shop", "host": "ERP"}


def owner_of(owners: Mapping[str, str], kind: str) -> str:
    """store, host or either."""
    return owners.get(kind, DEFAULTS[kind])


def refusal(owners: Mapping[str, str], kind: str, *, to: Literal["store", "host"]) -> Reason | None:
    """Why nothing may be written to that side: it owns the data, so its copy is the truth. None: it may.

    The same whoever asks: an event, the clock, a person, a replay, a back-fill.
    """
    owner = owner_of(owners, kind)
    if owner != to:
        return None
    other = "host" if owner == "store" else "store"
    return Reason(
        code="owner.refused",
        sentence=f"The {kind} of this connection belong to the {_NAMES[owner]}, so nothing is written there. Change the"
        f" owner of {kind} to “{other}” or “either” if the {_NAMES[other]}'s are to be carried over.",
        verdict=Verdict.NEEDS_MAPPING,
        facts={"kind": kind, "owner": owner},
    )


def may_write(owners: Mapping[str, str], kind: str, *, to: Literal["store", "host"]) -> None:
    """Raises Misconfigured with the refusal."""
    refused = refusal(owners, kind, to=to)
    if refused is not None:
        raise Misconfigured(refused.code, refused.sentence, verdict=refused.verdict, facts=refused.facts)
