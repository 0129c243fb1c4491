"""A dry run under a mapping that is not in force: the document is shown even where the ERP can't be asked just now."""

from __future__ import annotations

from datetime import UTC, datetime

from app.errors import Retry
from app.mapping import contents
from app.models import records
from app.sync import flows
from app.sync.engine import Carrier
from app.sync.rehearsal import Rehearsed, rehearse
from tests.fakes.orders import order
from tests.fakes.world import World
from tests.models.world import TABLES, VAULT


async def under(world: World, **tables: dict[str, str]) -> Rehearsed:
    async with world.database.tenant(world.joined.tenant) as tx:
        claim = await records.peek(
            tx, tenant=world.joined.tenant, connection=world.joined.connection, kind="order", key="1001"
        )
    assert claim is not None
    carrier = flows.engine(world.database, VAULT, lambda: datetime.now(UTC)).carriers["order"]
    assert isinstance(carrier, Carrier)
    by = contents.built(0, {**TABLES, **tables}, {})
    return await rehearse(carrier, VAULT, claim, await world.opened(), by=by)


async def test_what_would_be_told_is_shown_under_any_mapping_though_the_order_was_sent_by_its_own(
    world: World,
) -> None:
    await world.placed()
    found = await under(world, items={"TEA": "OTHER"}, payments={"*": "CASH"})
    assert found.whole is not None
    assert [row[0] for row in found.whole["lines"]] == ["OTHER"]  # type: ignore[union-attr, index, call-overload]
    assert [payment.method for payment in found.payments] == ["CASH"]
    assert {(each.told, each.now) for each in found.differs or ()} == {("TEA", "OTHER")}
    assert (await world.record())["mapping_version"] == 1


async def test_an_erp_that_is_away_hides_no_document(world: World) -> None:
    await world.placed(runs=False)
    world.store.place(order())
    world.erp.fails_to_look(Retry("host.away", "The ERP does not answer."))
    found = await under(world, payments={"*": "CASH"})
    assert (found.action, found.reason and found.reason.code) == ("wait", "host.away")
    assert found.whole is not None
    assert [payment.method for payment in found.payments] == ["CASH"]
    assert world.erp.sent == []


async def test_everything_that_would_hold_it_is_told(world: World) -> None:
    await world.placed(runs=False)
    found = await under(world, payments={}, taxes={})
    codes = {reason.code for reason in (found.reason, *found.more) if reason}
    assert (found.action, codes) == ("hold", {"mapping.payment_missing", "mapping.tax_missing"})
    assert found.whole is None
