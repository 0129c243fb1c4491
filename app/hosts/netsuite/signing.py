"""How requests to NetSuite are signed: a token that an assertion is exchanged for, or OAuth 1.0a on every request; no I/O."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import Literal, TypeAlias
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA256, SIGNATURE_TYPE_AUTH_HEADER, Client

from app.errors import Misconfigured
from app.hosts.netsuite.access import Machine, Token

Method: TypeAlias = Literal["GET", "POST", "PATCH", "DELETE"]

TOKEN_PATH = "/services/rest/auth/oauth2/v1/token"  # noqa: S105 - a path
_KIND = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# NetSuite refuses assertions of more than an hour; a few minutes are enough to be exchanged.
_ASSERTION_SECONDS = 300
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}


def exchange(machine: Machine, address: str, *, now: float | None = None) -> bytes:
    """The body of the call that gives an access token."""
    key, algorithm = _key(machine.private_key)
    issued = int(time.time() if now is None else now)
    assertion = jwt.encode(
        {
            "iss": machine.client_id,
            "scope": ["rest_webservices"],
            "aud": address,
            "iat": issued,
            "exp": issued + _ASSERTION_SECONDS,
            "jti": uuid.uuid4().hex,
        },
        key,
        algorithm=algorithm,
        headers={"typ": "JWT", "kid": machine.certificate_id},
    )
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": _KIND,
        "client_assertion": assertion,
    }
    return urlencode(form).encode()


def _key(text: str) -> tuple[RSAPrivateKey | EllipticCurvePrivateKey, str]:
    """The key and the algorithm that fits it; NetSuite takes PS256 and the ES ones, RS256 not."""
    try:
        key = load_pem_private_key(_lines(text).encode(), password=None)
    except (ValueError, TypeError) as cause:
        raise _unreadable() from cause
    if isinstance(key, RSAPrivateKey):
        return key, "PS256"
    if isinstance(key, EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return key, _CURVES[key.curve.name]
    raise _unreadable()


def _lines(text: str) -> str:
    """A form's field may have made one line of the key."""
    if "\n" in text.strip():
        return text
    head, tail = text.find("-----", 5), text.rfind("-----", 0, len(text) - 5)
    return f"{text[: head + 5]}\n{text[head + 5 : tail].replace(' ', chr(10)).strip()}\n{text[tail:]}\n"


def _unreadable() -> Misconfigured:
    return Misconfigured(
        "access.key_unreadable",
        "The private key can't be read: it must be the PEM text of an RSA key or one on the curve P-256, P-384 or P-521,"
        " without a password.",
    )


def header(token: Token, account: str, method: Method, url: str, *, nonce: str = "", at: str = "") -> str:
    """The authorization of one request: the query belongs to what is signed, the JSON body does not."""
    fixed: Mapping[str, str] = {"nonce": nonce, "timestamp": at} if nonce else {}
    client = Client(
        token.consumer_key,
        client_secret=token.consumer_secret,
        resource_owner_key=token.token_id,
        resource_owner_secret=token.token_secret,
        signature_method=SIGNATURE_HMAC_SHA256,
        signature_type=SIGNATURE_TYPE_AUTH_HEADER,
        realm=account,
        **fixed,
    )
    _, headers, _ = client.sign(url, http_method=method)
    return str(headers["Authorization"])
