"""Everything between our code and other people's servers; the rest of the app imports from here."""

from __future__ import annotations

from app.outbound.answers import clock_offset, failure_of, json_of, read_as, retry_after
from app.outbound.door import Outbound, open_http
from app.outbound.evidence import private_texts, redacted
from app.outbound.figures import Bounded, figure
from app.outbound.guard import is_public
from app.outbound.keys import in_a_line, is_key, keys_of, used_for
from app.outbound.mail import is_address, mailer

__all__ = [
    "Bounded",
    "Outbound",
    "clock_offset",
    "failure_of",
    "figure",
    "in_a_line",
    "is_address",
    "is_key",
    "is_public",
    "json_of",
    "keys_of",
    "mailer",
    "open_http",
    "private_texts",
    "read_as",
    "redacted",
    "retry_after",
    "used_for",
]
