"""The pages of a list, told by a server that keeps to its own bounds: all of it is read, and none of it for ever."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import pytest

from app.errors import Misconfigured, Retry
from app.hosts.rest.checking import understood
from app.hosts.rest.client import Caller
from app.hosts.rest.parts import JsonPath, Listing, Paging
from app.hosts.rest.signing import Access
from app.ports import Answer, Request
from tests.hosts.rest.test_document import smallest

Asked = dict[str, str]


@dataclass
class Erp:
    """Implements `ports.Http`: rows by what is asked for, or a status that is an answer by itself."""

    says: Callable[[Asked], Sequence[object] | int]
    asked: list[Asked] = field(default_factory=list)

    async def send(self, request: Request) -> Answer:
        told = {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}
        self.asked.append(told)
        said = self.says(told)
        if isinstance(said, int):
            return Answer(status=said, headers={}, body=b"")
        return Answer(status=200, headers={}, body=json.dumps({"rows": said}).encode())


def caller(erp: Erp) -> Caller:
    access = Access(address="https://erp.example.com", secret="s")
    return Caller(understood(json.dumps(smallest())), access, erp)  # type: ignore[arg-type]  # it streams nothing


def listing(by: Literal["page", "offset"], *, full: bool = False) -> Listing:
    place = "{{ page.number }}" if by == "page" else "{{ page.offset }}"
    paging = Paging(by=by, size=100, full=full)
    return Listing(
        path="/x", rows=JsonPath("rows"), paging=paging, query={"at": place, "most": "{{ page.size }}"}
    )


def rows(count: int) -> list[object]:
    return [{"id": number} for number in range(count)]


def server(
    there: list[object], by: str, *, most: int, behind: int | None = None
) -> Callable[[Asked], Sequence[object] | int]:
    """Gives `most` rows at once; `behind`: the status of a page that there is not."""

    def says(asked: Asked) -> Sequence[object] | int:
        size = min(most, int(asked["most"]))
        begin = (int(asked["at"]) - 1) * size if by == "page" else int(asked["at"])
        found = there[begin : begin + size]
        return behind if behind is not None and not found and begin else found

    return says


async def read(erp: Erp, call: Listing) -> int:
    found = [row.value for row in await caller(erp).every(call, {})]
    assert len({json.dumps(each) for each in found}) == len(found)
    return len(found)


@pytest.mark.parametrize("by", ["page", "offset"])
@pytest.mark.parametrize("behind", [None, 404, 416])
async def test_a_server_that_gives_fewer_rows_than_it_is_asked_for_is_read_to_its_end(
    by: Literal["page", "offset"], behind: int | None
) -> None:
    erp = Erp(server(rows(250), by, most=50, behind=behind))
    assert await read(erp, listing(by)) == 250
    assert len(erp.asked) == (6 if behind is None else 7)


@pytest.mark.parametrize("by", ["page", "offset"])
async def test_no_call_is_made_in_vain_where_pages_are_said_to_be_full(by: Literal["page", "offset"]) -> None:
    erp = Erp(server(rows(250), by, most=1_000))
    assert await read(erp, listing(by, full=True)) == 250
    assert len(erp.asked) == 3


@pytest.mark.parametrize("by", ["page", "offset"])
@pytest.mark.parametrize("count", [1, 99, 150, 300])
async def test_a_list_whose_last_page_comes_again_ends_there(
    by: Literal["page", "offset"], count: int
) -> None:
    there = rows(count)

    def says(asked: Asked) -> Sequence[object]:
        begin = (int(asked["at"]) - 1) * 100 if by == "page" else int(asked["at"])
        last = (count - 1) // 100 * 100
        return there[min(begin, last) :][:100]

    assert await read(Erp(says), listing(by)) == count


@pytest.mark.parametrize("by", ["page", "offset"])
async def test_a_full_first_page_that_comes_again_is_no_whole_list(by: Literal["page", "offset"]) -> None:
    erp = Erp(lambda asked: rows(100))
    with pytest.raises(Retry) as raised:
        await read(erp, listing(by))
    assert raised.value.code == "answer.unreadable"
    assert len(erp.asked) == 2


async def test_a_gateway_without_its_erp_ends_no_list() -> None:
    """It says of every page that there is none, of the first as well."""
    erp = Erp(lambda asked: rows(100) if len(erp.asked) == 1 else 404)
    with pytest.raises(Misconfigured) as raised:
        await read(erp, listing("page"))
    assert raised.value.code == "address.wrong"


async def test_where_a_page_begins_outlives_the_process() -> None:
    """Stock and prices are asked for page by page, each time anew."""
    erp, place, found = Erp(server(rows(120), "offset", most=50)), None, 0
    while True:
        page = await caller(erp).page(listing("offset"), {}, place)
        found, place = found + len(page.rows), page.next
        if place is None:
            break
    assert (found, [each["at"] for each in erp.asked]) == (120, ["0", "50", "100", "120"])
