"""What a message says in each channel: the frozen content that is sent as it is, however often it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from app.domain.alert import Message
from app.domain.alert_rules import AlertKind
from app.domain.alert_text import DEFAULT, Template, Text, filled, title_of, values

EMAIL, WEBHOOK = "email", "webhook"


@dataclass(frozen=True, kw_only=True)
class Wording:
    """`connections`: name and link of each, by id. `link`: where the app is opened when it is about none of them."""

    organisation: str
    zone: str
    templates: Mapping[AlertKind, Template]
    connections: Mapping[UUID, tuple[str, str]]
    link: str

    def text(self, message: Message) -> Text:
        return filled(self.templates.get(message.kind, DEFAULT), self._values(message))

    def content(self, message: Message, *, channel: str, id: UUID) -> bytes:
        """The mail's parts, or a webhook's body, byte for byte."""
        text = self.text(message)
        if channel == EMAIL:
            return orjson.dumps({"subject": text.subject, "plain": text.plain, "html": text.html})
        name, link = self._about(message)
        return orjson.dumps(
            {
                "id": str(id),
                "text": f"{text.subject}\n{text.plain.strip()}",
                "type": message.phase.value,
                "kind": message.kind.value,
                "cause": message.cause,
                "title": title_of(message),
                "sentence": message.sentence,
                "lines": list(message.lines),
                "count": message.count,
                "unsaid": message.unsaid,
                "since": message.since.isoformat(),
                "orders": list(message.orders),
                "organisation": self.organisation,
                "connection": {"id": str(message.connection), "name": name} if message.connection else None,
                "link": link,
            }
        )

    def _values(self, message: Message) -> Mapping[str, str]:
        name, link = self._about(message)
        return values(
            message,
            organisation=self.organisation,
            connection=name,
            link=link,
            since=_shown(message.since, self.zone),
        )

    def _about(self, message: Message) -> tuple[str, str]:
        return (
            self.connections.get(message.connection, ("", self.link))
            if message.connection
            else ("", self.link)
        )


def _shown(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%d %B %Y, %H:%M} ({zone})"
