"""What a person may do about alerts: say who is told, by which rules, in which words, and try it."""

from __future__ import annotations

import strawberry

from app.domain.access import Permission
from app.domain.alert_rules import AlertKind as Kinds
from app.errors import Refused, StockbridgeError
from app.graphql.alerts import (
    AlertChannel,
    AlertKind,
    AlertRecipient,
    AlertSensitivity,
    AlertSettings,
    Notification,
    recipient_of,
    settings_of,
)
from app.graphql.answers import UserError, user_errors
from app.graphql.caller import Scope
from app.graphql.context import Info, Needs
from app.graphql.ids import Kind, uuid_of
from app.operations import alerts as desk

_UNKNOWN = Refused("alert.recipient_unknown", "There is no such recipient.")


@strawberry.input(description="How one kind is to be told; what is left out stays.")
class AlertRuleInput:
    kind: AlertKind = strawberry.field(description="The kind.")
    on: bool | None = strawberry.field(default=None, description="Whether it is told.")
    cooldown_minutes: float | None = strawberry.field(default=None, description="Its cooldown.")
    through_quiet: bool | None = strawberry.field(
        default=None, description="Whether it is told in quiet hours."
    )


@strawberry.input(description="Quiet hours.")
class QuietHoursInput:
    begin: str = strawberry.field(description="Such as `22:00`.")
    end: str = strawberry.field(description="Such as `07:00`.")
    weekends: bool = strawberry.field(default=False, description="Whether weekends are quiet all day.")


@strawberry.input(description="How the organisation is to be told; what is left out stays.")
class AlertSettingsInput:
    zone: str | None = strawberry.field(default=None, description="A time zone such as `Europe/Berlin`.")
    quiet: QuietHoursInput | None = strawberry.field(
        default=strawberry.UNSET, description="The quiet hours; null: none any more."
    )
    rules: list[AlertRuleInput] | None = strawberry.field(default=None, description="Rules to change.")
    remind_hours: float | None = strawberry.field(default=None, description="See `AlertSettings`.")
    down_minutes: float | None = strawberry.field(default=None, description="See `AlertSettings`.")
    failing_minutes: float | None = strawberry.field(default=None, description="See `AlertSettings`.")
    held_hours: float | None = strawberry.field(default=None, description="See `AlertSettings`.")
    expiry_days: float | None = strawberry.field(default=None, description="See `AlertSettings`.")
    secret_days: float | None = strawberry.field(default=None, description="See `AlertSettings`.")
    sensitivity: AlertSensitivity | None = strawberry.field(default=None, description="See `AlertSettings`.")
    sender_name: str | None = strawberry.field(default=None, description="Whom mails come from.")
    sender_address: str | None = strawberry.field(
        default=None,
        description="Their sender's address; needs the name beside it. Left out: this server's own.",
    )


@strawberry.type(description="The alert settings after a change.")
class AlertSettingsPayload:
    settings: AlertSettings | None = strawberry.field(
        description="The settings as they are now; null when nothing was done."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type(description="A recipient after a change.")
class AlertRecipientPayload:
    recipient: AlertRecipient | None = strawberry.field(
        description="The recipient; null when nothing was done."
    )
    secret: str | None = strawberry.field(
        description="What a webhook's receiver checks our signature with. It is shown this once."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done; empty when it was.")


@strawberry.type(description="Somebody who was taken off the list.")
class AlertRecipientRemovePayload:
    removed: bool = strawberry.field(description="Whether they were.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when they were.")


@strawberry.type(description="What came of a test.")
class AlertTestPayload:
    notification: Notification | None = strawberry.field(description="The message; null when none was sent.")
    user_errors: list[UserError] = strawberry.field(description="Why none was sent; empty when one was.")


@strawberry.type
class AlertMutation:
    @strawberry.mutation(
        description="Changes how the organisation is told of what is wrong.",
        extensions=[Needs(Scope.ADMIN, Permission.MANAGE_ALERTS)],
    )
    async def alert_settings_save(self, info: Info, input: AlertSettingsInput) -> AlertSettingsPayload:
        context = info.context
        try:
            await desk.save(context.core, tenant=context.tenant, wish=_wish(input), sent_as=_sent_as(input))
        except StockbridgeError as error:
            return AlertSettingsPayload(settings=None, user_errors=user_errors(error, "input"))
        await context.audit("alert.settings", str(context.tenant))
        return AlertSettingsPayload(settings=await settings_of(info), user_errors=[])

    @strawberry.mutation(
        description="Has somebody told from now on; one who is told already is told of these kinds.",
        extensions=[Needs(Scope.ADMIN, Permission.MANAGE_ALERTS)],
    )
    async def alert_recipient_add(
        self, info: Info, channel: AlertChannel, address: str, kinds: list[AlertKind]
    ) -> AlertRecipientPayload:
        context = info.context
        try:
            added = await desk.add(
                context.core,
                tenant=context.tenant,
                channel=channel.name.lower(),
                address=address,
                kinds=sorted({Kinds[kind.name].value for kind in kinds}),
            )
        except StockbridgeError as error:
            return AlertRecipientPayload(
                recipient=None, secret=None, user_errors=user_errors(error, "address")
            )
        await context.audit("alert.recipient_add", str(added.recipient.id), channel=channel.name.lower())
        return AlertRecipientPayload(
            recipient=recipient_of(added.recipient), secret=added.secret, user_errors=[]
        )

    @strawberry.mutation(
        description="Takes somebody off the list.", extensions=[Needs(Scope.ADMIN, Permission.MANAGE_ALERTS)]
    )
    async def alert_recipient_remove(
        self, info: Info, recipient: strawberry.ID
    ) -> AlertRecipientRemovePayload:
        context, chosen = info.context, uuid_of(Kind.ALERT_RECIPIENT, recipient)
        try:
            if chosen is None:
                raise _UNKNOWN
            await desk.remove(context.core, tenant=context.tenant, recipient=chosen)
        except StockbridgeError as error:
            return AlertRecipientRemovePayload(removed=False, user_errors=user_errors(error, "recipient"))
        await context.audit("alert.recipient_remove", str(chosen))
        return AlertRecipientRemovePayload(removed=True, user_errors=[])

    @strawberry.mutation(
        description="Keeps words of one's own for a kind; without any it is said in ours again.",
        extensions=[Needs(Scope.ADMIN, Permission.MANAGE_ALERTS)],
    )
    async def alert_template_save(
        self, info: Info, kind: AlertKind, subject: str | None = None, body: str | None = None
    ) -> AlertSettingsPayload:
        context = info.context
        words = (subject or "", body or "") if subject is not None or body is not None else None
        try:
            await desk.write(context.core, tenant=context.tenant, kind=Kinds[kind.name], words=words)
        except StockbridgeError as error:
            return AlertSettingsPayload(settings=None, user_errors=user_errors(error, "body"))
        await context.audit("alert.template", kind.name.lower())
        return AlertSettingsPayload(settings=await settings_of(info), user_errors=[])

    @strawberry.mutation(
        description="Sends a message to one recipient now and says what came of it; a failure that may pass is tried again.",
        extensions=[Needs(Scope.ADMIN, Permission.MANAGE_ALERTS)],
    )
    async def alert_test(
        self, info: Info, recipient: strawberry.ID, kind: AlertKind = AlertKind.CRITICAL
    ) -> AlertTestPayload:
        context, chosen = info.context, uuid_of(Kind.ALERT_RECIPIENT, recipient)
        try:
            if chosen is None:
                raise _UNKNOWN
            row = await desk.test(
                context.core, tenant=context.tenant, recipient=chosen, kind=Kinds[kind.name]
            )
        except StockbridgeError as error:
            return AlertTestPayload(notification=None, user_errors=user_errors(error, "recipient"))
        await context.audit("alert.test", str(chosen))
        return AlertTestPayload(notification=Notification.of(row), user_errors=[])


def _wish(input: AlertSettingsInput) -> dict[str, object]:
    """In the stored form, `app/mapping/alert_rules.py`'s."""
    names = (
        "zone", "remind_hours", "down_minutes", "failing_minutes", "held_hours", "expiry_days", "secret_days",
    )  # fmt: skip
    wish: dict[str, object] = {name: value for name in names if (value := getattr(input, name)) is not None}
    if input.sensitivity is not None:
        wish["sensitivity"] = input.sensitivity.name.lower()
    if input.quiet is not strawberry.UNSET:
        quiet = input.quiet
        wish["quiet"] = (
            {"begin": quiet.begin, "end": quiet.end, "weekends": quiet.weekends} if quiet else None
        )
    if input.rules is not None:
        wish["rules"] = {Kinds[each.kind.name].value: _rule(each) for each in input.rules}
    return wish


def _sent_as(input: AlertSettingsInput) -> desk.SentAs | None:
    return (
        desk.SentAs(name=input.sender_name, address=input.sender_address)
        if input.sender_name is not None
        else None
    )


def _rule(given: AlertRuleInput) -> dict[str, object]:
    names = ("on", "cooldown_minutes", "through_quiet")
    return {name: value for name in names if (value := getattr(given, name)) is not None}
