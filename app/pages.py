"""The documents a browser loads: the page inside the Shopify admin, and the bounce page that renews its token.

The official package's helpers are not used here: they put an unchecked shop into a header and an unchecked address
into a redirect.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from app import logs
from app.errors import Refused, StockbridgeError
from app.settings import Settings
from app.shopify.addresses import address, shop_name
from app.shopify.install import Installer
from app.shopify.session import SessionCheck
from app.shopify.signed_query import parsed, verified

BOUNCE = "/session-bounce"
VIEWS: Final = {
    "/": "overview",
    "/connect": "connect",
    "/orders": "orders",
    "/orders/{id}": "record",
    "/records/{id}": "record",
    "/buyers/{id}": "buyer",
    "/problems": "problems",
    "/setup": "setup",
    "/stock": "stock",
    "/runs": "runs",
    "/runs/{id}": "run",
    "/mapping": "mapping/rules",
    "/mapping/versions": "mapping/versions",
    "/mapping/versions/{number}": "mapping/version",
    "/mapping/changes": "mapping/changes",
    "/mapping/preview": "mapping/preview",
    "/mapping/what-if": "mapping/what_if",
    "/mapping/what-if/{id}": "mapping/what_if_run",
    "/mapping/rates": "mapping/rates",
    "/mapping/tables": "mapping/tables",
    "/mapping/tables/{name}": "mapping/table",
    "/reports": "reports/reports",
    "/reports/products": "reports/products",
    "/reports/{id}": "reports/report",
    "/settings": "settings/home",
    "/settings/connections": "settings/connections",
    "/settings/flows": "settings/flows",
    "/settings/alerts": "settings/alerts",
    "/settings/shops": "settings/shops",
    "/settings/privacy": "settings/privacy",
    "/help": "help",
    "/settings/audit": "settings/audit",
    "/settings/team": "settings/team",
    "/settings/tokens": "settings/tokens",
}
"""Where the page may be opened or reloaded, each with the module of `src/pages` that shows it; all answer the same document."""

BUILT = Path(__file__).resolve().parents[1] / "frontend" / "dist"
_ADMIN = "https://admin.shopify.com"
_SHOPIFY = "https://{shop}"


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """The built page: its script and styles under names that change with what is in them."""

    folder: Path
    script: str | None = None
    parts: tuple[str, ...] = ()
    """What the script begins by importing: fetched beside it, not after it."""
    views: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What each module of `src/pages` needs beyond those: fetched beside them too, not one after the other."""
    styles: tuple[str, ...] = ()
    packed: dict[str, bytes] = field(default_factory=dict)
    """Files as they were compressed when they were first asked for."""

    @classmethod
    def found(cls, folder: Path = BUILT) -> Bundle:
        """What the build left; without a build there is no script, and the document says so."""
        manifest = folder / ".vite" / "manifest.json"
        if not manifest.is_file():
            return cls(folder=folder)
        chunks = msgspec.json.decode(manifest.read_bytes(), type=dict[str, _Chunk])
        entry = chunks["src/main.tsx"]
        first = _needed(chunks, "src/main.tsx")
        return cls(
            folder=folder,
            script=entry.file,
            parts=tuple(chunks[name].file for name in first[1:]),
            views={
                view: tuple(
                    chunks[name].file
                    for name in _needed(chunks, f"src/pages/{view}.tsx")
                    if name not in first
                )
                for view in set(VIEWS.values())
            },
            styles=tuple(entry.css),
        )

    def file(self, name: str) -> Path | None:
        path = self.folder / "assets" / name
        return path if _ASSET.fullmatch(name) and path.is_file() else None

    def gzipped(self, path: Path) -> bytes:
        if path.name not in self.packed:
            self.packed[path.name] = gzip.compress(path.read_bytes(), mtime=0)
        return self.packed[path.name]


class _Chunk(msgspec.Struct, rename="camel"):
    file: str
    is_entry: bool = False
    imports: list[str] = []
    css: list[str] = []


def _needed(chunks: Mapping[str, _Chunk], name: str) -> list[str]:
    """A chunk and all that it imports, itself first; nothing for one that was not built."""
    found, ahead = dict[str, None](), [name] if name in chunks else []
    while ahead:
        found[ahead[0]] = None
        ahead = [*ahead[1:], *(each for each in chunks[ahead[0]].imports if each not in found)]
    return list(found)


@dataclass(frozen=True, kw_only=True)
class Pages:
    settings: Settings
    sessions: SessionCheck
    installer: Installer
    first: Callable[
        [str, str, Mapping[str, str], Mapping[str, str]], Awaitable[Sequence[Mapping[str, object]]]
    ]
    """What the API answers a session token's person to what a view begins by asking at this path with these words of the query;
    what it has not soon is left out."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    bundle: Bundle = field(default_factory=Bundle.found)

    def routes(self) -> list[Route]:
        views = [Route(path, partial(self.home, view=view)) for path, view in VIEWS.items()]
        return [*views, Route(BOUNCE, self.bounce), Route("/assets/{name}", self.asset)]

    async def asset(self, request: Request) -> Response:
        """A file of the built page, to be kept for a year: what changes gets another name."""
        path = self.bundle.file(request.path_params["name"])
        if path is None:
            return PlainTextResponse("There is no such file.", status_code=404)
        if path.suffix not in _TEXT or "gzip" not in request.headers.get("accept-encoding", ""):
            return FileResponse(path, headers=_KEPT)
        packed = _KEPT | {"Content-Encoding": "gzip"}
        return Response(self.bundle.gzipped(path), media_type=_TEXT[path.suffix], headers=packed)

    async def home(self, request: Request, *, view: str) -> Response:
        """The admin's page for a verified shop; otherwise the way to become one."""
        try:
            query = parsed(request.url.query)
        except Refused as refusal:
            return _plain(refusal.sentence, 400)
        token = query.pop("id_token", "")
        if not token:
            return self._without_token(request, query)
        try:
            session = self.sessions.verify(token)
            await self.installer.open(session, token)
        except Refused as refusal:
            return self._to_bounce(request.url.path, query) or _plain(refusal.sentence, 401)
        except StockbridgeError as failure:
            return _plain(failure.sentence, 503)
        first = partial(self.first, token, view, request.path_params, query)
        return StreamingResponse(
            self._document(view, first if request.method == "GET" else _nothing),
            media_type="text/html",
            headers=self._headers(
                session.shop, preload=(self.settings.app_bridge_url, self.settings.polaris_url)
            ),
            background=BackgroundTask(self.installer.confirm, session, token),
        )

    async def bounce(self, request: Request) -> Response:
        """Nothing but App Bridge, which reloads the address in `shopify-reload` with a fresh token."""
        try:
            query = parsed(request.url.query)
            shop = shop_name(query.get("shop", ""))
            safe_reload(query.get("shopify-reload", ""), self.settings.app_url)
        except Refused as refusal:
            return _plain(refusal.sentence, 400)
        script = _script(self.settings.app_bridge_url, key=self.settings.shopify_api_key)
        return HTMLResponse(script, headers=self._headers(shop, preload=(self.settings.app_bridge_url,)))

    def _without_token(self, request: Request, query: Mapping[str, str]) -> Response:
        """Inside the admin the bounce page brings a token; a start from outside goes through the approval page."""
        embedded = query.get("embedded") == "1"
        if "hmac" in query and not embedded:
            try:
                signed = verified(request.url.query, secrets=self.settings.secrets, now=self.now())
                shop = shop_name(signed.get("shop", ""))
            except Refused as refusal:
                return _plain(refusal.sentence, 400)
            return RedirectResponse(f"/auth?shop={shop}", status_code=302, headers=_OUTSIDE)
        bounced = self._to_bounce(request.url.path, query) if embedded or "host" in query else None
        if bounced:
            return bounced
        return _plain("Open Stockbridge from the Shopify admin of your shop.", 200)

    def _to_bounce(self, path: str, query: Mapping[str, str]) -> Response | None:
        """The original query goes along, without the token; None when it names no shop."""
        try:
            shop_name(query.get("shop", ""))
            kept = urlencode([(k, v) for k, v in query.items() if k != "shopify-reload"], quote_via=quote)
            back = safe_reload(f"{path}?{kept}", self.settings.app_url)
        except Refused:
            return None
        target = f"{BOUNCE}?{kept}&shopify-reload={quote(back, safe='')}"
        return RedirectResponse(target, status_code=302, headers={"Cache-Control": "no-store"})

    async def _document(
        self, view: str, first: Callable[[], Awaitable[Sequence[Mapping[str, object]]]]
    ) -> AsyncIterator[str]:
        """App Bridge is the first script and blocks, Polaris follows, then ours: it asks both what they know.

        The head goes out at once. `first` has the answers to what the view begins by asking, which go along as text that no
        browser runs: they are found while the scripts are on their way, and ours, a module, waits for the document's end.
        """
        bridge, polaris = self.settings.app_bridge_url, self.settings.polaris_url
        styles = "".join(f'<link rel="stylesheet" href="/{escape(name)}">' for name in self.bundle.styles)
        early = (*self.bundle.parts, *self.bundle.views.get(view, ()))
        parts = "".join(f'<link rel="modulepreload" href="/{escape(name)}">' for name in early)
        ours = (
            f'<script type="module" src="/{escape(self.bundle.script)}"></script>'
            if self.bundle.script
            else ""
        )
        yield (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<meta name="shopify-api-key" content="{escape(self.settings.shopify_api_key)}">'
            f"{_script(bridge)}{_script(polaris)}{styles}{parts}<title>Stockbridge</title>{ours}</head>"
            f'<body><div id="page">{"" if ours else _NOT_BUILT}</div>'
            f"<noscript><p>{_NO_SCRIPT}</p></noscript>"
        )
        yield f"{await _whole(first)}</body></html>"

    def _headers(self, shop: str, *, preload: tuple[str, ...]) -> dict[str, str]:
        hosts = sorted({_origin(url) for url in preload})
        links = [f"<{host}>; rel=preconnect" for host in hosts]
        links += [f"<{url}>; rel=preload; as=script" for url in preload]
        return {
            "Content-Security-Policy": (
                f"frame-ancestors {frames(self.settings.shopify_address, shop)}; "
                f"script-src 'self' {' '.join(hosts)}; object-src 'none'; base-uri 'none'"
            ),
            "Link": ", ".join(links),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }


def frames(template: str, shop: str) -> str:
    """Who may frame a page of this shop: its own admin and nobody else."""
    own = _origin(address(template, shop))
    return f"{own} {_ADMIN}" if template == _SHOPIFY else own


def safe_reload(text: str, app_url: str) -> str:
    """The path to come back to; Refused unless it stays on our own origin, however a browser may read it."""
    path = text.removeprefix(app_url) if text.startswith(f"{app_url}/") else text
    odd = any(not "!" <= letter <= "~" for letter in path) or "\\" in path
    if odd or not path.startswith("/") or path.startswith("//"):
        raise Refused("page.foreign_address", "The address to come back to is not one of this app.")
    return path


async def _nothing() -> Sequence[Mapping[str, object]]:
    return ()


async def _whole(first: Callable[[], Awaitable[Sequence[Mapping[str, object]]]]) -> str:
    """The head is out already: whatever goes wrong, the document ends as one without answers does."""
    try:
        return _told(await first())
    except Exception as error:  # noqa: BLE001  a page without them is whole
        logs.get("web").error("first.failed", exc_info=error)
        return ""


def _told(first: Sequence[Mapping[str, object]]) -> str:
    """In a script element nothing ends the text but `<`."""
    text = msgspec.json.encode(first).decode().replace("<", "\\u003c")
    return f'<script type="application/json" id="first">{text}</script>' if first else ""


_ASSET = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.(js|css|svg|woff2)", re.ASCII)
_TEXT = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_KEPT = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}
_NOT_BUILT = "<p>The page was not built. `python3 run.py` builds it.</p>"
_NO_SCRIPT = "Stockbridge needs JavaScript."
_OUTSIDE = {"Content-Security-Policy": "frame-ancestors 'none'", "Cache-Control": "no-store"}


def _plain(sentence: str, status: int) -> Response:
    page = f'<!doctype html><html lang="en"><title>Stockbridge</title><p>{escape(sentence)}</p></html>'
    return HTMLResponse(page, status_code=status, headers=_OUTSIDE)


def _script(url: str, *, key: str | None = None) -> str:
    data = f' data-api-key="{escape(key)}"' if key else ""
    return f'<script{data} src="{escape(url)}"></script>'


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
