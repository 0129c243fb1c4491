"""The event stream's Marks: it wants to hear that an order was taken, and nothing of what comes before that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.domain.ids import StoreKey
from app.errors import Reason, Verdict
from app.ports import Json, Mark
from tests.stores.event_stream import wire
from tests.stores.event_stream.caller import Caller


class Confirmations:
    size = 10

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def write(self, marks: Sequence[Mark]) -> Mapping[StoreKey, Reason]:
        """A confirmation stands under the order's id, so the same one twice is one."""
        taken: list[Json] = [
            {"order": m.key, "as": m.number} for m in marks if m.number and m.state == "settled"
        ]
        if not taken:
            return {}
        said = await self._caller.ask(wire.Confirmed, "/confirmations", {"confirm": taken}, writes=True)
        return {StoreKey(key): _unknown(key) for key in said.unknown}


def _unknown(key: str) -> Reason:
    return Reason(
        code="event_stream.order_unknown",
        sentence=f"The event stream does not know order {key}.",
        verdict=Verdict.NEVER,
    )
