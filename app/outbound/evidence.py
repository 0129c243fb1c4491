"""Makes requests and answers fit to be kept: no secret, no personal data, a few KB."""

from __future__ import annotations

from app.ports import Json

_SECRET = (
    "authorization",
    "token",
    "password",
    "secret",
    "cookie",
    "session",
    "apikey",
    "credential",
    "signature",
)
_PERSONAL = (
    "mail",
    "phone",
    "mobile",
    "street",
    "address",
    "postal",
    "billto",
    "shipto",
    "vatnumber",
    "iban",
)
_PEOPLE = ("name", "firstname", "lastname", "fullname", "customername", "partyname", "company", "contact")
_EXACT = frozenset((*_PEOPLE, "city", "zip", "vat", "note", "comment"))


def redacted(value: Json, *, longest: int = 300, most: int = 60) -> Json:
    """The value as evidence: secrets and personal data replaced by name, long texts and lists shortened."""
    match value:
        case dict():
            pairs = list(value.items())[:most]
            return {
                k: "***" if v and _private(k) else redacted(v, longest=longest, most=most) for k, v in pairs
            }
        case list():
            return [redacted(item, longest=longest, most=most) for item in value[:most]]
        case str() if len(value) > longest:
            return value[:longest] + "..."
        case _:
            return value


def _private(key: str) -> bool:
    plain = "".join(c for c in key.lower() if c.isalnum())
    return plain in _EXACT or any(word in plain for word in (*_SECRET, *_PERSONAL))
