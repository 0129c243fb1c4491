"""What an answer means: by the connection document's own rules first, then by what its status means anyway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

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
from app.hosts.rest.parts import ErrorRule
from app.hosts.rest.paths import Steps, Unreadable, read
from app.outbound import failure_of, json_of, retry_after
from app.ports import Answer, Json

CODES: Mapping[str, Verdict] = MappingProxyType(
    {
        "item.unknown": Verdict.NEEDS_MAPPING,
        "currency.not_accepted": Verdict.NEEDS_MAPPING,
        "tier.unknown": Verdict.NEEDS_MAPPING,
        "tax.incomplete": Verdict.NEEDS_MAPPING,
        "total.differs": Verdict.LOOK_FIRST,
        "credit.exceeds": Verdict.LOOK_FIRST,
        "customer.several": Verdict.LOOK_FIRST,
        "parcel.too_much": Verdict.LOOK_FIRST,
        "document.cancelled_in_erp": Verdict.LOOK_FIRST,
        "host.refused": Verdict.LOOK_FIRST,
    }
)
"""What a refusal may be called by a rule, and what a person may do about it."""


class Exists(Exception):
    """The ERP has it already: what a rule's `existing` gave of it, if anything."""

    def __init__(self, there: Json) -> None:
        super().__init__("exists")
        self.there = there


def judged(answer: Answer, rules: Sequence[ErrorRule], *, writes: bool, none: Sequence[int] = ()) -> Json:
    """The answer's data; None for an empty one, or one whose status is listed in `none`. Raises what it means else."""
    steps, data = Steps(), _data(answer)
    for rule in rules:
        if _fits(rule, answer, data, steps):
            raise _meant(rule, answer, data, steps, writes=writes)
    if answer.status in none:
        return None
    failure = failure_of(answer, writes=writes)
    if failure:
        raise failure
    if answer.status == 404 and not writes:
        raise Misconfigured(
            "address.wrong", "The ERP has nothing at an address that the connection document names."
        )
    if answer.status >= 400:
        raise Rejected(
            "host.refused",
            f"The ERP refused this ({answer.status}) for a reason that the connection document does not name.",
            facts={"status": str(answer.status)},
        )
    return json_of(answer, writes=writes) if answer.body.strip() else None


def _data(answer: Answer) -> Json:
    try:
        return json_of(answer)
    except Retry:
        return None


def _fits(rule: ErrorRule, answer: Answer, data: Json, steps: Steps) -> bool:
    if rule.status and answer.status not in rule.status:
        return False
    return rule.when is None or bool(_at(rule.when, data, steps))


def _at(path: str | None, data: Json, steps: Steps) -> Json:
    try:
        return read(path, data, steps) if path else None
    except Unreadable:
        return None


def _meant(
    rule: ErrorRule, answer: Answer, data: Json, steps: Steps, *, writes: bool
) -> StockbridgeError | Exists:
    said, item = _text(_at(rule.sentence, data, steps)), _text(_at(rule.item, data, steps))
    facts = {"status": str(answer.status)} | ({"item": item, "table": "items", "code": item} if item else {})
    own = f": {said}" if said else "."
    match rule.verdict:
        case "exists" if writes:
            return Exists(_at(rule.existing, data, steps))
        case "exists":
            return Misconfigured(
                "description.exists_on_read",
                "A rule of the connection document takes the answer to a question for “it exists already”, which only"
                " a change can be told; narrow that rule's `status` or `when`.",
                verdict=Verdict.NEEDS_MAPPING,
                facts=facts,
            )
        case "changed":
            return Retry(
                "document.changed_meanwhile", "Someone changed the document meanwhile; nothing was written."
            )
        case "throttled":
            return Throttled(
                "connection.slow_down", "Too many requests.", after=retry_after(answer), facts=facts
            )
        case "unclear" if writes:
            return Unclear("connection.server_error", f"The ERP had a problem of its own{own}", facts=facts)
        case "unclear" | "retry":
            return Retry(
                "connection.server_error",
                f"The ERP can't do this now{own}",
                after=retry_after(answer),
                facts=facts,
            )
        case "access":
            return AccessLost("access.refused", f"The key or sign-in was refused{own}", facts=facts)
        case "misconfigured":
            return Misconfigured(
                "access.forbidden", f"The ERP does not let this connection do that{own}", facts=facts
            )
        case "rejected":
            code = rule.code or "host.refused"
            return Rejected(code, f"The ERP refused this{own}", verdict=CODES[code], facts=facts)


def _text(value: Json) -> str:
    """The ERP's own words as one sentence, cut to a size."""
    text = " ".join(str(value).split())[:200] if isinstance(value, str | int) and value != "" else ""
    return text if not text or text[-1] in ".!?" else f"{text}."
