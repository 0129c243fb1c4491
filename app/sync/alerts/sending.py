"""Sends what was planned: `sent` is committed before the first byte, and what came of it after the last.

Who dies in between leaves the row `sent`; when its lease has run out it is sent once more under the same id, so a
notification arrives at least once, and whoever gets it twice can tell.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson

from app.crypto import Vault
from app.errors import Misconfigured, Rejected, Retry, StockbridgeError, Unclear
from app.logs import get
from app.models import alert_settings, notifications
from app.models.alert_settings import RecipientRow
from app.models.database import Database
from app.models.notifications import Claimed
from app.ports import Answer, Http, Mail, Mailer, Request
from app.steps import step as passes
from app.sync.alerts import recipients
from app.sync.alerts.recipients import CONTENT, Sender, Target
from app.sync.alerts.wording import EMAIL

_MARGIN = timedelta(seconds=15)
_AT_ONCE = 8
_LONGEST_WAIT = timedelta(hours=1)
_ANSWER_BYTES = 20_000


@dataclass(frozen=True, kw_only=True)
class Sending:
    """`http` is the guarded door to addresses that merchants entered. `mailer` None: this server sends no mail."""

    database: Database
    vault: Vault
    http: Http
    mailer: Mailer | None
    deadline: timedelta = timedelta(seconds=20)
    first_wait: timedelta = timedelta(minutes=1)
    give_up: timedelta = timedelta(hours=24)

    async def due(self, *, most: int = 50) -> int:
        """Sends what is due, a few at a time; how many it took on."""
        found = await notifications.due(self.database, most=most)
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(tenant: UUID, id: UUID) -> bool:
            async with gate:
                return await self.send(tenant, id)

        results = await asyncio.gather(*(one(*each) for each in found), return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                get("alerts").error("alert.failed", exc_info=result)
        return sum(result is True for result in results)

    async def send(self, tenant: UUID, id: UUID) -> bool:
        """Sends one now, whoever asks; False when another has it or it is over."""
        async with self.database.tenant(tenant) as tx:
            claimed = await notifications.claim(tx, tenant=tenant, id=id, lease=self.deadline + _MARGIN)
            row = await alert_settings.recipient(tx, tenant=tenant, id=claimed.recipient) if claimed else None
            setting = await alert_settings.read(tx, tenant=tenant) if claimed else None
        if claimed is None:
            return False
        await passes("alert.sent")
        try:
            sender = recipients.opened_sender(
                self.vault, setting.sealed_sender if setting else None, tenant=tenant
            )
            evidence = await self._out(tenant, claimed, row, sender)
        except StockbridgeError as error:
            await self._failed(tenant, claimed, error)
            return True
        except Exception as error:  # noqa: BLE001  whatever a library raises, it is tried again and not for ever
            get("alerts").error("alert.failed", notification=str(id), exc_info=error)
            unknown = Unclear("alert.unexpected", "Something went wrong on our side while this was sent.")
            await self._failed(tenant, claimed, unknown)
            return True
        await passes("alert.answered")
        await self._end(tenant, claimed, state="done", evidence=evidence)
        await passes("alert.done")
        return True

    async def _out(
        self, tenant: UUID, claimed: Claimed, row: RecipientRow | None, sender: Sender
    ) -> Mapping[str, str]:
        if row is None or claimed.payload is None:
            raise Rejected("alert.recipient_gone", "Whoever was to hear this was taken off the list.")
        content = self.vault.unpack(claimed.payload, tenant=tenant, purpose=CONTENT)
        target = recipients.opened(self.vault, row, tenant=tenant)
        if row.channel == EMAIL:
            return await self._mail(claimed.id, target, content, sender)
        return await self._post(claimed.id, target, content)

    async def _mail(self, id: UUID, target: Target, content: bytes, sender: Sender) -> Mapping[str, str]:
        if self.mailer is None:
            raise Misconfigured("mail.not_set_up", "This server is not set up to send e-mail.")
        said = orjson.loads(content)
        mail = Mail(
            id=id,
            to=target.address,
            subject=said["subject"],
            plain=said["plain"],
            html=said["html"],
            sender=sender.address,
            sender_name=sender.name,
        )
        return await self.mailer.send(mail, deadline=self.deadline)

    async def _post(self, id: UUID, target: Target, content: bytes) -> Mapping[str, str]:
        request = Request(
            method="POST",
            url=target.address,
            headers={
                "content-type": "application/json",
                "stockbridge-delivery": str(id),
                "stockbridge-signature": signature(target.secret, content, at=int(time.time())),
            },
            body=content,
            deadline=self.deadline,
            most_bytes=_ANSWER_BYTES,
        )
        answer = await self.http.send(request)
        failure = _refusal(answer)
        if failure is not None:
            raise failure
        return {"status": str(answer.status)}

    async def _failed(self, tenant: UUID, claimed: Claimed, error: StockbridgeError) -> None:
        """What may pass is tried again, until it has been tried for too long; the rest is over."""
        tired = datetime.now(UTC) - claimed.at > self.give_up
        passing = isinstance(error, (Retry, Unclear)) or error.code.startswith("mail.")
        state = "refused"
        again = None
        if passing and not isinstance(error, Rejected) and not tired:
            state = "unclear" if isinstance(error, Unclear) else "planned"
            again = min(self.first_wait * 2 ** min(claimed.tries - 1, 10), _LONGEST_WAIT)
        get("alerts").warning(
            "alert.not_sent", notification=str(claimed.id), code=error.code, tries=claimed.tries
        )
        await self._end(
            tenant,
            claimed,
            state=state,
            again=again,
            code=error.code,
            sentence=error.sentence,
            evidence=error.facts,
        )

    async def _end(self, tenant: UUID, claimed: Claimed, **ended: object) -> None:
        async with self.database.tenant(tenant) as tx:
            await notifications.end(tx, claimed, tenant=tenant, **ended)  # type: ignore[arg-type]


def signature(secret: str, body: bytes, *, at: int) -> str:
    """`t=SECONDS,v1=HEX`: HMAC-SHA256 of the seconds, a dot and the body. A receiver refuses what is minutes old."""
    digest = hmac.digest(secret.encode(), f"{at}.".encode() + body, "sha256").hex()
    return f"t={at},v1={digest}"


def _refusal(answer: Answer) -> StockbridgeError | None:
    """2xx is taken; a receiver in trouble, or asking us to slow down, is asked again; every other answer is a no."""
    facts = {"status": str(answer.status)}
    if 200 <= answer.status < 300:
        return None
    if answer.status >= 500 or answer.status in {408, 425, 429}:
        return Retry("alert.receiver_trouble", "The receiver of the webhook is in trouble.", facts=facts)
    if 300 <= answer.status < 400:
        return Rejected(
            "alert.receiver_redirects",
            "The webhook's address redirects elsewhere; enter the final one.",
            facts=facts,
        )
    return Rejected("alert.receiver_refused", "The receiver of the webhook refuses it.", facts=facts)
