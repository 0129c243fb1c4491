"""Who may come in: an assertion signed with the certificate's key buys a token for an hour; or each call is signed by itself."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sandbox.erps.netsuite.account import Account
from sandbox.erps.netsuite.refusals import Refused, login

TOKEN_PATH = "/services/rest/auth/oauth2/v1/token"
ALGORITHMS = ("PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_HOUR = 3600
_SKEW = 300
_TRIES = "Invalid login attempt."


class NoToken(Exception):
    """The token endpoint's refusal: OAuth's own words, in OAuth's own shape."""

    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.error, self.status = error, status


@dataclass(kw_only=True)
class Integration:
    """What the administrator set up for the integration, and what the integration was given."""

    client_id: str
    certificate_id: str
    private_key: str
    certificate: str
    consumer_key: str
    consumer_secret: str
    token_id: str
    token_secret: str

    def told(self) -> dict[str, str]:
        return dict(vars(self))


def integration(home: Path | None = None) -> Integration:
    """A new one; in a home that has one already, that one."""
    kept = home / "integration.json" if home else None
    if kept and kept.exists():
        return Integration(**json.loads(kept.read_text()))
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "integration.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=700))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    made = Integration(
        client_id=secrets.token_hex(32),
        certificate_id=secrets.token_urlsafe(24),
        private_key=key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
        certificate=certificate.public_bytes(pem).decode(),
        consumer_key=secrets.token_hex(32),
        consumer_secret=secrets.token_hex(32),
        token_id=secrets.token_hex(32),
        token_secret=secrets.token_hex(32),
    )
    if kept:
        kept.write_text(json.dumps(made.told()))
    return made


@dataclass(kw_only=True)
class Doorman:
    """Checks whoever calls."""

    account: Account
    integration: Integration
    tokens: dict[str, float] = field(default_factory=dict)
    _nonces: dict[str, float] = field(default_factory=dict)

    def token(self, form: Mapping[str, str]) -> dict[str, str]:
        if form.get("grant_type") != "client_credentials":
            raise NoToken("unsupported_grant_type")
        if form.get("client_assertion_type") != _ASSERTION or not form.get("client_assertion"):
            raise NoToken("invalid_request")
        self._believed(form["client_assertion"])
        made = secrets.token_urlsafe(48)
        self.tokens[made] = time.time() + _HOUR
        return {"access_token": made, "expires_in": str(_HOUR), "token_type": "bearer"}

    def forget(self) -> None:
        """Every token is one no more."""
        self.tokens.clear()

    def checked(self, method: str, url: str, authorization: str) -> bool:
        """Whether the call was signed by itself (the older way). Raises when nobody may come in with this."""
        word, _, rest = authorization.partition(" ")
        if word.lower() == "bearer":
            if self.tokens.get(rest, 0) <= time.time():
                raise login(_TRIES)
            return False
        if word.lower() == "oauth":
            self._signed(method, url, _header(rest))
            return True
        raise login(_TRIES)

    def _believed(self, assertion: str) -> None:
        try:
            head = jwt.get_unverified_header(assertion)
            said = jwt.decode(assertion, options={"verify_signature": False})
        except jwt.PyJWTError as cause:
            raise NoToken("invalid_request") from cause
        if head.get("alg") not in ALGORITHMS or head.get("typ") != "JWT":
            raise NoToken("invalid_request")
        if (
            head.get("kid") != self.integration.certificate_id
            or said.get("iss") != self.integration.client_id
        ):
            raise NoToken("invalid_client", 401)
        self._claims(said)
        key = x509.load_pem_x509_certificate(self.integration.certificate.encode()).public_key()
        try:
            jwt.decode(
                assertion, key, algorithms=[head["alg"]], options={"verify_aud": False, "verify_iat": False}
            )  # type: ignore[arg-type]
        except (jwt.PyJWTError, TypeError, ValueError) as cause:
            raise NoToken("invalid_client", 401) from cause

    def _claims(self, said: Mapping[str, object]) -> None:
        issued, ends, now = said.get("iat"), said.get("exp"), time.time()
        if not isinstance(issued, int) or not isinstance(ends, int) or not issued < ends <= issued + _HOUR:
            raise NoToken("invalid_request")
        if ends <= now or issued > now + _SKEW:
            raise NoToken("invalid_grant")
        scope = said.get("scope")
        scopes = scope if isinstance(scope, list) else str(scope or "").replace(" ", "").split(",")
        if "rest_webservices" not in scopes:
            raise NoToken("invalid_scope")
        audience = urlsplit(str(said.get("aud")))
        # Reached by another address than the account's own, it is asked for by that one.
        local = audience.hostname in {"127.0.0.1", "localhost"}
        if audience.path != TOKEN_PATH or not (
            local or (audience.scheme, audience.netloc) == ("https", self.account.host)
        ):
            raise NoToken("invalid_request")

    def _signed(self, method: str, url: str, said: Mapping[str, str]) -> None:
        mine = self.integration
        right = {
            "oauth_consumer_key": mine.consumer_key,
            "oauth_token": mine.token_id,
            "oauth_signature_method": "HMAC-SHA256",
            "oauth_version": "1.0",
        }
        realm = self.account.id.upper().replace("-", "_")
        if said.get("realm") != realm or any(said.get(name, "1.0") != value for name, value in right.items()):
            raise _attempt()
        at, nonce, now = said.get("oauth_timestamp", ""), said.get("oauth_nonce", ""), time.time()
        if not at.isdigit() or abs(int(at) - now) > _SKEW or not nonce or nonce in self._nonces:
            raise _attempt()
        key = f"{quote(mine.consumer_secret, safe='')}&{quote(mine.token_secret, safe='')}"
        expected = base64.b64encode(
            hmac.new(key.encode(), base_string(method, url, said).encode(), hashlib.sha256).digest()
        )
        if not hmac.compare_digest(expected.decode(), said.get("oauth_signature", "")):
            raise _attempt()
        self._nonces[nonce] = now
        if len(self._nonces) > 20_000:
            self._nonces = {each: when for each, when in self._nonces.items() if now - when < 2 * _SKEW}


def base_string(method: str, url: str, said: Mapping[str, str]) -> str:
    """What is signed: the method, the address without its query, and every parameter of query and header, sorted."""
    parts = urlsplit(url)
    given: Iterable[tuple[str, str]] = parse_qsl(parts.query, keep_blank_values=True)
    own = [(name, value) for name, value in said.items() if name not in {"realm", "oauth_signature"}]
    pairs = sorted((quote(name, safe=""), quote(value, safe="")) for name, value in [*given, *own])
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    bare = f"{parts.scheme.lower()}://{parts.netloc.lower()}{parts.path}"
    return "&".join((method.upper(), quote(bare, safe=""), quote(joined, safe="")))


def _header(text: str) -> dict[str, str]:
    found = {}
    for part in text.split(","):
        name, _, value = part.strip().partition("=")
        found[unquote(name)] = unquote(value.strip('"'))
    return found


def _attempt() -> Refused:
    return login(_TRIES, "INVALID_LOGIN_ATTEMPT")
