"""Alerts by a person's word: who is told, by which rules, in which words; a preview, and a test that really goes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import orjson

from app.domain.alert import Message, Phase
from app.domain.alert_rules import AlertKind
from app.domain.alert_text import Text, checked
from app.errors import Refused
from app.mapping import alert_rules
from app.models import alert_settings, notifications
from app.models.notifications import NotificationRow
from app.outbound import is_address
from app.sync.alerts import recipients
from app.sync.alerts.recipients import Sender, Target
from app.sync.alerts.wording import EMAIL, WEBHOOK
from app.wiring import Core

_SAMPLES: Mapping[AlertKind, str] = {
    AlertKind.CRITICAL: "“Example” stands still: The key was refused.",
    AlertKind.SILENCE: "“Example” has had no order for 95 minutes; about 14 usually come in that time.",
    AlertKind.HELD: "3 records wait for someone in “Example”: The ERP has no item of this code. [item.unknown]",
    AlertKind.EXPIRY: "“Example”: the key runs out on 31 March 2027.",
}

TESTS_AN_HOUR = 20
"""A test goes to whom and in what words one likes: without a bound the operator's mail server would be anybody's."""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """One as its organisation's people see it; a webhook's address without its path."""

    id: UUID
    channel: str
    address: str
    kinds: frozenset[str]
    made_at: datetime


@dataclass(frozen=True, kw_only=True)
class Added:
    """`secret`: what a webhook's receiver checks our signature with; told this once."""

    recipient: Recipient
    secret: str | None = None


async def add(core: Core, *, tenant: UUID, channel: str, address: str, kinds: Sequence[str]) -> Added:
    """Someone is told from now on. One who is told already is told of these kinds; a webhook gets a new secret."""
    address = address.strip()
    _check(channel, address, kinds)
    target = Target(address=address, secret=recipients.new_secret() if channel == WEBHOOK else "")
    async with core.database.tenant(tenant) as tx:
        await alert_settings.save(tx, tenant=tenant)
        made = await alert_settings.add(
            tx,
            tenant=tenant,
            channel=channel,
            sealed=recipients.sealed(core.vault, target, tenant=tenant),
            address_hash=core.vault.keyed_hash(address, tenant=tenant),
            kinds=kinds,
            most=recipients.MOST,
        )
    if made is None:
        raise Refused("alert.too_many", f"An organisation has at most {recipients.MOST} recipients.")
    found = next(each for each in await listed(core, tenant=tenant) if each.id == made)
    return Added(recipient=found, secret=target.secret or None)


def _check(channel: str, address: str, kinds: Sequence[str]) -> None:
    if channel == EMAIL and not is_address(address):
        raise Refused("alert.address_malformed", "That is not an e-mail address.")
    if channel == WEBHOOK:
        parts = urlsplit(address)
        if (
            parts.scheme not in {"http", "https"}
            or not parts.hostname
            or parts.username
            or len(address) > 2000
        ):
            raise Refused("alert.address_malformed", "That is not the address of a web server.")
    if not kinds:
        raise Refused("alert.no_kinds", "Name at least one kind of alert.")


async def listed(core: Core, *, tenant: UUID) -> list[Recipient]:
    async with core.database.tenant(tenant) as tx:
        rows = await alert_settings.recipients(tx, tenant=tenant)
    found = []
    for row in rows:
        target = recipients.opened(core.vault, row, tenant=tenant)
        address = target.address if row.channel == EMAIL else recipients.shown(target.address)
        found.append(
            Recipient(id=row.id, channel=row.channel, address=address, kinds=row.kinds, made_at=row.made_at)
        )
    return found


async def remove(core: Core, *, tenant: UUID, recipient: UUID) -> None:
    async with core.database.tenant(tenant) as tx:
        if not await alert_settings.remove(tx, tenant=tenant, id=recipient):
            raise Refused("alert.recipient_unknown", "There is no such recipient.")


@dataclass(frozen=True, kw_only=True)
class SentAs:
    """Whom mails come from; the mail server's operator must let that address pass. None: this server's own."""

    name: str
    address: str | None


async def save(
    core: Core, *, tenant: UUID, wish: Mapping[str, object], sent_as: SentAs | None = None
) -> None:
    """Lays the wish over the rules there are; all of it or nothing. Raises Refused for what can't be meant."""
    sender = _sender(core, tenant, sent_as) if sent_as else None
    async with core.database.tenant(tenant) as tx:
        await alert_settings.save(
            tx, tenant=tenant
        )  # Nobody else's wish is laid over the same rules meanwhile.
        row = await alert_settings.read(tx, tenant=tenant)
        try:
            rules = alert_rules.merged(orjson.loads(row.rules) if row else {}, wish)
        except ValueError as cause:
            raise Refused("alert.rules_malformed", f"The rules can't be meant: {cause}") from cause
        await alert_settings.save(tx, tenant=tenant, rules=rules)
        if sender is not None:
            await alert_settings.send_as(tx, tenant=tenant, sealed_sender=sender)


def _sender(core: Core, tenant: UUID, wanted: SentAs) -> bytes:
    if not wanted.name.strip() or len(wanted.name) > 100:
        raise Refused("alert.sender_malformed", "A sender's name has 1 to 100 letters.")
    if wanted.address is not None and not is_address(wanted.address):
        raise Refused("alert.address_malformed", "That is not an e-mail address.")
    sender = Sender(name=wanted.name.strip(), address=wanted.address)
    return recipients.sealed_sender(core.vault, sender, tenant=tenant)


async def write(core: Core, *, tenant: UUID, kind: AlertKind, words: tuple[str, str] | None) -> None:
    """Keeps a template of one's own; None goes back to our words."""
    template = checked(*words) if words else None
    async with core.database.tenant(tenant) as tx:
        await alert_settings.write(tx, tenant=tenant, kind=kind, template=template)


async def preview(core: Core, *, tenant: UUID, kind: AlertKind, words: tuple[str, str] | None) -> Text:
    """What a message of this kind would look like, in these words or those there are; nothing is kept or sent."""
    async with core.database.tenant(tenant) as tx:
        wording = await core.alerts().deciding.wording(tx, tenant=tenant, zone="UTC")
    if words:
        wording = replace(wording, templates={kind: checked(*words)})
    return wording.text(_sample(kind))


async def test(core: Core, *, tenant: UUID, recipient: UUID, kind: AlertKind) -> NotificationRow:
    """Sends one now, as a real one would be, and says what came of it; what fails for now is tried again by itself."""
    turns = core.alerts()
    async with core.database.tenant(tenant) as tx:
        row = await alert_settings.recipient(tx, tenant=tenant, id=recipient)
        if row is None:
            raise Refused("alert.recipient_unknown", "There is no such recipient.")
        if await notifications.tests(tx, tenant=tenant, within=_HOUR) >= TESTS_AN_HOUR:
            raise Refused(
                "alert.too_many_tests", f"{TESTS_AN_HOUR} tests an hour are enough; try again later."
            )
        wording = await turns.deciding.wording(tx, tenant=tenant, zone="UTC")
        message = replace(_sample(kind), phase=Phase.TEST)
        made = await turns.deciding.plan_one(tx, tenant, message, row, wording)
    await turns.sending.send(tenant, made)
    async with core.database.tenant(tenant) as tx:
        found = await notifications.one(tx, tenant=tenant, id=made)
    assert found is not None
    return found


def _sample(kind: AlertKind) -> Message:
    return Message(
        kind=kind,
        phase=Phase.ALARM,
        cause="example",
        sentence=_SAMPLES[kind],
        since=datetime.now(UTC),
        count=3,
        orders=("#1001", "#1002") if kind is AlertKind.HELD else (),
    )
