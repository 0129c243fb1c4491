"""What a run that held its record found missing in the mapping: kept with the record, as its end is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.errors import Reason
from app.mapping import lacks
from app.mapping.tables import Tables
from app.models import unmapped
from app.models.database import Tx
from app.models.records import Claim, End, State
from app.models.rule_holds import RULE


def named(end: End, tables: Tables) -> End:
    """The end with a reason that says which entry it is about, also where only the host's own code is known."""
    return end if end.reason is None else replace(end, reason=lacks.named(end.reason, tables))


async def keep(tx: Tx, claim: Claim, end: End, more: Sequence[Reason], tables: Tables) -> None:
    """`tables`: those in force when the run began. A record that waits has what it lacked; it isn't counted."""
    held = end.state is State.HELD
    if end.keep_reason or end.state is State.WAITING or not (held or claim.before is State.HELD):
        return
    reasons = [end.reason, *more] if end.reason is not None else []
    found = lacks.of(reasons, tables) if held else ()
    await unmapped.keep(tx, claim, found)
    if found or (held and any(RULE in reason.facts or lacks.CODE in reason.facts for reason in reasons)):
        await unmapped.overtaken(tx, claim, mapping=max(claim.replay or 0, tables.number))
