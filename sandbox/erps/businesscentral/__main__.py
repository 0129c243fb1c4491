"""Starts a simulated Business Central: `python -m sandbox.erps.businesscentral --port 0 [--home DIR] [--items FILE]`."""

from __future__ import annotations

from sandbox.erps.businesscentral import company as setup
from sandbox.erps.businesscentral.books import Books
from sandbox.erps.businesscentral.company import Company
from sandbox.erps.businesscentral.entra import Entra
from sandbox.erps.businesscentral.manners import BusinessCentralManners
from sandbox.erps.businesscentral.server import Desk
from sandbox.erps.businesscentral.staff import Staff
from sandbox.erps.calls import Limits
from sandbox.erps.serving import Chosen, Simulator, run


def make(chosen: Chosen, company: Company | None = None) -> Simulator:
    known = company or Company()
    if chosen.home:
        chosen.home.mkdir(parents=True, exist_ok=True)
    file = chosen.home / "businesscentral.sqlite" if chosen.home else None
    fresh = file is None or not file.exists()
    books = Books(known, file)
    staff, entra = Staff(books), Entra(company=known)
    if fresh:
        staff.services()
    staff.stock(chosen.items)
    return Simulator(
        app=Desk(books=books, entra=entra).app(),
        office=staff,
        manners=BusinessCentralManners(entra=entra),
        limits=Limits(at_once=known.at_once, queued=known.queued, calls=known.calls, seconds=known.seconds),
        credentials={
            "tenant": setup.TENANT,
            "environment": setup.ENVIRONMENT,
            "company": setup.COMPANY,
            "client_id": setup.CLIENT,
            "client_secret": setup.SECRET,
        },
    )


if __name__ == "__main__":
    run("businesscentral", make)
