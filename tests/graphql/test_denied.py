"""Who asked for what they may not stands in the audit log: once a minute, however often they ask."""

from __future__ import annotations

from tests.graphql.conftest import Api

SHOP = "{ shop { domain } }"
LOG = "{ auditLog { nodes { actor action subject facts { name value } } } }"
PAUSE = "mutation ($id: ID!) { connectionPause(id: $id) { userErrors { code } } }"


async def test_what_was_denied_is_noted_with_who_and_what(api: Api) -> None:
    token = await api.mine.token("read_records")
    mine = f"gid://stockbridge/Connection/{api.mine.joined.connection}"
    assert await api.refused(SHOP, token=token) == ["api.scope_missing"]
    for _ in range(3):
        assert await api.refused(PAUSE, token=token, id=mine) == ["api.scope_missing"]
    entries = (await api.ask(LOG))["auditLog"]["nodes"]
    assert [(entry["action"], entry["subject"]) for entry in entries] == [
        ("access.denied", "connectionPause"),
        ("access.denied", "shop"),
    ]
    assert entries[0]["actor"].startswith("token:")
    assert entries[0]["facts"] == [{"name": "scope", "value": "admin"}]
    assert (await api.ask(LOG, token=api.theirs.session))["auditLog"]["nodes"] == []


async def test_it_is_noted_again_after_a_minute_and_never_for_who_may(api: Api) -> None:
    token = await api.mine.token("read_status")
    await api.ask(SHOP, token=token)
    assert await api.owner.fetchval("SELECT count(*) FROM audit_log") == 0
    await api.refused("{ auditLog { nodes { actor } } }", token=token)
    await api.owner.execute("UPDATE audit_log SET at = at - interval '61 seconds'")
    await api.refused("{ auditLog { nodes { actor } } }", token=token)
    assert await api.owner.fetchval("SELECT count(*) FROM audit_log") == 2
