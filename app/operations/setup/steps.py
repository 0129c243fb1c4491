"""The checklist before going live: each step is done when what it is about is true, whoever did it and when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.models import setup, sku_audit
from app.models.connections import Connection
from app.models.setup import READ, Standing
from app.operations.declaring import declared
from app.ports import Flow, HostSpec
from app.wiring import Core

PLAIN = ("locations", "payments", "shipping", "taxes")
"""The look-up tables that a plain shop needs; an ERP's charges are proposed by it."""
_SETTINGS = {Flow.INVENTORY: "stock", Flow.PRICES: "prices"}


class StepKey(StrEnum):
    CONNECT = "connect"
    MAP = "map"
    FLOWS = "flows"
    SKUS = "skus"
    DRY_RUN = "dry_run"
    GO_LIVE = "go_live"


@dataclass(frozen=True, kw_only=True)
class SetupStep:
    """`lacking`: what it still wants, by name. `found`: what a person should look at although it is done."""

    key: StepKey
    done: bool
    lacking: tuple[str, ...] = ()
    found: int = 0


async def steps(core: Core, connection: Connection | None) -> tuple[SetupStep, ...]:
    """In their order. Without a connection the first is what there is to do."""
    if connection is None:
        return tuple(SetupStep(key=key, done=False) for key in StepKey)
    at = {"tenant": connection.tenant, "connection": connection.id}
    async with core.database.tenant(connection.tenant) as tx:
        known = await setup.standing(tx, **at)
        assert known is not None, "it was read a moment ago"
        audited = known.skus == READ
        counted = await sku_audit.counts(tx, **at, shop=connection.shop) if audited else {}
    return (
        SetupStep(key=StepKey.CONNECT, done=True),
        _step(StepKey.MAP, lacking=tuple(name for name in PLAIN if not known.tables.get(name))),
        _step(StepKey.FLOWS, lacking=undecided(await declared(core, connection), known)),
        SetupStep(
            key=StepKey.SKUS,
            done=audited,
            found=sum(counted.values()),
        ),
        SetupStep(key=StepKey.DRY_RUN, done=known.tried is not None and known.tried[0] == known.version),
        SetupStep(key=StepKey.GO_LIVE, done=known.live),
    )


def undecided(spec: HostSpec | None, known: Standing) -> tuple[str, ...]:
    """Flows that the ERP can take part in and of which nobody has said yet whether they are carried."""
    return tuple(
        flow.value
        for flow in Flow
        if flow.value not in known.flows
        and not (flow in _SETTINGS and getattr(known, _SETTINGS[flow]))
        and (spec is None or flow not in spec.missing)
    )


def _step(key: StepKey, *, lacking: tuple[str, ...]) -> SetupStep:
    return SetupStep(key=key, done=not lacking, lacking=lacking)
