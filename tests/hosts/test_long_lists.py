"""Lists of changes that take longer than a slice: broken off after every page, each is read to its end, and once."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import pytest

from app.hosts.businesscentral.spec import BUSINESS_CENTRAL
from app.hosts.netsuite.spec import NETSUITE
from app.hosts.odoo.spec import ODOO
from app.ports import Answer, Change, Host, HostSpec, Page, Request
from tests.hosts.businesscentral.test_access import FORM
from tests.hosts.netsuite.test_client import KEY
from tests.hosts.rig import StateInMemory

MANY = 2_500
BEGAN = datetime(2026, 11, 10, tzinfo=UTC)
SINCE = BEGAN - timedelta(days=1)


class Lists(Protocol):
    def changes(self, cursor: str | None) -> AsyncIterator[Page[Change]]: ...

    async def cursor_at(self, at: datetime) -> str: ...


class Says:
    """Implements `Http`."""

    def __init__(self, say: Callable[[Request], object]) -> None:
        self._say = say

    async def send(self, request: Request) -> Answer:
        return Answer(status=200, headers={}, body=json.dumps(self._say(request)).encode())


def opened(spec: HostSpec, form: dict[str, str], say: Callable[[Request], object]) -> Host:
    return spec.open(form, Says(say), StateInMemory())  # type: ignore[arg-type]  # it streams nothing


def netsuite() -> Host:
    form = {"account": "1234567", "client_id": "c", "certificate_id": "i", "private_key": KEY}
    return opened(NETSUITE, form, netsuite_says([]))


def netsuite_says(asked: list[str]) -> Callable[[Request], object]:
    """`asked`: its lists, as they come in."""

    def say(request: Request) -> object:
        path = urlsplit(request.url).path
        if path.endswith("/token"):
            return {"access_token": "t", "expires_in": "3600", "token_type": "Bearer"}
        if path.endswith("/serverTime"):
            return {"serverTime": datetime.now(UTC).isoformat()}
        query = json.loads(request.body or b"")["q"]
        if "SYSDATE" in query:
            return {"items": [{"now": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"}], "hasMore": False}
        found = re.search(r"\.id > (\d+)", query)
        if found:
            asked.append(query)
        first = int(found[1]) + 1 if found else MANY
        ids = range(first, min(first + 1000, MANY))
        items = [{"id": str(each), "modified": f"{BEGAN:%Y-%m-%d %H:%M:%S}"} for each in ids]
        return {"items": items, "hasMore": bool(ids) and ids[-1] < MANY - 1}

    return say


def odoo() -> Host:
    stamp = f"{BEGAN:%Y-%m-%d %H:%M:%S}"
    row = {
        "name": "x", "ref": False, "state": "done", "create_date": stamp, "write_date": stamp, "child_ids": [],
        "product_variant_ids": [], "picking_type_id": {"id": 1, "warehouse_id": False}, "sale_id": False,
        "move_ids": [], "origin": False, "backorder_id": False, "date_done": stamp,
    }  # fmt: skip

    def say(request: Request) -> object:
        path = urlsplit(request.url).path
        if path.endswith("/version"):
            return {"version": "19.0", "version_info": [19, 0, 0, "final", 0, ""]}
        if path.endswith("/fields_get"):
            return {name: {"type": "char"} for name in ("quantity", "move_ids", "carrier_tracking_ref")}
        asked: dict[str, Any] = json.loads(request.body or b"{}")
        domain = [each for each in asked.get("domain", []) if isinstance(each, list)]
        after = [value for name, sign, value in domain if (name, sign) == ("id", ">")]
        if not after:
            return [{"id": 1, "name": "Company", "currency_id": [1, "EUR"], "company_id": [1, "Company"]}]
        ids = range(after[0] + 1, min(after[0] + 1 + asked["limit"], MANY))
        return {"length": len(ids), "records": [{**row, "id": each} for each in ids]}

    return opened(ODOO, {"address": "http://odoo.test", "key": "k" * 40, "database": "d", "login": "l"}, say)


def central() -> Host:
    """A row a minute."""
    rows = [BEGAN + timedelta(minutes=n) for n in range(1, MANY)]

    def say(request: Request) -> object:
        where = urlsplit(request.url)
        if where.path.endswith("/token"):
            return {"access_token": "t", "expires_in": 3599, "token_type": "Bearer"}
        if where.path.endswith("/companies"):
            company = {
                "id": "22222222-2222-2222-2222-222222222222",
                "name": "CRONUS",
                "displayName": "CRONUS",
            }
            return {"@odata.context": "x", "value": [company]}
        asked = parse_qs(where.query)
        found = re.search(r"lastModifiedDateTime ge ([0-9T:.Z-]+)", asked.get("$filter", [""])[0])
        since = datetime.fromisoformat(found[1]) if found else BEGAN
        skipped = int(asked.get("$skiptoken", ["0"])[0])
        left = [(n, at) for n, at in enumerate(rows, start=1) if at >= since][skipped:]
        value = [
            {"id": f"00000000-0000-0000-0000-{n:012d}", "number": str(n), "displayName": "x",
             "lastModifiedDateTime": at.isoformat()}
            for n, at in left[:1000]
        ]  # fmt: skip
        again = request.url.partition("&$skiptoken")[0]
        more = {"@odata.nextLink": f"{again}&$skiptoken={skipped + 1000}"} if len(left) > 1000 else {}
        return {"@odata.context": "x", "value": value, **more}

    return opened(BUSINESS_CENTRAL, FORM, say)


async def test_what_is_written_behind_a_long_reading_is_for_the_next_one() -> None:
    """It takes as many slices as it takes: the next one begins no later than the first of them did."""
    source: Lists = central().items  # type: ignore[assignment]
    ahead = (await anext(source.changes(None))).cursor
    begun = datetime.now(UTC)
    since, at, through = ahead.split(">")
    late = ">".join((since, at, (begun + timedelta(hours=1)).isoformat()))
    pages = [page async for page in source.changes(late)]
    assert datetime.fromisoformat(pages[-1].cursor) <= begun
    assert through < pages[-1].cursor


async def test_a_catalogue_that_was_broken_off_goes_on_with_what_is_sold() -> None:
    asked: list[str] = []
    say = netsuite_says(asked)
    form = {"account": "1234567", "client_id": "c", "certificate_id": "i", "private_key": KEY}
    source: Lists = opened(NETSUITE, form, say).items  # type: ignore[assignment]
    cursor = (await anext(source.changes(None))).cursor
    await anext(source.changes(cursor))
    assert ["isinactive = 'F'" in query for query in asked] == [True, True]
    await anext(source.changes(await source.cursor_at(SINCE)))
    assert "isinactive = 'F'" not in asked[-1]


LISTS: list[Any] = [
    pytest.param(make, power, id=f"{make.__name__}-{power}")
    for make, powers in (
        (netsuite, ("items", "customers", "shipments")),
        (odoo, ("items", "customers", "shipments")),
        (central, ("items", "customers")),
    )
    for power in powers
]


@pytest.mark.parametrize("began", [True, False], ids=["since", "ever"])
@pytest.mark.parametrize(("make", "power"), LISTS)
async def test_a_list_that_is_broken_off_after_each_page_is_read_to_its_end(
    make: Callable[[], Host], power: str, began: bool
) -> None:
    """Each time by an adapter that knows nothing of what was read before."""
    source: Lists = getattr(make(), power)
    cursor = await source.cursor_at(SINCE) if began else None
    seen: list[str] = []
    for _ in range(40):
        source = getattr(make(), power)
        pages = source.changes(cursor)
        page = await anext(pages)
        seen += [change.key for change in page.items]
        cursor = page.cursor
        if await anext(pages, None) is None:
            break
    assert len(set(seen)) == MANY - 1
    assert len(seen) < MANY * 1.1, "what was told is not told again and again"
    assert datetime.fromisoformat(cursor or "") >= BEGAN
