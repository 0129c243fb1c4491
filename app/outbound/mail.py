"""The door for e-mail: one mail at a time to the operator's SMTP server, under one total deadline.

What a lost answer means is decided by whether the text had left us. The server's words are never kept: they hold addresses.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as LINES

import aiosmtplib
from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPException,
    SMTPHeloError,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from app.errors import Misconfigured, Rejected, Retry, StockbridgeError, Unclear
from app.ports import Mail
from app.settings import Smtp

_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


def mailer(server: Smtp | None) -> SmtpMailer | None:
    """None where the operator has named no mail server."""
    return SmtpMailer(server=server) if server else None


@dataclass(frozen=True, kw_only=True)
class SmtpMailer:
    """Implements `ports.Mailer`. `context`: what certificates to trust; None: those of this machine.

    With `starttls` nothing but the greeting goes in clear: a server that offers no encryption is not used.
    """

    server: Smtp
    context: ssl.SSLContext | None = None

    async def send(self, mail: Mail, *, deadline: timedelta) -> Mapping[str, str]:
        message, stage = self._message(mail), _Stage()
        try:
            async with asyncio.timeout(deadline.total_seconds()):
                code = await self._deliver(mail, message, stage)
        except (SMTPException, OSError, TimeoutError, ValueError) as cause:
            raise _meaning(cause, stage, server=self.server) from cause
        return {"reply": str(code), "message_id": str(message["Message-ID"])}

    async def _deliver(self, mail: Mail, message: EmailMessage, stage: _Stage) -> int:
        server = self.server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.tls == "tls",
            start_tls=server.tls == "starttls",
            tls_context=self.context,
            timeout=None,
        )
        try:
            await client.connect()
            if server.user:
                await client.login(server.user, server.password or "")
            await client.mail(server.sender)
            await client.rcpt(mail.to)
            stage.text_left = True
            code, _ = await client.data(message.as_bytes(policy=LINES))
            return code
        finally:
            client.close()

    def _message(self, mail: Mail) -> EmailMessage:
        made = EmailMessage(policy=LINES)
        made["From"] = _spelled(mail.sender_name, mail.sender or self.server.sender)
        made["To"] = _spelled("", mail.to)
        made["Subject"] = " ".join(mail.subject.split())
        made["Message-ID"] = f"<{mail.id}@{self.server.sender.rpartition('@')[2]}>"
        made["Auto-Submitted"] = "auto-generated"
        made["X-Stockbridge-Delivery"] = str(mail.id)
        made.set_content(mail.plain)
        made.add_alternative(mail.html, subtype="html")
        return made


@dataclass
class _Stage:
    """How far a call got: once the text may have left, silence no longer means that nothing happened."""

    text_left: bool = False


def is_address(text: str) -> bool:
    """Whether a mail may be addressed to it: one plain address, nothing a header could be broken with."""
    return len(text) <= 254 and text.isascii() and _ADDRESS.fullmatch(text) is not None


def _spelled(name: str, address: str) -> Address:
    if not is_address(address):
        raise Rejected("mail.address_malformed", "That is not an e-mail address.")
    return Address(display_name=" ".join(name.split()), addr_spec=address)


def _meaning(cause: Exception, stage: _Stage, *, server: Smtp) -> StockbridgeError:
    """What went wrong, without the server's own words."""
    if _certificate(cause):
        return Misconfigured("mail.certificate", f"The certificate of {server.host} is not valid.")
    # The library raises its base class for an extension that the server does not have.
    if type(cause) is SMTPException or isinstance(cause, SMTPNotSupported):
        return Misconfigured(
            "mail.not_offered", "The mail server does not offer what is asked of it: encryption or sign-in."
        )
    if isinstance(cause, SMTPResponseException) and not isinstance(cause, (SMTPConnectError, SMTPHeloError)):
        return _answered(cause)
    if stage.text_left:
        return Unclear("mail.no_answer", "The mail server took the text and gave no answer in time.")
    return Retry("mail.unreachable", f"The mail server {server.host} could not be reached.")


def _answered(cause: SMTPResponseException) -> StockbridgeError:
    facts = {"reply": str(cause.code)}
    if cause.code < 500:
        return Retry("mail.refused_for_now", "The mail server refuses it for now.", facts=facts)
    match cause:
        case SMTPAuthenticationError():
            return Misconfigured(
                "mail.sign_in_refused", "The mail server refuses the user or the password.", facts=facts
            )
        case SMTPSenderRefused():
            return Misconfigured(
                "mail.sender_refused", "The mail server refuses the sender's address.", facts=facts
            )
        case SMTPRecipientRefused():
            return Rejected("mail.recipient_refused", "The mail server refuses the recipient.", facts=facts)
        case _:
            return Rejected("mail.refused", "The mail server refuses the message.", facts=facts)


def _certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
