"""What NetSuite's refusals mean, in the shapes of its help (section 156570709583) and of integrations that met them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from app.errors import AccessLost, Misconfigured, Rejected, Retry, StockbridgeError, Throttled, Unclear
from app.hosts.netsuite.refusals import Exists, refusal_of
from app.ports import Answer


def said(status: int, detail: str, code: str = "USER_ERROR", path: str = "", **headers: str) -> Answer:
    one = {"detail": detail, "o:errorCode": code} | ({"o:errorPath": path} if path else {})
    body = {
        "type": "https://www.rfc-editor.org/rfc/rfc9110.html",
        "title": "x",
        "status": status,
        "o:errorDetails": [one],
    }
    return Answer(status=status, headers=headers, body=json.dumps(body).encode())


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (said(429, "Too many", "CONCURRENCY_LIMIT_EXCEEDED"), Throttled, "connection.slow_down"),
        (said(400, "Too many", "CONCURRENCY_LIMIT_EXCEEDED"), Throttled, "connection.slow_down"),
        (said(400, "Too many", "SSS_REQUEST_LIMIT_EXCEEDED"), Throttled, "connection.slow_down"),
        (said(429, "Too often"), Throttled, "connection.slow_down"),
        (said(401, "Invalid login attempt.", "INVALID_LOGIN"), AccessLost, "access.refused"),
        (said(403, "You lack Lists -> Items.", "INSUFFICIENT_PERMISSION"), Misconfigured, "access.forbidden"),
        (said(400, "This record already exists."), Exists, "host.exists"),
        (said(400, "This entity already exists."), Exists, "host.exists"),
        (said(400, "Record has been changed", "RCRD_HAS_BEEN_CHANGED"), Retry, "document.changed_meanwhile"),
        (said(404, "No such record", "NONEXISTENT_ID"), Rejected, "document.removed_in_erp"),
        (said(400, "Invalid", "INVALID_CONTENT", "item.items[0].item"), Rejected, "item.refused"),
        (said(400, "Invalid", "INVALID_CONTENT", "item.items[0].location"), Rejected, "host.refused"),
        (said(500, "An unexpected error occurred.", "UNEXPECTED_ERROR"), Unclear, "connection.server_error"),
        (said(503, "Later", "SERVICE_UNAVAILABLE"), Unclear, "connection.server_error"),
    ],
)
def test_a_refusal_is_named_by_what_happens_next(
    answer: Answer, kind: type[StockbridgeError], code: str
) -> None:
    error = refusal_of(answer, writes=True)
    assert type(error) is kind
    assert error.code == code
    assert error.sentence.endswith(".")


def test_a_question_that_met_a_broken_server_may_be_asked_again() -> None:
    assert type(refusal_of(said(500, "x", "UNEXPECTED_ERROR"), writes=False)) is Retry


def test_what_netsuite_asks_to_wait_is_waited() -> None:
    error = refusal_of(said(429, "x", "CONCURRENCY_LIMIT_EXCEEDED", **{"retry-after": "7"}), writes=True)
    assert isinstance(error, Throttled)
    assert error.after == timedelta(seconds=7)
    error = refusal_of(said(429, "x", "CONCURRENCY_LIMIT_EXCEEDED"), writes=True)
    assert isinstance(error, Throttled)
    assert error.after is not None


def test_names_and_addresses_of_people_are_left_out_of_the_sentence() -> None:
    told = said(400, 'Invalid e-mail "ada@example.com" of Ada, ada@example.com')
    error = refusal_of(told, writes=True, personal=True)
    assert error is not None
    assert "ada@example.com" not in error.sentence


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"o:errorDetails": 3}', b"", b"\xff", b"[" * 100_000])
def test_a_refusal_that_nobody_can_read_is_no_verdict_on_the_record(body: bytes) -> None:
    for status in (400, 404, 409, 500, 502):
        error = refusal_of(Answer(status=status, headers={}, body=body), writes=True)
        assert isinstance(error, (Unclear, Misconfigured))


def test_a_success_is_none() -> None:
    assert refusal_of(Answer(status=204, headers={}, body=b""), writes=True) is None


@pytest.mark.parametrize(
    "missing", [{"detail": None}, {"o:errorPath": None}, {"detail": None, "o:errorPath": None}]
)
def test_what_a_refusal_leaves_empty_does_not_make_it_nobodys(missing: dict[str, None]) -> None:
    full = {"detail": "Too many", "o:errorCode": "SSS_REQUEST_LIMIT_EXCEEDED", "o:errorPath": "x", **missing}
    body = {"title": "Bad Request", "status": 400, "o:errorDetails": [full]}
    assert (
        type(refusal_of(Answer(status=400, headers={}, body=json.dumps(body).encode()), writes=True))
        is Throttled
    )
    bare = {"title": None, "o:errorDetails": [{**full, "o:errorCode": None, "detail": "Invalid value"}]}
    refused = refusal_of(Answer(status=400, headers={}, body=json.dumps(bare).encode()), writes=True)
    assert type(refused) is Rejected
    none = Answer(status=403, headers={}, body=b'{"title":"Forbidden","o:errorDetails":null}')
    assert type(refusal_of(none, writes=True)) is Misconfigured
