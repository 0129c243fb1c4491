"""An answer becomes data or one of our errors, the same way for every adapter; what is kept of it names nobody."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest

from app.errors import AccessLost, Misconfigured, Retry, Throttled, Unclear
from app.outbound import clock_offset, failure_of, json_of, read_as, redacted, retry_after
from app.ports import Answer


def answer(body: bytes = b"", status: int = 200, **headers: str) -> Answer:
    return Answer(status=status, headers={k.replace("_", "-"): v for k, v in headers.items()}, body=body)


def test_decimals_of_an_answer_stay_exact() -> None:
    assert json_of(answer(b'{"total": 0.10, "n": 3}')) == {"total": "0.10", "n": 3}


class _Total(msgspec.Struct):
    total: Decimal


def test_an_answer_is_read_into_a_record() -> None:
    assert read_as(_Total, answer(b'{"total": "12.345", "more": 1}')).total == Decimal("12.345")
    assert read_as(_Total, answer(b'{"total": 12.10}')).total == Decimal("12.10")


class _Named(msgspec.Struct):
    sku: str


ODD = "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("told", "sku"),
    [
        (rb"A\ud800", f"A{ODD}"),
        (rb"A\uDC00\uD83D", f"A{ODD}{ODD}"),
        (rb"A\ud800\u0000B", f"A{ODD}{ODD}B"),
        (b"A\xed\xa0\x80", f"A{ODD}"),
        (rb"A\\ud800\\u0000", r"A\ud800\u0000"),
        (rb"A\\\ud800", rf"A\{ODD}"),
        (rb"\ud83d\ude00\ud83d", f"\N{GRINNING FACE}{ODD}"),
        ("한글 \N{GRINNING FACE}".encode(), "한글 \N{GRINNING FACE}"),
    ],
)
def test_a_sign_that_no_database_takes_spoils_nothing_beside_it(told: bytes, sku: str) -> None:
    body = b'{"sku": "' + told + b'"}'
    assert json_of(answer(body)) == {"sku": sku}
    assert read_as(_Named, answer(body)) == _Named(sku)


def test_an_answer_in_wide_signs_is_read_and_mended_alike() -> None:
    body = '{"sku": "\N{HANGUL SYLLABLE HAN}\\ud800"}'.encode("utf-16-le")
    assert json_of(answer(body)) == {"sku": "\N{HANGUL SYLLABLE HAN}" + ODD}


@pytest.mark.parametrize(
    "body", [b"<html>", b'{"total": ', b'{"total": NaN}', b"[" * 100_000, b"", b"\xff\xfe", b"9" * 9000]
)
@pytest.mark.parametrize(("writes", "error"), [(True, Unclear), (False, Retry)])
def test_an_unreadable_answer_is_our_error(body: bytes, writes: bool, error: type[Exception]) -> None:
    with pytest.raises(error):
        json_of(answer(body), writes=writes)
    with pytest.raises(error):
        read_as(_Total, answer(body), writes=writes)


def test_an_answer_of_the_wrong_shape_is_our_error() -> None:
    for body in (b"[]", b'{"total": []}', b'{"total": "12,5"}', b"{}"):
        with pytest.raises(Unclear):
            read_as(_Total, answer(body), writes=True)


def test_statuses_become_errors_by_what_happens_next() -> None:
    assert isinstance(failure_of(answer(status=401), writes=True), AccessLost)
    assert isinstance(failure_of(answer(status=403), writes=True), Misconfigured)
    assert isinstance(failure_of(answer(status=503), writes=True), Unclear)
    assert isinstance(failure_of(answer(status=503), writes=False), Retry)
    assert failure_of(answer(status=204), writes=True) is None
    assert failure_of(answer(status=422), writes=True) is None
    slow = failure_of(answer(status=429, retry_after="7"), writes=True)
    assert isinstance(slow, Throttled)
    assert slow.after == timedelta(seconds=7)


def test_a_clock_is_read_off_a_date_and_off_nothing_that_is_none() -> None:
    now = datetime(2026, 10, 21, 7, 28, tzinfo=UTC)
    assert clock_offset(answer(date="Wed, 21 Oct 2026 07:28:30 GMT"), now) == timedelta(seconds=30)
    odd = (
        "Wed, 21 Oct 2026 07:28:30 -0000",
        "Wed, 21 Oct 2026 07:28:30",
        "Wed, 99 Oct 2026 07:28:30 GMT",
        "soon",
        ",",
    )
    twice = "Wed, 21 Oct 2026 07:28:30 GMT, Wed, 21 Oct 2026 07:28:30 GMT"
    assert {clock_offset(answer(date=each), now) for each in (*odd, twice)} == {timedelta(0)}
    assert clock_offset(answer(), now) == timedelta(0)


def test_retry_after_is_read_as_seconds_and_as_a_date() -> None:
    now = datetime(2026, 10, 21, 7, 28, tzinfo=UTC)
    assert retry_after(answer(retry_after="1.5"), now) == timedelta(seconds=1.5)
    assert retry_after(answer(retry_after="Wed, 21 Oct 2026 07:28:30 GMT"), now) == timedelta(seconds=30)
    assert retry_after(answer(retry_after="Wed, 21 Oct 2026 07:27:00 GMT"), now) == timedelta(0)
    assert retry_after(answer(retry_after="99999999999999999999"), now) is None
    assert retry_after(answer(retry_after="86400"), now) == timedelta(hours=1)
    assert retry_after(answer(retry_after="soon"), now) is None
    assert retry_after(answer(), now) is None


def test_evidence_holds_no_secret_and_no_personal_data() -> None:
    secrets = {
        "Authorization": "Bearer s3", "api_key": "s3", "customer": {"first_name": "s3", "e-mail": "s3", "id": 5},
        "ship_to": {"street": "s3"}, "lines": [{"sku": "A", "refreshToken": "s3"}], "note": "s3",
    }  # fmt: skip
    kept = redacted(secrets)
    assert "s3" not in json.dumps(kept)
    assert kept["customer"]["id"] == 5  # type: ignore[index,call-overload]
    assert kept["lines"][0]["sku"] == "A"  # type: ignore[index,call-overload]


def test_evidence_stays_small() -> None:
    kept = redacted({"rows": [{"text": "x" * 10_000}] * 10_000})
    assert len(json.dumps(kept)) < 30_000
