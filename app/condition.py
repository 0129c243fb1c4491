"""What the probes of a process are told: whether its database is ready, and how much waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app import probes
from app.errors import Misconfigured
from app.models import schema, workers
from app.models.database import Database


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What the probes ask of this process."""

    database: Database

    async def ready(self) -> None:
        if not await schema.is_current(self.database):
            raise Misconfigured("database.schema_old", "The database still needs `stockbridge migrate`.")

    async def backlog(self) -> probes.Backlog:
        found = await workers.backlog(self.database)
        waits = [at for at in (found.oldest_event, found.oldest_record) if at is not None]
        oldest = datetime.now(UTC) - min(waits) if waits else timedelta(0)
        return probes.Backlog(oldest=oldest, overdue={"events": found.events, "records": found.records})
