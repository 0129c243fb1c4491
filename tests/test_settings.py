"""The settings say everything that is wrong at once, show no secret, and take each duration from its variable."""

from __future__ import annotations

import base64
from dataclasses import fields
from datetime import timedelta

import pytest

from app.errors import Misconfigured
from app.settings import PROFILES, Settings, Timing, read

KEY = base64.b64encode(b"k" * 32).decode()
COMPLETE = {
    "DATABASE_URL": "postgresql://app@db/x",
    "REDIS_URL": "redis://cache/0",
    "SHOPIFY_API_KEY": "client",
    "SHOPIFY_API_SECRET": "very-secret-value",
    "SHOPIFY_API_SECRET_PREVIOUS": "older-secret-value",
    "SEAL_KEYS": f"k1:{KEY}",
}


def settings(**changes: str) -> Settings:
    return read({**COMPLETE, **changes})


def wrong(**changes: str) -> str:
    with pytest.raises(Misconfigured) as refused:
        settings(**changes)
    assert refused.value.code == "settings.invalid"
    return refused.value.sentence


def test_everything_that_is_missing_is_said_at_once() -> None:
    with pytest.raises(Misconfigured) as refused:
        read({})
    for name in ("DATABASE_URL", "REDIS_URL", "SHOPIFY_API_KEY", "SHOPIFY_API_SECRET", "SEAL_KEYS"):
        assert name in refused.value.sentence


@pytest.mark.parametrize(
    "changes",
    [
        {"PORT": "many"},
        {"API_PAGE_DOCUMENTS": "all"},
        {"PROFILE": "fast"},
        {"TIMING_DEADLINE": "soon"},
        {"TIMING_DEADLINE": "inf"},
        {"TIMING_DEADLINE": "nan"},
        {"TIMING_DEADLINE": "-1"},
        {"SEAL_KEYS": "k1:short"},
        {"SEAL_KEYS": f"toolong:{KEY}"},
        {"SEAL_KEYS": f"{KEY}"},
        {"SMTP_TLS": "maybe"},
        {"SMTP_PORT": "mail"},
        {"SMTP_FROM": ""},
    ],
)
def test_a_value_that_means_nothing_is_refused_by_its_name(changes: dict[str, str]) -> None:
    (name,) = changes
    mail = {"SMTP_HOST": "mail.example", "SMTP_FROM": "sb@example.com"} if name.startswith("SMTP") else {}
    assert name in wrong(**{**mail, **changes})


def test_no_secret_shows() -> None:
    made = settings()
    assert made.secrets == ("very-secret-value", "older-secret-value")
    shown = repr(made)
    assert "secret-value" not in shown
    assert KEY not in shown
    assert "kkkk" not in shown
    assert "very-secret-value" not in wrong(PORT="x")


def test_a_mail_server_is_whatever_is_named_and_its_password_never_goes_in_clear() -> None:
    assert settings().smtp is None
    named = {
        "SMTP_HOST": "mail.example",
        "SMTP_FROM": "sb@example.com",
        "SMTP_USER": "u",
        "SMTP_PASSWORD": "sesame",
    }
    made = settings(**named)
    assert made.smtp is not None
    assert (made.smtp.port, made.smtp.tls) == (587, "starttls")
    assert "sesame" not in repr(made)
    assert settings(**named, SMTP_TLS="tls").smtp.port == 465  # type: ignore[union-attr]
    assert "in clear" in wrong(**named, SMTP_TLS="none")


def test_an_empty_previous_secret_is_none() -> None:
    assert settings(SHOPIFY_API_SECRET_PREVIOUS="").secrets == ("very-secret-value",)


@pytest.mark.parametrize("name", [field.name for field in fields(Timing)])
def test_every_duration_has_its_variable(name: str) -> None:
    made = settings(**{f"TIMING_{name.upper()}": "1.5"})
    assert getattr(made.timing, name) == timedelta(seconds=1.5)
    assert settings(PROFILE="short", **{f"TIMING_{name.upper()}": ""}).timing == PROFILES["short"]


@pytest.mark.parametrize("profile", list(PROFILES))
def test_a_lease_outlives_a_call_and_ends_before_it_counts_as_absent(profile: str) -> None:
    timing = settings(PROFILE=profile).timing
    assert timing.lease_margin > timedelta(0)
    if timing.deadline is not None and timing.settle is not None:
        assert timing.deadline < timing.deadline + timing.lease_margin < timing.deadline + timing.settle


def test_keys_keep_their_order_newest_first() -> None:
    other = base64.b64encode(b"o" * 32).decode()
    assert list(settings(SEAL_KEYS=f"k2:{KEY}, k1:{other}").seal_keys) == ["k2", "k1"]
