"""Shopify's bulk mutations: a file is uploaded, worked through there, and its result read line by line.

None of it costs points beyond its start. A bulk mutation is known again by the name of its operation, which Shopify
shows with it: of the file that it works through it shows nothing.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

import msgspec

from app.errors import Bug, Reason, Rejected, Retry
from app.ports import BulkSeen, BulkStarted, BulkState, FileLine, Http, Lane, Request
from app.shopify import stock_bulk_wire as wire
from app.shopify.answers import user_errors
from app.shopify.client import Client
from app.shopify.documents import document
from app.shopify.stock_wire import typed

_PIECE_WAIT = timedelta(seconds=30)
_UPLOAD_WAIT = timedelta(minutes=2)
_LONGEST_LINE = 4_000_000
_BUSY = frozenset({"LIMIT_REACHED", "OPERATION_IN_PROGRESS"})
_WAITS = frozenset({"INTERNAL_FILE_SERVER_ERROR"})


class ShopFiles:
    """Implements `ports.BulkFiles`. Shopify takes files of 100 MB; ours are held in memory, so they are shorter.

    `writes` is the document that each line is the variables of.
    """

    most_bytes = 8_000_000
    points = 22
    writes = "stock_set"
    lane = Lane.STOCK

    def __init__(self, client: Client, http: Http) -> None:
        self._client, self._http = client, http

    async def ask_writes(self, *, name: str, path: str) -> BulkStarted:
        asked = {"mutation": self.writing(name), "path": path}
        data = await self._client.run("bulk_write", asked, self.lane)
        return started(data["bulkOperationRunMutation"])

    async def find(self, *, name: str | None, since: datetime) -> BulkSeen | None:
        """Of the newest fifty, which are this app's alone."""
        text = self.writing(name) if name is not None else self.everything()
        data = await self._client.run("bulk_list", {}, self.lane)
        found = [each.seen() for each in typed(data, wire.Listed).bulk_operations.nodes if each.query == text]
        good = [each for each in found if name is not None or _fit(each, since)]
        return good[0] if good else None

    def everything(self) -> str:
        """The text of the query of everything, where there is one."""
        return ""

    async def look(self, operation: str) -> BulkSeen | None:
        data = await self._client.run("bulk_look", {"id": operation}, self.lane)
        found = typed(data, wire.Looked).bulk_operation
        return found.seen() if found else None

    def writing(self, name: str) -> str:
        """The mutation under the wish's own name."""
        return re.sub(r"mutation \w+\(", f"mutation {name}(", document(self.writes).text, count=1)

    async def upload(self, content: bytes) -> str:
        target = await self._target(len(content))
        fields = {each.name: each.value for each in target.parameters}
        edge = uuid.uuid4().hex
        answer = await self._http.send(
            Request(
                method="POST",
                url=target.url,
                headers={"content-type": f"multipart/form-data; boundary={edge}"},
                body=_form(fields, content, edge),
                deadline=_UPLOAD_WAIT,
                writes=False,
            )
        )
        if answer.status not in {200, 201, 204}:
            raise Retry("shopify.upload_refused", f"Shopify's file place answered {answer.status}.")
        return fields["key"]

    async def _target(self, size: int) -> wire.Target:
        wanted = {
            "resource": "BULK_MUTATION_VARIABLES",
            "filename": "stock.jsonl",
            "mimeType": "text/jsonl",
            "fileSize": str(size),
            "httpMethod": "POST",
        }
        data = await self._client.run("bulk_upload", {"input": [wanted]}, self.lane)
        made = typed(data, wire.Staged).staged_uploads_create
        if made is None or not made.staged_targets:
            raise Rejected("shopify.upload_not_taken", "Shopify takes no file from us.")
        return made.staged_targets[0]

    async def lines(self, file: str, *, after: int) -> AsyncGenerator[FileLine, None]:
        """The place of files gives a part where it can; where it gives the whole again, the part before is passed over."""
        headers = {"range": f"bytes={after}-"} if after else {}
        request = Request(method="GET", url=file, headers=headers, deadline=_PIECE_WAIT, writes=False)
        async with self._http.stream(request) as download:
            if download.status == 416:
                return
            if download.status in {400, 403, 404, 410}:
                raise Rejected("shopify.file_gone", "The address of a file of Shopify's is dead.")
            if download.status not in {200, 206}:
                raise Retry("shopify.unanswered", f"Shopify's file place answered {download.status}.")
            async for line in split(download.pieces, at=after if download.status == 206 else 0):
                if line.ends_at > after:
                    yield line

    def number(self, line: bytes) -> int | None:
        return result(line).number


def result(line: bytes) -> wire.Result:
    try:
        return msgspec.json.decode(line, type=wire.Result)
    except msgspec.DecodeError as cause:
        raise Bug(
            "shopify.answer_unexpected", "A line of Shopify's file is not what was asked for."
        ) from cause


def _fit(seen: BulkSeen, since: datetime) -> bool:
    return seen.state is BulkState.RUNNING or (seen.state is BulkState.COMPLETE and seen.began_at >= since)


def started(payload: Mapping[str, Any] | None) -> BulkStarted:
    errors = user_errors(payload or {})
    codes = {error.code for error in errors}
    operation = typed(cast("dict[str, Any]", payload or {}), wire.Started).bulk_operation
    if operation and not errors:
        return BulkStarted(operation=operation.id)
    if codes & _BUSY:
        return BulkStarted(busy=True)
    if codes & _WAITS:
        raise Retry("shopify.unanswered", "Shopify's file place could not answer.")
    said = "; ".join(error.message for error in errors) or "no reason given"
    reason = Reason(
        code="shopify.bulk_refused",
        sentence=f"Shopify did not start a bulk operation: {said}",
        facts={"codes": ",".join(sorted(codes))},
    )
    return BulkStarted(reason=reason)


async def split(pieces: AsyncIterator[bytes], *, at: int) -> AsyncIterator[FileLine]:
    """Whole lines, each with the byte behind it; the last one may lack its end."""
    rest = b""
    async for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        for text in whole:
            at += len(text) + 1
            if text.strip():
                yield FileLine(text=text, ends_at=at)
        if len(rest) > _LONGEST_LINE:
            raise Bug("shopify.answer_unexpected", "A line of Shopify's file is longer than any can be.")
    if rest.strip():
        yield FileLine(text=rest, ends_at=at + len(rest))


def _form(fields: Mapping[str, str], content: bytes, edge: str) -> bytes:
    """The file comes last: what follows it is not looked at."""
    head = "".join(
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    last = (
        f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="stock.jsonl"\r\n'
        "Content-Type: text/jsonl\r\n\r\n"
    )
    return head.encode() + last.encode() + content + f"\r\n--{edge}--\r\n".encode()
