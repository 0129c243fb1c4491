"""Sends the calls that a connection document describes: signed, bounded; every refusal comes out as one of our errors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import cast
from urllib.parse import urlsplit

from app.errors import Bug, Retry
from app.hosts.rest.description import Description
from app.hosts.rest.judging import Exists, judged
from app.hosts.rest.paging import Place, following, guessed
from app.hosts.rest.parts import Listing, Write, each
from app.hosts.rest.paths import Steps
from app.hosts.rest.rows import Manner, Row
from app.hosts.rest.signing import Access, Signer
from app.hosts.rest.wording import Sheet, Tree, Worded, encoded, wished, worded
from app.ports import Answer, Http, Json, Request

MOST_PAGES = 500
"""Read at one go."""
_OK = 200
_PAST_THE_END = frozenset((404, 416))
_MOST_BYTES = 40_000_000
"""Of all pages of a list that is held as a whole; a list of changes is carried page by page."""


@dataclass(frozen=True, kw_only=True)
class RowPage:
    """`next`: where the next page begins, None on the last one. `size`: the bytes of the ERP's answer."""

    rows: tuple[Row, ...]
    next: str | None
    size: int = 0


@dataclass(frozen=True, kw_only=True)
class Written:
    """What a call that writes is answered. `there`: the thing; `existed`: it was there before.

    `silent`: a success that tells nothing of the thing (204, or a place alone). Whoever sent it looks again.
    """

    there: Json = None
    existed: bool = False
    silent: bool = False


class Caller:
    """Everything that goes to the ERP goes through here."""

    def __init__(self, description: Description, access: Access, http: Http) -> None:
        limits = description.limits
        self.description = description
        self._access, self._http = access, http
        self._deadline = timedelta(seconds=limits.deadline)
        self._signer = Signer(auth=description.auth, access=access, http=http, deadline=self._deadline)
        self._beginning = urlsplit(access.address).path
        self._manner = Manner(amounts=description.amounts, times=description.times, zone=description.zone)

    def manner(self, **changes: object) -> Manner:
        return replace(self._manner, **{name: value for name, value in changes.items() if value is not None})  # type: ignore[arg-type]

    async def page(
        self, call: Listing, tree: Tree, place: str | None = None, *, manner: Manner | None = None
    ) -> RowPage:
        """One page, from `place` on."""
        at = Place.of(call.paging, place)
        request = worded(call, Sheet(tree={**tree, "page": at.tree}))
        if at.link:
            request = replace(request, path=at.link.removeprefix(self._beginning))
        answer = await self._send(request, writes=False)
        if at.mark and answer.status in _PAST_THE_END and guessed(call.paging):
            # A gateway says the same while the ERP is away: only what still has its beginning ends here.
            await self.page(call, tree, manner=manner)
            return RowPage(rows=(), next=None)
        data = judged(answer, self.description.errors, writes=False, none=call.none)
        if data is None and answer.status in call.none:
            return RowPage(rows=(), next=None)
        rows, following_place = following(call, at, answer, data)
        shape = manner or self._manner
        steps = Steps()
        told = tuple(Row(row, shape, steps) for row in rows)
        return RowPage(rows=told, next=following_place, size=len(answer.body))

    async def looked(self, call: Listing, tree: Tree) -> tuple[Worded, Answer]:
        """One reading call and its answer as it came, for somebody who tries the document."""
        at = Place.of(call.paging, None)
        request = worded(call, Sheet(tree={**tree, "page": at.tree}))
        return request, await self._send(request, writes=False)

    async def pages(
        self, call: Listing, tree: Tree, *, manner: Manner | None = None
    ) -> AsyncIterator[RowPage]:
        place: str | None = None
        for _ in range(MOST_PAGES):
            page = await self.page(call, tree, place, manner=manner)
            yield page
            if page.next is None:
                return
            if page.next == place:
                break
            place = page.next
        raise endless()

    async def every(self, call: Listing, tree: Tree, *, manner: Manner | None = None) -> list[Row]:
        """All rows at once. Raises Retry where they are more than may be held."""
        found: list[Row] = []
        size = 0
        async for page in self.pages(call, tree, manner=manner):
            size += page.size
            if size > _MOST_BYTES:
                raise Retry(
                    "answer.too_many",
                    f"The ERP answered one question with more than {_MOST_BYTES // 1_000_000} MB; let the call of the"
                    " connection document ask for less.",
                )
            found += page.rows
        return found

    async def one(self, call: Listing, tree: Tree, *, manner: Manner | None = None) -> Row | None:
        """The only one; None where there is none."""
        page = await self.page(call, tree, manner=manner)
        return page.rows[0] if page.rows else None

    async def write(self, payload: Mapping[str, Json]) -> Written:
        """Sends a stored step, and says what the ERP answers of the thing."""
        request, where = stored(payload)
        answer = await self._send(request, writes=True)
        try:
            data = judged(answer, self.description.errors, writes=True)
        except Exists as there:
            return Written(there=there.there, existed=True)
        # An empty 200 may be a gateway's, which knows nothing of what was done.
        if not where or (data is None and answer.status != _OK):
            return Written(silent=True)
        return Written(there=Row(data, self.manner(writes=True)).at(where))

    async def _send(self, request: Worded, *, writes: bool) -> Answer:
        signed = await self._signer.headers()
        answer = await self._sent(request, signed, writes=writes)
        # Refused before anything was done: a token that has come to its end is no reason to fail.
        if answer.status == 401 and self._signer.refused(signed):
            answer = await self._sent(request, await self._signer.headers(), writes=writes)
        return answer

    async def _sent(self, request: Worded, signed: Mapping[str, str], *, writes: bool) -> Answer:
        body = None if request.body is None else encoded(request.body)
        typed = {"content-type": "application/json"} if body is not None else {}
        return await self._http.send(
            Request(
                method=request.method,
                url=self._access.address + request.path,
                headers={
                    "accept": "application/json",
                    **typed,
                    **self.description.headers,
                    **request.headers,
                    **signed,
                },
                body=body,
                deadline=self._deadline,
                most_bytes=self.description.limits.largest_answer,
                writes=writes,
            )
        )


def endless() -> Retry:
    return Retry("answer.unreadable", "The ERP's pages of a list never end.")


def chosen(calls: Write | Sequence[Write] | None, tree: Tree) -> Write | None:
    """The first that is the right one."""
    sheet = Sheet(tree=tree)
    return next((call for call in each(calls) if wished(call, sheet)), None)


def payload_of(call: Write, tree: Tree) -> dict[str, Json]:
    """Everything that sending it takes. `private`: what of it is said of people, so that it is shown to nobody."""
    sheet = Sheet(tree=tree)
    made = worded(call, sheet)
    headers: dict[str, Json] = dict(made.headers)
    private: list[Json] = [text for text in sorted(sheet.private) if len(text) > 1]
    return {
        "method": made.method,
        "path": made.path,
        "headers": headers,
        "body": made.body,
        "answer": str(call.answer or ""),
        "private": private,
    }


def stored(payload: Mapping[str, Json]) -> tuple[Worded, str]:
    match payload:
        case {"method": str(method), "path": str(path), "headers": dict(headers), "answer": str(answer)}:
            told = cast("Mapping[str, str]", headers)
            return Worded(method=method, path=path, headers=told, body=payload.get("body")), answer
        case _:
            raise Bug("step.unreadable", "A stored step can't be read.")
