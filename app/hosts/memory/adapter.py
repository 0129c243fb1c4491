"""Opens the demo ERP: sends its requests, turns its answers and refusals into ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from app.errors import Misconfigured, Rejected, Retry, StockbridgeError, Unclear, Verdict
from app.hosts.memory import wire
from app.hosts.memory.credits import CreditSink
from app.hosts.memory.customers import MemoryCustomers
from app.hosts.memory.debtors import MemoryDebtors
from app.hosts.memory.items import MemoryItems
from app.hosts.memory.parcels import MemoryParcels
from app.hosts.memory.prices import MemoryPrices
from app.hosts.memory.rates import MemoryRates
from app.hosts.memory.shipments import MemoryShipments
from app.hosts.memory.sink import OrderSink
from app.hosts.memory.status import MemoryStatus
from app.hosts.memory.stock import MemoryStock
from app.outbound import failure_of, read_as
from app.ports import Answer, Fence, Health, Host, Http, Json, Request, TaxRule

T = TypeVar("T")

_CODES = {
    "item.unknown": ("item.unknown", Verdict.NEEDS_MAPPING),
    "currency.unknown": ("currency.not_accepted", Verdict.NEEDS_MAPPING),
    "tier.unknown": ("tier.unknown", Verdict.NEEDS_MAPPING),
    "tax.incomplete": ("tax.incomplete", Verdict.NEEDS_MAPPING),
    "total.differs": ("total.differs", Verdict.LOOK_FIRST),
    "credit.exceeds": ("credit.exceeds", Verdict.LOOK_FIRST),
    "customer.exists": ("customer.several", Verdict.LOOK_FIRST),
    "shipment.too_much": ("parcel.too_much", Verdict.LOOK_FIRST),
    "document.cancelled": ("document.cancelled_in_erp", Verdict.LOOK_FIRST),
}
"""The demo ERP's own codes that have a name in ours; every other refusal is `host.refused`."""


@dataclass(frozen=True, kw_only=True)
class Connection:
    """What the form says, checked."""

    address: str
    key: str
    fence: Fence
    tax: TaxRule
    deadline: timedelta


def open_host(connection: Connection, http: Http) -> Host:
    caller = Caller(connection, http)
    return Host(
        check=partial(_check, caller, connection),
        orders=OrderSink(caller, fence=connection.fence, computes_tax=connection.tax is TaxRule.COMPUTED),
        refunds=CreditSink(caller, fence=connection.fence, computes_tax=connection.tax is TaxRule.COMPUTED),
        fence=connection.fence,
        customers=MemoryCustomers(caller),
        inventory=MemoryStock(caller),
        document_status=MemoryStatus(caller),
        prices=MemoryPrices(caller),
        shipments=MemoryShipments(caller),
        parcels=MemoryParcels(caller),
        items=MemoryItems(caller),
        debtors=MemoryDebtors(caller),
        faults=MemoryFaults(caller) if wire.BOOKS in connection.address else None,
        rates=MemoryRates(caller),
    )


@dataclass(frozen=True)
class MemoryFaults:
    """Implements `Faults` over books for practice."""

    caller: Caller

    async def on(self) -> bool:
        return (await self.caller.read(wire.FaultsWanted, "/faults")).on

    async def set(self, on: bool) -> None:
        await self.caller.told(wire.FaultsWanted, "/faults", {"on": on})


class Caller:
    """Sends requests with the key and the deadline; every refusal comes out as one of our errors."""

    def __init__(self, connection: Connection, http: Http) -> None:
        self._connection = connection
        self._http = http

    async def read(self, kind: type[T], path: str, query: Mapping[str, str] | None = None) -> T:
        answer = await self._send("GET", f"{path}?{urlencode(query)}" if query else path, None, writes=False)
        if answer.status == 404:
            raise Misconfigured("address.wrong", "There is no demo ERP at this address.")
        return read_as(kind, _accepted(answer, writes=False))

    async def read_or_none(self, kind: type[T], path: str) -> T | None:
        """None: the ERP has no such thing."""
        answer = await self._send("GET", path, None, writes=False)
        return None if answer.status == 404 else read_as(kind, _accepted(answer, writes=False))

    async def write(self, method: str, path: str, body: Json) -> wire.Document | None:
        """The document as it is after the change; one that existed already is as good. None when it was removed."""
        answer = await self._send(method, path, body, writes=True)
        if answer.status == 204:
            return None
        if answer.status == 409:
            problem = read_as(wire.Problem, answer, writes=True)
            if problem.code in {"document.exists", "payment.exists"} and problem.document:
                return problem.document
        return read_as(wire.Document, _accepted(answer, writes=True), writes=True)

    async def dispatch(self, method: str, path: str, body: Json) -> wire.Shipment:
        """The shipment as it is after the change; one that was there by its key already is as good."""
        answer = await self._send(method, path, body, writes=True)
        if answer.status == 409:
            problem = read_as(wire.Problem, answer, writes=True)
            if problem.code == "shipment.exists" and problem.shipment:
                return problem.shipment
        return read_as(wire.Shipment, _accepted(answer, writes=True), writes=True)

    async def maybe(self, kind: type[T], path: str) -> T | None:
        """A read of one thing, which may not be there."""
        answer = await self._send("GET", path, None, writes=False)
        return None if answer.status == 404 else read_as(kind, _accepted(answer, writes=False))

    async def told(self, kind: type[T], path: str, body: Json) -> T:
        """A word to the ERP that changes nothing in its books; twice is once."""
        answer = await self._send("PUT", path, body, writes=False)
        return read_as(kind, _accepted(answer, writes=False))

    async def seek(self, kind: type[T], path: str, body: Json) -> T:
        """A read that is asked with a body."""
        answer = await self._send("POST", path, body, writes=False)
        return read_as(kind, _accepted(answer, writes=False))

    async def person(self, method: str, path: str, body: Json) -> wire.KnownPerson:
        """The customer after the change. Whoever has the key or the e-mail already is as good, when it is made."""
        answer = await self._send(method, path, body, writes=True)
        if answer.status == 409 and method == "POST":
            problem = read_as(wire.Problem, answer, writes=True)
            if problem.code == "customer.exists" and problem.customer:
                return problem.customer
        return read_as(wire.KnownPerson, _accepted(answer, writes=True), writes=True)

    async def _send(self, method: str, path: str, body: Json, *, writes: bool) -> Answer:
        return await self._http.send(
            Request(
                method=method,
                url=self._connection.address + path,
                headers={
                    "authorization": f"Bearer {self._connection.key}",
                    "content-type": "application/json",
                    "accept": "application/json",
                },
                body=None if body is None else msgspec.json.encode(body),
                deadline=self._connection.deadline,
                writes=writes,
            )
        )


def _accepted(answer: Answer, *, writes: bool) -> Answer:
    failure = failure_of(answer, writes=writes)
    if failure:
        raise failure
    if answer.status >= 400:
        raise _refused(answer, writes=writes)
    return answer


def _refused(answer: Answer, *, writes: bool) -> StockbridgeError:
    """A definite no in the ERP's own words; what is refused as overtaken is looked at once more.

    A no in other words than the ERP's is somebody else's, a proxy's say, and no verdict on what was asked.
    """
    facts = {"status": str(answer.status)}
    try:
        problem = read_as(wire.Problem, answer, writes=writes)
    except (Retry, Unclear) as unreadable:
        gone = Misconfigured("address.wrong", "There is no demo ERP at this address.")
        return gone if answer.status == 404 else unreadable
    if problem.code == "document.revised":
        return Retry(
            "document.changed_meanwhile", "Someone changed the document meanwhile; nothing was written."
        )
    code, verdict = _CODES.get(problem.code, ("host.refused", Verdict.LOOK_FIRST))
    return Rejected(
        code,
        f"The ERP refused this: {problem.sentence[:200]}",
        verdict=verdict,
        facts={**facts, "erp_code": problem.code} | (_item(problem.item) if problem.item else {}),
    )


def _item(code: str) -> dict[str, str]:
    return {"item": code, "table": "items", "code": code}


async def _check(caller: Caller, connection: Connection) -> Health:
    status = await caller.read(wire.Status, "/v1/status")
    for name, ours, theirs in (
        ("fence", connection.fence, status.fence),
        ("tax", connection.tax, status.tax),
    ):
        if ours != theirs:
            raise Misconfigured(
                f"host.{name}_differs",
                f"The demo ERP was started with {name} {theirs}, but the connection says {ours}.",
                facts={"connection": ours, "erp": theirs},
            )
    return Health(account=status.company, version=status.version, clock_offset=_offset(status.time))


def _offset(time: str) -> timedelta:
    try:
        return datetime.fromisoformat(time) - datetime.now(UTC)
    except (ValueError, TypeError) as cause:
        raise Retry("answer.unreadable", "The demo ERP's clock can't be read.") from cause
