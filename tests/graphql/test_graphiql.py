"""Where GraphiQL is served and where not: a development server alone has it, with a policy that lets nothing else in."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from app.graphql import graphiql
from app.pages import Bundle
from tests.graphql.conftest import Api
from tests.test_pages import settings

PATHS = ("/graphiql", "/graphiql/start.js", "/graphiql/graphiql.js", "/graphiql/schema.json")


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """What the build leaves, beside a file that is nobody's."""
    for name in (
        "graphiql.js",
        "react.js",
        "react-dom.js",
        "start.js",
        "graphiql.css",
        "schema.json",
        "secret.txt",
    ):
        (tmp_path / name).write_text("{}")
    return tmp_path


def browser(folder: Path, **changed: str) -> httpx.AsyncClient:
    app = Starlette(routes=graphiql.routes(settings(**changed), folder))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://app.example")


async def test_production_has_no_page_for_trying_things_out(api: Api) -> None:
    for path in (*PATHS, "/graphiql/"):
        assert (await api.client.get(path)).status_code == 404
    assert (await api.client.get("/graphql", headers={"Accept": "text/html"})).status_code == 405


@pytest.mark.parametrize("said", ["", "0", "true", "yes"])
async def test_nothing_but_the_word_for_it_makes_a_development_server(built: Path, said: str) -> None:
    async with browser(built, DEVELOPMENT=said) as asked:
        assert [(await asked.get(path)).status_code for path in PATHS] == [404] * len(PATHS)


async def test_a_development_server_serves_its_own_files_under_a_tight_policy(built: Path) -> None:
    async with browser(built, DEVELOPMENT="1") as asked:
        assert [(await asked.get(path)).status_code for path in PATHS] == [200] * len(PATHS)
        page = await asked.get("/graphiql")
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert "//" not in page.text.replace("<!doctype", "")
        for name in ("secret.txt", "..%2fsecret.txt", "%2e%2e%2fmade-of"):
            assert (await asked.get(f"/graphiql/{name}")).status_code == 404


async def test_a_development_server_without_a_build_says_so(tmp_path: Path) -> None:
    async with browser(tmp_path, DEVELOPMENT="1") as asked:
        answer = await asked.get("/graphiql")
    assert (answer.status_code, "was not built" in answer.text) == (404, True)


def test_the_page_inside_the_admin_holds_nothing_of_it() -> None:
    bundle = Bundle.found()
    assert bundle.script, "python3 run.py builds the page"
    names = [path.name for path in (bundle.folder / "assets").iterdir()]
    assert not any("graphiql" in name.lower() for name in names)
    assert b"GraphiQL" not in (bundle.folder / bundle.script).read_bytes()
