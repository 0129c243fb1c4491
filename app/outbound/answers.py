"""Turns an HTTP answer into data or into one of our errors, the same way for every adapter."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TypeVar

import msgspec

from app.errors import AccessLost, Misconfigured, Retry, StockbridgeError, Throttled, Unclear
from app.ports import Answer, Json

T = TypeVar("T")

_LONGEST_WAIT = timedelta(hours=1)
_UNSTORABLE = re.compile(rb"\\u(?:[dD][89a-fA-F]|0000)|\xed[\xa0-\xbf]")
"""What may stand for half a character or for NUL, as an escape or by itself."""
_SIGNS = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # both halves of one character
    rb"|(\\u(?:[dD][89a-fA-F][0-9a-fA-F]{2}|0000)|\xed[\xa0-\xbf][\x80-\xbf])"
    rb"|\\.",
    re.DOTALL,
)


def json_of(answer: Answer, *, writes: bool = False) -> Json:
    """The answer as JSON, decimals as strings. Raises Unclear (after a write) or Retry for anything else.

    Signs that no database takes (NUL, half a character) are replaced by U+FFFD, so that they spoil nothing beside them.
    """
    try:
        value: Json = json.loads(_storable(answer.body), parse_float=str, parse_constant=_no_number)
    except (ValueError, RecursionError) as cause:
        raise _unreadable(answer, writes) from cause
    return value


def read_as(kind: type[T], answer: Answer, *, writes: bool = False) -> T:
    """The answer as a `msgspec.Struct` (or any type msgspec knows): every field checked. Raises, and replaces, as `json_of`."""
    try:
        return msgspec.json.decode(_storable(answer.body), type=kind, strict=True)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as cause:
        raise _unreadable(answer, writes) from cause


def _storable(body: bytes) -> bytes:
    encoding = json.detect_encoding(body)
    if not encoding.startswith("utf-8"):
        body = body.decode(encoding, "surrogatepass").encode("utf-8", "surrogatepass")
    if not _UNSTORABLE.search(body):
        return body
    return _SIGNS.sub(lambda sign: rb"\ufffd" if sign[1] else sign[0], body)


def _no_number(name: str) -> Json:
    raise ValueError(name)


def _unreadable(answer: Answer, writes: bool) -> StockbridgeError:
    looks = "a web page" if answer.body.lstrip()[:1] == b"<" else "something else"
    return (Unclear if writes else Retry)(
        "answer.unreadable",
        f"Instead of the expected data the server answered with {looks}.",
        facts={"status": str(answer.status), "bytes": str(len(answer.body))},
    )


def failure_of(answer: Answer, *, writes: bool, sentence: str | None = None) -> StockbridgeError | None:
    """What the status means for any HTTP API, None for 2xx and for the statuses only the adapter can judge (4xx).

    Look at the host's own refusals first. `sentence` is the server's own, cleaned by the adapter.
    """
    facts = {"status": str(answer.status)}
    match answer.status:
        case 401:
            return AccessLost("access.refused", sentence or "The key or sign-in was refused.", facts=facts)
        case 403:
            return Misconfigured("access.forbidden", sentence or "The key may not do this.", facts=facts)
        case 429:
            return Throttled(
                "connection.slow_down", "Too many requests.", after=retry_after(answer), facts=facts
            )
        case status if 300 <= status < 400:
            return Misconfigured(
                "address.redirects", "The address redirects elsewhere; enter the final one.", facts=facts
            )
        case status if status >= 500 or status == 408:
            text = sentence or "The server had a problem of its own."
            if writes:
                return Unclear("connection.server_error", text, facts=facts)
            return Retry("connection.server_error", text, after=retry_after(answer), facts=facts)
        case _:
            return None


def clock_offset(answer: Answer, now: datetime | None = None) -> timedelta:
    """Their clock less ours by the answer's date, which is to the second; nothing where it says none that can be read."""
    try:
        return parsedate_to_datetime(answer.headers.get("date", "")) - (now or datetime.now(UTC))
    except (TypeError, ValueError, IndexError):
        return timedelta(0)


def retry_after(answer: Answer, now: datetime | None = None) -> timedelta | None:
    """The wait the server asked for, in seconds or as a date; at most an hour, None when it said nothing readable."""
    text = answer.headers.get("retry-after", "").strip()
    try:
        wait = timedelta(seconds=float(text))
    except (ValueError, OverflowError):
        try:
            wait = parsedate_to_datetime(text) - (now or datetime.now(UTC))
        except (TypeError, ValueError, IndexError):
            return None
    return min(max(wait, timedelta(0)), _LONGEST_WAIT)
