"""Addresses of those who are told are personal data: erased with the person, and with the shop."""

from __future__ import annotations

from datetime import timedelta

from app.models import alert_settings, notifications, sealed, upkeep
from app.shopify.privacy import Person
from app.shopify.shop_rows import ShopRows
from tests.models.world import VAULT, join
from tests.sync.alerts.conftest import Listeners


async def test_a_person_who_is_erased_is_told_of_nothing_any_more(told: Listeners) -> None:
    await told.listen(email="Zelda@Example.org")
    await told.listen(email="ops@example.org")
    person = Person(customer_key=None, email="zelda@example.org ", phone=None, order_keys=())
    rows = ShopRows(database=told.world.database, vault=VAULT)
    assert await rows.erase_customer(told.world.joined.domain, person) == 1
    await told.pause()
    await told.look()
    assert [mail.to for mail in told.smtp.taken] == ["ops@example.org"]


async def test_with_the_shop_everything_of_its_alerts_goes(told: Listeners) -> None:
    await told.listen(email="ops@example.org")
    await told.world.placed()
    await told.pause()
    await told.look()
    await told.world.owner.execute(
        "INSERT INTO alert_template (tenant_id, kind, subject, body) VALUES ($1, 'held', 'a', 'b')",
        told.tenant,
    )
    await ShopRows(database=told.world.database, vault=VAULT).erase_shop(told.world.joined.domain)
    for table in (
        "alert_setting",
        "alert_recipient",
        "alert_template",
        "alert_cause",
        "notification",
        "order_hour",
        "tenant",
    ):
        assert await told.world.owner.fetchval(f"SELECT count(*) FROM {table}") == 0, table


async def test_the_words_go_after_their_time_and_the_rows_after_theirs(told: Listeners) -> None:
    await told.listen(email="ops@example.org")
    await told.pause()
    await told.look()
    await told.pass_time(31 * 86_400)
    days = [timedelta(days=n) for n in (7, 30, 400)]
    await upkeep.keep_house(told.world.database, seen_for=days[0], bodies_for=days[1], timeline_for=days[2])
    (row,) = await told.rows()
    assert (row["payload"], row["state"]) == (None, "done")
    await told.pass_time(370 * 86_400)
    assert await notifications.expire(told.world.database, bodies=days[1], rows=days[2], most=10) == 1
    assert await told.rows() == []


async def test_another_organisation_sees_and_changes_none_of_it(told: Listeners) -> None:
    listener = await told.listen(email="ops@example.org")
    await told.pause()
    await told.look()
    (row,) = await told.rows()

    other = await join(told.world.database)
    async with told.world.database.tenant(other.tenant) as tx:
        for tenant in (told.tenant, other.tenant):
            assert await alert_settings.recipients(tx, tenant=tenant) == []
            assert not await alert_settings.remove(tx, tenant=tenant, id=listener)
            assert await notifications.page(tx, tenant=tenant, after=None, most=9) == []
            assert (
                await notifications.claim(tx, tenant=tenant, id=row["id"], lease=timedelta(seconds=1)) is None
            )
            assert await alert_settings.claim(tx, tenant=tenant, every=timedelta(seconds=1)) is None
    assert len(await told.rows()) == 1


async def test_what_is_sealed_is_walked_through_for_a_new_key(told: Listeners) -> None:
    await told.listen(email="ops@example.org")
    await told.pause()
    await told.look()
    counts = {}
    for column in sealed.COLUMNS:
        if column.table in {"alert_recipient", "notification"}:
            counts[column.table] = await sealed.reseal(
                told.world.database, tenant=told.tenant, column=column, anew=lambda value: value + b""
            )
    assert counts == {"alert_recipient": 1, "notification": 1}
