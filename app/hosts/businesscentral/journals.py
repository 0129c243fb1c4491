"""A line for money in a journal, of what came in and of what went back alike; people post the journal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from app.domain.ids import SinkKey
from app.errors import Retry
from app.hosts.businesscentral.client import BusinessCentral
from app.hosts.businesscentral.refusals import Exists
from app.hosts.businesscentral.wire import JournalLine
from app.ports import Evidence

_SOON = timedelta(seconds=2)


async def write_line(central: BusinessCentral, path: str, body: Mapping[str, Any]) -> Evidence:
    """Raises `Retry` where another line took the number that this one was given: nothing was written then.

    Business Central numbers a line by the last one of its batch and locks nothing, so that of several at once all but one
    are refused. No other key of a line is kept single, ours included.
    """
    try:
        made = await central.post(JournalLine, path, body)
    except Exists as taken:
        raise Retry(
            "host.busy", "Business Central was busy with the same journal.", after=_SOON, facts=taken.facts
        ) from taken
    return Evidence(
        sink_key=SinkKey(made.id.lower()),
        number=made.document_number,
        response={"id": made.id, "documentNumber": made.document_number, "amount": f"{made.amount:f}"},
    )
