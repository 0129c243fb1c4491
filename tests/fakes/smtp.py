"""A mail server on a real socket, with verbs for the ways in which mail servers fail."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast


@dataclass(frozen=True, kw_only=True)
class Received:
    """A mail that was taken, with its envelope."""

    sender: str
    to: str
    message: EmailMessage

    @property
    def plain(self) -> str:
        return cast(EmailMessage, self.message.get_body(("plain",))).get_content()

    @property
    def web(self) -> str:
        return cast(EmailMessage, self.message.get_body(("html",))).get_content()


@dataclass(kw_only=True)
class FakeSmtp:
    """`answers`: what it says instead of yes to a verb (MAIL, RCPT, DATA, END, AUTH, EHLO), at the next asking alone."""

    port: int = 0
    tls: ssl.SSLContext | None = None
    offers_starttls: bool = False
    wants_sign_in: bool = False
    taken: list[Received] = field(default_factory=list)
    signed_in: list[tuple[str, str]] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    silent_at: str | None = None
    hangs_up_at: str | None = None
    encrypted: list[bool] = field(default_factory=list)

    # --- verbs -----------------------------------------------------------------------------------------------------

    def refuses(self, verb: str, reply: str) -> None:
        self.answers[verb] = reply

    def falls_silent(self, verb: str) -> None:
        """From then on it answers nothing to this verb, until told otherwise."""
        self.silent_at = verb

    def hangs_up(self, verb: str) -> None:
        self.hangs_up_at = verb

    # --- the protocol ----------------------------------------------------------------------------------------------

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _talk(  # noqa: C901  a protocol is a list of its verbs
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        sender = to = ""
        safe = self.tls is not None and not self.offers_starttls
        await self._say(writer, "220 fake.example ESMTP")
        while line := await reader.readline():
            text = line.decode().strip()
            verb = text.split(" ")[0].split(":")[0].upper()
            if await self._odd(verb, writer):
                continue
            if verb in {"EHLO", "HELO"}:
                await self._say(writer, "250-fake.example", *self._powers(safe))
            elif verb == "STARTTLS":
                await self._say(writer, "220 go ahead")
                await writer.start_tls(cast(ssl.SSLContext, self.tls))
                safe = True
            elif verb == "AUTH":
                words = base64.b64decode(text.split(" ")[2]).decode().split("\0")
                self.signed_in.append((words[1], words[2]))
                await self._say(writer, "235 welcome")
            elif verb == "MAIL":
                sender = text.partition("<")[2].partition(">")[0]
                await self._say(writer, "250 ok")
            elif verb == "RCPT":
                to = text.partition("<")[2].partition(">")[0]
                await self._say(writer, "250 ok")
            elif verb == "DATA":
                await self._say(writer, "354 go on")
                raw = await reader.readuntil(b"\r\n.\r\n")
                if await self._odd("END", writer):
                    continue
                message = cast(EmailMessage, message_from_bytes(raw[:-5], policy=default))
                self.taken.append(Received(sender=sender, to=to, message=message))
                self.encrypted.append(safe)
                if self.hangs_up_at == "AFTER":
                    raise ConnectionResetError
                await self._say(writer, f"250 queued for {to}")
            elif verb == "QUIT":
                await self._say(writer, "221 bye")
                return
            else:
                await self._say(writer, "502 what?")

    async def _odd(self, verb: str, writer: asyncio.StreamWriter) -> bool:
        if self.silent_at == verb:
            await asyncio.sleep(3_600)
            return True
        if self.hangs_up_at == verb:
            raise ConnectionResetError
        if verb in self.answers:
            await self._say(writer, self.answers.pop(verb))
            return True
        return False

    def _powers(self, safe: bool) -> list[str]:
        powers = ["STARTTLS"] if self.offers_starttls and not safe else []
        powers += ["AUTH PLAIN"] if self.wants_sign_in else []
        return [*(f"250-{power}" for power in powers), "250 8BITMIME"]

    async def _say(self, writer: asyncio.StreamWriter, *lines: str) -> None:
        writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await writer.drain()


@asynccontextmanager
async def mail_server(
    *, tls: ssl.SSLContext | None = None, starttls: bool = False
) -> AsyncIterator[FakeSmtp]:
    """Listens on a port of its own until the block ends."""
    fake = FakeSmtp(tls=tls, offers_starttls=starttls)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        tasks.add(task)
        try:
            await fake.serve(reader, writer)
        except asyncio.CancelledError:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=None if starttls else tls)
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
