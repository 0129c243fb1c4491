"""What Business Central's refusals mean: by the family of the code, and never with what a person entered."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from app.errors import AccessLost, Misconfigured, Rejected, Retry, StockbridgeError, Throttled, Unclear
from app.hosts.businesscentral.refusals import Changed, Exists, Gone, not_signed_in, refusal_of
from app.ports import Answer


def answer(status: int, code: str = "", message: str = "Something.", **headers: str) -> Answer:
    body = json.dumps({"error": {"code": code, "message": message}}).encode() if code else b"<html>"
    return Answer(status=status, headers=headers, body=body)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "Internal_EntityWithSameKeyExists", Exists),
        (409, "Request_EntityChanged", Changed),
        (412, "Request_EntityChanged", Changed),
        (400, "Application_DialogException", Rejected),
        (400, "Application_StringExceededLength", Rejected),
        (404, "BadRequest_ResourceNotFound", Gone),
        (404, "Internal_CompanyNotFound", Misconfigured),
        (401, "Authentication_InvalidCredentials", AccessLost),
        (403, "Authorization_InsufficientPermissions", Misconfigured),
        (429, "", Throttled),
        (500, "Internal_ServerError", Unclear),
        (504, "", Unclear),
        (302, "", Misconfigured),
        (404, "", Misconfigured),
    ],
)
def test_a_write_that_was_refused_is_told_apart(status: int, code: str, kind: type[StockbridgeError]) -> None:
    assert type(refusal_of(answer(status, code), writes=True)) is kind


def test_a_question_that_is_refused_is_the_connections_fault_and_no_orders() -> None:
    assert isinstance(refusal_of(answer(400, "BadRequest"), writes=False), Misconfigured)
    assert isinstance(refusal_of(answer(503, ""), writes=False), Retry)


def test_a_wait_that_is_asked_for_is_kept() -> None:
    error = refusal_of(answer(429, "Application_TooManyRequests", **{"retry-after": "7"}), writes=True)
    assert isinstance(error, Throttled)
    assert error.after == timedelta(seconds=7)


def test_a_success_is_none() -> None:
    assert refusal_of(Answer(status=204, headers={}, body=b""), writes=True) is None


def test_what_a_refusal_quotes_of_a_person_is_left_out() -> None:
    said = "The e-mail “ada@example.com” of 'Ada' is not valid.  CorrelationId:  c3f0."
    error = refusal_of(answer(400, "Application_FieldValidationException", said), writes=True, personal=True)
    assert error is not None
    assert "ada" not in error.sentence.lower()
    assert "c3f0" not in error.sentence


def test_a_sign_in_that_is_refused_shows_its_number_alone() -> None:
    body = b'{"error":"invalid_client","error_description":"AADSTS7000215: Invalid secret hidden-secret provided"}'
    error = not_signed_in(Answer(status=401, headers={}, body=body))
    assert error.facts["error"] == "AADSTS7000215"
    assert "hidden-secret" not in f"{error} {error.facts}"
