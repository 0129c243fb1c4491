"""What leaves as e-mail, and the door it leaves by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Mail:
    """`id` stays the same when it is sent again, so that mail programs show it once. `sender`: None is the server's own."""

    id: UUID
    to: str = field(repr=False)
    subject: str
    plain: str
    html: str
    sender: str | None = field(default=None, repr=False)
    sender_name: str = "Stockbridge"


class Mailer(Protocol):
    async def send(self, mail: Mail, *, deadline: timedelta) -> Mapping[str, str]:
        """Writes: hands it to the mail server, within the deadline; answers with what proves it, without addresses.

        Retry: it was not taken. Unclear: it may have been. Rejected: this address or this text is refused for ever.
        Misconfigured: the mail server can't be used as it is set up.
        """
        ...
