"""What the form of a Business Central connection says: the tenant, the environment, the company and how we sign in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from app.errors import Misconfigured
from app.outbound import keys_of
from app.ports import Lapse

API = "https://api.businesscentral.dynamics.com"
LOGIN = "https://login.microsoftonline.com"
PAGES = "https://businesscentral.dynamics.com"
SCOPE = "https://api.businesscentral.dynamics.com/.default"
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DOMAIN = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){1,5}", re.IGNORECASE)
_ENVIRONMENT = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.IGNORECASE)
_KEYS = {"client_id": "Client ID", "client_secret": "Client secret"}
NEEDED = ("tenant", "environment", "company", "client_id", "client_secret")


@dataclass(frozen=True, kw_only=True)
class Access:
    """`company` is its name or its id. `address` empty: Microsoft's own. `untaxed`: the tax code of lines without tax."""

    tenant: str
    environment: str
    company: str
    client_id: str
    client_secret: str = field(repr=False)
    address: str
    untaxed: str

    @property
    def root(self) -> str:
        """Raises Misconfigured for what can't be part of an address."""
        return f"{self.address or API}/v2.0/{self._tenant()}/{self._environment()}/api/v2.0"

    @property
    def sign_in(self) -> str:
        return f"{self.address or LOGIN}/{self._tenant()}/oauth2/v2.0/token"

    @property
    def pages(self) -> str | None:
        """Where people look at a document; unknown behind an address of one's own."""
        return None if self.address else f"{PAGES}/{self._tenant()}/{self._environment()}/"

    def _tenant(self) -> str:
        if not (GUID.fullmatch(self.tenant) or _DOMAIN.fullmatch(self.tenant)):
            raise Misconfigured(
                "account.malformed",
                "The tenant must be its ID, such as 0aa1b2c3-1111-2222-3333-444455556666, or its domain,"
                " such as example.onmicrosoft.com.",
            )
        return self.tenant.lower()

    def _environment(self) -> str:
        if not _ENVIRONMENT.fullmatch(self.environment):
            raise Misconfigured(
                "account.malformed",
                "The environment must be its name as the admin center shows it, such as Production.",
            )
        return self.environment


def access_of(credentials: Mapping[str, str]) -> Access:
    values = {name: credentials.get(name, "").strip() for name in NEEDED}
    if not all(values.values()):
        raise Misconfigured("form.incomplete", "The connection's form is not filled in completely.")
    return Access(
        **(values | keys_of(values, _KEYS)),
        address=credentials.get("address", "").strip().rstrip("/"),
        untaxed=credentials.get("untaxed_code", "").strip(),
    )


def account_of(credentials: Mapping[str, str]) -> str:
    """Limits are counted for one application in one environment (Microsoft, operational limits)."""
    named = ("tenant", "environment", "client_id", "address")
    return "/".join(credentials.get(name, "").strip().rstrip("/").lower() for name in named)


def lapses(credentials: Mapping[str, str]) -> Sequence[Lapse]:
    """A secret ends after two years at most."""
    try:
        day = date.fromisoformat(credentials.get("secret_until", "").strip())
    except ValueError:
        return ()
    return (Lapse(label="the client secret", at=datetime.combine(day, time(), UTC)),)
