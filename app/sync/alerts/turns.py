"""The alert loop of a worker: every organisation whose time has come is looked at, then what was planned is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from app.crypto import Vault
from app.logs import get
from app.models import alert_settings
from app.models.database import Database
from app.ports import Http, Mailer
from app.settings import Timing
from app.sync.alerts.deciding import Deciding
from app.sync.alerts.looking import Lapses, Looking
from app.sync.alerts.sending import Sending

_TENANTS = 200


@dataclass(frozen=True, kw_only=True)
class AlertTurns:
    """`every`: how often an organisation is looked at. One that can't be looked at holds up no other."""

    database: Database
    deciding: Deciding
    sending: Sending
    every: timedelta

    @classmethod
    def of(
        cls,
        *,
        database: Database,
        vault: Vault,
        http: Http,
        mailer: Mailer | None,
        timing: Timing,
        lapses: Lapses,
        link: Callable[[str], str],
    ) -> AlertTurns:
        """The loop and its parts. `http`: the guarded door; `mailer` None: this server sends no mail."""
        deciding = Deciding(database=database, vault=vault, looking=Looking(lapses=lapses), link=link)
        sending = Sending(
            database=database,
            vault=vault,
            http=http,
            mailer=mailer,
            deadline=timing.alert_deadline,
            first_wait=timing.alert_wait,
            give_up=timing.alert_give_up,
        )
        return cls(database=database, deciding=deciding, sending=sending, every=timing.alerts_every)

    async def due(self) -> None:
        for tenant in await alert_settings.due(self.database, most=_TENANTS):
            try:
                await self.deciding.turn(tenant, every=self.every)
            except Exception as error:  # noqa: BLE001  one organisation's trouble is its own
                get("alerts").error("alert.look_failed", tenant=str(tenant), exc_info=error)
        await self.sending.due()
