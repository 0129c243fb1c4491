"""How requests are signed: assertions that the certificate's key proves, and OAuth 1.0a with the query in what is signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import parse_qs, quote

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from app.errors import Misconfigured
from app.hosts.netsuite.access import Machine, Token
from app.hosts.netsuite.signing import exchange, header

PLACE = "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token"
NOW = 1_790_000_000.0
TOKEN = Token(consumer_key="ck", consumer_secret="cs&1", token_id="ti", token_secret="ts=2")


def pem(key: PrivateKeyTypes) -> str:
    kind = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()).decode()


def machine(key: PrivateKeyTypes, text: str | None = None) -> Machine:
    return Machine(client_id="client", certificate_id="cert-1", private_key=text or pem(key))


def assertion(body: bytes) -> str:
    form = parse_qs(body.decode())
    assert form["grant_type"] == ["client_credentials"]
    assert form["client_assertion_type"] == ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
    return form["client_assertion"][0]


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (rsa.generate_private_key(65537, 3072), "PS256"),
        (ec.generate_private_key(ec.SECP256R1()), "ES256"),
        (ec.generate_private_key(ec.SECP384R1()), "ES384"),
        (ec.generate_private_key(ec.SECP521R1()), "ES512"),
    ],
    ids=["rsa", "p256", "p384", "p521"],
)
def test_an_assertion_is_signed_by_the_algorithm_of_its_key_and_short_lived(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, algorithm: str
) -> None:
    made = assertion(exchange(machine(key), PLACE, now=NOW))
    head = jwt.get_unverified_header(made)
    assert (head["alg"], head["typ"], head["kid"]) == (algorithm, "JWT", "cert-1")
    told = jwt.decode(
        made,
        key.public_key(),
        algorithms=[algorithm],
        audience=PLACE,
        options={"verify_exp": False, "verify_iat": False},
    )
    assert (told["iss"], told["scope"], told["iat"]) == ("client", ["rest_webservices"], int(NOW))
    assert 0 < told["exp"] - told["iat"] < 3600


def test_a_key_that_a_form_made_one_line_of_is_the_same_key() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    one_line = " ".join(pem(key).split("\n")).strip()
    made = assertion(exchange(machine(key, one_line), PLACE, now=NOW))
    assert jwt.get_unverified_header(made)["alg"] == "ES256"


@pytest.mark.parametrize(
    "text", ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]
)
def test_what_is_no_key_is_said_in_a_sentence(text: str) -> None:
    with pytest.raises(Misconfigured) as raised:
        exchange(Machine(client_id="c", certificate_id="i", private_key=text), PLACE)
    assert raised.value.code == "access.key_unreadable"


def test_a_kind_of_key_that_netsuite_does_not_take_is_refused_before_it_is_sent() -> None:
    with pytest.raises(Misconfigured):
        exchange(machine(ed25519.Ed25519PrivateKey.generate()), PLACE)


def test_the_query_is_signed_and_the_realm_is_the_account() -> None:
    """The signature is worked out here once more, from RFC 5849."""
    url = "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/query/v1/suiteql"
    told = header(TOKEN, "1234567_SB1", "POST", f"{url}?limit=1000&offset=0", nonce="n1", at="1790000000")
    assert told.startswith('OAuth realm="1234567_SB1",')
    fields = {
        "limit": "1000",
        "oauth_consumer_key": "ck",
        "oauth_nonce": "n1",
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": "1790000000",
        "oauth_token": "ti",
        "oauth_version": "1.0",
        "offset": "0",
    }
    pairs = "&".join(f"{name}={value}" for name, value in sorted(fields.items()))
    base = f"POST&{quote(url, safe='')}&{quote(pairs, safe='')}"
    mac = hmac.new(b"cs%261&ts%3D2", base.encode(), hashlib.sha256).digest()
    assert f'oauth_signature="{quote(base64.b64encode(mac).decode(), safe="")}"' in told
    assert "cs&1" not in told
