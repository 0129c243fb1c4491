"""What signs a call."""

from __future__ import annotations

import pytest

from app.errors import Misconfigured
from app.outbound import in_a_line, is_key, keys_of, used_for

LABELS = {"client_id": "Client ID", "secret": "Secret"}


@pytest.mark.parametrize("text", ["", "two words", "line\nbreak", "clé", "tab\t", "nul\0", "x\x7f"])
def test_what_no_server_gives_as_a_key_is_none(text: str) -> None:
    assert not is_key(text)


def test_a_header_carries_spaces_and_plain_signs_alone() -> None:
    assert in_a_line("a word ~!")
    assert is_key("aZ9-._~+/=")
    assert not in_a_line("a\r\nb")
    assert not in_a_line("é")


def test_keys_are_read_from_a_form_and_what_is_left_empty_stays_empty() -> None:
    assert keys_of({"client_id": "abc", "other": "x y"}, LABELS) == {"client_id": "abc", "secret": ""}


def test_a_key_that_was_copied_with_something_else_is_named_by_its_label_and_not_shown() -> None:
    with pytest.raises(Misconfigured) as raised:
        keys_of({"client_id": "abc", "secret": "Value: s3cret"}, LABELS)
    assert raised.value.code == "form.malformed"
    assert "“Secret”" in str(raised.value)
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [(3600, 3300), ("3600", 3300), (3599.0, 3299), (600, 300), (60, 30), ("60", 30), (10**8, 86_400)],
)
def test_a_token_is_used_until_shortly_before_its_end(told: float | str, seconds: float) -> None:
    assert used_for(told) == seconds


@pytest.mark.parametrize(
    "told", [0, -5, "", "soon", "²", "nan", "inf", float("nan"), float("inf"), 10**12, 10**400, "9" * 5000]
)
def test_a_life_that_nobody_can_mean_is_none(told: float | str) -> None:
    assert used_for(told) == 0
