"""The merchant's own conditions stop orders, and rules fill the ERP's fields, through the engine, by the version in force."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import orjson

from app.mapping import ruleset
from app.mapping import tables as mapping_tables
from app.mapping.options import Options
from app.mapping.rates import Rate
from app.models import mapping_versions, rates
from app.models.connections import Connection
from app.ports import Json
from app.settings import Timing
from app.sync.flow import Hold, Put, Rules, Skip
from app.sync.order_told import Told
from app.sync.orders import decide
from app.sync.sides import Sides
from tests.fakes.orders import LIVE_SINCE, NOW, order
from tests.fakes.world import World
from tests.models.world import TABLES


def rules(*, gates: ruleset.RuleSet = ruleset.EMPTY, approved: bool = False) -> Rules:
    return Rules(
        tables=mapping_tables.of(1, TABLES, gates),
        options=Options(),
        go_live_at=LIVE_SINCE,
        timing=Timing(),
        approved=approved,
    )


def told() -> Told:
    put = decide(order(), None, rules(), NOW)
    assert isinstance(put, Put)
    return Told.of(put.told)


def gate(do: str, operator: str = "above", value: str = "1") -> ruleset.RuleSet:
    test = {"field": "order.total", "operator": operator, "values": [value]}
    when: Json = {"tests": [test]}
    return ruleset.of({"gates": [{"id": "g1", "when": when, "do": do, "sentence": "Too dear."}]})


def test_an_order_that_fits_a_rule_is_held_with_the_rules_own_sentence_until_a_person_approves_it() -> None:
    held = decide(order(), None, rules(gates=gate("hold")), NOW)
    assert isinstance(held, Hold)
    (reason,) = held.reasons
    assert (reason.code, reason.sentence, reason.facts) == ("order.held_by_rule", "Too dear.", {"rule": "g1"})
    assert isinstance(decide(order(), None, rules(gates=gate("hold"), approved=True), NOW), Put)
    assert isinstance(decide(order(), None, rules(gates=gate("hold", value="99999")), NOW), Put)


def test_an_order_that_fits_a_rule_is_left_out() -> None:
    skipped = decide(order(), None, rules(gates=gate("skip")), NOW)
    assert isinstance(skipped, Skip)
    assert skipped.reason.code == "order.left_out_by_rule"


def test_a_rule_that_can_not_be_asked_holds_the_order() -> None:
    held = decide(order(), None, rules(gates=gate("skip", value="much")), NOW)
    assert isinstance(held, Hold)
    assert (held.reasons[0].code, held.reasons[0].facts["rule"]) == ("rule.not_a_number", "g1")


def test_an_order_that_was_sent_is_stopped_by_no_rule_that_came_later() -> None:
    assert isinstance(decide(order(), told(), rules(gates=gate("skip")), NOW), Put)


# --- through the engine ----------------------------------------------------------------------------------------------


async def publish(world: World, **said: object) -> int:
    async with world.database.tenant(world.joined.tenant) as tx:
        return await mapping_versions.publish(
            tx,
            tenant=world.joined.tenant,
            connection=world.joined.connection,
            tables=TABLES,
            rules=orjson.loads(orjson.dumps(said)),
            note="",
            by="test",
        )


async def test_rules_of_the_version_in_force_fill_the_erps_fields(world: World) -> None:
    rule = {
        "id": "r1",
        "target": "memo",
        "start": {"field": "order.name"},
        "steps": [{"do": "split", "separator": "#", "place": 2}],
    }
    number = await publish(world, fields=[rule])
    await world.placed()
    made = await world.record()
    assert made["mapping_version"] == number
    (sent,) = world.erp.steps("create")
    assert sent.payload["codes"] == {"memo": "1001"}


async def test_the_rate_that_was_used_is_noted_once_with_the_order(world: World) -> None:
    converted = [{"do": "currency", "to": "USD"}, {"do": "round", "places": 2}]
    start = {"field": "order.total"}
    await publish(
        world,
        fields=[
            {"id": "r1", "target": "memo", "start": start, "steps": converted},
            {"id": "r2", "target": "external_reference", "start": start, "steps": converted},
            {"id": "r3", "target": "department", "start": start, "steps": [{"do": "currency", "to": "EUR"}]},
        ],
    )
    placed = datetime.now(UTC).date()
    rate = Rate(source="EUR", target="USD", rate=Decimal("1.0845"), day=placed - timedelta(days=1))
    async with world.database.tenant(world.joined.tenant) as tx:
        await rates.save(
            tx, tenant=world.joined.tenant, connection=world.joined.connection, entered=[rate], by="staff:7"
        )
    await world.placed()
    for _ in range(2):
        await world.hear()
        await world.drain()
    assert await world.state() == ("settled", None)
    (line,) = await world.owner.fetch("SELECT sentence, facts FROM timeline WHERE kind = 'rate'")
    assert line["sentence"] == f"Converted by the rate of {rate.day}: 1 EUR is 1.0845 USD."
    assert orjson.loads(line["facts"]) == {
        "from": "EUR", "to": "USD", "rate": "1.0845", "rate_day": rate.day.isoformat(), "entered_by": "staff:7",
    }  # fmt: skip
    (sent,) = world.erp.steps("create")
    assert sent.payload["codes"] == {"memo": "26.03", "external_reference": "26.03", "department": "24.00"}


async def test_a_rule_that_does_not_fit_holds_the_order_and_sends_nothing(world: World) -> None:
    await publish(world, fields=[{"id": "r1", "target": "priority", "start": {"field": "order.name"}}])
    await world.placed()
    assert (await world.state()) == ("held", "rule.wrong_type")
    assert world.erp.sent == []


async def test_an_order_held_by_a_rule_while_another_version_is_published_is_decided_by_that_one(
    world: World,
) -> None:
    test = {"field": "order.total", "operator": "above", "values": ["1"]}
    await publish(
        world, gates=[{"id": "g1", "when": {"tests": [test]}, "do": "hold", "sentence": "Too dear."}]
    )

    async def slow(connection: Connection) -> Sides:
        found = await world.sides(connection)
        await publish(world)
        return found

    world.store.place(order())
    await world.hear()
    await world.drain(replace(world.worker(), open=slow))
    assert [kind for kind in await world.told_of() if kind in {"held", "settled"}] == ["held", "settled"]
    assert len(world.store.reads) == 2
