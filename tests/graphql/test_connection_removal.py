"""Taking a connection away: while it was never live, with all that was entered for it, and never afterwards."""

from __future__ import annotations

from tests.graphql.furnished import Own, api, erp, own
from tests.graphql.given import PREPARED

__all__ = ["api", "erp", "own"]

REMOVE = "mutation ($id: ID!) { connectionRemove(id: $id) { removed userErrors { code field } } }"
ALL = "{ connections { id name } }"


async def test_a_connection_that_was_never_live_goes_with_what_was_entered_for_it(own: Own) -> None:
    made = await PREPARED["connectionRemove"](own)
    fed = """mutation ($id: ID!) { tableFeedSet(connection: $id, table: "payments") { address userErrors { code } } }"""
    await own.did(fed, **made)
    assert (await own.did(REMOVE, **made))["removed"]
    left = (await own.api.ask(ALL, token=own.tenant.session))["connections"]
    assert [each["id"] for each in left] == [own.connection]
    bare = made["id"].rpartition("/")[2]
    assert (
        await own.api.owner.fetchval(
            "SELECT count(*) FROM mapping_version WHERE connection_id = $1::uuid", bare
        )
        == 0
    )
    noted = await own.api.owner.fetchval(
        "SELECT count(*) FROM audit_log WHERE action = 'connection.remove' AND subject = $1", bare
    )
    assert noted == 1


async def test_one_that_is_live_or_was_stays_with_everything(own: Own) -> None:
    before = await own.picture()
    for state in ("live", "paused"):
        await own.sql("UPDATE connection SET state = $2 WHERE tenant_id = $1", state)
        answer = await own.api.ask(REMOVE, token=own.tenant.session, id=own.connection)
        found = answer["connectionRemove"]
        assert found == {"removed": False, "userErrors": [{"code": "connection.was_live", "field": ["id"]}]}
    now = await own.picture()
    assert {name for name in before if before[name] != now[name]} == {"connection"}
