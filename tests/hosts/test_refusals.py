"""What an ERP says when it refuses something is kept, whatever signs stand in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.errors import StockbridgeError
from app.hosts.businesscentral import refusals as businesscentral
from app.hosts.netsuite import refusals as netsuite
from app.hosts.odoo import refusals as odoo
from app.hosts.tryton import refusals as tryton
from app.ports import Answer

SAID = rb"The item A\u0000B is not for sale \ud800."
REFUSALS: dict[str, tuple[Callable[[Answer], StockbridgeError | None], bytes]] = {
    "businesscentral": (
        lambda answer: businesscentral.refusal_of(answer, writes=True),
        b'{"error": {"code": "Application_DialogException", "message": "%s"}}',
    ),
    "netsuite": (
        lambda answer: netsuite.refusal_of(answer, writes=True),
        b'{"title": "Bad", "o:errorDetails": [{"detail": "%s", "o:errorCode": "INVALID"}]}',
    ),
    "odoo": (
        lambda answer: odoo.refusal_of(answer, writes=True),
        b'{"name": "odoo.exceptions.UserError", "message": "%s"}',
    ),
    "tryton": (lambda answer: tryton.refusal_of(answer, writes=True), b'{"message": "%s"}'),
}


@pytest.mark.parametrize("host", REFUSALS)
def test_a_refusal_with_signs_that_no_database_takes_is_a_refusal_still(host: str) -> None:
    refusal_of, shape = REFUSALS[host]
    refusal = refusal_of(Answer(status=400, headers={}, body=shape % SAID))
    assert refusal is not None
    assert (
        "The item A\N{REPLACEMENT CHARACTER}B is not for sale \N{REPLACEMENT CHARACTER}." in refusal.sentence
    )
