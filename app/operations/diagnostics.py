"""What somebody who helps needs to know of an installation, as a text to be copied: no secret, no name, no address in it."""

from __future__ import annotations

import platform
from typing import Any
from uuid import UUID

import orjson

from app.models import diagnostics, schema
from app.settings import API_VERSION, VERSION
from app.sync.flows import LISTENED
from app.sync.hinting import KINDS
from app.wiring import Core, utc_now


async def bundle(core: Core, tenant: UUID) -> str:
    """JSON, indented. Shops and connections stand in it by their ids alone."""
    async with core.database.tenant(tenant) as tx:
        parts = await diagnostics.parts(tx, tenant=tenant, kinds=_kinds())
    told: dict[str, Any] = {"made_at": utc_now(), "organisation": tenant, **_program(core), **parts}
    return orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z, default=str).decode()


def _program(core: Core) -> dict[str, Any]:
    settings = core.settings
    return {
        "stockbridge": VERSION,
        "python": platform.python_version(),
        "store_api": API_VERSION,
        "schema": schema.names()[-1],
        "profile": settings.profile,
        "development": settings.development,
        "scopes_wanted": settings.scopes,
        "mail_ready": settings.smtp is not None,
        "shards": settings.shards,
        "slots": settings.worker_slots,
    }


def _kinds() -> list[str]:
    """Every kind of record that a flow carries."""
    return sorted({*KINDS.values(), *(each.kind for each in LISTENED)})
