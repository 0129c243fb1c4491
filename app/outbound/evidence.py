"""Makes requests and answers fit to be kept: no secret, no personal data, a few KB."""

from __future__ import annotations

from collections.abc import Iterator

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
PRIVATE = "private"
"""Under this name a request lists what it says of people in words that no name of ours tells apart."""
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


def private_texts(payload: Json) -> Iterator[str]:
    """What a request says of people, wherever it stands in it: all that evidence would leave out, and what the request itself

    lists as `private`. An answer that repeats it must not be shown as it came.
    """
    match payload:
        case dict():
            for name, value in payload.items():
                yield from _texts(value) if _private(name) or name == PRIVATE else private_texts(value)
        case list():
            for value in payload:
                yield from private_texts(value)


def _texts(value: Json) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict() | list():
            for each in value.values() if isinstance(value, dict) else value:
                yield from _texts(each)


def _private(key: str) -> bool:
    plain = "".join(c for c in key.lower() if c.isalnum())
    return plain in _EXACT or any(word in plain for word in (*_SECRET, *_PERSONAL))
