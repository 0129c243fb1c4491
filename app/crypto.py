"""Seals what is stored: AES-256-GCM with a key id, bound to the tenant it belongs to; keys rotate by adding one."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from isal import isal_zlib

from app.errors import Bug

_NONCE = 12
_VERSION = 1
_ID = 4
_OLDEST_SECONDS = 300


class Vault:
    """Seals with the newest key, opens with any known one.

    A sealed value is version (1 byte), key id (4), nonce (12), ciphertext and tag. The tenant and the purpose are
    authenticated with it, so a value copied to another tenant's row, or another column, does not open.
    """

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """`keys`: id (at most 4 ASCII letters) to 32 bytes, newest first. Raises ValueError for anything else."""
        if not keys or any(len(key) != 32 for key in keys.values()):
            raise ValueError("at least one key of 32 bytes is needed")
        if not all(0 < len(name.encode()) <= _ID for name in keys):
            raise ValueError(f"the id of a key has 1 to {_ID} letters")
        self._keys = {name.encode().ljust(_ID, b"\0"): AESGCM(key) for name, key in keys.items()}
        self._newest = next(iter(self._keys))
        self._pepper = hashlib.sha256(b"search" + next(reversed(list(keys.values())))).digest()

    @property
    def newest(self) -> str:
        return self._newest.rstrip(b"\0").decode()

    def seal(self, value: bytes, *, tenant: UUID, purpose: str) -> bytes:
        nonce = os.urandom(_NONCE)
        head = bytes([_VERSION]) + self._newest
        return head + nonce + self._keys[self._newest].encrypt(nonce, value, _bound(tenant, purpose))

    def open(self, sealed: bytes, *, tenant: UUID, purpose: str) -> bytes:
        """Raises Bug when the key is unknown or the value was altered or belongs elsewhere."""
        key = self._keys.get(sealed[1 : 1 + _ID])
        if sealed[:1] != bytes([_VERSION]) or key is None:
            raise Bug(
                "secret.key_unknown", "A stored secret was sealed with a key this server does not have."
            )
        nonce, body = sealed[1 + _ID : 1 + _ID + _NONCE], sealed[1 + _ID + _NONCE :]
        try:
            return key.decrypt(nonce, body, _bound(tenant, purpose))
        except (InvalidTag, ValueError) as cause:
            raise Bug("secret.unreadable", "A stored secret can't be read back.") from cause

    def key_of(self, sealed: bytes) -> str:
        """The id of the key that sealed it, for rotation."""
        return sealed[1 : 1 + _ID].rstrip(b"\0").decode()

    def pack(self, body: bytes, *, tenant: UUID, purpose: str) -> bytes:
        """Compresses, then seals: for webhook bodies and payloads."""
        return self.seal(isal_zlib.compress(body, 1), tenant=tenant, purpose=purpose)

    def unpack(self, packed: bytes, *, tenant: UUID, purpose: str) -> bytes:
        return isal_zlib.decompress(self.open(packed, tenant=tenant, purpose=purpose))

    def keyed_hash(self, value: str, *, tenant: UUID) -> bytes:
        """A hash to search by (an e-mail, normalised): can't be guessed without the key, differs per tenant.

        Stands on the oldest key, so that rotation does not lose the index; retire that key only after re-hashing.
        """
        return hmac.digest(self._pepper, tenant.bytes + value.strip().lower().encode(), "sha256")


def _bound(tenant: UUID, purpose: str) -> bytes:
    return tenant.bytes + purpose.encode()


@dataclass(frozen=True, kw_only=True)
class SecretHash:
    """A one-way hash of an API token; tokens have full entropy, so a plain digest is enough."""

    digest: bytes

    @classmethod
    def of(cls, token: str) -> SecretHash:
        return cls(digest=hashlib.sha256(token.encode()).digest())


def equal(one: bytes, other: bytes) -> bool:
    """Compares in constant time."""
    return hmac.compare_digest(one, other)


def vouched_for(*, body: bytes, at: str, told: str, secret: bytes, now: float) -> bool:
    """Whether a message is fresh and signed by whoever has the secret: hex of HMAC-SHA256 over `TIMESTAMP.` and the raw body.

    The timestamp is seconds since 1970.
    """
    if not (at.isascii() and at.isdigit() and len(at) <= 12):
        return False
    right = hmac.new(secret, at.encode() + b"." + body, hashlib.sha256).hexdigest().encode()
    return equal(right, told.encode("utf-8", "replace")) and abs(now - int(at)) <= _OLDEST_SECONDS
