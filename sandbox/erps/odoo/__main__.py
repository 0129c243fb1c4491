"""Starts a simulated Odoo: `python -m sandbox.erps.odoo [--dialect json2|jsonrpc|jsonrpc16]`, version 19, 17 or 16.

Of 16 and its elders is shown what reads differ by: a model at a time, many references as bare numbers.
"""

from __future__ import annotations

from sandbox.erps.odoo.manners import OdooManners
from sandbox.erps.odoo.methods import Desk
from sandbox.erps.odoo.models import DECLARED
from sandbox.erps.odoo.people import OdooPeople
from sandbox.erps.odoo.seed import COMPANY, seed
from sandbox.erps.odoo.tables import Tables
from sandbox.erps.odoo.wire import Keys, application
from sandbox.erps.serving import Chosen, Simulator, run

DIALECTS = {"json2": "19.0", "jsonrpc": "17.0", "jsonrpc16": "16.0"}
_KEY = "0f3c5f9a2b7d4e61a8c90d12e34f5a6b7c8d9e0f"


def make(chosen: Chosen) -> Simulator:
    version = DIALECTS[chosen.dialect or "json2"]
    desk = Desk(tables=Tables(DECLARED, int(version.partition(".")[0])))
    desk.abroad = seed(desk.tables)
    people = OdooPeople(desk)
    people.stock(chosen.items)
    keys = Keys(database="demo", login="hub", key=_KEY)
    told = {"database": keys.database, "login": keys.login, "key": keys.key, "company": COMPANY}
    return Simulator(
        app=application(desk, keys, version),
        office=people,
        manners=OdooManners(rpc=chosen.dialect.startswith("jsonrpc")),
        credentials=told,
    )


if __name__ == "__main__":
    run("odoo", make, dialects=tuple(DIALECTS))
