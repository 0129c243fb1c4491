"""Books for practice: a demo ERP for each practice connection, behind an address and a key that only this server makes.

Whatever is sent here stays in a folder of its own, and no longer than four weeks: then the books begin anew.
"""

from __future__ import annotations

import hmac
import re
import shutil
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.hosts.memory.books import key_of
from app.hosts.memory.faults import Fault, FaultPlan
from app.hosts.memory.ledger import Ledger, Rules
from app.hosts.memory.server import Desk, build
from app.hosts.memory.wire import BOOKS, FaultsWanted

LIFE = 28 * 24 * 3600.0
"""Seconds. Shorter than the thirty days within which a customer's data must be gone when a shop asks for it."""
_MOST_OPEN = 200
_ID = re.compile(r"[0-9a-f]{32}")
_BEGUN, _FAULTS = "begun", "faults"
_TROUBLE = FaultPlan(
    rates={Fault.ERROR: 0.15, Fault.LOST_AFTER: 0.1, Fault.LOST_BEFORE: 0.05, Fault.THROTTLE: 0.1}
)


@dataclass(kw_only=True)
class _Open:
    desk: Desk
    app: Starlette
    begun: float


@dataclass(kw_only=True)
class PracticeRoom:
    """The ASGI application. Nothing is opened, and no file made, for a key that does not fit its books."""

    folder: Path
    secret: str
    opened: OrderedDict[str, _Open] = field(default_factory=OrderedDict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        books, _, rest = scope["path"].removeprefix(BOOKS).partition("/")
        if not scope["path"].startswith(BOOKS) or not _ID.fullmatch(books) or not self._fits(scope, books):
            await Response(b"{}", 401, media_type="application/json")(scope, receive, send)
            return
        place = self._place(books)
        if rest == _FAULTS:
            await self._switch(books, place, scope, receive, send)
            return
        inner = {**scope, "path": f"/{rest}", "raw_path": f"/{rest}".encode(), "root_path": ""}
        await place.app(inner, receive, send)

    def sweep(self) -> None:
        """Removes books whose time is over, whether anybody comes for them or not."""
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            if _ID.fullmatch(path.name) and _begun(path) < time.time() - LIFE:
                self._close(path.name)
                shutil.rmtree(path, ignore_errors=True)

    def close(self) -> None:
        for books in list(self.opened):
            self._close(books)

    def _fits(self, scope: Scope, books: str) -> bool:
        headers = dict(scope["headers"])
        wanted = f"Bearer {key_of(self.secret, books)}".encode()
        return hmac.compare_digest(headers.get(b"authorization", b""), wanted)

    def _place(self, books: str) -> _Open:
        known = self.opened.get(books)
        if known is not None and known.begun >= time.time() - LIFE:
            self.opened.move_to_end(books)
            return known
        self.sweep()
        self._make_room()
        made = self.opened[books] = self._begin(books)
        return made

    def _begin(self, books: str) -> _Open:
        path = self.folder / books
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (path / _BEGUN).exists():
            (path / _BEGUN).touch()
        desk = Desk(ledger=Ledger(path / "books.sqlite", Rules()), key=key_of(self.secret, books))
        desk.faults.set(_TROUBLE if (path / _FAULTS).exists() else FaultPlan())
        return _Open(desk=desk, app=build(desk, control=True), begun=_begun(path))

    def _make_room(self) -> None:
        """Books that nobody is at are closed, those of longest ago first; their files stay."""
        idle = [books for books, each in self.opened.items() if not each.desk.counts.now]
        for books in idle[: max(0, len(self.opened) - _MOST_OPEN + 1)]:
            self._close(books)

    def _close(self, books: str) -> None:
        known = self.opened.pop(books, None)
        if known is not None:
            known.desk.ledger.close()

    async def _switch(self, books: str, place: _Open, scope: Scope, receive: Receive, send: Send) -> None:
        mark = self.folder / books / _FAULTS
        if scope["method"] == "PUT":
            wanted = msgspec.json.decode((await receive())["body"], type=FaultsWanted)
            if wanted.on:
                mark.touch()
            else:
                mark.unlink(missing_ok=True)
            place.desk.faults.set(_TROUBLE if wanted.on else FaultPlan())
        told = msgspec.json.encode(FaultsWanted(on=mark.exists()))
        await Response(told, media_type="application/json")(scope, receive, send)


def _begun(path: Path) -> float:
    mark = path / _BEGUN
    return mark.stat().st_mtime if mark.exists() else 0.0
