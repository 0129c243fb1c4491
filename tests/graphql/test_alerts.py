"""Alerts by a person's word over the API: who is told, rules, words with a preview, a test that really goes out."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from app.operations.alerts import TESTS_AN_HOUR
from app.outbound import open_http
from app.settings import Smtp
from app.wiring import Core
from tests.conftest import Addresses
from tests.fakes.receiver import FakeReceiver, receiver
from tests.fakes.smtp import FakeSmtp, mail_server
from tests.graphql.conftest import Api, serving

ADD = """mutation ($channel: AlertChannel!, $address: String!, $kinds: [AlertKind!]!) {
    alertRecipientAdd(channel: $channel, address: $address, kinds: $kinds) {
        recipient { id channel address kinds } secret userErrors { code field } } }"""
TEST = """mutation ($id: ID!) { alertTest(recipient: $id) {
    notification { id state title phase code } userErrors { code } } }"""
SAVE = """mutation ($input: AlertSettingsInput!) { alertSettingsSave(input: $input) {
    settings { zone quiet { begin end weekends } heldHours senderName senderAddress
        rules { kind on cooldownMinutes throughQuiet } }
    userErrors { code field } } }"""
WRITE = """mutation ($subject: String, $body: String) { alertTemplateSave(kind: HELD, subject: $subject, body: $body) {
    settings { templates { kind subject own } } userErrors { code } } }"""
PREVIEW = """query ($subject: String, $body: String) { alertPreview(kind: HELD, subject: $subject, body: $body) {
    subject plain html userErrors { code } } }"""
LIST = """query ($first: Int, $after: String) { notifications(first: $first, after: $after) {
    nodes { id title state channel connection { name } } pageInfo { hasNextPage endCursor } } }"""
EVERYTHING = ["CRITICAL", "SILENCE", "HELD", "EXPIRY"]


@pytest.fixture
async def smtp() -> AsyncIterator[FakeSmtp]:
    async with mail_server() as made:
        yield made


@pytest.fixture
async def hook() -> AsyncIterator[FakeReceiver]:
    async with receiver() as made:
        yield made


@pytest.fixture
async def api(
    addresses: Addresses, valkey_url: str, smtp: FakeSmtp, hook: FakeReceiver
) -> AsyncIterator[Api]:
    server = Smtp(
        host="127.0.0.1", port=smtp.port, user=None, password=None, tls="none", sender="a@sb.example"
    )
    async with open_http(allowed=frozenset({hook.endpoint})) as http:

        def dressed(core: Core) -> Core:
            return replace(core, settings=replace(core.settings, smtp=server), erp_http=http)

        async with serving(addresses, valkey_url, dressed) as made:
            yield made


async def did(api: Api, document: str, **variables: Any) -> dict[str, Any]:
    (payload,) = (await api.ask(document, **variables)).values()
    return dict(payload)


async def added(api: Api, channel: str, address: str) -> dict[str, Any]:
    payload = await did(api, ADD, channel=channel, address=address, kinds=EVERYTHING)
    assert payload["userErrors"] == []
    return payload


async def test_a_mailbox_is_added_tested_and_taken_off_again(api: Api, smtp: FakeSmtp) -> None:
    made = await added(api, "EMAIL", "ops@example.org")
    assert (made["recipient"]["address"], made["secret"]) == ("ops@example.org", None)
    told = (await did(api, TEST, id=made["recipient"]["id"]))["notification"]
    assert (told["state"], told["phase"], told["title"]) == ("DONE", "test", "A test of Stockbridge's alerts")
    assert smtp.taken[0].to == "ops@example.org"
    remove = "mutation ($id: ID!) { alertRecipientRemove(recipient: $id) { removed userErrors { code } } }"
    assert (await did(api, remove, id=made["recipient"]["id"]))["removed"]
    again = await did(api, remove, id=made["recipient"]["id"])
    assert again == {"removed": False, "userErrors": [{"code": "alert.recipient_unknown"}]}
    facts = await api.owner.fetch("SELECT action, facts FROM audit_log ORDER BY id")
    assert [row["action"] for row in facts] == ["alert.recipient_add", "alert.test", "alert.recipient_remove"]
    assert "ops@example.org" not in str([dict(row) for row in facts])


async def test_a_webhooks_secret_is_shown_once_and_its_path_never(api: Api, hook: FakeReceiver) -> None:
    made = await added(api, "WEBHOOK", hook.url)
    assert made["secret"].startswith("sbs_")
    assert "secret-path" not in made["recipient"]["address"]
    shown = await api.ask("{ alertSettings { recipients { address } mailReady } }")
    assert made["secret"] not in str(shown)
    await did(api, TEST, id=made["recipient"]["id"])
    (posted,) = hook.posted
    said = dict(part.split("=") for part in posted.headers["stockbridge-signature"].split(","))
    signed = f"{said['t']}.".encode() + posted.body
    assert said["v1"] == hmac.new(made["secret"].encode(), signed, hashlib.sha256).hexdigest()
    assert orjson.loads(posted.body)["type"] == "test"
    # Added again it is the same recipient with another secret.
    other = await added(api, "WEBHOOK", hook.url)
    assert other["recipient"]["id"] == made["recipient"]["id"]
    assert other["secret"] != made["secret"]


async def test_tests_are_not_for_sending_letters(api: Api, smtp: FakeSmtp) -> None:
    made = await added(api, "EMAIL", "ops@example.org")
    await api.owner.execute(
        "INSERT INTO notification (tenant_id, kind, phase, cause, recipient_id, channel, title, state, due_at)"
        " SELECT $1, 'critical', 'test', 'c', gen_random_uuid(), 'email', 't', 'done', NULL FROM generate_series(1, $2)",
        api.mine.joined.tenant,
        TESTS_AN_HOUR,
    )
    answer = await did(api, TEST, id=made["recipient"]["id"])
    assert answer == {"notification": None, "userErrors": [{"code": "alert.too_many_tests"}]}
    assert smtp.taken == []


async def test_a_test_that_fails_says_why(api: Api, smtp: FakeSmtp) -> None:
    made = await added(api, "EMAIL", "gone@example.org")
    smtp.refuses("RCPT", "550 no such user")
    told = (await did(api, TEST, id=made["recipient"]["id"]))["notification"]
    assert (told["state"], told["code"]) == ("REFUSED", "mail.recipient_refused")


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        ("EMAIL", "nobody"), ("EMAIL", "a@b\nBcc: c@d.example"), ("WEBHOOK", "ftp://x.example"),
        ("WEBHOOK", "https://user:pass@x.example/"), ("WEBHOOK", "javascript:alert(1)"),
    ],
)  # fmt: skip
async def test_an_address_that_is_none_is_refused(api: Api, channel: str, address: str) -> None:
    payload = await did(api, ADD, channel=channel, address=address, kinds=EVERYTHING)
    assert payload["userErrors"] == [{"code": "alert.address_malformed", "field": ["address"]}]
    assert (await did(api, ADD, channel=channel, address=address, kinds=[]))["recipient"] is None


async def test_rules_are_laid_over_those_there_are(api: Api) -> None:
    wish = {"zone": "Europe/Berlin", "quiet": {"begin": "22:00", "end": "07:00"}, "heldHours": 2,
            "rules": [{"kind": "HELD", "on": False}]}  # fmt: skip
    await did(api, SAVE, input=wish)
    kept = (await did(api, SAVE, input={"senderName": "Acme", "senderAddress": "shop@example.com"}))[
        "settings"
    ]
    assert (kept["zone"], kept["heldHours"]) == ("Europe/Berlin", 2)
    assert (kept["senderName"], kept["senderAddress"]) == ("Acme", "shop@example.com")
    assert kept["quiet"] == {"begin": "22:00", "end": "07:00", "weekends": False}
    assert {"kind": "HELD", "on": False, "cooldownMinutes": 720, "throughQuiet": False} in kept["rules"]
    assert (await did(api, SAVE, input={"quiet": None}))["settings"]["quiet"] is None
    for wrong in ({"zone": "Mars"}, {"heldHours": -1}, {"quiet": {"begin": "late", "end": "07:00"}}):
        assert (await did(api, SAVE, input=wrong))["userErrors"] == [
            {"code": "alert.rules_malformed", "field": ["input"]}
        ]


async def test_own_words_are_previewed_kept_and_given_up_again(api: Api) -> None:
    words = {"subject": "Hilfe: {{count}}", "body": "<b>{{what}}</b>"}
    shown = await did(api, PREVIEW, **words)
    assert shown["subject"] == "Hilfe: 3"
    assert "&lt;b&gt;3 records wait" in shown["html"]
    assert (await did(api, PREVIEW))["subject"] == "Orders have waited for you too long"
    kept = await did(api, WRITE, **words)
    assert {"kind": "HELD", "subject": "Hilfe: {{count}}", "own": True} in kept["settings"]["templates"]
    assert (await did(api, PREVIEW))["subject"] == "Hilfe: 3"
    wrong = {"subject": "x", "body": "{{password}}"}
    for document in (WRITE, PREVIEW):
        assert (await did(api, document, **wrong))["userErrors"] == [{"code": "alert.placeholder_unknown"}]
    assert not any(each["own"] for each in (await did(api, WRITE))["settings"]["templates"])


async def test_a_workers_own_turn_tells_what_is_wrong_though_credentials_cant_be_opened(
    api: Api, smtp: FakeSmtp
) -> None:
    """What was sealed with a key that this server lacks keeps nobody from hearing that the connection stands still."""
    await added(api, "EMAIL", "ops@example.org")
    await api.owner.execute(
        "UPDATE connection SET state = 'paused', paused_code = 'access.refused', paused_sentence = 'The key was refused.'"
    )
    await api.owner.execute("UPDATE alert_setting SET due_at = now() - interval '1 second'")
    work = api.core.work("one")
    await work.alerts_due()
    await work.alerts_due()
    (mail,) = smtp.taken
    assert "“Demo” stands still: The key was refused." in mail.plain
    (told,) = (await did(api, LIST))["nodes"]
    assert (told["state"], told["connection"]["name"]) == ("DONE", "Demo")


async def test_what_was_told_is_paged_by_its_end(api: Api) -> None:
    made = await added(api, "EMAIL", "ops@example.org")
    sent = [(await did(api, TEST, id=made["recipient"]["id"]))["notification"]["id"] for _ in range(5)]
    seen, after = [], None
    for _ in range(5):
        page = await did(api, LIST, first=2, after=after)
        seen += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == sent[::-1]


async def test_another_organisation_and_a_token_without_the_scope_see_and_change_nothing(api: Api) -> None:
    made = await added(api, "EMAIL", "ops@example.org")
    await did(api, TEST, id=made["recipient"]["id"])
    session = api.theirs.session
    settings = "{ alertSettings { recipients { address } } }"
    assert (await api.ask(settings, token=session))["alertSettings"]["recipients"] == []
    assert (await api.ask(LIST, token=session))["notifications"]["nodes"] == []
    told = await api.ask(TEST, token=session, id=made["recipient"]["id"])
    assert told["alertTest"]["userErrors"] == [{"code": "alert.recipient_unknown"}]
    token = await api.mine.token("read_status")
    assert (await api.ask(LIST, token=token))["notifications"]["nodes"] != []
    assert await api.refused(settings, token=token) == ["api.scope_missing"]
    assert await api.refused(TEST, token=token, id=made["recipient"]["id"]) == ["api.scope_missing"]


async def test_settings_of_which_a_part_is_refused_are_not_saved_at_all(api: Api) -> None:
    before = (await api.ask("{ alertSettings { heldHours senderName } }"))["alertSettings"]
    for wish in (
        {"heldHours": 7.5, "senderName": "Ops", "senderAddress": "nonsense"},
        {"heldHours": 7.5, "senderName": " "},
        {"zone": "Nowhere/Land", "senderName": "Ops"},
    ):
        answer = await did(api, SAVE, input=wish)
        assert (answer["settings"], len(answer["userErrors"])) == (None, 1)
        kept = (await api.ask("{ alertSettings { heldHours senderName } }"))["alertSettings"]
        assert (kept["heldHours"], kept["senderName"]) == (before["heldHours"], before["senderName"])
