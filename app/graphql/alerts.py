"""Alerts as people see them: who is told, by which rules, in which words, and what was told."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

import strawberry

from app.domain.access import Permission
from app.domain.alert_rules import AlertKind as Kinds
from app.domain.alert_rules import Rules
from app.domain.alert_text import DEFAULT, PLACEHOLDERS, Text
from app.errors import StockbridgeError
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.connections import Connection, NamedValue, shown
from app.graphql.context import Info, Needs
from app.graphql.ids import Kind, gid
from app.graphql.paging import PageInfo, asked, cursor, cut, moment, opened
from app.mapping import alert_rules
from app.models import alert_settings, notifications
from app.models.notifications import NotificationRow
from app.operations import alerts as desk
from app.sync.alerts import recipients


@strawberry.enum(description="What kind of thing people are told of.")
class AlertKind(Enum):
    CRITICAL = strawberry.enum_value("critical", description="Something stands still.")
    SILENCE = strawberry.enum_value("silence", description="No orders for unusually long.")
    HELD = strawberry.enum_value("held", description="Records wait for a person too long.")
    EXPIRY = strawberry.enum_value("expiry", description="A key runs out, or has been the same for too long.")


@strawberry.enum(description="How many orders must have failed to come before silence is told of.")
class AlertSensitivity(Enum):
    RELAXED = strawberry.enum_value("relaxed", description="More than twelve.")
    NORMAL = strawberry.enum_value("normal", description="More than eight.")
    KEEN = strawberry.enum_value("keen", description="More than five.")


@strawberry.enum(description="How a list of what was told is sorted.")
class NotificationSort(Enum):
    NEWEST = strawberry.enum_value("newest", description="What was told last comes first.")
    OLDEST = strawberry.enum_value("oldest", description="What was told first comes first.")


@strawberry.enum(description="How somebody is told.")
class AlertChannel(Enum):
    EMAIL = strawberry.enum_value("email", description="A mail.")
    WEBHOOK = strawberry.enum_value("webhook", description="A signed POST of JSON.")


@strawberry.enum(description="What became of a message.")
class NotificationState(Enum):
    PLANNED = strawberry.enum_value("planned", description="It will be sent, or sent again.")
    SENT = strawberry.enum_value("sent", description="It left, and its end is not known yet.")
    DONE = strawberry.enum_value("done", description="It was taken.")
    UNCLEAR = strawberry.enum_value(
        "unclear", description="It may have been taken; it is sent again under the same id."
    )
    REFUSED = strawberry.enum_value("refused", description="It was refused for good, or tried for too long.")


@strawberry.type(description="How one kind is told.")
class AlertRule:
    kind: AlertKind = strawberry.field(description="The kind.")
    on: bool = strawberry.field(description="Whether it is told.")
    cooldown_minutes: float = strawberry.field(description="A cause is told at most once in so many minutes.")
    through_quiet: bool = strawberry.field(description="Whether it is told in quiet hours too.")


@strawberry.type(description="When only what may is told; on the clock of the organisation's zone.")
class QuietHours:
    begin: str = strawberry.field(description="Such as `22:00`.")
    end: str = strawberry.field(description="Such as `07:00`; before the beginning: on the next day.")
    weekends: bool = strawberry.field(description="Whether Saturday and Sunday are quiet all day.")


@strawberry.type(description="Somebody who is told.")
class AlertRecipient:
    id: strawberry.ID = strawberry.field(description="The recipient's global id.")
    channel: AlertChannel = strawberry.field(description="How.")
    address: str = strawberry.field(description="Where; of a webhook's address the path is not shown.")
    kinds: list[AlertKind] = strawberry.field(description="Of what.")
    made_at: datetime = strawberry.field(description="Since when.")


@strawberry.type(description="The words of a kind.")
class AlertTemplate:
    kind: AlertKind = strawberry.field(description="The kind.")
    subject: str = strawberry.field(description="The subject, with names in double braces.")
    body: str = strawberry.field(description="The body, likewise: plain text.")
    own: bool = strawberry.field(description="Whether the words are the organisation's own.")


@strawberry.type(description="How an organisation is told of what is wrong.")
class AlertSettings:
    zone: str = strawberry.field(description="The time zone of quiet hours and of silence.")
    quiet: QuietHours | None = strawberry.field(description="The quiet hours; null: none.")
    rules: list[AlertRule] = strawberry.field(description="How each kind is told.")
    remind_hours: float = strawberry.field(description="What stands unchanged is recalled after so long.")
    down_minutes: float = strawberry.field(
        description="An ERP that does not answer is told of after so long."
    )
    failing_minutes: float = strawberry.field(description="Records that only fail, after so long.")
    held_hours: float = strawberry.field(description="Records that wait for a person, after so long.")
    expiry_days: float = strawberry.field(description="A key that runs out is told of so long before.")
    secret_days: float = strawberry.field(
        description="Credentials that stayed the same for so long are told of."
    )
    sensitivity: AlertSensitivity = strawberry.field(description="How soon silence is told of.")
    sender_name: str = strawberry.field(description="Whom mails come from.")
    sender_address: str | None = strawberry.field(
        description="Their sender's address; null: this server's own."
    )
    mail_ready: bool = strawberry.field(description="Whether this server is set up to send mail.")
    recipients: list[AlertRecipient] = strawberry.field(description="Who is told, the first one first.")
    templates: list[AlertTemplate] = strawberry.field(description="The words of each kind.")
    placeholders: list[NamedValue] = strawberry.field(
        description="The names a template may use, and what they are."
    )


@strawberry.type(description="One message to one recipient.")
class Notification:
    id: strawberry.ID = strawberry.field(
        description="Its global id; the last part is the id that was sent with it."
    )
    at: datetime = strawberry.field(description="When it was decided.")
    kind: AlertKind = strawberry.field(description="The kind.")
    phase: str = strawberry.field(description="`alarm`, `recovery`, `digest` or `test`.")
    title: str = strawberry.field(description="What it is about.")
    channel: AlertChannel = strawberry.field(description="How it was sent.")
    recipient: strawberry.ID = strawberry.field(description="To whom; they may be off the list by now.")
    state: NotificationState = strawberry.field(description="What became of it.")
    tries: int = strawberry.field(description="How often it left.")
    sent_at: datetime | None = strawberry.field(description="When it left last.")
    ended_at: datetime | None = strawberry.field(description="When its end was known.")
    code: str | None = strawberry.field(description="Why it was not taken; `codes` explains it.")
    sentence: str | None = strawberry.field(description="The same in words.")
    row: strawberry.Private[NotificationRow]

    @strawberry.field(description="The connection it is about, if it is about one.")
    async def connection(self, info: Info) -> Connection | None:
        return await shown(info, self.row.connection)

    @classmethod
    def of(cls, row: NotificationRow) -> Notification:
        return cls(
            id=gid(Kind.NOTIFICATION, row.id),
            at=row.at,
            kind=AlertKind(row.kind),
            phase=row.phase,
            title=row.title,
            channel=AlertChannel(row.channel),
            recipient=gid(Kind.ALERT_RECIPIENT, row.recipient),
            state=NotificationState(row.state),
            tries=row.tries,
            sent_at=row.sent_at,
            ended_at=row.ended_at,
            code=row.code,
            sentence=row.sentence,
            row=row,
        )


@strawberry.type(description="A page of messages.")
class NotificationPage:
    nodes: list[Notification] = strawberry.field(description="The messages, the newest first.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.type(description="What a message would look like.")
class AlertPreview:
    subject: str | None = strawberry.field(description="The subject.")
    plain: str | None = strawberry.field(description="The plain text.")
    html: str | None = strawberry.field(description="The web form, escaped.")
    user_errors: list[UserError] = strawberry.field(description="Why there is none; empty when there is.")


@strawberry.type
class AlertQuery:
    @strawberry.field(
        description="Who is told of what is wrong, by which rules and in which words.",
        extensions=[Needs(Scope.ADMIN, Permission.MANAGE_ALERTS)],
    )
    async def alert_settings(self, info: Info) -> AlertSettings:
        return await settings_of(info)

    @strawberry.field(
        description="A message of a kind, in given words or those there are. Nothing is kept or sent.",
        extensions=[Needs(Scope.ADMIN, Permission.MANAGE_ALERTS)],
    )
    async def alert_preview(
        self, info: Info, kind: AlertKind, subject: str | None = None, body: str | None = None
    ) -> AlertPreview:
        context = info.context
        words = (subject or "", body or "") if subject is not None or body is not None else None
        try:
            text: Text = await desk.preview(
                context.core, tenant=context.tenant, kind=Kinds[kind.name], words=words
            )
        except StockbridgeError as error:
            return AlertPreview(subject=None, plain=None, html=None, user_errors=user_errors(error, "body"))
        return AlertPreview(subject=text.subject, plain=text.plain, html=text.html, user_errors=[])

    @strawberry.field(description="What was told, page by page.", extensions=[Needs(Scope.READ_STATUS)])
    async def notifications(
        self,
        info: Info,
        first: int = 20,
        after: str | None = None,
        sort: NotificationSort = NotificationSort.NEWEST,
    ) -> NotificationPage:
        context, wanted = info.context, asked(first)
        place = moment(opened(after, 2))
        async with context.core.database.tenant(context.tenant) as tx:
            rows = await notifications.page(
                tx,
                tenant=context.tenant,
                after=place,
                most=wanted + 1,
                newest_first=sort is NotificationSort.NEWEST,
            )
        own, more = cut(rows, wanted)
        end = cursor(own[-1].at.isoformat(), str(own[-1].id)) if own else None
        return NotificationPage(
            nodes=[Notification.of(row) for row in own],
            page_info=PageInfo(has_next_page=more, end_cursor=end),
        )


async def settings_of(info: Info) -> AlertSettings:
    context = info.context
    core, tenant = context.core, context.tenant
    async with core.database.tenant(tenant) as tx:
        row = await alert_settings.read(tx, tenant=tenant)
        own = await alert_settings.templates(tx, tenant=tenant)
    rules = alert_rules.of(row.rules if row else "{}")
    sender = recipients.opened_sender(core.vault, row.sealed_sender if row else None, tenant=tenant)
    templates = [
        AlertTemplate(kind=AlertKind(kind.value), subject=words.subject, body=words.body, own=kind in own)
        for kind in Kinds
        for words in [own.get(kind, DEFAULT)]
    ]
    return AlertSettings(
        **_numbers(rules),
        zone=rules.zone,
        quiet=_quiet(rules),
        rules=[_rule(rules, kind) for kind in Kinds],
        sensitivity=AlertSensitivity(rules.sensitivity.value),
        sender_name=sender.name,
        sender_address=sender.address,
        mail_ready=core.settings.smtp is not None,
        recipients=[recipient_of(each) for each in await desk.listed(core, tenant=tenant)],
        templates=templates,
        placeholders=[NamedValue(name=name, value=text) for name, text in PLACEHOLDERS.items()],
    )


def recipient_of(found: desk.Recipient) -> AlertRecipient:
    return AlertRecipient(
        id=gid(Kind.ALERT_RECIPIENT, found.id),
        channel=AlertChannel(found.channel),
        address=found.address,
        kinds=[kind for kind in AlertKind if Kinds[kind.name] in found.kinds],
        made_at=found.made_at,
    )


def _numbers(rules: Rules) -> dict[str, float]:
    hour, day = timedelta(hours=1), timedelta(days=1)
    return {
        "remind_hours": rules.remind / hour,
        "down_minutes": rules.down_after / timedelta(minutes=1),
        "failing_minutes": rules.failing_after / timedelta(minutes=1),
        "held_hours": rules.held_after / hour,
        "expiry_days": rules.expiry_within / day,
        "secret_days": rules.secret_age / day,
    }


def _quiet(rules: Rules) -> QuietHours | None:
    quiet = rules.quiet
    if quiet is None:
        return None
    return QuietHours(begin=f"{quiet.begin:%H:%M}", end=f"{quiet.end:%H:%M}", weekends=quiet.weekends)


def _rule(rules: Rules, kind: Kinds) -> AlertRule:
    rule = rules.of(kind)
    return AlertRule(
        kind=AlertKind(kind.value),
        on=rule.on,
        cooldown_minutes=rule.cooldown / timedelta(minutes=1),
        through_quiet=rule.through_quiet,
    )
