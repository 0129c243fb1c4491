"""Starts a simulated NetSuite account: `python -m sandbox.erps.netsuite --port 0 [--home DIR] [--items FILE]`."""

from __future__ import annotations

from sandbox.erps.netsuite.account import Account
from sandbox.erps.netsuite.books import Books
from sandbox.erps.netsuite.server import Desk
from sandbox.erps.netsuite.signing import Doorman, integration
from sandbox.erps.netsuite.staff import Staff
from sandbox.erps.serving import Chosen, Limits, Simulator, run

DIALECTS = ("suitetax", "legacytax")


def make(chosen: Chosen, account: Account | None = None) -> Simulator:
    """The dialect is how the account taxes: by SuiteTax, or by the older way."""
    known = account or Account(suite_tax=chosen.dialect != "legacytax")
    if chosen.home:
        chosen.home.mkdir(parents=True, exist_ok=True)
    books = Books(known, chosen.home / "netsuite.sqlite" if chosen.home else None)
    doorman = Doorman(account=known, integration=integration(chosen.home))
    desk, staff = Desk(books=books, doorman=doorman), Staff(books)
    staff.stock(chosen.items)
    return Simulator(
        app=desk.app(),
        office=staff,
        manners=desk,
        limits=Limits(at_once=known.concurrency),
        credentials={"account": known.id, **doorman.integration.told()},
    )


if __name__ == "__main__":
    run("netsuite", make, dialects=DIALECTS)
