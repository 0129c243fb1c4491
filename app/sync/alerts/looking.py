"""Looks at one organisation: everything that is wrong there now, as alarms. Reads PostgreSQL alone, never a side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from app.domain import silence
from app.domain.alert import Alarm
from app.domain.alert_rules import AlertKind, Rules
from app.errors import StockbridgeError
from app.logs import get
from app.models import alert_signs, order_hours, table_feeds
from app.models.alert_signs import ConnectionSign, Stuck
from app.models.connections import BREAKER_AFTER
from app.models.database import Tx
from app.models.table_feeds import Feed
from app.ports import Lapse

Lapses = Callable[[UUID, ConnectionSign], Sequence[Lapse]]
"""What of a connection's credentials runs out; the credentials are opened for that and forgotten."""

_BY_HAND = "connection.paused_by_hand"


@dataclass(frozen=True, kw_only=True)
class Looking:
    """Every kind that is switched on, one after the other, in the transaction it is given."""

    lapses: Lapses

    async def alarms(self, tx: Tx, *, tenant: UUID, rules: Rules, now: datetime) -> list[Alarm]:
        connections = await alert_signs.connections(tx, tenant=tenant)
        names = {each.id: each.name for each in connections}
        found: list[Alarm] = []
        if rules.of(AlertKind.CRITICAL).on:
            found += [alarm for each in connections for alarm in _standing(each, rules, now)]
            stuck = await alert_signs.failing(tx, tenant=tenant, longer=rules.failing_after)
            found += [_failing(each, names) for each in stuck if each.connection in names]
            found += [
                _run_failed(run, names)
                for run in await alert_signs.failed_runs(tx, tenant=tenant)
                if run[0] in names
            ]
            feeds = await table_feeds.refused(tx, tenant=tenant)
            found += [
                _feed_refused(each, each.failed_at or now, names)
                for each in feeds
                if each.connection in names
            ]
            lacking = await alert_signs.lacking(tx, tenant=tenant)
            found += [_lacking(each, names) for each in lacking if each.connection in names]
        if rules.of(AlertKind.HELD).on:
            waiting = await alert_signs.held(tx, tenant=tenant, longer=rules.held_after)
            found += [_held(each, names) for each in waiting if each.connection in names]
        if rules.of(AlertKind.SILENCE).on:
            for each in connections:
                found += await _silence(tx, tenant, each, rules, now)
        if rules.of(AlertKind.EXPIRY).on:
            found += [alarm for each in connections for alarm in self._expiring(tenant, each, rules, now)]
        practised = {each.id for each in connections if each.practice}
        return [replace(each, practice=each.connection in practised) for each in found]

    def _expiring(self, tenant: UUID, sign: ConnectionSign, rules: Rules, now: datetime) -> list[Alarm]:
        found = [
            _alarm(
                sign,
                AlertKind.EXPIRY,
                f"lapse:{sign.id}:{lapse.label}",
                f"“{sign.name}”: {lapse.label} {'runs out' if lapse.at > now else 'ran out'} on {lapse.at:%d %B %Y}.",
                since=now,
            )
            for lapse in self._lapses(tenant, sign)
            if lapse.at - now <= rules.expiry_within
        ]
        if now - sign.credentials_at >= rules.secret_age:
            found.append(
                _alarm(
                    sign,
                    AlertKind.EXPIRY,
                    f"age:{sign.id}",
                    f"“{sign.name}” has used the same credentials since {sign.credentials_at:%d %B %Y}.",
                    since=sign.credentials_at,
                )
            )
        return found

    def _lapses(self, tenant: UUID, sign: ConnectionSign) -> Sequence[Lapse]:
        """Credentials that can't be opened say nothing of their end, and keep no other alarm from being told."""
        try:
            return self.lapses(tenant, sign)
        except StockbridgeError as error:
            get("alerts").warning("alert.credentials_unreadable", connection=str(sign.id), code=error.code)
            return ()


def _standing(sign: ConnectionSign, rules: Rules, now: datetime) -> list[Alarm]:
    if sign.state == "paused" and sign.paused_code != _BY_HAND:
        cause = f"paused:{sign.id}:{sign.paused_code}"
        sentence = f"“{sign.name}” stands still: {sign.paused_sentence or 'it was paused.'}"
        return [_alarm(sign, AlertKind.CRITICAL, cause, sentence, since=now)]
    if sign.state == "live" and sign.breaker_failures >= BREAKER_AFTER:
        sentence = (
            f"The ERP of “{sign.name}” does not answer; nothing is lost, and it is asked again by itself."
        )
        return [
            _alarm(
                sign, AlertKind.CRITICAL, f"down:{sign.id}", sentence, since=now, patience=rules.down_after
            )
        ]
    return []


def _failing(stuck: Stuck, names: dict[UUID, str]) -> Alarm:
    records = "record" if stuck.count == 1 else "records"
    return Alarm(
        kind=AlertKind.CRITICAL,
        cause=f"failing:{stuck.connection}",
        sentence=f"{stuck.count} {records} of “{names[stuck.connection]}” fail again and again.",
        since=stuck.since,
        count=stuck.count,
        connection=stuck.connection,
        orders=stuck.orders,
    )


def _lacking(stuck: Stuck, names: dict[UUID, str]) -> Alarm:
    orders = "1 order" if stuck.count == 1 else f"{stuck.count} orders"
    return Alarm(
        kind=AlertKind.CRITICAL,
        cause=f"lacking:{stuck.connection}",
        sentence=f"The ERP of “{names[stuck.connection]}” lists no document, or several, for {orders} that were settled.",
        since=stuck.since,
        count=stuck.count,
        connection=stuck.connection,
        orders=stuck.orders,
    )


def _run_failed(run: tuple[UUID, str, str, datetime], names: dict[UUID, str]) -> Alarm:
    connection, flow, sentence, ended_at = run
    return Alarm(
        kind=AlertKind.CRITICAL,
        cause=f"run:{connection}:{flow}",
        sentence=f"The last run of {flow} of “{names[connection]}” failed. {sentence}".strip(),
        since=ended_at,
        connection=connection,
    )


def _feed_refused(feed: Feed, since: datetime, names: dict[UUID, str]) -> Alarm:
    return Alarm(
        kind=AlertKind.CRITICAL,
        cause=f"feed:{feed.id}",
        sentence=f"The last delivery for the table {feed.table} of “{names[feed.connection]}” was refused: {feed.sentence}",
        since=since,
        connection=feed.connection,
    )


def _held(stuck: Stuck, names: dict[UUID, str]) -> Alarm:
    waits = "record waits" if stuck.count == 1 else "records wait"
    return Alarm(
        kind=AlertKind.HELD,
        cause=f"held:{stuck.connection}:{stuck.code}",
        sentence=f"{stuck.count} {waits} for someone in “{names[stuck.connection]}”: {stuck.sentence} [{stuck.code}]",
        since=stuck.since,
        count=stuck.count,
        connection=stuck.connection,
        orders=stuck.orders,
    )


async def _silence(tx: Tx, tenant: UUID, sign: ConnectionSign, rules: Rules, now: datetime) -> list[Alarm]:
    """A connection that stands still hears of no orders anyway, and that is told already."""
    if sign.state != "live" or not sign.takes_orders:
        return []
    await order_hours.count(tx, tenant=tenant, connection=sign.id, weeks=silence.WEEKS)
    last = await order_hours.last(tx, tenant=tenant, connection=sign.id)
    if last is None:
        return []
    counts = await order_hours.read(tx, tenant=tenant, connection=sign.id)
    found = silence.unusual(
        counts, last=last, now=now, zone=ZoneInfo(rules.zone), sensitivity=rules.sensitivity
    )
    if found is None:
        return []
    sentence = (
        f"“{sign.name}” has had no order for {_lasting(now - found.since)};"
        f" about {found.expected:.0f} usually come in that time."
    )
    return [_alarm(sign, AlertKind.SILENCE, f"silence:{sign.id}", sentence, since=found.since)]


def _alarm(
    sign: ConnectionSign,
    kind: AlertKind,
    cause: str,
    sentence: str,
    *,
    since: datetime,
    patience: timedelta = timedelta(0),
) -> Alarm:
    return Alarm(
        kind=kind, cause=cause, sentence=sentence, since=since, connection=sign.id, patience=patience
    )


def _lasting(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 48 * 60 else f"{minutes // 1440} days"
