"""Kontor's API: its paths, its shapes, its faults; strict about what it is sent, and unlike anybody else's."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.erps.calls import page_of
from sandbox.erps.rest import forms
from sandbox.erps.rest.books import VOID, Books, Despatch, Fault, Voucher
from sandbox.erps.rest.parties import Party
from sandbox.erps.rest.shapes import article, despatch, party, voucher

T = TypeVar("T")
_PAGE = 50
_LIFE = 600
Served = Callable[[Request], Awaitable[Response]]


@dataclass
class Desk:
    """`user` and `secret` are traded for tokens that live ten minutes."""

    books: Books
    user: str
    secret: str
    tokens: dict[str, float] = field(default_factory=dict)

    def app(self) -> Starlette:
        post, put = ["POST"], ["PUT"]
        calls: list[tuple[str, Callable[[Request], Awaitable[Response] | Response], list[str]]] = [
            ("/v2/heartbeat", self.heartbeat, ["GET"]),
            ("/v2/vouchers", self.vouchers, ["GET"]),
            ("/v2/vouchers", self.create, post),
            ("/v2/vouchers/{id:int}", self.one, ["GET"]),
            ("/v2/vouchers/{id:int}/release", self.release, post),
            ("/v2/vouchers/{id:int}/bill", self.bill, post),
            ("/v2/vouchers/{id:int}/void", self.void, post),
            ("/v2/vouchers/{id:int}/receipts", self.receive, post),
            ("/v2/vouchers/{id:int}/positions", self.revise, put),
            ("/v2/vouchers/{id:int}/credits", self.credit, post),
            ("/v2/vouchers/{id:int}/despatches", self.sent_of, ["GET"]),
            ("/v2/vouchers/{id:int}/despatches", self.send, post),
            ("/v2/journal", self.journal, ["GET"]),
            ("/v2/journal/head", self.head, ["GET"]),
            ("/v2/despatches", self.despatches, ["GET"]),
            ("/v2/despatches/{id:int}", self.despatch, ["GET"]),
            ("/v2/despatches/{id:int}/parcel", self.follow, put),
            ("/v2/despatches/{id:int}/recall", self.recall, post),
            ("/v2/holdings", self.holdings, ["GET"]),
            ("/v2/depots", self.depots, ["GET"]),
            ("/v2/families", self.families, ["GET"]),
            ("/v2/families/{name}", self.family, ["GET"]),
            ("/v2/articles", self.articles, ["GET"]),
            ("/v2/tariffs", self.tariffs, ["GET"]),
            ("/v2/tiers", self.tiers, ["GET"]),
            ("/v2/parties", self.parties, ["GET"]),
            ("/v2/parties", self.enter, post),
            ("/v2/parties/search", self.search, post),
            ("/v2/parties/accounts", self.accounts, post),
            ("/v2/parties/{id:int}", self.party, ["GET"]),
            ("/v2/parties/{id:int}", self.change, put),
            ("/v2/fx", self.fx, ["GET"]),
        ]
        routes = [Route(path, self._served(call), methods=methods) for path, call, methods in calls]
        return Starlette(routes=[Route("/oauth/token", self.token, methods=["POST"]), *routes])

    # --- signing in ----------------------------------------------------------------------------------------------------

    async def token(self, request: Request) -> Response:
        asked = dict(parse_qsl((await request.body()).decode()))
        wanted = base64.b64encode(f"{self.user}:{self.secret}".encode()).decode()
        if asked.get("grant_type") != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        if request.headers.get("authorization") != f"Basic {wanted}":
            return JSONResponse({"error": "invalid_client"}, 401)
        made = secrets.token_hex(16)
        self.tokens[made] = time.monotonic() + _LIFE
        return JSONResponse({"access_token": made, "token_type": "Bearer", "expires_in": _LIFE})

    def _served(self, call: Callable[[Request], Awaitable[Response] | Response]) -> Served:
        async def serve(request: Request) -> Response:
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
            if self.tokens.get(token, 0) < time.monotonic():
                return fault(1401, "Sign in first.", status=401)
            try:
                answer = call(request)
                return answer if isinstance(answer, Response) else await answer
            except Fault as cause:
                return self._fault(cause)

        return serve

    def _fault(self, cause: Fault) -> Response:
        there = cause.there
        about: dict[str, Any] = {}
        if isinstance(there, Voucher):
            about = {"voucher": voucher(self.books, there)}
        elif isinstance(there, Despatch):
            about = {"despatch": despatch(self.books, there)}
        elif isinstance(there, Party):
            about = {"party": party(there)}
        return fault(cause.no, cause.text, status=cause.status, about=cause.about, **about)

    # --- vouchers ------------------------------------------------------------------------------------------------------

    def heartbeat(self, request: Request) -> Response:
        firm = {"title": "Kontor Trading Ltd", "zone": "Europe/Berlin"}
        return JSONResponse({"firm": firm, "build": "2026.3", "clock": int(time.time() * 1000)})

    def vouchers(self, request: Request) -> Response:
        asked = _query(request, "client", "tag", "no", "sort", "made_from", "made_to", "from")
        credit = {"order": False, "credit": True, None: None}[asked.get("sort")]
        found = [
            each
            for each in self.books.listed(credit=credit)
            if asked.get("client") in {None, each.refs[0]}
            and asked.get("tag") in {None, each.refs[1]}
            and asked.get("no") in {None, each.no}
            and int(asked.get("made_from", 0)) <= each.made < int(asked.get("made_to", 1 << 62))
        ]
        return self._page(request, "vouchers", found, lambda each: each.id, self._voucher)

    def one(self, request: Request) -> Response:
        return self._told(self.books.get(_id(request)))

    async def create(self, request: Request) -> Response:
        return self._told(self.books.create(await _body(request, forms.NewVoucher)), 201)

    async def credit(self, request: Request) -> Response:
        return self._told(self.books.credit(_id(request), await _body(request, forms.NewVoucher)), 201)

    async def release(self, request: Request) -> Response:
        await _body(request, forms.Nothing)
        return self._told(self.books.release(_id(request)))

    async def bill(self, request: Request) -> Response:
        await _body(request, forms.Nothing)
        return self._told(self.books.bill(_id(request)))

    async def void(self, request: Request) -> Response:
        await _body(request, forms.Nothing)
        return self._told(self.books.void(_id(request)))

    async def receive(self, request: Request) -> Response:
        return self._told(self.books.receive(_id(request), await _body(request, forms.Receipt)))

    async def revise(self, request: Request) -> Response:
        return self._told(self.books.revise(_id(request), await _body(request, forms.Revision)))

    def journal(self, request: Request) -> Response:
        after = int(_query(request, "after", "from").get("after", 0))
        found = sorted((v for v in self.books.listed() if v.seq > after), key=lambda each: each.seq)
        return self._page(request, "vouchers", found, lambda each: each.seq, self._voucher)

    def head(self, request: Request) -> Response:
        return JSONResponse({"head": self.books.seq})

    # --- despatches ----------------------------------------------------------------------------------------------------

    def sent_of(self, request: Request) -> Response:
        found = self.books.sent_of(self.books.get(_id(request)))
        return JSONResponse({"despatches": page_of(request, [despatch(self.books, each) for each in found])})

    async def send(self, request: Request) -> Response:
        new = await _body(request, forms.NewDespatch)
        made = self.books.send(_id(request), new, mark=new.mark)
        return JSONResponse({"despatch": despatch(self.books, made)}, 201)

    def despatches(self, request: Request) -> Response:
        asked = _query(request, "after", "since", "from")
        after, since = int(asked.get("after", 0)), int(asked.get("since", 0))
        rows = [d for d in self.books.despatches.values() if d.seq > after and d.stamp >= since]
        rows.sort(key=lambda each: each.seq)
        return self._page(
            request, "despatches", rows, lambda each: each.seq, lambda each: despatch(self.books, each)
        )

    def despatch(self, request: Request) -> Response:
        return JSONResponse({"despatch": despatch(self.books, self.books.despatch(_id(request)))})

    async def follow(self, request: Request) -> Response:
        followed = self.books.follow(_id(request), await _body(request, forms.Parcel))
        return JSONResponse({"despatch": despatch(self.books, followed)})

    async def recall(self, request: Request) -> Response:
        await _body(request, forms.Nothing)
        return JSONResponse({"despatch": despatch(self.books, self.books.recall(_id(request)))})

    # --- wares ---------------------------------------------------------------------------------------------------------

    def holdings(self, request: Request) -> Response:
        wares, held = self.books.wares, self.books.held()
        shelves = list(wares.stocked(request.query_params.getlist("article")))
        rows = [
            {
                "article": name,
                "depot": depot,
                "shelf": f"{wares.shelves[name, depot]:f}",
                "free": f"{wares.shelves[name, depot] - held.get((name, depot), 0):f}",
                "apart": "0",
            }
            for name, depot in shelves
        ]
        return self._numbered(request, "holdings", rows, "article")

    def depots(self, request: Request) -> Response:
        names = sorted({depot for _, depot in self.books.wares.shelves})
        return JSONResponse({"depots": [{"code": name} for name in names]})

    def families(self, request: Request) -> Response:
        asked = _query(request, "since", "offered", "page", "per")
        since, every = int(asked.get("since", 0)), asked.get("offered") != "yes"
        rows = [
            {"family": name, "stamp": stamp} for name, stamp in self.books.wares.families(since, all=every)
        ]
        return self._numbered(request, "families", rows, "since", "offered")

    def family(self, request: Request) -> Response:
        found = self.books.wares.family(request.path_params["name"])
        if not found:
            raise Fault(1404, "There is no such family.", status=404)
        return JSONResponse({"family": found[0].ware.group, "articles": [article(each) for each in found]})

    def articles(self, request: Request) -> Response:
        rows = [{"code": code, "text": text} for code, text in sorted(self.books.wares.articles.items())]
        return self._numbered(request, "articles", rows)

    def tariffs(self, request: Request) -> Response:
        wanted = set(request.query_params.getlist("article"))
        rows = [
            {"article": name, "tier": tier or None, "price": f"{price:f}", "ccy": currency}
            for (tier, name), (price, currency) in sorted(self.books.wares.tariffs.items())
            if not wanted or name in wanted
        ]
        return self._numbered(request, "tariffs", rows, "article")

    def tiers(self, request: Request) -> Response:
        return JSONResponse({"tiers": self.books.wares.tiers()})

    def fx(self, request: Request) -> Response:
        since = date.fromisoformat(_query(request, "since", "page", "per").get("since", "1970-01-01"))
        rows = [
            {"day": day.isoformat(), "ccy": currency, "buys": f"{rate:f}"}
            for (day, currency), rate in sorted(self.books.wares.quotes.items())
            if day >= since
        ]
        return self._numbered(request, "rates", rows, "since")

    # --- parties -------------------------------------------------------------------------------------------------------

    def parties(self, request: Request) -> Response:
        asked = _query(request, "after", "since", "from")
        after, since = int(asked.get("after", 0)), int(asked.get("since", 0))
        rows = [p for p in self.books.parties.rows.values() if p.seq > after and p.stamp >= since]
        rows.sort(key=lambda each: each.seq)
        return self._page(request, "parties", rows, lambda each: each.seq, party)

    def party(self, request: Request) -> Response:
        return JSONResponse({"party": party(self._party(request))})

    async def enter(self, request: Request) -> Response:
        new = await _body(request, forms.NewParty)
        self._refuse_double(new, None)
        books = self.books
        made = books.parties.enter(new, books.now(), books.next_seq())
        return JSONResponse({"party": party(made)}, 201)

    async def change(self, request: Request) -> Response:
        known, new = self._party(request), await _body(request, forms.NewParty)
        self._refuse_double(new, known)
        books = self.books
        return JSONResponse({"party": party(books.parties.change(known, new, books.now(), books.next_seq()))})

    def _refuse_double(self, new: forms.NewParty, known: Party | None) -> None:
        parties = self.books.parties
        there = parties.by_key(new.key) or parties.by_mail(new.mail)
        if there is not None and there is not known:
            number = 1203 if known is None else 4030
            raise Fault(number, "This key or mail is another party's.", status=409, there=there)

    async def search(self, request: Request) -> Response:
        asked = await _body(request, forms.Sought)
        parties = self.books.parties
        found = {p.id: p for p in (parties.by_key(asked.key), parties.by_mail(asked.mail)) if p}
        return JSONResponse({"parties": page_of(request, [party(each) for each in found.values()])})

    async def accounts(self, request: Request) -> Response:
        asked = await _body(request, forms.Sought)
        parties = self.books.parties
        found = parties.rows.get(asked.id or 0) or parties.by_key(asked.key) or parties.by_mail(asked.mail)
        if found is None:
            return JSONResponse({"accounts": []})
        mine = [v for v in self.books.listed(credit=False) if v.party == found.id and v.state != VOID]
        owed = sum(v.gross - v.paid for v in mine if v.ccy == "EUR")
        ceiling = None if found.credit is None else int(found.credit * 100)
        return JSONResponse({"accounts": [{"ccy": "EUR", "owes": owed, "ceiling": ceiling}]})

    def _party(self, request: Request) -> Party:
        found = self.books.parties.rows.get(_id(request))
        if found is None:
            raise Fault(1404, "There is no such party.", status=404)
        return found

    # --- pages ---------------------------------------------------------------------------------------------------------

    def _voucher(self, row: Voucher) -> dict[str, Any]:
        return voucher(self.books, row)

    def _told(self, row: Voucher, status: int = 200) -> Response:
        return JSONResponse({"voucher": voucher(self.books, row)}, status)

    def _page(
        self,
        request: Request,
        name: str,
        rows: Sequence[T],
        place: Callable[[T], int],
        shape: Callable[[T], Any],
    ) -> Response:
        """By a cursor in a header: where the last row stands, in a form of Kontor's own."""
        begun = request.query_params.get("from")
        after = _place(begun) if begun else -1
        left = [row for row in rows if place(row) > after]
        some = left[:_PAGE]
        more = {"x-next": f"k{place(some[-1]):x}"} if len(left) > len(some) else {}
        shown = page_of(request, [shape(row) for row in some])
        return JSONResponse({"listed": len(left), name: shown}, headers=more)

    def _numbered(self, request: Request, name: str, rows: Sequence[Any], *more: str) -> Response:
        asked = _query(request, "page", "per", *more)
        per = min(max(int(asked.get("per", 100)), 1), 200)
        page, last = max(int(asked.get("page", 1)), 1), max(1, -(-len(rows) // per))
        some = rows[(page - 1) * per : page * per]
        return JSONResponse({"page": page, "last": last, name: page_of(request, some)})


def fault(no: int, text: str, *, status: int = 200, about: str = "", **more: Any) -> Response:
    told = {"no": no, "text": text, **({"about": about} if about else {}), **more}
    return JSONResponse({"fault": told}, status)


def _query(request: Request, *known: str) -> dict[str, str]:
    asked = dict(request.query_params)
    if strange := sorted(asked.keys() - set(known)):
        raise Fault(4000, f"{strange[0][:40]} is nothing that can be asked for.", status=400)
    for name in ("page", "per", "after", "since", "made_from", "made_to"):
        if name in asked and name in known and not asked[name].isdigit() and "-" not in asked[name]:
            raise Fault(4000, f"{name} is a number.", status=400)
    return asked


def _place(text: str) -> int:
    try:
        return int(text.removeprefix("k"), 16)
    except ValueError as cause:
        raise Fault(4000, "This is no place to go on from.", status=400) from cause


def _id(request: Request) -> int:
    return int(request.path_params["id"])


async def _body(request: Request, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(await request.body() or b"{}", type=kind)
    except msgspec.MsgspecError as cause:
        raise Fault(4000, f"The body is not what this call takes: {cause}") from cause
