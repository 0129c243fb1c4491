"""The demo ERP's calls about customers; who is looked for is named in a body, never in an address."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.hosts.memory.ledger import Ledger
from app.hosts.memory.posting import Refusal, decoded
from app.hosts.memory.wire import Account, Customer, KnownPerson, Limit, Person, Persons, Sought

Handler = Callable[[Request], Awaitable[Response]]
_PAGE = 200
_ALL, _ONE = "/v1/customers", "/v1/customers/{id:int}"


@dataclass(frozen=True, kw_only=True)
class Served:
    """How the server serves a call, faults included: a read, a change, and a read that is asked with a body."""

    read: Callable[[str, Callable[[Request], object]], Handler]
    write: Callable[[str, Callable[[Request, bytes], object]], Handler]
    seek: Callable[[str, Callable[[bytes], object]], Handler]


def people_routes(ledger: Ledger, served: Served) -> list[Route]:
    people = ledger.people

    def changed(request: Request) -> Persons:
        return people.changed(_after(request), _PAGE)

    def create(_request: Request, body: bytes) -> KnownPerson:
        return people.create(decoded(body, Person))

    def change(request: Request, body: bytes) -> KnownPerson:
        return people.change(_id(request), decoded(body, Person))

    def allow(request: Request, body: bytes) -> Account:
        return ledger.accounts.allow(_id(request), decoded(body, Limit))

    def remove(request: Request, _body: bytes) -> None:
        people.remove(_id(request))

    return [
        Route(_ALL, served.read("customers", changed)),
        Route(_ALL, served.write("customer", create), methods=["POST"]),
        Route(
            f"{_ALL}/search",
            served.seek("customers", lambda body: people.sought(decoded(body, Sought))),
            methods=["POST"],
        ),
        Route(
            f"{_ALL}/accounts",
            served.seek("account", lambda body: ledger.accounts.sought(decoded(body, Customer))),
            methods=["POST"],
        ),
        Route(_ONE, served.read("customers", lambda request: people.get(_id(request)))),
        Route(f"{_ONE}/limit", served.write("limit", allow), methods=["PUT"]),
        Route(_ONE, served.write("customer", change), methods=["PUT"]),
        Route(_ONE, served.write("customer", remove), methods=["DELETE"]),
    ]


def _id(request: Request) -> int:
    return int(request.path_params["id"])


def _after(request: Request) -> int:
    after = request.query_params.get("after") or "0"
    if not after.isdigit():
        raise Refusal(422, "query.invalid", "`after` is a whole number.")
    return int(after)
