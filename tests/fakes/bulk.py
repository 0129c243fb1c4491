"""A shop that hands over files, in memory, with verbs: be busy, lose an answer, break off, let a file die."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import orjson

from app.domain.ids import StoreKey
from app.domain.inventory import ItemSeen, LevelKey, LevelSeen
from app.errors import Reason, Rejected, Retry, Unclear
from app.ports import BulkSeen, BulkStarted, BulkState, FileLine, Json, LevelsWritten
from tests.fakes.stock import FakeShopStock, key

Do = Callable[[], None]


@dataclass(kw_only=True)
class FakeBulk:
    """Implements `StockBulk` over the shop's own levels. Its operations are over when `finish` says so."""

    shop: FakeShopStock
    most_bytes: int = 60_000
    points: int = 22
    operations: dict[str, BulkSeen] = field(default_factory=dict)
    names: dict[str, str | None] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    uploads: list[bytes] = field(default_factory=list)
    asked: int = 0
    looks: int = 0
    busy: int = 0
    refuse: Reason | None = None
    lose_after: int = 0
    lose_before: int = 0
    silent: int = 0
    dead: set[str] = field(default_factory=set)
    cut_after: int | None = None
    longest_read: int = 0
    between: list[Do] = field(default_factory=list)
    slow: bool = False

    # --- the port ------------------------------------------------------------------------------------------------

    async def ask_items(self) -> BulkStarted:
        return self._start(None, "")

    async def ask_writes(self, *, name: str, path: str) -> BulkStarted:
        return self._start(name, path)

    async def upload(self, content: bytes) -> str:
        if self.silent:
            self.silent -= 1
            raise Retry("connection.no_answer", "No.")
        self.uploads.append(content)
        path = f"tmp/{len(self.uploads)}"
        self.files[path] = content
        return path

    async def find(self, *, name: str | None, since: datetime) -> BulkSeen | None:
        found = [seen for gid, seen in self.operations.items() if self.names[gid] == name]
        return found[-1] if found else None

    async def look(self, operation: str) -> BulkSeen | None:
        self.looks += 1
        if not self.slow and self.operations[operation].state is BulkState.RUNNING:
            self.finish(operation)
        return self.operations.get(operation)

    async def lines(self, file: str, *, after: int) -> AsyncGenerator[FileLine, None]:
        if file in self.dead:
            raise Rejected("fake.file_gone", "Gone.")
        at = 0
        for number, text in enumerate(self.files[file].splitlines()):
            at += len(text) + 1
            if at <= after:
                continue
            if self.cut_after is not None and number >= self.cut_after:
                self.cut_after = None
                raise Retry("connection.no_answer", "The file broke off.")
            yield FileLine(text=text, ends_at=at)

    def part(self, line: bytes) -> ItemSeen | LevelSeen | None:
        told = orjson.loads(line)
        if "sku" in told:
            return ItemSeen(key=StoreKey(told["item"]), sku=told["sku"], tracked=True)
        return LevelSeen(
            key=key(told["item"], told["location"]),
            available=told["available"],
            on_hand=told["available"],
            at=datetime.fromisoformat(told["at"]),
        )

    def line(self, key: str, payload: Mapping[str, Json]) -> bytes:
        return orjson.dumps({"key": key, "payload": payload})

    def number(self, line: bytes) -> int | None:
        return cast("int | None", orjson.loads(line)["number"])

    def written(self, line: bytes, payload: Mapping[str, Json]) -> LevelsWritten | None:
        told = orjson.loads(line)
        if "stale" not in told:
            return None
        return LevelsWritten(
            done=told["done"],
            stale=frozenset(key(*each) for each in told["stale"]),
            refused={key(*each): Reason(code="fake.refused", sentence="No.") for each in told["refused"]},
            bad=Reason(code="fake.refused", sentence="No.") if told["bad"] else None,
        )

    # --- verbs ---------------------------------------------------------------------------------------------------

    def _start(self, name: str | None, path: str) -> BulkStarted:
        self.asked += 1
        if self.busy:
            self.busy -= 1
            return BulkStarted(busy=True)
        if self.refuse is not None:
            return BulkStarted(reason=self.refuse)
        if self.lose_before:
            self.lose_before -= 1
            raise Unclear("connection.no_answer", "Lost.")
        gid = f"op/{len(self.operations) + 1}"
        self.shop.clock += timedelta(milliseconds=1)
        began = datetime.now(UTC)
        self.operations[gid] = BulkSeen(operation=gid, state=BulkState.RUNNING, began_at=began)
        self.names[gid], self.sources[gid] = name, path
        if name is None:
            self._list(gid)
        if self.lose_after:
            self.lose_after -= 1
            raise Unclear("connection.no_answer", "Lost.")
        return BulkStarted(operation=gid)

    def _list(self, gid: str) -> None:
        """The picture is taken at the start: levels stand somewhere behind their items."""
        items = [{"item": name, "sku": sku} for name, sku in self.shop.skus.items()]
        levels = [
            {"item": k.item, "location": k.location, "available": n, "at": self.shop.clock.isoformat()}
            for k, n in self.shop.shown.items()
        ]
        rows: list[Any] = [*items, *reversed(levels)]
        self.files[f"{gid}/1"] = b"".join(orjson.dumps(row) + b"\n" for row in rows)

    def finish(self, gid: str, *, most: int | None = None, code: str | None = None) -> None:
        """Over: all of it, or so many lines and then broken off."""
        if self.names[gid] is not None:
            self.files[f"{gid}/1"] = self._worked(self.files[self.sources[gid]].splitlines()[:most])
        lines = self.files[f"{gid}/1"].splitlines()
        self.operations[gid] = replace(
            self.operations[gid],
            state=BulkState.COMPLETE if code is None else BulkState.BROKEN,
            roots=sum(b'"sku"' in line for line in lines),
            file=f"{gid}/1" if lines else None,
            code=code or "",
        )

    def move(self, gid: str) -> None:
        """The file has another address by now, and the old one is dead."""
        seen = self.operations[gid]
        assert seen.file
        self.dead.add(seen.file)
        self.files[f"{gid}/2"] = self.files[seen.file]
        self.operations[gid] = replace(seen, file=f"{gid}/2")

    def _worked(self, lines: list[bytes]) -> bytes:
        """Results in no order: the last line first."""
        found = []
        for number, text in enumerate(lines):
            asked = orjson.loads(text)
            answer = self.shop.take(asked["key"], asked["payload"])
            found.append(
                {
                    "number": number,
                    "done": answer.done,
                    "stale": [[k.item, k.location] for k in answer.stale],
                    "refused": [[k.item, k.location] for k in answer.refused or {}],
                    "bad": answer.bad is not None,
                }
            )
            for happen in self.between:
                happen()
            self.between.clear()
        return b"".join(orjson.dumps(row) + b"\n" for row in reversed(found))


def keys(shown: Mapping[LevelKey, int]) -> set[str]:
    return {str(each.item) for each in shown}
