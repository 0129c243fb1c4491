"""Nobody but who may gets or changes anything, through any field there is: the fields and their documents are the schema's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from app.domain.access import DEFAULTS, Role, Scope
from app.graphql.door import PATH
from app.graphql.request_keys import HEADER
from tests.graphql.conftest import Api
from tests.graphql.documents import Root, roots
from tests.graphql.furnished import Own, api, erp, own
from tests.graphql.given import ENDLESS, LOOKS, PUBLIC, WATCHED, Given, given
from tests.graphql.test_socket import opened
from tests.patience import FAR

__all__ = ["api", "erp", "own"]

FIELDS = roots("query", "mutation")


def others(variables: Given) -> Given:
    """The same with ids of what never was."""
    return dict(orjson.loads(_each_id(orjson.dumps(variables).decode())))


def _each_id(text: str) -> str:
    head, *parts = text.split("gid://stockbridge/")
    return head + "".join(
        f"gid://stockbridge/{part.split('/')[0]}/{uuid4()}{part[part.index('/') + 37 :]}" for part in parts
    )


async def sent(api: Api, root: Root, variables: Given, token: str, key: str | None = None) -> httpx.Response:
    body = {"query": root.document(variables), "variables": variables}
    headers = {"Authorization": f"Bearer {token}"} | ({HEADER: key} if key else {})
    return await api.client.post(PATH, json=body, headers=headers)


def codes(answer: httpx.Response) -> set[str]:
    return {error["extensions"]["code"] for error in answer.json().get("errors", ())}


def told(answer: httpx.Response, root: Root) -> Any:
    """What the field's owner was answered with; a refusal fails the test."""
    body = answer.json()
    assert answer.status_code == 200, body
    assert not body.get("errors"), body["errors"]
    found = body["data"][root.name]
    assert found is not None
    assert not (found.get("userErrors") if isinstance(found, dict) else None), found["userErrors"]
    return found


@pytest.mark.parametrize("root", FIELDS, ids=str)
async def test_nobody_else_gets_or_changes_anything_through(api: Api, own: Own, root: Root) -> None:
    assert root.scope is not None, "a field that anybody may ask for"
    variables = await given(own, root)
    others_scopes = [scope.value for scope in Scope if scope not in {root.scope, Scope.ADMIN}]
    lacking, ended = await own.tenant.token(*others_scopes), await own.tenant.token("admin", days=-1)
    holder = await own.tenant.token(root.scope.value)
    staff = {role: await own.tenant.member(role) for role in Role}
    marks, before = await own.marks(), await own.picture()

    stranger = await sent(api, root, variables, api.theirs.session)
    assert not {mark for mark in marks if mark in stranger.text}
    if (unknown := others(variables)) != variables:
        nobodys = await sent(api, root, unknown, api.theirs.session)
        assert stranger.json() == nobodys.json(), "what is another's is answered as what never was"
    without = await sent(api, root, variables, lacking)
    assert codes(without) == {"api.scope_missing"}
    late = await sent(api, root, variables, ended)
    assert (late.status_code, codes(late)) == (401, {"api.token_invalid"})
    denied = {
        role: await sent(api, root, variables, person.session)
        for role, person in staff.items()
        if root.permission not in DEFAULTS[role]
    }
    assert all(codes(answer) == {"api.role_missing"} for answer in denied.values())
    assert Role.OWNER not in denied, "an owner may everything"
    assert Role.VIEWER in denied or not root.changes, "a viewer changes nothing"
    for answer in (without, late, *denied.values()):
        assert not {mark for mark in marks if mark in answer.text}
    assert await own.picture() == before

    key = str(uuid4())
    answer = await sent(api, root, variables, holder, key)
    found = told(answer, root)
    if root.changes:
        after = await own.picture()
        assert (after != before) is (root.name not in LOOKS)
        if root.name not in LOOKS:
            again = await sent(api, root, variables, holder, key)
            assert (again.json(), await own.picture()) == (answer.json(), after), "asked for twice, made once"
    else:
        assert (found != stranger.json().get("data", {}).get(root.name)) is (root.name not in PUBLIC)
        for role in Role:
            if role not in denied:
                told(await sent(api, root, variables, staff[role].session), root)


async def heard(api: Api, root: Root, variables: Given, token: str) -> tuple[int, str]:
    """All that a stream says until it ends."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    body = {"query": root.document(variables), "variables": variables}
    answer = await api.client.post(PATH, json=body, headers=headers, timeout=FAR)
    return answer.status_code, answer.text


def watched(*among: Mapping[str, Scope]) -> list[Root]:
    return [root for root in roots("subscription") if any(root.name in each for each in among)]


def test_every_stream_is_known_here() -> None:
    assert watched(WATCHED, ENDLESS) == roots("subscription"), "say in given.py which scope opens it"


@pytest.mark.parametrize("root", watched(WATCHED), ids=str)
async def test_nobody_else_hears_anything_of(api: Api, own: Own, root: Root) -> None:
    variables = await given(own, root)
    scope = WATCHED[root.name]
    lacking = await own.tenant.token(*(each.value for each in Scope if each not in {scope, Scope.ADMIN}))
    ended, holder = await own.tenant.token("admin", days=-1), await own.tenant.token(scope.value)
    marks, before = await own.marks(), await own.picture()
    refusals = {"run.unknown": api.theirs.session, "api.scope_missing": lacking, "api.token_invalid": ended}
    for code, token in refusals.items():
        status, said = await heard(api, root, variables, token)
        assert (code in said, status) == (True, 401 if token == ended else 200)
        assert not {mark for mark in marks if mark in said}
    assert await own.picture() == before
    status, said = await heard(api, root, variables, holder)
    assert (status, '"errors"' in said) == (200, False)
    assert any(mark in said for mark in marks)


async def first_of(api: Api, root: Root, variables: Given, token: str) -> str:
    """The first thing that a stream says, or that it is not opened."""
    async with opened(api) as socket:
        await socket.say(type="connection_init", payload={"Authorization": f"Bearer {token}"})
        shown_in = await socket.hear()
        if shown_in.get("type") != "connection_ack":
            return str(shown_in)
        payload = {"query": root.document(variables), "variables": variables}
        await socket.say(type="subscribe", id="1", payload=payload)
        return str(await socket.hear())


@pytest.mark.parametrize("root", watched(ENDLESS), ids=str)
async def test_nobody_else_hears_anything_of_what_does_not_end(api: Api, own: Own, root: Root) -> None:
    variables, scope = await given(own, root), ENDLESS[root.name]
    lacking = await own.tenant.token(*(each.value for each in Scope if each not in {scope, Scope.ADMIN}))
    ended, holder = await own.tenant.token("admin", days=-1), await own.tenant.token(scope.value)
    marks, before = await own.marks(), await own.picture()
    heard = {
        "stranger": await first_of(api, root, variables, api.theirs.session),
        "api.scope_missing": await first_of(api, root, variables, lacking),
        "4403": await first_of(api, root, variables, ended),
    }
    assert not {mark for mark in marks if any(mark in told for told in heard.values())}
    assert "'type': 'next'" in heard.pop("stranger"), "it hears of its own, which is nothing"
    assert [code for code, told in heard.items() if code not in told] == []
    assert await own.picture() == before
    told = await first_of(api, root, variables, holder)
    assert any(mark in told for mark in marks), told
