"""The merchant's own conditions, asked once before an order is first sent: who is held, left out, or not yet known. Pure."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from app.domain.order import Order, Risk
from app.errors import Reason, Verdict
from app.mapping.markets import unknown_to_gates
from app.mapping.owing import owing
from app.mapping.ruleset import Unasked
from app.mapping.tree import NOW, tree
from app.sync.flow import Consult, Hold, Rules, Skip, Wait

_RISK = "order.risk"


def at_the_gate(order: Order, rules: Rules, now: datetime) -> Skip | Hold | Wait | Consult | None:
    """None: it may go. A person who approves the order lets it through every gate."""
    gates = rules.tables.rules
    if rules.approved or not gates.gates:
        return None
    market = unknown_to_gates(order, gates)
    if market is not None:
        return Hold(reasons=(market,))
    if gates.asks(_RISK) and _unjudged(order, rules, now):
        sentence = f"Whether {order.name} is a risk is not known yet, and a rule asks for it."
        reason = Reason(code="order.risk_pending", sentence=sentence, verdict=Verdict.RETRY_SAFE)
        return Wait(until=now + rules.timing.processor_look, reason=reason)
    side = rules.options.side
    seen = {**tree(order, side), NOW: now}
    told = partial(owing, order, side, rules.debtor, rules.tables) if rules.consulted else None
    met = gates.gate(seen, told)
    if met is None:
        return None
    if isinstance(met, Unasked):
        return Consult(buyer=order.buyer, asking=gates.unasked(seen))
    if isinstance(met, Reason):
        return Hold(reasons=(met,))
    facts = {"rule": met.id}
    if met.do == "hold":
        return Hold(reasons=(Reason(code="order.held_by_rule", sentence=met.sentence, facts=facts),))
    return Skip(reason=Reason(code="order.left_out_by_rule", sentence=met.sentence, facts=facts))


def _unjudged(order: Order, rules: Rules, now: datetime) -> bool:
    """The store judges some time after an order was placed; of one that was sold over the counter it never does."""
    young = now < order.created_at + rules.timing.risk_wait
    return young and order.risk is Risk.NONE and order.point_of_sale_key is None
