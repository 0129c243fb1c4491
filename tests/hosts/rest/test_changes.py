"""A list of changes, read in slices: it comes to its end, loses nothing on the way, and begins anew where it has to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from app.errors import AccessLost, Retry, StockbridgeError
from app.hosts.rest.lists import ChangeList
from app.hosts.rest.parts import Changes, Delta, JsonPath, Paging
from tests.hosts.rest.test_pages import Asked, Erp, caller

NOW = datetime.now(UTC)


def since(days: int) -> str:
    return (NOW - timedelta(days=days)).isoformat()


def listed(
    erp: Erp, by: Literal["page", "offset", "cursor"], /, *, size: int = 10, **delta: object
) -> ChangeList:
    at = {"page": "{{ page.number }}", "offset": "{{ page['offset'] }}", "cursor": "{{ page.cursor }}"}[by]
    numbered = delta.get("by") == "number"
    call = Changes(
        path="/x", rows=JsonPath("rows"), key=JsonPath("id"),
        changed=JsonPath("seq" if numbered else "at"), changed_at=JsonPath("at") if numbered else None,
        query={"at": at, "most": "{{ page.size }}", "since": "{{ since }}{{ after }}"},
        paging=Paging(by=by, size=size, next=JsonPath("body.rows[-1].next") if by == "cursor" else None),
        delta=Delta(**delta),  # type: ignore[arg-type]
    )  # fmt: skip
    return ChangeList(caller(erp), call)


async def sliced(changes: ChangeList, cursor: str, pages: int, slices: int = 50) -> tuple[list[str], str]:
    """As the engine reads it: it breaks off when its time is over, and goes on from what it stored."""
    found: list[str] = []
    for _ in range(slices):
        read = 0
        async for page in changes.changes(cursor):
            found += [change.key for change in page.items]
            cursor, read = page.cursor, read + 1
            if read == pages:
                break
        if ">" not in cursor or read < pages:
            break
    return found, cursor


def rows(numbers: Sequence[int], at: str) -> list[object]:
    return [{"id": str(number), "seq": number, "at": at} for number in numbers]


async def test_a_list_of_more_pages_than_are_read_at_one_go_comes_to_its_end() -> None:
    def says(asked: Asked) -> Sequence[object]:
        begin = int(asked["at"])
        return rows(range(begin, min(begin + 10, 6_000)), since(1))

    changes, cursor = listed(Erp(says), "offset"), since(2)
    found, cursor = await sliced(changes, cursor, pages=1_000)
    assert len(found) == 5_000
    more, cursor = await sliced(changes, cursor, pages=1_000)
    assert len(set(found + more)) == 6_000
    assert datetime.fromisoformat(cursor) == datetime.fromisoformat(since(1)) - timedelta(seconds=300)


@pytest.mark.parametrize("by", ["page", "offset", "cursor"])
@pytest.mark.parametrize("delta", ["time", "number"])
async def test_a_list_in_no_order_goes_on_where_a_slice_ended(
    by: Literal["page", "offset", "cursor"], delta: str
) -> None:
    """The newest change stands first, so that the cursor may only move behind the last page."""

    def says(asked: Asked) -> Sequence[object]:
        at = asked.get("at", "0")
        begin = (int(at) - 1) * 10 if by == "page" else int(at.removeprefix("t"))
        found = [
            {
                "id": str(number),
                "seq": 100 - number,
                "at": (NOW - timedelta(hours=1 + number)).isoformat(),
                "next": f"t{begin + 10}" if begin < 30 else None,
            }
            for number in range(begin, min(begin + 10, 35))
        ]
        assert asked["since"].startswith(("2", "7"))
        return found

    erp, begin = Erp(says), "7" if delta == "number" else since(9)
    changes = listed(erp, by, by=delta)
    found, cursor = await sliced(changes, begin, pages=1, slices=2)
    assert len(found) == 20
    assert cursor.startswith(f"{begin}>")
    more, cursor = await sliced(changes, cursor, pages=1)
    assert sorted(map(int, found + more)) == list(range(35))
    overlapped = (NOW - timedelta(hours=1, seconds=300)).isoformat(timespec="microseconds")
    assert cursor == ("100" if delta == "number" else overlapped)
    assert len({asked["since"] for asked in erp.asked}) == 1


@pytest.mark.parametrize("status", [400, 404, 410, 422, 500])
async def test_a_place_that_an_erp_knows_no_more_begins_the_list_anew(status: int) -> None:
    held: set[str] = set()

    def says(asked: Asked) -> Sequence[object] | int:
        at = asked.get("at", "")
        if at and at not in held:
            return status
        begin = int(at.removeprefix("t") or 0)
        held.add(f"t{begin + 10}")
        told = f"t{begin + 10}" if begin < 20 else None
        return [
            {"id": str(number), "at": since(1), "next": told} for number in range(begin, min(begin + 10, 25))
        ]

    erp = Erp(says)
    changes = listed(erp, "cursor")
    found, cursor = await sliced(changes, since(2), pages=2, slices=1)
    assert len(found) == 20
    held.clear()
    found, cursor = await sliced(changes, cursor, pages=9)
    assert len(found) == 25
    assert [asked.get("at", "") for asked in erp.asked] == ["", "t10", "t20", "", "t10", "t20"]
    assert ">" not in cursor


@pytest.mark.parametrize(
    "error", [Retry("connection.no_answer", "Silence."), AccessLost("access.refused", "The key is gone.")]
)
async def test_an_erp_that_is_away_costs_no_place(error: StockbridgeError) -> None:
    away: list[StockbridgeError] = []

    def says(asked: Asked) -> Sequence[object]:
        if away:
            raise away.pop()
        begin = int(asked["at"])
        return rows(range(begin, min(begin + 10, 25)), since(1))

    erp = Erp(says)
    changes = listed(erp, "offset")
    found, cursor = await sliced(changes, since(2), pages=1, slices=1)
    away.append(error)
    with pytest.raises(type(error)):
        await sliced(changes, cursor, pages=9)
    assert [asked["at"] for asked in erp.asked] == ["0", "10"]
    found, _ = await sliced(changes, cursor, pages=9)
    assert found[0] == "10"


async def test_a_list_that_is_asked_for_otherwise_begins_anew() -> None:
    """The tenth page of ten rows each is not the tenth of twenty."""

    def says(asked: Asked) -> Sequence[object]:
        size = int(asked["most"])
        begin = (int(asked["at"]) - 1) * size
        return rows(range(begin, min(begin + size, 65)), since(1))

    erp = Erp(says)
    _, cursor = await sliced(listed(erp, "page"), since(2), pages=2, slices=1)
    found, _ = await sliced(listed(erp, "page", size=20), cursor, pages=9)
    assert len(found) == 65


async def test_an_ordered_list_of_which_very_much_changed_at_once_goes_on() -> None:
    """All of it within the overlap: by the times alone each slice would begin with the same rows."""

    def says(asked: Asked) -> Sequence[object]:
        begin = int(asked["at"])
        return rows(range(begin, min(begin + 10, 45)), since(1))

    begin = (datetime.fromisoformat(since(1)) - timedelta(seconds=300)).isoformat(timespec="microseconds")
    found, cursor = await sliced(listed(Erp(says), "offset", ordered=True), begin, pages=2)
    assert (len(found), cursor) == (45, begin)


async def test_what_is_numbered_while_a_list_in_no_order_is_read_does_not_hide_what_was_before_it() -> None:
    """Another row of the pages that are behind may have been given a smaller number since."""
    late = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()

    def says(asked: Asked) -> Sequence[object]:
        return [*rows([8, 9], since(1)), *rows([99], late)] if asked["at"] == "0" else []

    found, cursor = await sliced(listed(Erp(says), "offset", by="number"), "7", pages=9)
    assert (found, cursor) == (["8", "9", "99"], "9")


@pytest.mark.parametrize("delta", ["time", "number"])
async def test_a_row_that_does_not_say_when_it_changed_is_looked_at(delta: str) -> None:
    told: list[object] = [
        {"id": "1", "seq": 5, "at": since(1)},
        {"id": "2", "seq": "6x", "at": "yesterday"},
        {"id": "3", "at": None},
        {"seq": 8, "at": since(1)},
        {"id": "4", "seq": 7, "at": since(1)},
    ]
    erp = Erp(lambda asked: told if asked["at"] == "0" else [])
    begin = "4" if delta == "number" else since(2)
    pages = [page async for page in listed(erp, "offset", by=delta).changes(begin)]
    versions = {change.key: change.version for page in pages for change in page.items}
    assert sorted(versions) == ["1", "2", "3", "4"]
    assert min(versions["2"], versions["3"]) >= NOW
    overlapped = (NOW - timedelta(days=1, seconds=300)).isoformat(timespec="microseconds")
    assert pages[-1].cursor == ("7" if delta == "number" else overlapped)


@pytest.mark.parametrize("delta", ["time", "number"])
async def test_a_list_of_which_no_row_says_when_it_changed_is_an_error(delta: str) -> None:
    """A document that looks in the wrong place would have everything looked at in each reading."""
    erp = Erp(lambda asked: [{"id": "1", "when": since(1)}, {"id": "2", "when": since(1)}])
    with pytest.raises(Retry) as raised:
        await sliced(listed(erp, "offset", by=delta), "", pages=9)
    assert raised.value.code == "answer.unreadable"


async def test_a_page_of_such_rows_further_on_holds_up_no_list() -> None:
    def says(asked: Asked) -> Sequence[object]:
        at = {"0": since(1), "10": "never", "20": "0001-01-01T00:00:00Z"}.get(asked["at"])
        begin = int(asked["at"])
        return rows(range(begin, begin + 10), at) if at else []

    found, cursor = await sliced(listed(Erp(says), "offset"), since(2), pages=9)
    assert (len(found), cursor[:10]) == (30, since(1)[:10])


async def test_a_list_whose_pages_never_end_holds_nobody_up() -> None:
    def says(asked: Asked) -> Sequence[object]:
        return [{"id": "1", "at": since(1), "next": "t10"}]

    with pytest.raises(Retry) as raised:
        await sliced(listed(Erp(says), "cursor"), since(2), pages=1_000)
    assert raised.value.code == "answer.unreadable"
