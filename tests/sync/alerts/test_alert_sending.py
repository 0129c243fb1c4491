"""A notification arrives at least once: over mail servers and receivers that fail, and workers that die in between."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from app import steps
from app.models import notifications
from tests.models.world import join
from tests.sync.alerts.conftest import Listeners


async def planned(told: Listeners, *, webhook: bool = False) -> None:
    """Something is wrong and one person is to hear of it; nothing is sent yet."""
    await told.listen(email=None if webhook else "ops@example.org", webhook=webhook)
    await told.pause()
    await told.pass_time(60)
    await told.turns().deciding.turn(told.tenant, every=timedelta(minutes=1))
    assert await told.states() == ["planned"]


async def send(told: Listeners, *, after: float = 0) -> str:
    await told.pass_time(after)
    await told.turns().sending.due()
    (row,) = await told.rows()
    return str(row["state"])


def headers(told: Listeners) -> list[str]:
    return [posted.headers["stockbridge-delivery"] for posted in told.hook.posted]


async def test_a_webhook_is_signed_over_its_time_and_its_body(told: Listeners) -> None:
    await planned(told, webhook=True)
    assert await send(told) == "done"
    (posted,) = told.hook.posted
    said = dict(part.split("=") for part in posted.headers["stockbridge-signature"].split(","))
    expected = hmac.new(b"sbs_known", f"{said['t']}.".encode() + posted.body, hashlib.sha256).hexdigest()
    assert said["v1"] == expected
    assert abs(int(said["t"]) - time.time()) < 60
    body = orjson.loads(posted.body)
    assert (body["id"], body["type"], body["kind"]) == (headers(told)[0], "alarm", "critical")
    assert body["text"].startswith("Stockbridge stands still\n“Demo” stands still")
    assert body["connection"]["name"] == "Demo"
    (row,) = await told.rows()
    assert orjson.loads(row["evidence"]) == {"status": "204"}


async def test_a_mail_server_that_is_down_is_tried_again_until_it_is_not(told: Listeners) -> None:
    await planned(told)
    for n in range(3):
        told.smtp.refuses("MAIL", "421 too busy")
        assert await send(told, after=70 * 2**n) == "planned"
    assert (await told.rows())[0]["code"] == "mail.refused_for_now"
    assert await send(told, after=1) == "planned"
    assert await send(told, after=600) == "done"
    (row,) = await told.rows()
    assert (row["tries"], row["code"], len(told.smtp.taken)) == (4, None, 1)


async def test_a_recipient_that_is_refused_for_ever_is_not_asked_again(told: Listeners) -> None:
    await planned(told)
    told.smtp.refuses("RCPT", "550 no such user")
    assert await send(told) == "refused"
    assert await send(told, after=90_000) == "refused"
    (row,) = await told.rows()
    assert (row["code"], row["tries"], row["due_at"]) == ("mail.recipient_refused", 1, None)


async def test_one_recipient_that_is_refused_keeps_no_other_from_hearing(told: Listeners) -> None:
    await told.listen(email="gone@example.org")
    await told.listen(email="ops@example.org")
    await told.listen(webhook=True)
    await told.pause()
    told.smtp.refuses("RCPT", "550 no such user")
    await told.look()
    assert sorted(await told.states()) == ["done", "done", "refused"]


async def test_a_slow_mail_server_is_given_up_at_the_deadline_and_mailed_again_under_the_same_id(
    told: Listeners,
) -> None:
    await planned(told)
    told.timing = replace(told.timing, alert_deadline=timedelta(seconds=1.5))
    told.smtp.falls_silent("END")
    assert await send(told) == "unclear"
    told.smtp.silent_at = None
    assert await send(told, after=70) == "done"
    (mail,) = told.smtp.taken
    assert str((await told.rows())[0]["id"]) in str(mail.message["Message-ID"])


@pytest.mark.parametrize(
    ("status", "state", "code"),
    [
        (500, "planned", "alert.receiver_trouble"),
        (429, "planned", "alert.receiver_trouble"),
        (302, "refused", "alert.receiver_redirects"),
        (410, "refused", "alert.receiver_refused"),
        (404, "refused", "alert.receiver_refused"),
    ],
)
async def test_what_a_receivers_answer_means(told: Listeners, status: int, state: str, code: str) -> None:
    await planned(told, webhook=True)
    told.hook.status, told.hook.headers = status, "location: http://127.0.0.1:9/\r\n" if status == 302 else ""
    assert await send(told) == state
    assert (await told.rows())[0]["code"] == code
    told.hook.status = 200
    assert await send(told, after=70) == ("done" if state == "planned" else "refused")


async def test_a_receiver_that_does_not_answer_gets_the_same_body_under_the_same_id_again(
    told: Listeners,
) -> None:
    await planned(told, webhook=True)
    told.timing = replace(told.timing, alert_deadline=timedelta(seconds=1.5))
    told.hook.silent = True
    assert await send(told) == "unclear"
    told.hook.silent = False
    assert await send(told, after=70) == "done"
    one, two = told.hook.posted
    assert (one.body, headers(told)[0]) == (two.body, headers(told)[1])


async def test_an_address_inside_our_network_is_never_called(told: Listeners) -> None:
    await planned(told, webhook=True)
    from app.outbound import open_http  # noqa: PLC0415  a door without the exception

    async with open_http() as strict:
        told.http = strict
        assert await send(told) == "refused"
    assert (await told.rows())[0]["code"] == "address.not_https"
    assert told.hook.posted == []


async def test_what_can_not_be_sent_for_a_day_is_given_up_and_says_why(told: Listeners) -> None:
    await planned(told)
    told.sends_mail = False
    assert await send(told) == "planned"
    assert await send(told, after=86_400) == "refused"
    assert (await told.rows())[0]["code"] == "mail.not_set_up"


async def test_a_recipient_who_was_taken_off_the_list_hears_nothing_more(told: Listeners) -> None:
    await planned(told)
    await told.world.owner.execute("DELETE FROM alert_recipient")
    assert await send(told) == "refused"
    assert (await told.rows())[0]["code"] == "alert.recipient_gone"


# --- a worker dies ---------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """What a kill looks like from within: nothing after it runs."""


async def dies_at(told: Listeners, place: str) -> None:
    async def barrier(name: str) -> None:
        if name == place:
            raise Killed

    steps.install(barrier)
    (row,) = await told.rows()
    try:
        with pytest.raises(Killed):
            await told.turns().sending.send(told.tenant, row["id"])
    finally:
        steps.install(None)


@pytest.mark.parametrize(("place", "copies"), [("alert.sent", 1), ("alert.answered", 2), ("alert.done", 1)])
async def test_a_worker_that_dies_loses_nothing_and_repeats_under_the_same_id(
    told: Listeners, place: str, copies: int
) -> None:
    """Between the answer and its being written down nobody can know: then it comes twice, and says so by its id."""
    await planned(told, webhook=True)
    await dies_at(told, place)
    assert await send(told) == ("done" if place == "alert.done" else "sent")
    assert len(told.hook.posted) == (0 if place == "alert.sent" else 1)
    assert await send(told, after=36) == "done"
    assert len(told.hook.posted) == copies
    assert len(set(headers(told))) == 1


async def test_a_worker_that_wakes_late_does_not_overwrite_its_heirs_end(told: Listeners) -> None:
    await planned(told, webhook=True)
    asleep, wake = asyncio.Event(), asyncio.Event()

    async def barrier(name: str) -> None:
        if name == "alert.sent" and not asleep.is_set():
            asleep.set()
            await wake.wait()

    steps.install(barrier)
    try:
        (row,) = await told.rows()
        sleeper = asyncio.create_task(told.turns().sending.send(told.tenant, row["id"]))
        await asleep.wait()
        assert await send(told, after=36) == "done"
        told.hook.status = 410
        wake.set()
        await sleeper
    finally:
        steps.install(None)
    (row,) = await told.rows()
    assert (row["state"], row["epoch"]) == ("done", 2)


async def test_addresses_and_words_lie_sealed_and_nothing_of_them_in_the_log(told: Listeners) -> None:
    await planned(told)
    tables = ("alert_recipient", "alert_setting", "alert_cause", "notification")
    for table in tables:
        for row in await told.world.owner.fetch(f"SELECT * FROM {table}"):
            assert b"ops@example.org" not in b"".join(v for v in row.values() if isinstance(v, bytes))
            assert "ops@example.org" not in str(dict(row))


async def test_one_organisations_many_messages_keep_no_other_waiting(told: Listeners) -> None:
    first, other = told.tenant, (await join(told.world.database)).tenant
    for tenant, count in ((first, 30), (other, 1)):
        await told.world.owner.execute(
            "INSERT INTO notification (tenant_id, kind, phase, cause, recipient_id, channel, title, due_at)"
            " SELECT $1, 'critical', 'alarm', 'c', gen_random_uuid(), 'webhook', 't', now() - make_interval(mins => 5 * $2 + n)"
            " FROM generate_series(1, $2) AS n",
            tenant,
            count,
        )
    due = await notifications.due(told.world.database, most=4)
    assert [tenant for tenant, _ in due].count(other) == 1
