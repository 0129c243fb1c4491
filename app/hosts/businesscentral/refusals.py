"""What Business Central's refusals mean for us: the family of its error code says more than the status does."""

from __future__ import annotations

import re
from datetime import timedelta

import msgspec

from app.errors import AccessLost, Misconfigured, Rejected, Retry, StockbridgeError, Throttled, Unclear
from app.outbound import failure_of, read_as, retry_after
from app.ports import Answer

_LONGEST = 300
_SOON = timedelta(seconds=2)
_FULL = timedelta(seconds=5)
_TRACE = re.compile(r"\s*CorrelationId:.*$", re.DOTALL)
_QUOTED = re.compile(r"[\"“'][^\"”']*[\"”']|\S+@\S+")
_SIGN_IN = re.compile(r"AADSTS\d+")
_PLACE = ("Internal_CompanyNotFound", "Internal_TenantNotFound", "BadRequest_CompanyNotFound")


class Trouble(msgspec.Struct, frozen=True):
    code: str
    message: str = ""


class _Body(msgspec.Struct, frozen=True):
    error: Trouble


class Exists(Rejected):
    """Business Central has a record with this key already."""


class Changed(Retry):
    """Somebody else was faster: what this was decided on is not there any more, and nothing was written."""


class Gone(Rejected):
    """What is written to is not there any more."""


def refusal_of(answer: Answer, *, writes: bool, personal: bool = False) -> StockbridgeError | None:
    """None for a success. `personal`: what Business Central quotes is left out of the sentence."""
    if 200 <= answer.status < 300:
        return None
    if answer.status == 429:
        return Throttled(
            "connection.slow_down",
            "Business Central is asked too much at a time.",
            after=retry_after(answer) or _FULL,
        )
    trouble = trouble_of(answer)
    if trouble is None:
        return failure_of(answer, writes=writes) or _unexpected(answer, writes=writes)
    if answer.status >= 500 or answer.status == 408:
        return failure_of(answer, writes=writes)
    return _said(trouble, answer.status, writes=writes, personal=personal)


def trouble_of(answer: Answer) -> Trouble | None:
    """None: Business Central itself did not say this."""
    try:
        return read_as(_Body, answer).error
    except Retry:
        return None


def not_signed_in(answer: Answer) -> AccessLost:
    """Of the token's own service; its sentence may name the application, so only its number is shown."""
    found = _SIGN_IN.search(answer.body[:2_000].decode("utf-8", "replace"))
    return AccessLost(
        "access.refused",
        "Microsoft Entra does not accept the application: look at its ID, its secret (secrets end after two years at most)"
        " and the tenant.",
        facts={"status": str(answer.status), **({"error": found[0]} if found else {})},
    )


def _said(trouble: Trouble, status: int, *, writes: bool, personal: bool) -> StockbridgeError:
    code, text = trouble.code, short(trouble.message, personal=personal)
    facts = {"status": str(status), "error": code[:100]}
    if status == 401 or code.startswith("Authentication_"):
        return AccessLost(
            "access.refused",
            "Business Central does not know the application: enter it under “Microsoft Entra applications” and enable it.",
            facts=facts,
        )
    if status == 403 or code.startswith("Authorization_"):
        return Misconfigured(
            "access.forbidden",
            f"The application lacks a permission set in Business Central: {text}",
            facts=facts,
        )
    if code == "Internal_EntityWithSameKeyExists":
        return Exists("host.exists", f"Business Central has it already: {text}", facts=facts)
    if status == 412 or code == "Request_EntityChanged":
        return Changed(
            "document.changed_meanwhile",
            "Someone changed the record in Business Central meanwhile; nothing was written.",
            after=_SOON,
        )
    if code in _PLACE:
        return Misconfigured(
            "company.unclear",
            "Business Central has no such environment or company: look at both in the form.",
            facts=facts,
        )
    if status == 404:
        return Gone(
            "document.removed_in_erp", f"Business Central does not have it any more: {text}", facts=facts
        )
    if "Lock" in code or "Deadlock" in code:
        return Retry(
            "host.busy", "Business Central was busy with the same records.", after=_SOON, facts=facts
        )
    if not writes:
        return Misconfigured(
            "host.query_refused", f"Business Central refused a question: {text}", facts=facts
        )
    return Rejected("host.refused", f"Business Central refused it: {text}", facts=facts)


def _unexpected(answer: Answer, *, writes: bool) -> StockbridgeError:
    if answer.status == 404:
        return Misconfigured(
            "address.not_found", "There is no Business Central at this address.", facts={"status": "404"}
        )
    return (Unclear if writes else Retry)(
        "answer.unexpected",
        "Business Central gave an answer nobody expects.",
        facts={"status": str(answer.status)},
    )


def short(text: str, *, personal: bool = False) -> str:
    plain = " ".join(_TRACE.sub("", text).split())
    plain = (_QUOTED.sub("…", plain) if personal else plain)[:_LONGEST]
    return plain if plain.endswith((".", "!", "?")) else f"{plain}."
