"""The door to one company of Business Central: OData calls and batches of them, each signed in, bounded and told apart."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias, TypeVar
from urllib.parse import urlsplit

import msgspec

from app.errors import Misconfigured, Rejected, Retry, StockbridgeError, Unclear
from app.hosts.businesscentral.access import GUID, Access
from app.hosts.businesscentral.odata import path as ask
from app.hosts.businesscentral.refusals import Gone, refusal_of
from app.hosts.businesscentral.tokens import Tokens
from app.hosts.businesscentral.wire import Company, Rows
from app.outbound import read_as
from app.ports import Answer, HostState, Http, Request

T = TypeVar("T")

# Longer than Business Central takes for an order of a hundred lines; it ends a request itself after eight minutes.
CALL_DEADLINE = timedelta(seconds=30)
PAGE = 1_000
"""Of a list: far under the 20,000 rows that one answer may have (Microsoft, operational limits)."""
WITH_LINES = 200
"""Of documents with their lines: a page of five kilobytes each stays under what is read of one answer."""
_MOST_PAGES = 50
_MOST_IN_BATCH = 100
_NAMED = re.compile(r"\(([0-9a-fA-F-]{36})\)/?$")
_ENCODER = msgspec.json.Encoder(decimal_format="number")

Body: TypeAlias = Mapping[str, Any]
"""A row as Business Central takes it; amounts are Decimals and leave as numbers."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One request of a batch; `path` begins below the company."""

    method: str
    path: str
    body: Body | None = None
    match: str = ""


class _PartAnswer(msgspec.Struct, frozen=True):
    id: str
    status: int
    body: msgspec.Raw = msgspec.Raw(b"{}")
    headers: dict[str, str] = {}


class _Batch(msgspec.Struct, frozen=True):
    responses: list[_PartAnswer]


class BusinessCentral:
    """Whatever is no success raises one of our errors."""

    def __init__(self, http: Http, access: Access, state: HostState) -> None:
        self._http, self.access, self.state = http, access, state
        self._tokens = Tokens(http, access, state, CALL_DEADLINE)
        self._company: str | None = None

    # --- reading -----------------------------------------------------------------------------------------------------

    async def get(self, kind: type[T], path: str) -> T | None:
        """One row by its id. None: it is not there."""
        answer = await self._send("GET", await self._below(path))
        if isinstance(refusal_of(answer, writes=False), Gone):
            return None
        return read_as(kind, _good(answer, writes=False))

    async def page(self, kind: type[T], path: str, *, most: int = PAGE) -> tuple[list[T], str | None]:
        """A page, and where the next one is: below our own address, whichever host a link names."""
        below = path if path.startswith("companies(") else await self._below(path)
        answer = await self._send("GET", below, headers={"prefer": f"odata.maxpagesize={most}"})
        rows = read_as(Rows[kind], _good(answer, writes=False))  # type: ignore[valid-type]  # msgspec takes it at run time
        return list(rows.value), self._further(rows.next, below)

    async def pages(
        self, kind: type[T], path: str, *, most: int = PAGE
    ) -> AsyncIterator[tuple[list[T], bool]]:
        """Each page, and whether it is the last. An answer that leads back to where it came from ends with `Retry`."""
        seen: set[str] = set()
        further: str | None = path
        while further is not None:
            if further in seen or len(seen) > 20 * _MOST_PAGES:
                raise Retry("answer.too_many", "Business Central's pages do not end.")
            seen.add(further)
            rows, further = await self.page(kind, further, most=most)
            yield rows, further is None

    async def rows(self, kind: type[T], path: str) -> list[T]:
        """To the end; for what is known to be little."""
        found: list[T] = []
        async for rows, _ in self.pages(kind, path):
            found += rows
            if len(found) > _MOST_PAGES * PAGE:
                raise Retry("answer.too_many", "Business Central has more of this than can be read at once.")
        return found

    async def together(self, *asked: tuple[type[Any], str]) -> list[list[Any]]:
        """Several lists by one call (a hundred of them), each of few rows."""
        parts = [Part(method="GET", path=path) for _, path in asked]
        answers: list[Answer] = []
        for start in range(0, len(parts), _MOST_IN_BATCH):
            answers += await self._batch(parts[start : start + _MOST_IN_BATCH], writes=False)
        return _lists(asked, answers)

    async def companies(self) -> tuple[list[Company], Answer]:
        """All that the application may see, and the answer for its clock."""
        answer = await self._send("GET", "companies")
        return list(read_as(Rows[Company], _good(answer, writes=False)).value), answer

    # --- writing -----------------------------------------------------------------------------------------------------

    async def post(self, kind: type[T], path: str, body: Body, *, personal: bool = False) -> T:
        answer = await self._send("POST", await self._below(path), body, writes=True)
        return read_as(kind, _good(answer, writes=True, personal=personal), writes=True)

    async def post_and_look(
        self, kind: type[T], path: str, body: Body, *asked: tuple[type[Any], str], personal: bool = False
    ) -> tuple[T, list[list[Any]] | None]:
        """What was made, and several short lists as they are after that, by one call. None: they could not be read.

        Each part is carried out by itself, one after the other, so that the lists show what others made meanwhile.
        """
        parts = [Part(method="POST", path=path, body=body), *(Part(method="GET", path=at) for _, at in asked)]
        made, *lists = await self._batch(parts, writes=True, alone=True)
        row = read_as(kind, _good(made, writes=True, personal=personal), writes=True)
        try:
            return row, _lists(asked, lists)
        except StockbridgeError:
            return row, None

    async def patch(self, kind: type[T], path: str, body: Body, *, match: str, personal: bool = False) -> T:
        """Written only over the state that `match` is the mark of."""
        answer = await self._send(
            "PATCH", await self._below(path), body, writes=True, headers={"if-match": match}
        )
        return read_as(kind, _good(answer, writes=True, personal=personal), writes=True)

    async def delete(self, path: str, *, match: str) -> None:
        answer = await self._send("DELETE", await self._below(path), writes=True, headers={"if-match": match})
        _good(answer, writes=True)

    async def act(self, path: str) -> str | None:
        """A bound action, such as posting; the id of what it led to, where the answer names it."""
        answer = await self._send("POST", await self._below(path), writes=True)
        _good(answer, writes=True)
        named = _NAMED.search(answer.headers.get("location", ""))
        return named[1].lower() if named else None

    async def at_once(self, parts: Sequence[Part]) -> list[Answer]:
        """All of these changes or none of them; the first refusal is raised."""
        if len(parts) > _MOST_IN_BATCH:
            raise Rejected(
                "host.refused",
                "The document has too many lines to be changed all at once: change it in Business Central by hand.",
            )
        answers = await self._batch(parts, writes=True)
        for answer in answers:
            _good(answer, writes=True)
        if len(answers) < len(parts):
            raise Unclear("answer.unreadable", "Business Central answered a part of what it was asked.")
        return answers

    # --- one call ----------------------------------------------------------------------------------------------------

    async def _batch(self, parts: Sequence[Part], *, writes: bool, alone: bool = False) -> list[Answer]:
        """Answers in the order of the parts. A batch that writes stops at its first refusal, and nothing of it stays; `alone`:

        each part is carried out whatever becomes of the others.
        """
        asked = [
            {
                "id": str(place),
                "method": part.method,
                "url": await self._below(part.path),
                "headers": {
                    "content-type": "application/json",
                    **({"if-match": part.match} if part.match else {}),
                },
                **({"body": part.body} if part.body is not None else {}),
            }
            for place, part in enumerate(parts)
        ]
        whole = writes and not alone
        manner = {"isolation": "snapshot"} if whole else {"prefer": "odata.continue-on-error"}
        answer = await self._send("POST", "$batch", {"requests": asked}, writes=writes, headers=manner)
        told = read_as(_Batch, _good(answer, writes=writes), writes=writes).responses
        by_id = {each.id: each for each in told}
        if not whole and set(by_id) != {str(place) for place in range(len(parts))}:
            part = "Business Central answered a part of what it was asked."
            raise Unclear("answer.unreadable", part) if writes else Retry("answer.unreadable", part)
        return [
            Answer(status=each.status, headers=_lower(each.headers), body=bytes(each.body))
            for place in range(len(parts))
            if (each := by_id.get(str(place))) is not None
        ]

    async def _send(
        self,
        method: str,
        path: str,
        body: Body | None = None,
        *,
        writes: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """A sign-in that ended is made once anew."""
        url = f"{self.access.root}/{path}"
        sent = None if body is None else _ENCODER.encode(body)
        answer = Answer(status=401, headers={}, body=b"")
        for last in (False, True):
            token = await self._tokens.token()
            fixed = {
                "authorization": f"Bearer {token}",
                "accept": "application/json",
                "accept-language": "en-US",
                **({"content-type": "application/json"} if sent is not None else {}),
            }
            answer = await self._http.send(
                Request(
                    method=method,
                    url=url,
                    headers={**fixed, **(headers or {})},
                    body=sent,
                    deadline=CALL_DEADLINE,
                    writes=writes,
                )
            )
            if answer.status != 401 or last:
                break
            await self._tokens.refused(token)
        return answer

    async def _below(self, path: str) -> str:
        return f"companies({await self.company()})/{path}"

    async def company(self) -> str:
        """Its id; a name in the form is looked up once."""
        if self._company is None:
            said = self.access.company
            self._company = said.lower() if GUID.fullmatch(said) else await self._found_company(said)
        return self._company

    async def _found_company(self, name: str) -> str:
        there, _ = await self.companies()
        return the_company(there, name).id

    def _further(self, link: str | None, now: str) -> str | None:
        """The link's query upon the path that was asked: what an answer says of hosts and paths is not followed."""
        if not link:
            return None
        try:
            query = urlsplit(link).query
        except ValueError:
            query = ""
        if not query:
            raise Retry("answer.unreadable", "Business Central's next page has no address.")
        return f"{now.partition('?')[0]}?{query}"


def _lists(asked: Sequence[tuple[type[Any], str]], answers: Sequence[Answer]) -> list[list[Any]]:
    found: list[list[Any]] = []
    for (kind, _), answer in zip(asked, answers, strict=True):
        rows = read_as(Rows[kind], _good(answer, writes=False))  # type: ignore[valid-type]
        if rows.next is not None:
            raise Retry("answer.too_many", "Business Central has more of this than can be read at once.")
        found.append(list(rows.value))
    return found


def the_company(there: Sequence[Company], said: str) -> Company:
    """By id, or by either of its names. Raises Misconfigured with the names of those that are there."""
    wanted = said.casefold()
    found = [
        each
        for each in there
        if wanted in {each.id.casefold(), each.name.casefold(), each.display_name.casefold()}
    ]
    if len(found) == 1:
        if not GUID.fullmatch(found[0].id):
            raise Retry("answer.unreadable", "Business Central named a company by something that is no ID.")
        return found[0]
    names = ", ".join(sorted(each.name for each in there)[:10]) or "none"
    raise Misconfigured(
        "company.unclear",
        f"There is no company {said} that the application may see; there are: {names}.",
        facts={"companies": names},
    )


def one(set_name: str, id: str, more: str = "") -> str:
    """The path of one row. An id that is none can't become part of an address."""
    if not GUID.fullmatch(id):
        raise Retry("answer.unreadable", "Business Central named a record by something that is no ID.")
    return f"{set_name}({id}){more}"


def _good(answer: Answer, *, writes: bool, personal: bool = False) -> Answer:
    error = refusal_of(answer, writes=writes, personal=personal)
    if error is not None:
        raise error
    return answer


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


__all__ = ["PAGE", "Body", "BusinessCentral", "Part", "ask", "one", "the_company"]
