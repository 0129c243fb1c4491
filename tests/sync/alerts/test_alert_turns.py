"""What is wrong is noticed in the rows and told by mail and webhook, once, whoever looks and however often."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from app.errors import Reason
from app.models import reconciliations, table_feeds, today
from app.ports import Lapse, Span
from tests.sync.alerts.conftest import Listeners


async def test_a_connection_that_stands_still_is_told_once_and_its_recovery_once(told: Listeners) -> None:
    await told.listen(email="ops@example.org")
    await told.look()
    assert told.smtp.taken == []
    await told.pause()
    for _ in range(5):
        await told.look()
    (mail,) = told.smtp.taken
    assert mail.to == "ops@example.org"
    assert "“Demo” stands still: The key was refused." in mail.plain
    assert f"https://{told.world.joined.domain}/admin/apps/key" in mail.plain
    await told.resume()
    await told.look()
    assert len(told.smtp.taken) == 1
    for _ in range(5):
        await told.look(after=360)
    assert [str(each.message["Subject"]) for each in told.smtp.taken] == [
        "Stockbridge stands still",
        "Over: stockbridge stands still",
    ]
    assert await told.states() == ["done", "done"]


async def test_a_practice_connection_alarms_nobody_outside_and_its_trouble_is_seen_on_the_page(
    told: Listeners,
) -> None:
    await told.listen(email="ops@example.org")
    await told.world.set(practice=True)
    await told.pause()
    await hold(told, "1001")
    for _ in range(3):
        await told.look()
    assert (told.smtp.taken, await told.states()) == ([], [])
    async with told.world.database.tenant(told.tenant) as tx:
        (seen,) = await today.alarms(tx, tenant=told.tenant)
    assert seen.sentence == "“Demo” stands still: The key was refused."
    await told.world.set(practice=False)
    await told.look()
    assert len(told.smtp.taken) == 2, "the same of a connection that is none"


async def test_a_pause_by_hand_is_no_alarm(told: Listeners) -> None:
    await told.listen(email="ops@example.org")
    await told.pause("connection.paused_by_hand")
    await told.look()
    assert told.smtp.taken == []


async def test_an_erp_that_does_not_answer_is_told_of_after_a_while(told: Listeners) -> None:
    await told.listen(email="ops@example.org")
    await told.world.set(breaker_failures=7)
    await told.look()
    await told.look(after=800)
    assert told.smtp.taken == []
    await told.look(after=120)
    assert "does not answer" in told.smtp.taken[0].plain


async def test_records_that_fail_again_and_again_are_told_of_with_their_names(told: Listeners) -> None:
    await told.listen(email="ops@example.org")
    for n in (1001, 1002):
        await told.world.hear(str(n))
    await told.world.owner.execute(
        "UPDATE record SET failing_since = now() - interval '61 minutes', reference = '#' || source_key"
    )
    await told.look(after=0)
    assert "2 records of “Demo” fail again and again." in told.smtp.taken[0].plain
    assert "Orders: #1001, #1002" in told.smtp.taken[0].plain


async def hold(told: Listeners, *names: str, hours: int = 25, code: str = "item.unknown") -> None:
    for name in names:
        await told.world.hear(name)
        await told.world.owner.execute(
            "UPDATE record SET state = 'held', reason_code = $2, reason_sentence = 'The ERP has no item of this code.',"
            " state_since = now() - make_interval(hours => $3), reference = '#' || source_key WHERE source_key = $1",
            name,
            code,
            hours,
        )


async def test_records_held_too_long_are_one_message_for_a_cause_with_a_count(told: Listeners) -> None:
    await told.listen(email="ops@example.org")
    await hold(told, "1001", "1002", "1003")
    await hold(told, "2001", hours=2)
    await told.look(after=0)
    (mail,) = told.smtp.taken
    assert (
        "3 records wait for someone in “Demo”: The ERP has no item of this code. [item.unknown]" in mail.plain
    )
    await hold(told, "1004")
    await told.look()
    assert len(told.smtp.taken) == 1
    await told.look(after=12 * 3600)
    assert "4 records wait" in told.smtp.taken[1].plain
    assert "Seen 1 more time since the last message." in told.smtp.taken[1].plain


async def test_a_run_that_failed_is_told_of(told: Listeners) -> None:
    await told.listen(email="ops@example.org")
    await told.world.owner.execute(
        "INSERT INTO run (tenant_id, connection_id, flow, started_by, state, ended_at, sentence) VALUES"
        " ($1, $2, 'inventory', 'clock', 'failed', now(), 'The ERP gave no stock.')",
        told.tenant,
        told.world.joined.connection,
    )
    await told.look()
    assert "The last run of inventory of “Demo” failed. The ERP gave no stock." in told.smtp.taken[0].plain


async def test_a_table_whose_delivery_was_refused_is_told_of_and_its_end_once_a_good_one_came(
    told: Listeners,
) -> None:
    await told.listen(email="ops@example.org")
    joined = told.world.joined
    async with told.world.database.tenant(told.tenant) as tx:
        feed = await table_feeds.save(
            tx,
            tenant=told.tenant,
            connection=joined.connection,
            table="items",
            merge=False,
            sealed=b"x",
            by="t",
        )
        await table_feeds.failed(
            tx,
            tenant=told.tenant,
            feed=feed,
            reason=Reason(code="table.faulty", sentence="Line 7: a blank cell."),
        )
    await told.look()
    said = "The last delivery for the table items of “Demo” was refused: Line 7: a blank cell."
    assert said in told.smtp.taken[0].plain
    async with told.world.database.tenant(told.tenant) as tx:
        await table_feeds.delivered(tx, tenant=told.tenant, feed=feed, rows=3, version=2)
    for _ in range(3):
        await told.look(after=360)
    assert [str(each.message["Subject"]) for each in told.smtp.taken][1:] == [
        "Over: stockbridge stands still"
    ]


async def test_orders_that_the_erp_lacks_are_told_of_until_they_are_healed(told: Listeners) -> None:
    """The newest comparison counts, and what was healed or is only unheard of does not."""
    await told.listen(email="ops@example.org")
    joined = told.world.joined
    span = Span(since=datetime.now(UTC) - timedelta(days=2), until=datetime.now(UTC))

    async def compared(*kinds: str, healed: bool = False) -> None:
        async with told.world.database.tenant(told.tenant) as tx:
            report = await reconciliations.start(
                tx, tenant=told.tenant, connection=joined.connection, kind="orders", span=span, by="clock"
            )
            for n, kind in enumerate(kinds):
                await tx.run(
                    "INSERT INTO reconciliation_finding (tenant_id, reconciliation_id, kind, key, reference, healed_at)"
                    " VALUES ($1, $2, $3, $4, '#' || $4, CASE WHEN $5 THEN now() END)",
                    told.tenant,
                    report,
                    kind,
                    str(1001 + n),
                    healed,
                )
            await reconciliations.end(tx, tenant=told.tenant, report=report, raised=0)

    await compared("missing", healed=True)
    await told.look()
    await compared("unheard", "unknown")
    await told.look()
    assert told.smtp.taken == []
    await compared("missing", "duplicate", "unheard")
    await told.look()
    assert "lists no document, or several, for 2 orders that were settled." in told.smtp.taken[0].plain
    assert "Orders: #1001, #1002" in told.smtp.taken[0].plain
    await compared()
    await told.look()
    await told.look(after=360)
    assert str(told.smtp.taken[1].message["Subject"]).startswith("Over:")


async def test_a_key_that_runs_out_is_told_of_in_time(told: Listeners) -> None:
    await told.listen(email="ops@example.org")
    told.lapses = [Lapse(label="the key", at=datetime.now(UTC) + timedelta(days=20))]
    await told.look()
    assert told.smtp.taken == []
    told.lapses = [Lapse(label="the key", at=datetime.now(UTC) + timedelta(days=13))]
    await told.look()
    assert "“Demo”: the key runs out on" in told.smtp.taken[0].plain


async def test_credentials_that_are_years_old_are_told_of(told: Listeners) -> None:
    await told.listen(email="ops@example.org", secret_days=90)
    await told.world.set(credentials_at=datetime.now(UTC) - timedelta(days=89))
    await told.look(after=1)
    assert told.smtp.taken == []
    await told.world.set(credentials_at=datetime.now(UTC) - timedelta(days=91))
    await told.look()
    assert "has used the same credentials since" in told.smtp.taken[0].plain


async def test_silence_is_judged_by_the_shops_own_weeks(told: Listeners) -> None:
    """An order every ten minutes for three weeks, and then none."""
    await told.listen(email="ops@example.org")
    joined = told.world.joined
    await told.world.owner.execute(
        "INSERT INTO record (tenant_id, connection_id, shop_id, kind, source_key, state, first_seen_at)"
        " SELECT $1, $2, $3, 'order', n::text, 'settled', now() - n * interval '10 minutes'"
        " FROM generate_series(1, 3024) n",
        joined.tenant,
        joined.connection,
        joined.shop,
    )
    await told.look(after=0)
    await told.look(after=40 * 60)
    assert told.smtp.taken == []
    await told.world.set(flows='{"orders": false}')
    await told.look(after=60 * 60)
    assert told.smtp.taken == []
    await told.world.set(flows='{"orders": true}')
    await told.look()
    assert "“Demo” has had no order for" in told.smtp.taken[0].plain
    assert await told.world.owner.fetchval("SELECT count(*) FROM order_hour") > 500
    # A back-fill brings old orders, which end no silence.
    await told.world.owner.execute(
        "INSERT INTO record (tenant_id, connection_id, shop_id, kind, source_key, state, placed_at)"
        " SELECT $1, $2, $3, 'order', 'old-' || n, 'settled', now() - interval '40 days' FROM generate_series(1, 150) n",
        joined.tenant,
        joined.connection,
        joined.shop,
    )
    await told.look(after=400)
    assert await told.world.owner.fetchval("SELECT over_at IS NULL FROM alert_cause WHERE kind = 'silence'")


async def test_a_shop_that_is_new_or_has_left_is_told_nothing(told: Listeners) -> None:
    await told.listen(email="ops@example.org")
    await told.world.placed()
    await told.look(after=3 * 86_400)
    await told.pause()
    await told.world.owner.execute("UPDATE shop SET state = 'uninstalled'")
    await told.look()
    assert told.smtp.taken == []


async def test_everyone_is_told_what_they_listen_to_and_nothing_else(told: Listeners) -> None:
    await told.listen(email="ops@example.org", kinds=["critical"])
    await told.listen(email="buyer@example.org", kinds=["held", "silence"])
    await told.listen(webhook=True, kinds=["held"])
    await told.pause()
    await hold(told, "1001")
    await told.look(after=0)
    assert sorted(mail.to for mail in told.smtp.taken) == ["buyer@example.org", "ops@example.org"]
    (posted,) = told.hook.posted
    assert orjson.loads(posted.body)["kind"] == "held"


async def test_what_nobody_listened_to_is_news_for_the_first_who_does(told: Listeners) -> None:
    await told.listen(email="buyer@example.org", kinds=["held"])
    await told.pause()
    await told.look()
    assert told.smtp.taken == []
    await told.listen(email="ops@example.org")
    await told.look()
    assert [mail.to for mail in told.smtp.taken] == ["ops@example.org"]


async def test_two_workers_that_look_at_the_same_time_say_it_once(told: Listeners) -> None:
    await told.listen(email="ops@example.org")
    await told.listen(webhook=True)
    await told.pause()
    await told.pass_time(60)
    await asyncio.gather(*(told.turns().due() for _ in range(4)))
    await told.turns().due()
    assert len(told.smtp.taken) == 1
    assert len(told.hook.posted) == 1


async def test_an_organisation_is_looked_at_by_the_databases_clock_and_not_more_often(
    told: Listeners,
) -> None:
    await told.listen(email="ops@example.org")
    await told.look(after=1)
    await told.pause()
    await told.look(after=30)
    assert told.smtp.taken == []
    await told.look(after=31)
    assert len(told.smtp.taken) == 1


async def test_in_quiet_hours_only_what_may_is_told(told: Listeners) -> None:
    now = datetime.now(UTC)
    quiet = {
        "begin": f"{now - timedelta(hours=1):%H:%M}",
        "end": f"{now + timedelta(hours=3):%H:%M}",
    }
    await told.listen(email="ops@example.org", quiet=quiet)
    await hold(told, "1001")
    await told.look(after=0)
    assert told.smtp.taken == []
    await told.pause()
    await told.look()
    assert [str(mail.message["Subject"]) for mail in told.smtp.taken] == ["Stockbridge stands still"]


async def test_the_rows_of_one_that_can_not_be_looked_at_hold_up_no_other(told: Listeners) -> None:
    await told.listen(email="ops@example.org")
    await told.pause()
    await told.world.owner.execute("INSERT INTO tenant (id, name) VALUES (gen_random_uuid(), 'broken')")
    await told.world.owner.execute(
        "INSERT INTO shop (tenant_id, id, domain, installed_at) SELECT id, id, 'broken.example', now() FROM tenant"
        " WHERE name = 'broken'"
    )
    await told.world.owner.execute(
        "INSERT INTO alert_setting (tenant_id, rules, due_at) SELECT id, '{\"zone\": \"Nowhere/None\"}', now() - interval '1 day'"
        " FROM tenant WHERE name = 'broken'"
    )
    await told.world.owner.execute(
        "INSERT INTO alert_recipient (tenant_id, channel, sealed, address_hash, kinds) SELECT id, 'email', 'x', 'x', '{held}'"
        " FROM tenant WHERE name = 'broken'"
    )
    await told.look()
    assert len(told.smtp.taken) == 1


@pytest.mark.parametrize("kind", ["critical", "held"])
async def test_a_merchants_own_words_are_used_for_their_kind(told: Listeners, kind: str) -> None:
    await told.listen(email="ops@example.org")
    await told.world.owner.execute(
        "INSERT INTO alert_template (tenant_id, kind, subject, body) VALUES ($1, 'critical', 'Hilfe', 'Achtung <b>{{what}}</b>')",
        told.tenant,
    )
    await (told.pause() if kind == "critical" else hold(told, "1001"))
    await told.look(after=0)
    (mail,) = told.smtp.taken
    assert (str(mail.message["Subject"]) == "Hilfe") is (kind == "critical")
    if kind == "critical":
        assert mail.plain.startswith("Achtung <b>“Demo” stands still")
        assert "&lt;b&gt;" in mail.web
