"""How far the ERP has come with our documents, read back: onto the timeline, and a run where something follows from it."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.document_status import DocumentStatus, Stage
from app.models import cursors, demand, document_statuses, timeline
from app.models.database import Database, Tx
from app.models.document_statuses import Moved
from app.ports import Missing, Page
from app.sync.sides import Sides

_CURSOR = "documents"
_SENTENCES = {
    Stage.ALLOCATED: "The ERP has set the goods aside.",
    Stage.SHIPPED: "The ERP has shipped it.",
    Stage.INVOICED: "The ERP has invoiced it.",
    Stage.PAID: "The ERP has it down as paid.",
    Stage.CANCELLED: "The document was cancelled in the ERP.",
}
_FOLLOWED = frozenset({Stage.SHIPPED, Stage.CANCELLED})
"""What makes a run: a deposit becomes an invoice when it is shipped, and a cancellation in the ERP is a person's to look at."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Reads the ERP's list since the cursor. Raises `wanted`, notes, and sends nothing itself."""

    database: Database

    async def read(self, sides: Sides) -> int:
        """One pass; answers with how many records became wanted."""
        source = sides.host.document_status
        if isinstance(source, Missing):
            return 0
        connection, raised = sides.connection, 0
        async with self.database.tenant(connection.tenant) as tx:
            cursor = await cursors.read(tx, tenant=connection.tenant, connection=connection.id, name=_CURSOR)
        async for page in source.moved(cursor):
            async with self.database.tenant(connection.tenant) as tx:
                raised += await self._keep(tx, sides, page)
        return raised

    async def _keep(self, tx: Tx, sides: Sides, page: Page[DocumentStatus]) -> int:
        tenant, connection = sides.connection.tenant, sides.connection.id
        stages = {str(each.external_id): each.stages for each in page.items}
        moved = await document_statuses.keep(tx, tenant=tenant, connection=connection, stages=stages)
        for each in moved:
            await self._note(tx, sides, each)
        wanted = [m.record for m in moved if m.kind == "order" and _new(m) & _FOLLOWED]
        if wanted:
            await demand.again(tx, tenant=tenant, records=wanted)
        await cursors.move(tx, tenant=tenant, connection=connection, name=_CURSOR, value=page.cursor)
        return len(wanted)

    async def _note(self, tx: Tx, sides: Sides, moved: Moved) -> None:
        for stage in Stage:
            if stage in _new(moved):
                await timeline.note(
                    tx,
                    tenant=sides.connection.tenant,
                    connection=sides.connection.id,
                    record=moved.record,
                    kind="erp_status",
                    sentence=_SENTENCES[stage],
                    facts={"status": stage.value},
                )


def _new(moved: Moved) -> frozenset[Stage]:
    return frozenset(Stage(each) for each in moved.after if each not in moved.before)
