"""What each of Tryton's refusals means: the answers are the real server's."""

from __future__ import annotations

import json

import pytest

from app.errors import AccessLost, Misconfigured, Rejected, Retry, StockbridgeError, Unclear
from app.hosts.tryton.refusals import Untold, refusal_of, rpc_refusal_of
from app.ports import Answer, Json

WEB_PAGE = (
    b"<!doctype html>\n<html lang=en>\n<title>400 Bad Request</title>\n<p>Unable to get RPC method</p>\n"
)


def answer(status: int, body: bytes | dict[str, object] = b"<html>") -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status=status, headers={}, body=content)


def said(message: str) -> dict[str, object]:
    return {"status": 400, "message": message, "description": "Within groups: Sales"}


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (answer(401), AccessLost),
        (answer(403), Misconfigured),
        (answer(404), Misconfigured),
        (answer(400, said("The web ID on the sale must be unique per shop.")), Rejected),
        (answer(400, said('You are not allowed to access "Product Category".')), Misconfigured),
        (answer(400, said('Calling button "process on "Sale" is not allowed.')), Misconfigured),
        (answer(400, said('You can not call "confirm" on "1 [#1]" of "Sale".')), Rejected),
        (answer(400, WEB_PAGE), Untold),
        (answer(409), Unclear),
        (answer(500), Unclear),
        (answer(504), Unclear),
    ],
)
def test_a_refused_write_is_told_apart(given: Answer, error: type[StockbridgeError]) -> None:
    assert type(refusal_of(given, writes=True)) is error


@pytest.mark.parametrize("status", [400, 409, 500, 503])
def test_a_read_that_fails_is_tried_again(status: int) -> None:
    assert type(refusal_of(answer(status, WEB_PAGE), writes=False)) is Retry


def test_success_is_no_refusal() -> None:
    assert refusal_of(answer(200), writes=True) is None


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (["ConcurrencyException", "Records were modified in the meanwhile"], Retry),
        (["UserError", ["The invoice is posted.", "", None]], Rejected),
        (["UserWarning", ["name", "Are you sure?", ""]], Rejected),
        (["UserError", ['You are not allowed to access "Sale".', "", None]], Misconfigured),
        (["'nofield'", "Traceback (most recent call last): secret"], Untold),
        ("odd", Untold),
        (None, Untold),
    ],
)
def test_an_error_of_json_rpc_is_told_apart(given: Json, error: type[StockbridgeError]) -> None:
    refused = rpc_refusal_of(given, writes=True)
    assert type(refused) is error
    assert "secret" not in str(refused)


def test_the_name_of_a_record_stays_out_of_what_is_said_about_a_party() -> None:
    given = answer(400, said('The value for field "Phone" in record "Ada Beispiel" is not valid.'))
    refused = refusal_of(given, writes=True, personal=True)
    assert refused is not None
    assert "Ada" not in refused.sentence
    assert refused.sentence.endswith("is not valid.")


def test_a_very_long_sentence_is_cut() -> None:
    refused = refusal_of(answer(400, said("x" * 5_000)), writes=True)
    assert refused is not None
    assert len(refused.sentence) < 400
