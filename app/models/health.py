"""Questions about the database itself: does it keep what it acknowledges, and what to do after a restore."""

from __future__ import annotations

from datetime import timedelta

from app.models import changes, schedules
from app.models.database import Database

_NEEDED = {
    "fsync": ("on",),
    "full_page_writes": ("on",),
    "synchronous_commit": ("on", "remote_write", "remote_apply"),
}


async def durability(database: Database) -> list[str]:
    """What keeps an acknowledged commit from surviving a crash, one sentence each."""
    problems = []
    for name, good in _NEEDED.items():
        async with database.across() as tx:
            value = await tx.value("SELECT current_setting($1)", name)
        if value not in good:
            problems.append(f"PostgreSQL runs with {name} = {value}: a crash could lose acknowledged events.")
    return problems


async def look_first(database: Database, *, for_at_least: timedelta) -> int:
    """After a restore committed effects may be missing here: every connection looks before it sends (rule 13).

    Cursors of changes that were given out before count no more.
    """
    count = 0
    async with database.across() as tx:
        shops = await tx.rows(
            "SELECT tenant_id FROM every_shop('00000000-0000-0000-0000-000000000000', 100000)"
        )
    for tenant in sorted({row["tenant_id"] for row in shops}):
        async with database.tenant(tenant) as tx:
            count += await tx.run(
                "UPDATE connection SET look_first_until = now() + $2 WHERE tenant_id = $1",
                tenant,
                for_at_least,
            )
            await tx.run(
                "UPDATE schedule SET due_at = now() WHERE tenant_id = $1 AND flow = $2 AND due_at IS NOT NULL",
                tenant,
                schedules.ORDERS,
            )
            await changes.reborn(tx, tenant=tenant)
    return count
