"""A world with people who listen: a mailbox on a real mail server, a webhook on a real receiver."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest

from app.domain.alert_rules import AlertKind
from app.models import alert_settings
from app.models.alert_signs import ConnectionSign
from app.models.database import Database
from app.outbound import Outbound, mailer, open_http
from app.ports import Lapse
from app.settings import Smtp, Timing
from app.sync.alerts import recipients
from app.sync.alerts.recipients import Target
from app.sync.alerts.turns import AlertTurns
from tests.conftest import Addresses
from tests.fakes.receiver import FakeReceiver, receiver
from tests.fakes.smtp import FakeSmtp, mail_server
from tests.fakes.world import World, new_world
from tests.models.world import VAULT
from tests.sync.conftest import addresses, database

__all__ = ["addresses", "database"]

KINDS = tuple(kind.value for kind in AlertKind)
QUICK = Timing(
    alerts_every=timedelta(minutes=1), alert_deadline=timedelta(seconds=2), alert_wait=timedelta(minutes=1)
)


@dataclass(kw_only=True)
class Listeners:
    """`owner` is the test's eye; times pass when it says so."""

    world: World
    smtp: FakeSmtp
    hook: FakeReceiver
    http: Outbound
    sends_mail: bool = True
    lapses: Sequence[Lapse] = ()
    timing: Timing = field(default=QUICK)

    @property
    def tenant(self) -> UUID:
        return self.world.joined.tenant

    def turns(self) -> AlertTurns:
        """One worker's alerts."""
        server = Smtp(
            host="127.0.0.1",
            port=self.smtp.port,
            user=None,
            password=None,
            tls="none",
            sender="alerts@sb.example",
        )

        def lapses(tenant: UUID, sign: ConnectionSign) -> Sequence[Lapse]:
            assert VAULT.open(sign.sealed_credentials, tenant=tenant, purpose="credentials")
            return self.lapses

        return AlertTurns.of(
            database=self.world.database,
            vault=VAULT,
            http=self.http,
            mailer=mailer(server) if self.sends_mail else None,
            timing=self.timing,
            lapses=lapses,
            link=lambda domain: f"https://{domain}/admin/apps/key",
        )

    async def listen(
        self, *, email: str | None = None, webhook: bool = False, kinds: Sequence[str] = KINDS, **rules: Any
    ) -> UUID:
        """Someone is to be told; `rules` as they are stored."""
        target = Target(address=email) if email else Target(address=self.hook.url, secret="sbs_known")
        channel = "webhook" if webhook else "email"
        async with self.world.database.tenant(self.tenant) as tx:
            await alert_settings.save(
                tx, tenant=self.tenant, rules=orjson.dumps(rules).decode() if rules else None
            )
            added = await alert_settings.add(
                tx,
                tenant=self.tenant,
                channel=channel,
                sealed=recipients.sealed(VAULT, target, tenant=self.tenant),
                address_hash=VAULT.keyed_hash(target.address, tenant=self.tenant),
                kinds=kinds,
                most=50,
            )
        assert added is not None
        return added

    async def look(self, *, after: float = 60, worker: AlertTurns | None = None) -> None:
        """So many seconds pass, then a worker looks and sends."""
        await self.pass_time(after)
        await (worker or self.turns()).due()

    async def pass_time(self, seconds: float) -> None:
        await self.world.time_passes(seconds)
        for table, columns in {
            "alert_setting": ("due_at",),
            "alert_cause": ("first_at", "told_at", "over_at"),
            "notification": ("at", "due_at", "sent_at", "ended_at"),
        }.items():
            moved = ", ".join(f"{each} = {each} - make_interval(secs => $1)" for each in columns)
            await self.world.owner.execute(f"UPDATE {table} SET {moved}", seconds)
        # Hours can't be moved by parts of one: they are counted anew.
        await self.world.owner.execute(
            "DELETE FROM order_hour; DELETE FROM cursor WHERE name = 'order_hours'"
        )

    async def rows(self) -> list[dict[str, Any]]:
        found = await self.world.owner.fetch("SELECT * FROM notification ORDER BY at, id")
        return [dict(row) for row in found]

    async def states(self) -> list[str]:
        return [row["state"] for row in await self.rows()]

    async def pause(self, code: str = "access.refused", sentence: str = "The key was refused.") -> None:
        await self.world.set(state="paused", paused_code=code, paused_sentence=sentence)

    async def resume(self) -> None:
        await self.world.set(state="live", paused_code=None, paused_sentence=None)


@pytest.fixture
async def told(database: Database, addresses: Addresses, eye: asyncpg.Connection) -> AsyncIterator[Listeners]:
    async with (
        new_world(database, addresses, owner=eye) as world,
        mail_server() as smtp,
        receiver() as hook,
        open_http(allowed=frozenset({hook.endpoint})) as http,
    ):
        yield Listeners(world=world, smtp=smtp, hook=hook, http=http)
