"""Who is let in, and how much one request may ask for: every refusal beside what is let through."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from graphql import build_schema

from app.graphql.door import PATH
from tests.graphql.conftest import Api
from tests.graphql.test_schema import COMMITTED
from tests.shopify.fakes import session_token

SHOP = "{ shop { domain organisation { name } } }"


async def bare(api: Api, authorization: str | None, document: str = SHOP) -> httpx.Response:
    headers = {"Authorization": authorization} if authorization else {}
    return await api.client.post(PATH, json={"query": document}, headers=headers)


async def test_a_session_opens_its_own_shop(api: Api) -> None:
    assert (await api.ask(SHOP))["shop"]["domain"] == api.mine.joined.domain
    assert (await api.ask(SHOP, token=api.theirs.session))["shop"]["domain"] == api.theirs.joined.domain


async def test_a_bad_session_is_asked_for_a_fresh_one(api: Api) -> None:
    domain = api.mine.joined.domain
    mine = {"iss": f"https://{domain}/admin", "dest": f"https://{domain}"}
    bad = {
        "session.missing": None,
        "session.invalid": f"Bearer {session_token(secret='x' * 40, **mine)}",
        "session.stale": f"Bearer {session_token(exp=1, **mine)}",
        "session.wrong_app": f"Bearer {session_token(aud='another', **mine)}",
    }
    for code, authorization in bad.items():
        answer = await bare(api, authorization)
        assert answer.status_code == 401
        assert answer.headers["x-shopify-retry-invalid-session-request"] == "1"
        assert answer.json()["errors"][0]["extensions"]["code"] == code
    assert (await bare(api, f"Bearer {session_token(**mine)}")).status_code == 200


async def test_a_shop_that_never_installed_us_has_no_way_in(api: Api) -> None:
    stranger = session_token(iss="https://nobody.myshopify.com/admin", dest="https://nobody.myshopify.com")
    answer = await bare(api, f"Bearer {stranger}")
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (403, "shop.unknown")


async def test_a_tokens_last_use_is_noted_and_its_end_is_final(api: Api) -> None:
    token = await api.mine.token("read_status")
    assert (await bare(api, f"Bearer {token}")).status_code == 200
    assert await api.owner.fetchval("SELECT used_at IS NOT NULL FROM api_token")
    for change in ("expires_at = now() - interval '1 second'", "expires_at = NULL, revoked_at = now()"):
        await api.owner.execute(f"UPDATE api_token SET {change}")
        answer = await bare(api, f"Bearer {token}")
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert "x-shopify-retry-invalid-session-request" not in answer.headers
    assert (await bare(api, "Bearer sb_made_up")).status_code == 401


ROOTS = [
    (root, field)
    for root in ("Query", "Mutation")
    for field in sorted(build_schema(COMMITTED.read_text()).type_map[root].fields)  # type: ignore[attr-defined]
]


def call(root: str, field: str) -> str:
    """The field with the least it needs, taken from the schema itself."""
    schema = build_schema(COMMITTED.read_text())
    made = schema.type_map[root].fields[field]  # type: ignore[attr-defined]
    given = ", ".join(f"{name}: {_value(arg.type)}" for name, arg in made.args.items() if _needed(arg))
    below = " { __typename }" if hasattr(_bare(made.type), "fields") else ""
    return (
        f"{'mutation' if root == 'Mutation' else 'query'} {{ {field}{f'({given})' if given else ''}{below} }}"
    )


def _needed(arg: Any) -> bool:
    return str(arg.type).endswith("!") and "Undefined" in repr(arg.default_value)


def _bare(type_: Any) -> Any:
    while hasattr(type_, "of_type"):
        type_ = type_.of_type
    return type_


def _value(type_: Any) -> str:
    named = _bare(type_)
    if "[" in str(type_):
        return "[]"
    if hasattr(named, "fields"):
        inner = [f"{name}: {_value(made.type)}" for name, made in named.fields.items() if _needed(made)]
        return f"{{ {', '.join(inner)} }}"
    if hasattr(named, "values"):
        return next(iter(named.values))
    plain = {"Int": "1", "Boolean": "true", "Date": '"2026-11-01"', "DateTime": '"2026-11-01T00:00:00Z"'}
    return plain.get(named.name, '"none"')


@pytest.mark.parametrize(("root", "field"), ROOTS)
async def test_every_root_field_asks_for_a_scope(api: Api, root: str, field: str) -> None:
    """A token without any scope is refused at each; with `admin` the same document is let through."""
    document = call(root, field)
    assert await api.refused(document, token=await api.mine.token()) == ["api.scope_missing"]
    body = (await api.post(document, token=await api.mine.token("admin"))).json()
    codes = [error["extensions"]["code"] for error in body.get("errors", [])]
    assert not codes, (document, body)


async def test_a_scope_opens_what_it_says_and_nothing_else(api: Api) -> None:
    token = await api.mine.token("read_status")
    assert "overview" in await api.ask("{ overview { problems { code } } }", token=token)
    assert await api.refused("{ orders { nodes { id } } }", token=token) == ["api.scope_missing"]
    retry = 'mutation { problemRetry(connection: "x", code: "y") { count } }'
    assert await api.refused(retry, token=token) == ["api.scope_missing"]


async def test_nothing_is_asked_by_get(api: Api) -> None:
    headers = {"Authorization": f"Bearer {api.mine.session}"}
    answer = await api.client.get(PATH, params={"query": SHOP}, headers=headers)
    assert answer.status_code == 405
    assert api.mine.joined.domain not in answer.text


async def test_our_own_faults_are_masked_with_an_incident(api: Api) -> None:
    await api.owner.execute("ALTER TABLE tenant RENAME COLUMN name TO called")
    body = (await api.post(SHOP)).json()
    await api.owner.execute("ALTER TABLE tenant RENAME COLUMN called TO name")
    (error,) = body["errors"]
    assert error["extensions"]["code"] == "api.internal"
    assert len(error["extensions"]["incident"]) == 12
    assert "does not exist" not in str(body)
    assert (await api.ask(SHOP))["shop"]["organisation"]["name"]
