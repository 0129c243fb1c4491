"""What NetSuite's refusals mean for us; its status codes alone don't say (a full account may be a 400, or a 401)."""

from __future__ import annotations

import re
from datetime import timedelta

import msgspec

from app.errors import (
    AccessLost,
    Misconfigured,
    Rejected,
    Retry,
    StockbridgeError,
    Throttled,
    Unclear,
    Verdict,
)
from app.outbound import failure_of, read_as, retry_after
from app.ports import Answer

_LONGEST = 300
_QUOTED = re.compile(r"[\"“'][^\"”']*[\"”']|\S+@\S+")
_FULL = frozenset({"CONCURRENCY_LIMIT_EXCEEDED", "SSS_REQUEST_LIMIT_EXCEEDED", "WS_REQUEST_BLOCKED"})
_BLOCKED = "concurrent request limit"
_CHANGED = frozenset({"RCRD_HAS_BEEN_CHANGED", "RECORD_HAS_BEEN_CHANGED"})
_LINE = re.compile(r"item\.items\[(\d+)\]\.item\b")
_SOON = timedelta(seconds=2)


class Detail(msgspec.Struct, frozen=True, rename={"code": "o:errorCode", "path": "o:errorPath"}):
    """Nothing of it has to be there."""

    detail: str | None = None
    code: str | None = None
    path: str | None = None


class Problem(msgspec.Struct, frozen=True, rename={"details": "o:errorDetails"}):
    title: str | None = None
    status: int | float | str | None = None
    details: tuple[Detail, ...] | None = None

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(each.code for each in self.details or () if each.code)

    @property
    def full(self) -> bool:
        """Whether the account had no place for the call, whichever status and code it says that with."""
        return bool(self.codes & _FULL) or str(self.status) == "429" or _BLOCKED in self.said.lower()

    @property
    def said(self) -> str:
        told = " ".join(" ".join(each.detail.split()) for each in self.details or () if each.detail)
        return told or self.title or ""


class Exists(Rejected):
    """NetSuite has a record with this external id, or an entity of this name, already."""


class Denied(Throttled):
    """A sign-in was refused, which a full account does as well: only when it stays so is access lost."""


def refusal_of(answer: Answer, *, writes: bool, personal: bool = False) -> StockbridgeError | None:
    """None for a success. `personal`: what NetSuite quotes is left out of the sentence."""
    if 200 <= answer.status < 300:
        return None
    problem = problem_of(answer)
    if problem is None:
        return failure_of(answer, writes=writes) or _unexpected(answer, writes=writes)
    if answer.status == 429 or problem.full:
        return Throttled(
            "connection.slow_down",
            "NetSuite is asked too much at a time.",
            after=retry_after(answer) or _SOON,
        )
    match answer.status:
        case 400 | 404 | 405 | 409 | 412:
            return _refused(problem, answer.status, personal=personal)
        case 401:
            return AccessLost("access.refused", f"NetSuite refused the sign-in: {_short(problem.said)}")
        case 403:
            return _forbidden(problem)
        case _:
            return failure_of(answer, writes=writes) or _unexpected(answer, writes=writes)


def problem_of(answer: Answer) -> Problem | None:
    """None: NetSuite itself did not say this."""
    try:
        problem = read_as(Problem, answer)
    except Retry:
        return None
    return problem if problem.details or problem.title else None


def query_refused(problem: Problem) -> Misconfigured:
    """A query of ours that this account does not carry out: a right, a feature or a field is missing."""
    return Misconfigured(
        "host.query_refused",
        f"NetSuite refused a question; its role may lack a right, or a field is none: {_short(problem.said)}",
    )


def _forbidden(problem: Problem) -> Misconfigured:
    return Misconfigured(
        "access.forbidden",
        f"The role of the integration lacks a right in NetSuite: {_short(problem.said)}",
        facts={"status": "403"},
    )


def _refused(problem: Problem, status: int, *, personal: bool) -> StockbridgeError:
    said = problem.said.lower()
    text = _short(_QUOTED.sub("…", problem.said) if personal else problem.said)
    facts = {"status": str(status)}
    if "already exists" in said or "DUP_ENTITY" in problem.codes or "DUP_RCRD" in problem.codes:
        return Exists("host.exists", f"NetSuite has it already: {text}", facts=facts)
    if problem.codes & _CHANGED or "record has been changed" in said:
        return Retry(
            "document.changed_meanwhile",
            "Someone changed the record in NetSuite at the same moment.",
            after=_SOON,
        )
    if "INSUFFICIENT_PERMISSION" in problem.codes:
        return _forbidden(problem)
    if "NONEXISTENT_ID" in problem.codes or status == 404:
        return Rejected("document.removed_in_erp", f"NetSuite does not have it any more: {text}", facts=facts)
    path = next((each.path for each in problem.details or () if each.path), "")
    if path:
        facts["path"] = path[:100]
    if _LINE.match(path):
        sentence = f"NetSuite does not take an item of the document: {text}"
        return Rejected("item.refused", sentence, verdict=Verdict.NEEDS_MAPPING, facts=facts)
    return Rejected("host.refused", f"NetSuite refused it: {text}", facts=facts)


def _unexpected(answer: Answer, *, writes: bool) -> StockbridgeError:
    if answer.status == 404:
        return Misconfigured(
            "address.not_found", "There is no NetSuite at this address.", facts={"status": "404"}
        )
    return (Unclear if writes else Retry)(
        "answer.unexpected", "NetSuite gave an answer nobody expects.", facts={"status": str(answer.status)}
    )


def _short(text: str) -> str:
    plain = " ".join(text.split())[:_LONGEST]
    return plain if plain.endswith((".", "!", "?")) else f"{plain}."
