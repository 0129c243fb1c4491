"""What the page begins by asking is answered along with its document: to the one who opens it, soon or not at all."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from app.cli.stage import ROOT
from app.domain.access import Role
from app.graphql.beginnings import Opened, Question, questions
from app.graphql.door import Api as Door
from app.graphql.first import First
from app.graphql.ids import Kind, gid
from app.models import connections
from app.pages import VIEWS
from app.shopify.session import SessionCheck
from tests.conftest import Addresses
from tests.graphql.conftest import Api
from tests.models.world import VAULT
from tests.patience import FAR

DOCUMENTS = {
    "Viewer": "query Viewer { shop { domain } }",
    "Connections": "query Connections { connections { id state } }",
    "FlowTable": "query FlowTable($connection: ID!) { flowTable(connection: $connection) { flow } }",
    "ConnectForm": "query ConnectForm { connections { id state } }",
    "Setup": "query Setup($connection: ID) { setup(connection: $connection) { next } }",
    "Record": "query Record($id: ID!) { record(id: $id) { id } }",
    "Tables": "query Tables { nothing }",
}
KEPT_FROM_VIEWERS = {
    "AuditChoices": "auditActions",
    "AuditLog": "auditLog { nodes { action } }",
    "ApiTokens": "apiTokens { nodes { id } }",
}
VIEW = "settings/flows"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "questions.json").write_text(json.dumps(DOCUMENTS))
    return tmp_path


async def told(asked: First, token: str, view: str = VIEW, id: str = "", **query: str) -> dict[str, Any]:
    """The data of each question with its variables, by its name."""
    found = await asked.answers(token, view, {"id": id}, query)
    return {str(each["name"]): (each["variables"], each["data"]) for each in found}


def first(api: Api, page: Path, *, patience: timedelta = timedelta(seconds=FAR)) -> First:
    settings = api.core.settings
    sessions = SessionCheck(client_id=settings.shopify_api_key, secrets=settings.secrets)
    return First.found(Door(api.core, sessions, page=page), page, patience=patience)


async def test_each_person_is_told_of_their_own_shop_and_what_fails_is_left_out(
    api: Api, built: Path
) -> None:
    asked = first(api, built)
    for tenant in (api.mine, api.theirs):
        found = await told(asked, tenant.session, "mapping/tables")
        assert found["Viewer"] == ({}, {"shop": {"domain": tenant.joined.domain}})
        assert set(found) == {"Viewer", "Connections"}


async def test_what_is_about_a_connection_is_about_the_one_that_the_address_names_else_the_first(
    api: Api, built: Path
) -> None:
    asked, joined = first(api, built), api.mine.joined
    other = uuid4()
    async with api.core.database.tenant(joined.tenant) as tx:
        await connections.create(
            tx, tenant=joined.tenant, id=other, shop=joined.shop, host="memory", name="Other",
            sealed_credentials=VAULT.seal(b"{}", tenant=joined.tenant, purpose="credentials"), flows={"orders": True}, options={},
        )  # fmt: skip
    for words, one in (
        ({}, joined.connection),
        ({"connection": str(other)}, other),
        ({"connection": "x"}, joined.connection),
    ):
        variables, data = (await told(asked, api.mine.session, **words))["FlowTable"]
        assert variables == {"connection": gid(Kind.CONNECTION, one)}
        assert len(data["flowTable"]) == 7
    for words, step in (
        ({}, other),
        ({"connection": str(joined.connection)}, joined.connection),
        ({"connection": "new"}, None),
    ):
        variables, _ = (await told(asked, api.mine.session, "setup", **words))["Setup"]
        assert variables == {"connection": step and gid(Kind.CONNECTION, step)}


async def test_somebody_elses_record_is_none_along_with_the_page_either(api: Api, built: Path) -> None:
    (theirs,), (mine,) = await api.orders(1, of=api.theirs), await api.orders(1)
    asked = first(api, built)
    for record, seen in ((theirs, None), (mine, {"id": gid(Kind.RECORD, mine)})):
        _, data = (await told(asked, api.mine.session, "record", str(record)))["Record"]
        assert data == {"record": seen}


async def test_opening_a_view_asks_for_nothing_that_the_page_would_not_ask_for_this_person(
    api: Api, tmp_path: Path
) -> None:
    """What is refused stands in the audit log as their deed."""
    documents = {name: f"query {name} {{ {field} }}" for name, field in KEPT_FROM_VIEWERS.items()}
    (tmp_path / "questions.json").write_text(json.dumps({**DOCUMENTS, **documents}))
    asked, viewer = first(api, tmp_path), await api.mine.member(Role.VIEWER)
    for view in ("settings/audit", "settings/tokens"):
        assert set(await told(asked, viewer.session, view)) == {"Viewer"}
    denied = "SELECT count(*) FROM audit_log WHERE action = 'access.denied'"
    assert await api.owner.fetchval(denied) == 0
    found = {*await told(asked, api.mine.session, "settings/audit")}
    assert found | {*await told(asked, api.mine.session, "settings/tokens")} == {"Viewer", *KEPT_FROM_VIEWERS}


async def test_nobody_else_is_told_anything(api: Api, built: Path) -> None:
    asked = first(api, built)
    api.counted.said.clear()
    for token in ("", "rubbish", await api.mine.token("admin") + "x"):
        assert await told(asked, token) == {}
    assert not any("FROM shop " in said for said in api.counted.said)


async def test_a_page_does_not_wait_for_answers_that_are_late(api: Api, built: Path) -> None:
    asked = first(api, built, patience=timedelta(0))
    assert await told(asked, api.mine.session) == {}
    await asyncio.gather(*asked.late)


async def test_what_was_answered_in_time_goes_along_though_the_rest_is_late(
    api: Api, addresses: Addresses, built: Path
) -> None:
    locked = await asyncpg.connect(addresses.owner)
    try:
        await locked.execute("BEGIN; LOCK TABLE record IN ACCESS EXCLUSIVE MODE")
        late = list[asyncio.Task[None]]()
        for seconds in (0.5, 1, 2, 4, 8, 16):
            asked = first(api, built, patience=timedelta(seconds=seconds))
            found = await told(asked, api.mine.session, "record", str(uuid4()))
            late += asked.late
            if found:
                break
        assert "Viewer" in found
        assert "Record" not in found
    finally:
        await locked.close()
    await asyncio.gather(*late)


async def test_a_fault_of_ours_leaves_the_page_without_them_and_no_more(api: Api, built: Path) -> None:
    asked = first(api, built)
    await api.owner.execute("ALTER TABLE shop RENAME COLUMN domain TO lost")
    try:
        assert await told(asked, api.mine.session, "help") == {}
    finally:
        await api.owner.execute("ALTER TABLE shop RENAME COLUMN lost TO domain")
    assert list(await told(asked, api.mine.session, "help")) == ["Viewer"]


async def test_a_build_that_left_no_list_is_asked_for_everything(api: Api, tmp_path: Path) -> None:
    assert await told(first(api, tmp_path), api.mine.session) == {}


def test_every_view_of_the_page_has_its_beginning_and_the_page_asks_each_of_its_questions() -> None:
    asked = {each.name for view in VIEWS.values() for each in beginning(view)}
    written = "".join(path.read_text() for path in (ROOT / "frontend/src/api/queries").glob("*.graphql"))
    assert asked <= set(re.findall(r"^query (\w+)", written, re.MULTILINE))
    assert all(len(beginning(view)) > 1 for view in VIEWS.values())


def test_what_the_page_asks_ahead_of_a_view_its_document_brings() -> None:
    """Else each would ask for the connections, though the other has them or needs none."""
    page = (ROOT / "frontend" / "src" / "app.tsx").read_text()
    (alone,) = re.findall(r"^const ALONE = /(.+)/;$", page, re.MULTILINE)
    ahead = {view for path, view in VIEWS.items() if not re.match(alone.replace("\\/", "/"), path)}
    brought = {view for view in VIEWS.values() if "Connections" in {each.name for each in beginning(view)}}
    assert brought == ahead | {"settings/flows"}, "its schedules are of a connection"


def test_a_list_that_is_sought_in_another_way_is_left_to_the_page() -> None:
    (*_, records) = beginning("orders")
    for query in ({"days": "7"}, {"of": "s1"}, {"state": "ODD"}, {"sort": "OLDEST"}):
        assert records.variables(Opened(view="orders", path={}, query=query), {}) is None
    (*_, version) = beginning("mapping/version")
    told = {"Connections": {"connections": [{"id": "c1"}]}}
    for number, known in (
        ("7", {"connection": "c1", "number": 7}),
        ("x", None),
        ("²", None),
        ("9" * 5_000, None),
    ):
        opened = Opened(view="mapping/version", path={"number": number}, query={})
        assert version.variables(opened, told) == known


def beginning(view: str) -> tuple[Question, ...]:
    return questions(Opened(view=view, path={}, query={}))
