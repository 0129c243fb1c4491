"""From the page only its own documents are taken; a tool asks for whatever its scopes open."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.graphql.documents import Documents
from app.wiring import Core
from tests.conftest import Addresses
from tests.graphql.conftest import Api, serving
from tests.graphql.test_socket import opened

SHOP = "query Shop { shop { domain } }"
OTHER = "{ shop { domain } }"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A page with one document."""
    (tmp_path / "documents.json").write_text(json.dumps({hashlib.sha256(SHOP.encode()).hexdigest(): "Shop"}))
    return tmp_path


@pytest.fixture
async def strict(addresses: Addresses, valkey_url: str, built: Path) -> AsyncIterator[Api]:
    """As a server is that was told nothing else."""

    def told(core: Core) -> Core:
        return replace(core, settings=replace(core.settings, api_page_documents="persisted"))

    async with serving(addresses, valkey_url, told, page=built) as api:
        yield api


async def test_the_page_may_send_what_it_was_built_with_and_nothing_else(strict: Api) -> None:
    assert (await strict.ask(SHOP))["shop"]["domain"] == strict.mine.joined.domain
    strict.counted.said.clear()
    assert await strict.refused(OTHER) == ["api.document_unknown"]
    assert not any("FROM shop " in said for said in strict.counted.said)
    assert await strict.ask(OTHER, token=await strict.mine.token("read_status"))
    assert await strict.refused(OTHER) == ["api.document_unknown"], "though the process has read it by now"


async def test_nor_may_it_over_a_websocket(strict: Api) -> None:
    async with opened(strict) as socket:
        await socket.say(type="connection_init", payload={"Authorization": f"Bearer {strict.mine.session}"})
        assert (await socket.hear())["type"] == "connection_ack"
        await socket.say(type="subscribe", id="1", payload={"query": OTHER})
        assert "api.document_unknown" in str(await socket.hear())


async def test_a_server_may_take_whatever_comes(api: Api) -> None:
    assert await api.ask(OTHER)


def test_a_document_is_known_by_every_one_of_its_bytes(built: Path, tmp_path: Path) -> None:
    documents = Documents.found(built)
    assert documents is not None
    assert documents.has(SHOP)
    assert not any(documents.has(other) for other in (SHOP + " ", OTHER, "", None))
    (tmp_path / "documents.json").unlink()
    assert Documents.found(tmp_path) is None, "a page without a list could ask for nothing"
