"""One organisation's turn: what is wrong, what to say of it, and a planned notification for everyone who is to hear it.

All of it is one transaction under the claim of its row, so whatever is said is decided once, whoever dies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID, uuid4

from app.crypto import Vault
from app.domain.alert import Message, decide
from app.domain.alert_rules import Rules
from app.domain.alert_text import title_of
from app.mapping import alert_rules
from app.models import alert_causes, alert_settings, alert_signs, notifications
from app.models.alert_settings import RecipientRow
from app.models.database import Database, Tx
from app.sync.alerts.looking import Looking
from app.sync.alerts.recipients import CONTENT
from app.sync.alerts.wording import Wording


@dataclass(frozen=True, kw_only=True)
class Deciding:
    """`link(domain)`: where a shop's people open the app."""

    database: Database
    vault: Vault
    looking: Looking
    link: Callable[[str], str]

    async def turn(self, tenant: UUID, *, every: timedelta) -> int:
        """Looks and decides, if it is this organisation's time and no other worker's; how many were planned."""
        async with self.database.tenant(tenant) as tx:
            setting = await alert_settings.claim(tx, tenant=tenant, every=every)
            recipients = await alert_settings.recipients(tx, tenant=tenant) if setting else []
            if setting is None or not recipients:
                return 0
            rules = _heard(alert_rules.of(setting.rules), recipients)
            now = await alert_signs.now(tx)
            alarms = await self.looking.alarms(tx, tenant=tenant, rules=rules, now=now)
            decision = decide(alarms, await alert_causes.known(tx, tenant=tenant), rules, now)
            await alert_causes.keep(tx, tenant=tenant, kept=decision.kept)
            if not decision.messages:
                return 0
            wording = await self.wording(tx, tenant=tenant, zone=rules.zone)
            return await self.plan(tx, tenant, decision.messages, recipients, wording)

    async def wording(self, tx: Tx, *, tenant: UUID, zone: str) -> Wording:
        """The organisation's own words and names."""
        connections = await alert_signs.connections(tx, tenant=tenant)
        links = {each.id: (each.name, self.link(each.domain)) for each in connections}
        return Wording(
            organisation=await alert_signs.organisation(tx, tenant=tenant),
            zone=zone,
            templates=await alert_settings.templates(tx, tenant=tenant),
            connections=links,
            link=next((link for _, link in links.values()), self.link("")),
        )

    async def plan(
        self,
        tx: Tx,
        tenant: UUID,
        messages: Iterable[Message],
        recipients: Sequence[RecipientRow],
        wording: Wording,
    ) -> int:
        """A row for each message and everyone who is to hear it, with its content frozen."""
        planned = 0
        for message in messages:
            for each in recipients:
                if message.kind.value in each.kinds:
                    await self.plan_one(tx, tenant, message, each, wording)
                    planned += 1
        return planned

    async def plan_one(
        self, tx: Tx, tenant: UUID, message: Message, recipient: RecipientRow, wording: Wording
    ) -> UUID:
        made = uuid4()
        content = wording.content(message, channel=recipient.channel, id=made)
        await notifications.plan(
            tx,
            tenant=tenant,
            id=made,
            kind=message.kind.value,
            phase=message.phase.value,
            cause=message.cause,
            connection=message.connection,
            recipient=recipient.id,
            channel=recipient.channel,
            title=title_of(message),
            payload=self.vault.pack(content, tenant=tenant, purpose=CONTENT),
        )
        return made


def _heard(rules: Rules, recipients: Sequence[RecipientRow]) -> Rules:
    """What nobody listens to is not looked for: it would count as told."""
    heard = frozenset().union(*(each.kinds for each in recipients))
    return replace(
        rules,
        rules={
            kind: rule if kind.value in heard else replace(rule, on=False)
            for kind, rule in rules.rules.items()
        },
    )
