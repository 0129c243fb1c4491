"""A step that was confirmed and is no longer there: whoever reads of it is told on which side to look."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from app.errors import Rejected
from app.models.effects import Effect, Effects, EffectState
from app.ports import Fence, Step, StepKind
from app.sync.sending import check
from app.sync.sides import Way

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
STEP = Step(key="create", kind=StepKind.CREATE, payload={})


@pytest.mark.parametrize(("host", "there"), [(True, "The ERP"), (False, "The store")])
def test_a_step_that_vanished_is_held_with_the_side_it_vanished_from(host: bool, there: str) -> None:
    minute = timedelta(minutes=1)
    way = Way(host=host, deadline=minute, settle=minute, fence=Fence.NONE, hold=nullcontext)
    done = Effect(
        id=uuid4(), key="k", state=EffectState.DONE, payload=None, epoch=1, tries=1, planned_at=LONG_AGO,
        deadline_at=LONG_AGO, settle_at=LONG_AGO, ended_at=LONG_AGO, sink_key=None,
    )  # fmt: skip
    known = Effects(by_key={"k": done}, now=datetime.now(UTC))
    with pytest.raises(Rejected) as held:
        check(known, "k", STEP, way, looked_at=known.now, asked=False)
    assert held.value.code == "document.changed_in_erp"
    assert held.value.sentence.startswith(f"{there} confirmed")
    check(known, "k", STEP, way, looked_at=known.now, asked=True)
