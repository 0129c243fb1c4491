"""A request as its sender signed it: read within bounds, and vouched for by the secret behind the address it came to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from app.crypto import vouched_for

_NOBODY = b"\0" * 32

Secret = Callable[[UUID], Awaitable[tuple[UUID, bytes] | None]]
"""The tenant and the secret behind an address, None for one that nobody has."""


@dataclass(frozen=True, kw_only=True)
class Signed:
    """`id` is the address's own; `at` is what the sender dated it, in seconds since 1970."""

    tenant: UUID
    id: UUID
    body: bytes
    at: int


async def opened(request: Request, name: str, *, most: int, secret: Secret, now: float) -> Signed | Response:
    """`name` is the path's parameter. Else the answer: 400, 413, or 401 for who is unknown, late or signed wrongly alike."""
    try:
        body = await bounded(request, most)
    except ClientDisconnect:
        return Response(status_code=400)
    if body is None:
        return Response(status_code=413, headers={"connection": "close"})
    address = UUID(str(request.path_params[name]))
    found = await secret(address)
    at = request.headers.get("x-stockbridge-timestamp", "")
    told = request.headers.get("x-stockbridge-signature", "")
    known = found[1] if found else _NOBODY
    if not vouched_for(body=body, at=at, told=told, secret=known, now=now) or found is None:
        return Response(status_code=401)
    return Signed(tenant=found[0], id=address, body=body, at=int(at))


async def bounded(request: Request, most: int) -> bytes | None:
    """The body; None once it passes `most` bytes, and the rest of it is not read. Raises ClientDisconnect."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length[:20]) > most:
        return None
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            return None
        parts.append(part)
    return b"".join(parts)
