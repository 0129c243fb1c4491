"""The words of an alert: a merchant's own template or ours, filled in once; nothing in it is ever run.

A template is plain text with `{{names}}`. What stands in for a name is never looked at for names again. The web form of a
message is the plain one, escaped.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.alert import Message, Phase
from app.domain.alert_rules import AlertKind
from app.errors import Refused

PLACEHOLDERS: Mapping[str, str] = {
    "what": "what happened, in a sentence",
    "title": "the same in a few words",
    "organisation": "your organisation",
    "connection": "the connection it is about",
    "since": "since when",
    "count": "how many times, or how many records",
    "orders": "names of some of the orders",
    "unsaid": "what was seen since the last message and not told singly",
    "list": "each thing on a line of its own, where there are several",
    "link": "where Stockbridge is opened",
}
_NAMED = re.compile(r"\{\{\s*([A-Za-z_]*)\s*\}\}")
_MOST = {"subject": 200, "body": 10_000}


@dataclass(frozen=True, kw_only=True)
class Template:
    """A subject of one line, and a body."""

    subject: str
    body: str


@dataclass(frozen=True, kw_only=True)
class Text:
    """A message ready to be sent. `html` is safe to be shown as it is."""

    subject: str
    plain: str
    html: str


DEFAULT = Template(
    subject="{{title}}",
    body="{{what}}\n\n{{list}}\n\nSince: {{since}}\nConnection: {{connection}}\nOrders: {{orders}}\n{{unsaid}}\n\n{{link}}",
)
"""A line of the body whose names are all empty is left out."""

_TITLES: Mapping[AlertKind, str] = {
    AlertKind.CRITICAL: "Stockbridge stands still",
    AlertKind.SILENCE: "No orders for unusually long",
    AlertKind.HELD: "Orders have waited for you too long",
    AlertKind.EXPIRY: "A key runs out",
}


def checked(subject: str, body: str) -> Template:
    """Raises Refused for a name there is no value for, and for what is too long or empty."""
    for name, text in (("subject", subject), ("body", body)):
        if not text.strip() or len(text) > _MOST[name]:
            raise Refused("alert.template_size", f"The {name} needs 1 to {_MOST[name]} letters.")
        unknown = sorted({each for each in _NAMED.findall(text) if each not in PLACEHOLDERS})
        if unknown:
            raise Refused(
                "alert.placeholder_unknown",
                f"There is nothing called “{unknown[0] or ' '}” to be filled in.",
                facts={"known": ", ".join(PLACEHOLDERS)},
            )
    return Template(subject=subject, body=body)


def title_of(message: Message) -> str:
    match message.phase:
        case Phase.RECOVERY:
            return f"Over: {_TITLES[message.kind].lower()}"
        case Phase.TEST:
            return "A test of Stockbridge's alerts"
        case Phase.DIGEST | Phase.ALARM:
            return _TITLES[message.kind]


def values(
    message: Message, *, organisation: str, connection: str, link: str, since: str
) -> Mapping[str, str]:
    """What stands in for each name. Recovery says of the sentence that it is over."""
    over = message.phase is Phase.RECOVERY
    times = "time" if message.unsaid == 1 else "times"
    return {
        "what": f"This is over: {message.sentence}" if over else message.sentence,
        "title": title_of(message),
        "organisation": organisation,
        "connection": connection,
        "since": since,
        "count": str(message.count),
        "orders": ", ".join(message.orders),
        "unsaid": f"Seen {message.unsaid} more {times} since the last message." if message.unsaid else "",
        "list": "\n".join(f"- {line}" for line in message.lines),
        "link": link,
    }


def filled(template: Template, given: Mapping[str, str]) -> Text:
    subject = " ".join(_in(template.subject, given).split())
    lines = [line for each in template.body.splitlines() for line in _line(each, given)]
    plain = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"
    return Text(subject=subject, plain=plain, html=_web(plain))


def _line(line: str, given: Mapping[str, str]) -> Sequence[str]:
    names = _NAMED.findall(line)
    if names and not any(given.get(name) for name in names):
        return ()
    return (_in(line, given),)


def _in(text: str, given: Mapping[str, str]) -> str:
    return _NAMED.sub(lambda found: given.get(found[1], ""), text)


def _web(plain: str) -> str:
    safe = html.escape(plain.strip()).replace("\n", "<br>\n")
    return f'<!doctype html><html><body style="font-family: sans-serif">\n{safe}\n</body></html>\n'
