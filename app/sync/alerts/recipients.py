"""Who is told: addresses and secrets sealed at rest, opened for the moment they are used."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import UUID

import orjson

from app.crypto import Vault
from app.models.alert_settings import RecipientRow

RECIPIENT, SENDER, CONTENT = "alert_recipient", "alert_sender", "notification"
"""What each sealed value is bound to."""

MOST = 50
"""Recipients of one organisation."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """An address: of a mailbox, or of a webhook with the secret its messages are signed with."""

    address: str = field(repr=False)
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Whom mails come from, where the organisation has said so."""

    name: str
    address: str | None = field(repr=False)


def sealed(vault: Vault, target: Target, *, tenant: UUID) -> bytes:
    stored = orjson.dumps({"address": target.address, "secret": target.secret})
    return vault.seal(stored, tenant=tenant, purpose=RECIPIENT)


def opened(vault: Vault, row: RecipientRow, *, tenant: UUID) -> Target:
    stored = orjson.loads(vault.open(row.sealed, tenant=tenant, purpose=RECIPIENT))
    return Target(address=stored["address"], secret=stored["secret"])


def sealed_sender(vault: Vault, sender: Sender, *, tenant: UUID) -> bytes:
    stored = orjson.dumps({"name": sender.name, "address": sender.address})
    return vault.seal(stored, tenant=tenant, purpose=SENDER)


def opened_sender(vault: Vault, value: bytes | None, *, tenant: UUID) -> Sender:
    if value is None:
        return Sender(name="Stockbridge", address=None)
    stored = orjson.loads(vault.open(value, tenant=tenant, purpose=SENDER))
    return Sender(name=stored["name"], address=stored["address"])


def new_secret() -> str:
    """What a receiver checks our signature with; shown once."""
    return "sbs_" + secrets.token_urlsafe(32)


def shown(address: str) -> str:
    """A webhook's address for people: its path is often a secret of its own."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname or ''}/…"
