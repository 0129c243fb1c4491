"""What the page begins by asking is answered along with its document: to the one who opens it, soon or not at all."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest

from app.graphql.door import Api as Door
from app.graphql.first import First
from app.shopify.session import SessionCheck
from tests.graphql.conftest import Api
from tests.patience import FAR

SHOP = "query Shop { shop { domain } }"
NAMES = ("Shop", "Broken", "Nameless")


@pytest.fixture
def built(tmp_path: Path) -> Path:
    documents = {"Shop": SHOP, "Broken": "query Broken { nothing }"}
    (tmp_path / "first.json").write_text(json.dumps(documents))
    return tmp_path


def first(api: Api, page: Path, *, patience: timedelta = timedelta(seconds=FAR)) -> First:
    settings = api.core.settings
    sessions = SessionCheck(client_id=settings.shopify_api_key, secrets=settings.secrets)
    return First.found(Door(api.core, sessions, page=page), page, patience=patience)


async def test_each_person_is_told_of_their_own_shop_and_what_fails_is_left_out(
    api: Api, built: Path
) -> None:
    asked = first(api, built)
    for tenant in (api.mine, api.theirs):
        told = await asked.answers(tenant.session, NAMES)
        assert told == {"Shop": {"shop": {"domain": tenant.joined.domain}}}


async def test_nobody_else_is_told_anything(api: Api, built: Path) -> None:
    asked = first(api, built)
    api.counted.said.clear()
    for token in ("", "rubbish", await api.mine.token("admin") + "x"):
        assert await asked.answers(token, NAMES) == {}
    assert not any("FROM shop " in said for said in api.counted.said)


async def test_a_page_does_not_wait_for_answers_that_are_late(api: Api, built: Path) -> None:
    asked = first(api, built, patience=timedelta(0))
    assert await asked.answers(api.mine.session, NAMES) == {}
    assert await asyncio.gather(*asked.late) == [{}]


async def test_a_fault_of_ours_leaves_the_page_without_them_and_no_more(api: Api, built: Path) -> None:
    asked = first(api, built)
    await api.owner.execute("ALTER TABLE shop RENAME COLUMN domain TO lost")
    try:
        assert await asked.answers(api.mine.session, NAMES) == {}
    finally:
        await api.owner.execute("ALTER TABLE shop RENAME COLUMN lost TO domain")
    assert list(await asked.answers(api.mine.session, NAMES)) == ["Shop"]


async def test_a_build_that_left_no_list_is_asked_for_everything(api: Api, tmp_path: Path) -> None:
    assert await first(api, tmp_path).answers(api.mine.session, NAMES) == {}
