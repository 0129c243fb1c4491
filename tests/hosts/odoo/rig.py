"""A simulated Odoo inside the test's own process: the adapter's requests go straight into it, and the test sees its tables."""

from __future__ import annotations

from dataclasses import dataclass, field

import httpx

from app.hosts.odoo.spec import ODOO
from app.ports import Answer, Host, Request
from sandbox.erps.odoo.__main__ import make
from sandbox.erps.odoo.people import OdooPeople
from sandbox.erps.odoo.tables import Tables
from sandbox.erps.office import Item
from sandbox.erps.serving import Chosen, Simulator
from tests.examples import ITEMS
from tests.hosts.rig import StateInMemory

METHODS = {"card": "CARD", "cash": "CSH1", "gift_card": "GIFT"}


@dataclass(kw_only=True)
class Inside:
    """Implements `Http`. `asked`: what was sent, by path; `instead`: answers that stand in for the next ones of a path's end."""

    simulator: Simulator
    asked: list[Request] = field(default_factory=list)
    instead: dict[str, list[Answer]] = field(default_factory=dict)

    async def send(self, request: Request) -> Answer:
        self.asked.append(request)
        for ending, answers in self.instead.items():
            if answers and (request.url.endswith(ending) or ending.encode() in (request.body or b"")):
                return answers.pop(0)
        transport = httpx.ASGITransport(app=self.simulator.app)
        async with httpx.AsyncClient(transport=transport) as client:
            headers = dict(request.headers)
            answer = await client.request(request.method, request.url, headers=headers, content=request.body)
        assert len(answer.content) <= request.most_bytes, f"the door would have cut off {request.url}"
        return Answer(
            status=answer.status_code,
            headers={name.lower(): value for name, value in answer.headers.items()},
            body=answer.content,
        )


@dataclass(kw_only=True)
class Office:
    """One simulated Odoo with the examples' items, opened."""

    dialect: str
    http: Inside
    host: Host
    people: OdooPeople
    tables: Tables


def office(dialect: str = "json2", **form: str) -> Office:
    items = tuple(Item(sku=sku, title=sku.title(), price=4, stock=1000) for sku in ITEMS)  # type: ignore[arg-type]
    simulator = make(Chosen(items=items, dialect=dialect))
    http = Inside(simulator=simulator)
    credentials = {"address": "http://odoo.test", **simulator.credentials, **form}
    host = ODOO.open(credentials, http, StateInMemory())  # type: ignore[arg-type]
    people = simulator.office
    assert isinstance(people, OdooPeople)
    return Office(dialect=dialect, http=http, host=host, people=people, tables=people.tables)
