"""What would be done about one order under one mapping, and what another mapping would make of it; pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from app.domain.document import SalesDocument
from app.errors import Reason, StockbridgeError, Verdict
from app.mapping.ruleset import EMPTY, Gate, RuleSet
from app.ports import Json
from app.sync.flow import Cancelled, Consult, Decision, Hold, Put, Skip, Trace, Wait
from app.sync.rehearsal import Differs, differences

Outcome = Literal[
    "same", "changed", "newly_held", "no_longer_held", "held_otherwise", "newly_skipped", "no_longer_skipped",
    "skipped_otherwise", "gone", "unreadable",
]  # fmt: skip


_NOT_ASKED = Reason(
    code="debtor.not_asked",
    sentence="A rule would ask the ERP what the buyer owes, and a what-if asks it nothing: preview this order.",
    verdict=Verdict.RETRY_SAFE,
)


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """`told`: what the ERP would be told, in its own words and with the ways of paying; only where it is sent.

    `asking`: gates that would ask the ERP first; the rest is what would be done if it let the order through them.
    """

    action: Literal["send", "hold", "skip", "wait"]
    reasons: tuple[Reason, ...] = ()
    told: Mapping[str, Json] | None = None
    asking: tuple[Gate, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Compared:
    """`reasons`: why it would be held or left out from now on, or was until now."""

    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    differs: tuple[Differs, ...] = ()


def outlook(
    decide: Callable[[RuleSet], Decision[SalesDocument] | Consult],
    render: Callable[[SalesDocument], Mapping[str, Json]],
) -> Outlook:
    """Whatever is raised by deciding would hold the order. `decide` is given the gates that it is to leave out."""
    try:
        decision = decide(EMPTY)
        if not isinstance(decision, Consult):
            return _seen(decision, render)
        return replace(outlook(lambda _: decide(decision.asking), render), asking=decision.asking.gates)
    except StockbridgeError as error:
        return Outlook(action="hold", reasons=(error.reason,))


def _seen(
    decision: Decision[SalesDocument], render: Callable[[SalesDocument], Mapping[str, Json]]
) -> Outlook:
    match decision:
        case Put(document=document):
            return Outlook(action="send", told=_told(document, render))
        case Trace(found=reason):
            return Outlook(action="hold", reasons=(reason,))
        case Hold(reasons=reasons):
            return Outlook(action="hold", reasons=tuple(reasons))
        case Skip(reason=reason) | Cancelled(reason=reason):
            return Outlook(action="skip", reasons=(reason,))
        case Wait(reason=reason):
            return Outlook(action="wait", reasons=(reason,))


def compared(was: Outlook, now: Outlook) -> Compared:
    """What is another way under `now`. An order that only waits is decided later, so it is the same.

    What the ERP would be asked by the one and not by the other nobody knows, as it is not asked.
    """
    if was.asking != now.asking:
        return Compared(outcome="unreadable", reasons=(_NOT_ASKED,))
    match was.action, now.action:
        case "send", "send":
            differs = differences(was.told or {}, now.told or {})
            return Compared(outcome="changed" if differs else "same", differs=differs)
        case "hold", "hold":
            same = _codes(was) == _codes(now)
            return Compared(outcome="same" if same else "held_otherwise", reasons=now.reasons)
        case _, "hold":
            return Compared(outcome="newly_held", reasons=now.reasons)
        case "hold", "send" | "wait":
            return Compared(outcome="no_longer_held", reasons=was.reasons)
        case "skip", "skip":
            same = _codes(was) == _codes(now)
            return Compared(outcome="same" if same else "skipped_otherwise", reasons=now.reasons)
        case _, "skip":
            return Compared(outcome="newly_skipped", reasons=now.reasons)
        case "skip", _:
            return Compared(outcome="no_longer_skipped", reasons=was.reasons)
        case _:
            return Compared(outcome="same", reasons=now.reasons)


def _codes(of: Outlook) -> list[tuple[str, list[tuple[str, str]]]]:
    return sorted((reason.code, sorted(reason.facts.items())) for reason in of.reasons)


def _told(
    document: SalesDocument, render: Callable[[SalesDocument], Mapping[str, Json]]
) -> Mapping[str, Json]:
    """Payments, and what becomes of the document with them, are mostly told by later steps than the first."""
    payments: list[Any] = [
        {"key": each.key, "method": each.method, "amount": f"{each.amount:f}"} for each in document.payments
    ]
    return {"document": dict(render(document)), "document_kind": document.kind.value, "payments": payments}
