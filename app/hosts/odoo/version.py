"""Which Odoo this is: asked without a key, of the page that newer ones have, else of the service that older ones have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import msgspec

from app.errors import Misconfigured, Retry
from app.outbound import clock_offset, failure_of
from app.ports import Answer, Json

FIRST_JSON2 = 19
LEAST = 14
_CLOUD = "saas~"
_LONGEST_MAJOR = 6


@dataclass(frozen=True, kw_only=True)
class Version:
    """`offset`: their clock less ours, to the second, which is all that an HTTP date tells."""

    text: str
    major: int
    offset: timedelta


class _Page(msgspec.Struct):
    version: str


class _Result(msgspec.Struct):
    server_version: str


class _Told(msgspec.Struct):
    result: _Result


def asked_old() -> Json:
    return {
        "jsonrpc": "2.0",
        "method": "call",
        "id": 1,
        "params": {"service": "common", "method": "version", "args": []},
    }


def asked_at(answer: Answer) -> bool:
    """Whether the page of newer versions is what answered."""
    return (answer.status == 200 and _read(answer) is not None) or answer.status >= 500


def version_of(answer: Answer) -> Version:
    """Raises Retry where the server is not well, Misconfigured where this is no Odoo or one that is too old."""
    failure = failure_of(answer, writes=False) if answer.status >= 429 else None
    if failure:
        raise failure
    text = _read(answer)
    if text is None:
        if answer.status == 200:
            raise Retry("answer.unreadable", "What answers at this address does not speak as an Odoo does.")
        raise Misconfigured(
            "address.wrong", "There is no Odoo at this address.", facts={"status": str(answer.status)}
        )
    major = _major(text)
    if major < LEAST:
        raise Misconfigured(
            "host.too_old", f"This is Odoo {text[:12]}; versions from {LEAST} on are supported.",
            facts={"version": text[:12]},
        )  # fmt: skip
    return Version(text=text[:20], major=major, offset=clock_offset(answer))


def _read(answer: Answer) -> str | None:
    try:
        return msgspec.json.decode(answer.body, type=_Page).version
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        pass
    try:
        return msgspec.json.decode(answer.body, type=_Told).result.server_version
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def _major(text: str) -> int:
    """Of `17.0`, `19.0+e` or, on Odoo's own cloud, `saas~18.2`."""
    head = text.removeprefix(_CLOUD).partition(".")[0]
    return int(head) if head.isascii() and head.isdigit() and len(head) < _LONGEST_MAJOR else 0
