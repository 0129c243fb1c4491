"""What a person is told of, and when: alarms that stand, what was said of each, and what is to be said now; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from app.domain.alert_rules import AlertKind, Rules

_HOUR = timedelta(hours=1)


class Phase(StrEnum):
    """ALARM: it stands. RECOVERY: it is over. DIGEST: several alarms of one kind in one message."""

    ALARM = "alarm"
    RECOVERY = "recovery"
    DIGEST = "digest"
    TEST = "test"


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """Something that is wrong now. `cause` names it and never changes while it stands.

    `patience`: only told once it has stood that long. `orders`: names of some of the orders it is about. `practice`: it is
    about a connection to practise on, so it stands on the page and nobody is told.
    """

    kind: AlertKind
    cause: str
    sentence: str
    since: datetime
    count: int = 1
    connection: UUID | None = None
    orders: tuple[str, ...] = ()
    patience: timedelta = timedelta(0)
    practice: bool = False


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is remembered of a cause. `unsaid`: how often it grew without anyone being told.

    `over_at`: since when it is no longer seen. It is kept on for the cooldown, so that one that comes and goes says no more.
    """

    kind: AlertKind
    cause: str
    sentence: str
    connection: UUID | None
    first_at: datetime
    count: int
    told_at: datetime | None = None
    told_count: int = 0
    unsaid: int = 0
    over_at: datetime | None = None
    recovery_owed: bool = False


@dataclass(frozen=True, kw_only=True)
class Message:
    """One thing to say. `lines`: the sentences of a digest. `unsaid`: what was seen since the last message, and not said."""

    kind: AlertKind
    phase: Phase
    cause: str
    sentence: str
    since: datetime
    count: int = 1
    unsaid: int = 0
    connection: UUID | None = None
    orders: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Decision:
    """`kept` are all the standings there are from now on: what is not among them is forgotten."""

    messages: tuple[Message, ...]
    kept: tuple[Standing, ...]


def decide(alarms: Iterable[Alarm], known: Mapping[str, Standing], rules: Rules, now: datetime) -> Decision:
    """What to say now. A cause is told once in its rule's cooldown, its end once; quiet hours put both off."""
    seen = {each.cause: each for each in alarms if rules.of(each.kind).on}
    standings = {cause: _stood(known.get(cause), each, now) for cause, each in seen.items()}
    messages: list[Message] = []
    for cause, standing in standings.items():
        if _to_tell(standing, seen[cause], rules, now):
            messages.append(_said(standing, seen[cause]))
    messages = _grouped(messages, known.values(), rules, now)
    for each in messages:
        for cause in [each.cause] if each.phase is Phase.ALARM else _causes(each, seen):
            standings[cause] = _told(standings[cause], now)
    gone = [each for cause, each in known.items() if cause not in seen and rules.of(each.kind).on]
    endings = [_ended(each, rules, now) for each in gone]
    return Decision(
        messages=(*messages, *(message for _, message in endings if message)),
        kept=(*standings.values(), *(each for each, _ in endings if each)),
    )


def _stood(known: Standing | None, alarm: Alarm, now: datetime) -> Standing:
    if known is None:
        return Standing(
            kind=alarm.kind,
            cause=alarm.cause,
            sentence=alarm.sentence,
            connection=alarm.connection,
            first_at=now,
            count=alarm.count,
        )
    came_back = known.over_at is not None
    grew = came_back or alarm.count > known.count
    return replace(
        known,
        sentence=alarm.sentence,
        connection=alarm.connection,
        first_at=now if came_back else known.first_at,
        count=alarm.count,
        unsaid=known.unsaid + (1 if grew and known.told_at else 0),
        over_at=None,
    )


def _to_tell(standing: Standing, alarm: Alarm, rules: Rules, now: datetime) -> bool:
    """News, or something worse than it was, or the same for so long that it may have been forgotten."""
    if alarm.practice:
        return False
    rule = rules.of(alarm.kind)
    if now - min(standing.first_at, alarm.since) < alarm.patience or rules.silent(alarm.kind, now):
        return False
    if standing.told_at is None:
        return True
    rested = now - standing.told_at
    return rested >= rules.remind or (rested >= rule.cooldown and standing.unsaid > 0)


def _said(standing: Standing, alarm: Alarm) -> Message:
    return Message(
        kind=alarm.kind,
        phase=Phase.ALARM,
        cause=alarm.cause,
        sentence=alarm.sentence,
        since=alarm.since,
        count=alarm.count,
        unsaid=standing.unsaid,
        connection=alarm.connection,
        orders=alarm.orders,
    )


def _grouped(
    messages: Sequence[Message], known: Iterable[Standing], rules: Rules, now: datetime
) -> list[Message]:
    """More causes of a kind than an hour has room for are said in one message, and further ones wait for the next."""
    told: dict[AlertKind, list[datetime]] = {kind: [] for kind in AlertKind}
    for each in known:
        if each.told_at is not None and now - each.told_at < _HOUR:
            told[each.kind].append(each.told_at)
    found: list[Message] = []
    for kind, earlier in told.items():
        own = [each for each in messages if each.kind is kind]
        room = max(0, rules.singly - len(earlier))
        if len(own) <= room:
            found += own
        elif room or now - max(earlier) >= _HOUR / 2:
            found.append(_digest(kind, own))
    return found


def _digest(kind: AlertKind, messages: Sequence[Message]) -> Message:
    count = sum(each.count for each in messages)
    return Message(
        kind=kind,
        phase=Phase.DIGEST,
        cause=f"digest:{kind.value}",
        sentence=f"{len(messages)} things need someone." if len(messages) > 1 else messages[0].sentence,
        since=min(each.since for each in messages),
        count=count,
        unsaid=sum(each.unsaid for each in messages),
        lines=tuple(each.sentence for each in messages),
    )


def _causes(digest: Message, seen: Mapping[str, Alarm]) -> list[str]:
    said = set(digest.lines)
    return [
        cause
        for cause, each in seen.items()
        if each.kind is digest.kind and each.sentence in said and not each.practice
    ]


def _told(standing: Standing, now: datetime) -> Standing:
    return replace(standing, told_at=now, told_count=standing.told_count + 1, unsaid=0, recovery_owed=True)


def _ended(standing: Standing, rules: Rules, now: datetime) -> tuple[Standing | None, Message | None]:
    """Whoever was told that it began is told once that it is over; of what nobody heard nothing is said."""
    if standing.told_at is None:
        return None, None
    over_at = standing.over_at or now
    kept = replace(standing, over_at=over_at)
    if standing.recovery_owed:
        if now - over_at < rules.calm or rules.silent(standing.kind, now):
            return kept, None
        return replace(kept, recovery_owed=False, unsaid=0), _over(standing, over_at)
    return (kept if now - standing.told_at < rules.of(standing.kind).cooldown else None), None


def _over(standing: Standing, at: datetime) -> Message:
    return Message(
        kind=standing.kind,
        phase=Phase.RECOVERY,
        cause=standing.cause,
        sentence=standing.sentence,
        since=at,
        count=standing.count,
        connection=standing.connection,
    )
