"""Staged uploads: where a file may be put, the place that takes it, and the place that gives results out again."""

from __future__ import annotations

import hashlib
import hmac
import re
import uuid
from typing import TYPE_CHECKING, Any

from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from sandbox.gids import number_of
from sandbox.shop import Shop
from sandbox.world import World

if TYPE_CHECKING:
    from sandbox.resolve import Request

Record = dict[str, Any]
MAX_BYTES = 100 * 1024 * 1024
_KINDS = {"BULK_MUTATION_VARIABLES": "text/jsonl"}


def create(request: Request, input: list[Record]) -> Record:
    errors = [error for i, wanted in enumerate(input) if (error := _refusal(i, wanted))]
    targets = None if errors else [_target(request, wanted) for wanted in input]
    return {"__typename": "StagedUploadsCreatePayload", "stagedTargets": targets, "userErrors": errors}


def _refusal(index: int, wanted: Record) -> Record | None:
    message = None
    if wanted["resource"] not in _KINDS:
        message = f"{wanted['resource']} is not simulated"
    elif wanted["mimeType"] != _KINDS[wanted["resource"]]:
        message = f"MIME type {wanted['mimeType']} is not valid for {wanted['resource']}"
    elif int(wanted.get("fileSize") or 0) > MAX_BYTES:
        message = "File size is too big"
    if message is None:
        return None
    return {"__typename": "UserError", "field": ["input", str(index)], "message": message}


def _target(request: Request, wanted: Record) -> Record:
    shop = request.shop
    key = f"tmp/{number_of(shop.gid)}/bulk/{uuid.uuid4()}/{wanted['filename']}"
    base = f"{request.address}/shops/{shop.domain}/uploads"
    signature = signed(request.world, key)
    if wanted.get("httpMethod") == "POST":
        url = base
        parameters = {
            "key": key,
            "Content-Type": wanted["mimeType"],
            "success_action_status": "201",
            "acl": "private",
            "policy": uuid.uuid4().hex,
            "x-goog-signature": signature,
        }
    else:
        url = f"{base}/{key}?signature={signature}"
        parameters = {"content_type": wanted["mimeType"], "acl": "private"}
    return {
        "__typename": "StagedMediaUploadTarget",
        "url": url,
        "resourceUrl": f"{base}/{key}",
        "parameters": [
            {"__typename": "StagedUploadParameter", "name": name, "value": value}
            for name, value in parameters.items()
        ],
    }


def signed(world: World, path: str) -> str:
    return hmac.new(world.app.client_secret.encode(), path.encode(), hashlib.sha256).hexdigest()[:32]


def publish(world: World, shop: Shop, address: str, name: str, content: bytes) -> str:
    """A file to be fetched; its address is its secret."""
    path = f"results/{number_of(shop.gid)}/{name}"
    world.files[path] = content
    return f"{address}/shops/{shop.domain}/files/{path}?signature={signed(world, path)}"


class FilePlace:
    """The addresses behind uploads and results. They know signatures, not access tokens."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        return [
            Route("/shops/{shop}/uploads", self._posted, methods=["POST"]),
            Route("/shops/{shop}/uploads/{path:path}", self._put, methods=["PUT"]),
            Route("/shops/{shop}/files/{path:path}", self._fetched, methods=["GET"]),
        ]

    async def _posted(self, http: HttpRequest) -> Response:
        fields = _form(http.headers.get("content-type", ""), await http.body())
        key = fields.get("key", b"").decode()
        if "file" not in fields or fields.get("x-goog-signature", b"").decode() != signed(self._world, key):
            return Response("<Error><Code>AccessDenied</Code></Error>", 403)
        return self._keep(key, fields["file"], int(fields.get("success_action_status", b"204")))

    async def _put(self, http: HttpRequest) -> Response:
        path = http.path_params["path"]
        if http.query_params.get("signature") != signed(self._world, path):
            return Response("<Error><Code>AccessDenied</Code></Error>", 403)
        return self._keep(path, await http.body(), 200)

    def _keep(self, path: str, content: bytes, status: int) -> Response:
        if len(content) > MAX_BYTES:
            return Response("<Error><Code>EntityTooLarge</Code></Error>", 400)
        self._world.files[path] = content
        return Response(status_code=status)

    async def _fetched(self, http: HttpRequest) -> Response:
        path = http.path_params["path"]
        if http.query_params.get("signature") != signed(self._world, path):
            return Response("<Error><Code>SignatureDoesNotMatch</Code></Error>", 403)
        content = self._world.files.get(path)
        if content is None:
            return Response("<Error><Code>NoSuchKey</Code></Error>", 404)
        begins = _beginning(http.headers.get("range", ""))
        if begins >= max(1, len(content)):
            return Response("<Error><Code>InvalidRange</Code></Error>", 416)
        whole = f"bytes {begins}-{len(content) - 1}/{len(content)}"
        headers = {"content-range": whole} if begins else {}
        return Response(
            content[begins:], 206 if begins else 200, headers=headers, media_type="application/jsonl"
        )


def _beginning(asked: str) -> int:
    """Of all that may be asked for in parts, the rest from a byte on."""
    found = re.fullmatch(r"bytes=(\d+)-", asked)
    return int(found[1]) if found else 0


def _form(content_type: str, body: bytes) -> dict[str, bytes]:
    """The parts of a form by their names. The file must come last, what follows it is not looked at."""
    found = re.search(r'boundary="?([^";]+)"?', content_type)
    if not content_type.startswith("multipart/form-data") or not found:
        return {}
    fields: dict[str, bytes] = {}
    for part in body.split(b"--" + found[1].encode())[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]*)"', head)
        if name:
            fields[name[1].decode()] = content.removesuffix(b"\r\n")
        if name and name[1] == b"file":
            break
    return fields
