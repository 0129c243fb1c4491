"""`python -m sandbox.erps.rest`: Kontor as a process of its own."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from starlette.responses import Response

from sandbox.erps.calls import Limits
from sandbox.erps.rest.books import Books
from sandbox.erps.rest.desk import Desk, fault
from sandbox.erps.rest.office import KontorOffice
from sandbox.erps.serving import Chosen, Simulator, run

DOCUMENT = Path(__file__).parent / "connection.json"
AT_ONCE = 8
_VERBS = (
    (r"POST /oauth/token", "token", False),
    (r"POST /v2/vouchers", "create", True),
    (r"POST /v2/vouchers/\d+/release", "confirm", True),
    (r"POST /v2/vouchers/\d+/bill", "invoice", True),
    (r"POST /v2/vouchers/\d+/receipts", "payment", True),
    (r"POST /v2/vouchers/\d+/void", "cancel", True),
    (r"PUT /v2/vouchers/\d+/positions", "line", True),
    (r"POST /v2/vouchers/\d+/credits", "credit", True),
    (r"POST /v2/vouchers/\d+/despatches", "ship", True),
    (r"(PUT|POST) /v2/despatches/.*", "ship", True),
    (r"GET /v2/(vouchers/\d+/)?despatches.*", "shipments", False),
    (r"GET /v2/vouchers", "find", False),
    (r"GET /v2/vouchers/.*", "get", False),
    (r"GET /v2/journal.*", "status", False),
    (r"GET /v2/(holdings|depots).*", "stock", False),
    (r"GET /v2/(families|articles).*", "items", False),
    (r"GET /v2/(tariffs|tiers).*", "prices", False),
    (r"POST /v2/parties/(search|accounts)", "customers", False),
    (r"GET /v2/parties.*", "customers", False),
    (r"(POST|PUT) /v2/parties.*", "customers", True),
)


class KontorManners:
    """Implements `Manners`."""

    def verb(self, method: str, path: str, body: bytes) -> tuple[str, bool]:
        called = f"{method} {path}"
        found = ((verb, writes) for form, verb, writes in _VERBS if re.fullmatch(form, called))
        return next(found, ("get", method != "GET"))

    def throttled(self, wait: float) -> Response:
        answer = fault(1429, "Slow down.", status=429)
        answer.headers["retry-after"] = f"{max(1, round(wait))}"
        return answer

    def broken(self) -> Response:
        return fault(1500, "The ledger is on fire.", status=500)

    def expired(self) -> Response:
        return fault(1401, "Sign in first.", status=401)

    def failed(self) -> Response:
        return fault(9000, "The ledger is being tidied.")


def make(chosen: Chosen) -> Simulator:
    books, secret = Books(), secrets.token_hex(12)
    office = KontorOffice(books)
    office.stock(chosen.items)
    user = "stockbridge"
    return Simulator(
        app=Desk(books, user, secret).app(),
        office=office,
        manners=KontorManners(),
        limits=Limits(at_once=AT_ONCE),
        credentials={"user": user, "secret": secret, "document": DOCUMENT.read_text()},
    )


if __name__ == "__main__":
    run("rest", make)
