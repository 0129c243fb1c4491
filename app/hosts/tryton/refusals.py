"""What Tryton's refusals mean for us; its status codes alone don't say (access denied is 400, RPC errors are 200)."""

from __future__ import annotations

import re
from datetime import timedelta

import msgspec

from app.errors import Misconfigured, Rejected, Retry, StockbridgeError, Unclear
from app.outbound import failure_of, read_as
from app.ports import Answer, Json

BAD_REQUEST = "host.bad_request"
"""The code of a read that asks for a model or field which this Tryton does not have, because a module is missing."""

_LONGEST_SENTENCE = 300
_NO_ACCESS = ("You are not allowed", "Calling button")
_QUOTED = re.compile(r'"[^"]*"')


class Untold(Unclear):
    """Tryton itself answered, so the request is over, but not how it ended: what is read from now on is the outcome."""


class _Refusal(msgspec.Struct):
    message: str


def refusal_of(answer: Answer, *, writes: bool, personal: bool = False) -> StockbridgeError | None:
    """None for an answer that is a success. `personal`: quoted names of records are left out of the sentence."""
    if 200 <= answer.status < 300:
        return None
    if answer.status == 400:
        return _bad_request(answer, writes=writes, personal=personal)
    if answer.status == 404:
        return Misconfigured(
            "address.not_found",
            "Tryton knows no such database or record; check the address and the database's name.",
            facts={"status": "404"},
        )
    return failure_of(answer, writes=writes) or _unexpected(answer, writes=writes)


def rpc_refusal_of(error: Json, *, writes: bool) -> StockbridgeError:
    """The `error` of a JSON-RPC answer: a class name, then its message. Tracebacks are never kept."""
    name, details = (error[0], error[1]) if isinstance(error, list) and len(error) > 1 else (None, None)
    if name == "ConcurrencyException":
        return Retry(
            "document.changed_meanwhile",
            "Someone changed the document at the same moment; nothing was written.",
            after=timedelta(seconds=1),
        )
    message = details[0] if isinstance(details, list) and details else None
    if name in ("UserError", "UserWarning") and isinstance(message, str):
        return said(message)
    return (Untold if writes else Retry)("host.internal_error", "Tryton had a problem of its own.")


def said(message: str, *, personal: bool = False) -> StockbridgeError:
    """Tryton's own sentence for people, asked for in English."""
    if message.startswith(_NO_ACCESS):
        return Misconfigured(
            "access.forbidden",
            f"Tryton's user lacks a right: {_short(message)}",
            facts={"groups": "Sales, Stock, Party Administration, Accounting, Payment"},
        )
    if personal:
        message = _QUOTED.sub("…", message)
    return Rejected("host.refused", f"Tryton refused it: {_short(message)}")


def _bad_request(answer: Answer, *, writes: bool, personal: bool) -> StockbridgeError:
    try:
        refusal = read_as(_Refusal, answer)
    except Retry:
        # A web page: a field this Tryton does not have, or its database refused in a race. Mostly everything was
        # undone, but a task that runs after the commit can fail the same way.
        return (Untold if writes else Retry)(
            BAD_REQUEST,
            "Tryton could not make sense of the request; a module may be missing, or two writes met.",
            facts={"status": "400"},
        )
    return said(refusal.message, personal=personal)


def _unexpected(answer: Answer, *, writes: bool) -> StockbridgeError:
    return (Unclear if writes else Retry)(
        "answer.unexpected", "Tryton gave an answer nobody expects.", facts={"status": str(answer.status)}
    )


def _short(message: str) -> str:
    plain = " ".join(message.split())
    if len(plain) > _LONGEST_SENTENCE:
        return plain[:_LONGEST_SENTENCE] + "..."
    return plain if plain.endswith((".", "!", "?")) else plain + "."
