"""The text that merchants pass on: enough to help, and nothing of a secret or a person in it."""

from __future__ import annotations

import json
from uuid import uuid4

from app.settings import VERSION
from tests.graphql.conftest import Api

ASKED = "{ diagnostics }"
SECRETS = {
    "token": f"shpat_{uuid4().hex}",
    "password": f"hunter2-{uuid4().hex}",
    "email": "erika.mustermann@example.org",
    "name": "Erika Mustermann",
    "street": "Heidestrasse 17",
    "phone": "+49 170 1234567",
    "connection": "Books of Erika",
    "note": "She called twice",
    "order": "#MUSTERMANN-1",
    "number": "SO-MUSTERMANN",
    "recipient": "ops@erika.example",
}


async def seed(api: Api) -> None:
    """Whatever an organisation's rows can hold that is nobody else's business, in each column of text there is."""
    joined = api.mine.joined
    orders = await api.orders(
        2, state="held", code="mapping.payment_missing", sentence=f"{SECRETS['name']}, {SECRETS['street']}"
    )
    sql = api.owner.execute
    await sql(
        "UPDATE record SET reference = $2, sink_number = $3, buyer_key = $4, reason_facts = jsonb_build_object('to', $5::text)"
        " WHERE id = $1",
        *(orders[0], SECRETS["order"], SECRETS["number"], SECRETS["email"], SECRETS["phone"]),
    )
    await sql(
        "UPDATE connection SET name = $2, sealed_credentials = convert_to($3, 'UTF8'), paused_code = 'access.lost',"
        " paused_sentence = $4, options = jsonb_build_object('note', $5::text) WHERE id = $1",
        *(joined.connection, SECRETS["connection"], SECRETS["password"], SECRETS["name"], SECRETS["note"]),
    )
    await sql(
        "UPDATE shop SET sealed_tokens = convert_to($2, 'UTF8'), state_sentence = $3 WHERE id = $1",
        *(joined.shop, SECRETS["token"], SECRETS["name"]),
    )
    await sql(
        "INSERT INTO notification (tenant_id, kind, phase, cause, recipient_id, channel, title, sentence, state, due_at)"
        " VALUES ($1, 'held', 'alarm', $2, gen_random_uuid(), 'email', $3, $4, 'refused', now())",
        *(joined.tenant, SECRETS["note"], SECRETS["name"], SECRETS["recipient"]),
    )
    await sql(
        "INSERT INTO run (tenant_id, id, connection_id, flow, kind, state, started_by, approved_by, sentence, request)"
        " VALUES ($1, gen_random_uuid(), $2, 'orders', 'backfill', 'done', $3, $3, $4, jsonb_build_object('q', $4::text))",
        *(joined.tenant, joined.connection, f"staff:{SECRETS['name']}", SECRETS["street"]),
    )


async def test_the_bundle_tells_states_and_counts_and_nothing_of_a_secret_or_a_person(api: Api) -> None:
    await seed(api)
    text = (await api.ask(ASKED))["diagnostics"]
    told = json.loads(text)
    assert told["stockbridge"] == VERSION
    assert told["held"][0] | {"since": None} == {
        "connection": str(api.mine.joined.connection),
        "kind": "order",
        "code": "mapping.payment_missing",
        "count": 2,
        "since": None,
    }
    assert [(row["host"], row["state"], row["paused_code"]) for row in told["connections"]] == [
        ("memory", "live", "access.lost")
    ]
    assert told["records"] == [
        {"connection": str(api.mine.joined.connection), "kind": "order", "state": "held", "count": 2}
    ]
    assert [row["kind"] for row in told["runs"]] == ["backfill"]
    found = {name for name, value in SECRETS.items() if value in text}
    assert not found
    assert api.mine.joined.domain not in text
    assert str(api.theirs.joined.tenant) not in text
