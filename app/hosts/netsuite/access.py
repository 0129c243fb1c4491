"""What the form of a NetSuite connection says: the account, how its requests are signed, and the choices beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC

from cryptography import x509

from app.errors import Misconfigured
from app.outbound import keys_of
from app.ports import Lapse

CERTIFICATE, TOKEN = "certificate", "token"
_ACCOUNT = re.compile(r"[A-Z0-9]{1,20}(_(SB|RP)[0-9]{1,3})?|TSTDRV[0-9]{1,20}|TD[0-9]{1,20}")
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,60}")
_MOST = 50
_MACHINE_KEYS = {"client_id": "Client ID", "certificate_id": "Certificate ID"}
_TOKEN_KEYS = {
    "consumer_key": "Consumer key",
    "consumer_secret": "Consumer secret",
    "token_id": "Token ID",
    "token_secret": "Token secret",
}
DEFAULT_AT_ONCE = 4
"""Of one account's calls; the smallest accounts bear five, and other integrations share them."""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """OAuth 2.0 machine-to-machine: a signed assertion for an access token of an hour."""

    client_id: str
    certificate_id: str
    private_key: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Token:
    """Token-based authentication, as older integrations have it: every request is signed."""

    consumer_key: str
    consumer_secret: str = field(repr=False)
    token_id: str
    token_secret: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Access:
    """`account` as signatures name it (`1234567_SB1`); `given_address` is for servers of one's own and proxies."""

    account: str
    sign: Machine | Token
    given_address: str = ""
    subsidiary: str = ""
    sku_field: str = "itemid"
    line_field: str = ""
    earlier_field: str = ""
    untaxed_code: str = ""
    at_once: int = DEFAULT_AT_ONCE

    @property
    def root(self) -> str:
        """Where every call goes. Nothing but a checked account becomes part of a host name."""
        if not _ACCOUNT.fullmatch(self.account):
            raise Misconfigured(
                "account.malformed",
                "That is no NetSuite account ID; it stands under Setup > Company > Company Information"
                " and looks like 1234567 or 1234567_SB1.",
            )
        return self.given_address or f"https://{label(self.account)}.suitetalk.api.netsuite.com"

    @property
    def place(self) -> str:
        """Where people look at its records."""
        return f"https://{label(self.account)}.app.netsuite.com"


def account_of(credentials: Mapping[str, str]) -> str:
    """As it is known everywhere, however it was typed."""
    return credentials.get("account", "").strip().upper().replace("-", "_")


def label(account: str) -> str:
    return account.lower().replace("_", "-")


def access_of(credentials: Mapping[str, str]) -> Access:
    """Raises Misconfigured for fields that no connection can have."""
    given = {name: value.strip() for name, value in credentials.items()}
    return Access(
        account=account_of(credentials),
        sign=_sign(given),
        given_address=given.get("address", "").rstrip("/"),
        subsidiary=given.get("subsidiary", ""),
        sku_field=_named(given, "sku_field") or "itemid",
        line_field=_named(given, "line_field"),
        earlier_field=_named(given, "earlier_field"),
        untaxed_code=given.get("untaxed_code", ""),
        at_once=_at_once(given.get("at_once", "")),
    )


def at_once(credentials: Mapping[str, str]) -> int:
    return _at_once(credentials.get("at_once", "").strip())


def lapses(credentials: Mapping[str, str]) -> Sequence[Lapse]:
    """When the certificate ends, where it was given; NetSuite gives none more than two years."""
    text = credentials.get("certificate", "").strip()
    if not text or credentials.get("sign_in", CERTIFICATE) != CERTIFICATE:
        return ()
    try:
        certificate = x509.load_pem_x509_certificate(text.encode())
    except ValueError:
        return ()
    return (Lapse(label="the certificate", at=certificate.not_valid_after_utc.astimezone(UTC)),)


def _sign(given: Mapping[str, str]) -> Machine | Token:
    if given.get("sign_in", CERTIFICATE) == TOKEN:
        return Token(**keys_of(given, _TOKEN_KEYS))
    return Machine(**keys_of(given, _MACHINE_KEYS), private_key=given.get("private_key", ""))


def _named(given: Mapping[str, str], name: str) -> str:
    """A field's name becomes part of queries, so that it may be nothing but one."""
    value = given.get(name, "").lower()
    if value and not _FIELD.fullmatch(value):
        raise Misconfigured(
            "form.incomplete", f"“{name}” must be the internal ID of a field, such as custcol_store_line."
        )
    return value


def _at_once(text: str) -> int:
    return max(1, min(int(text), _MOST)) if text.isascii() and text.isdigit() else DEFAULT_AT_ONCE
