"""Decides about a record, asking the ERP first where the decision stands on what only it knows; nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from app.domain.debtor import Debtor
from app.errors import Bug, Rejected, Retry, Verdict
from app.ports import Missing
from app.sync.flow import Consult, D, Decider, Decision, Rules, Told
from app.sync.sides import Sides


async def decided(
    decider: Decider[D], told: Told | None, rules: Rules, now: Callable[[], datetime], sides: Sides
) -> Decision[D]:
    """Raises Retry while the ERP does not answer, or with figures that are too old: nobody is taken for good then."""
    decision = decider(told, rules, now())
    if isinstance(decision, Consult):
        debtor = await _asked(decision, rules, now, sides)
        decision = decider(told, replace(rules, debtor=debtor, consulted=True), now())
    if isinstance(decision, Consult):
        raise Bug("debtor.asked_twice", "A rule asks for what it was told.")
    return decision


async def _asked(question: Consult, rules: Rules, now: Callable[[], datetime], sides: Sides) -> Debtor | None:
    debtors = sides.host.debtors
    if isinstance(debtors, Missing):
        raise Rejected("debtor.not_told", debtors.sentence, verdict=Verdict.NEEDS_MAPPING)
    found = await sides.ask(lambda: debtors.of(question.buyer))
    if found is not None and found.as_of is not None and now() - found.as_of > rules.timing.debtor_fresh:
        raise Retry(
            "debtor.stale",
            "What the ERP says of the buyer's account is too old to decide by; it is asked again.",
        )
    return found
