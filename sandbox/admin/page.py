"""The simulated admin's doors: the page that frames the app, its session tokens, and the stand-ins' scripts.

It is served where the simulated shops answer, so the app lets it frame a shop's page by its ordinary rule.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from html import escape
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sandbox import control_orders
from sandbox.admin.surface import MANIFEST, read_surfaces
from sandbox.oauth import host_of, id_token, query_hmac
from sandbox.shop import Shop
from sandbox.staff import known
from sandbox.world import World

SCRIPTS = Path(__file__).parent / "scripts"
STAFF = "staff"
BRIDGE, POLARIS = "/stand-ins/app-bridge.js", "/stand-ins/polaris.js"
_PARTS = ("element", "layout", "actions", "fields", "table", "feedback")
_FILES = {"host.js": "text/javascript", "host.css": "text/css"}


class AdminPage:
    """`/store/{shop}` shows the app of the shop; nothing here is Shopify's."""

    def __init__(self, world: World, manifest: Path = MANIFEST) -> None:
        self._world = world
        self._manifest = manifest

    def routes(self) -> list[Route]:
        shop = "/store/{shop}"
        return [
            Route(BRIDGE, self.bridge),
            Route(POLARIS, self.polaris),
            Route("/stand-ins/{name}", self.file),
            Route(shop + "/id-token", self.token, methods=["POST"]),
            Route(shop + "/orders", self.order, methods=["POST"]),
            Route(shop, self.host),
            Route(shop + "/apps/stockbridge{path:path}", self.host),
        ]

    async def host(self, http: Request) -> Response:
        shop = self._world.shops.get(http.path_params["shop"])
        if shop is None or not self._world.app.url:
            return PlainTextResponse("There is no such simulated shop, or no app yet.", 404)
        app, path = self._world.app.url.rstrip("/"), http.path_params.get("path") or "/"
        user = _user(http)
        place = {
            "admin": f"/store/{shop.domain}",
            "origin": f"{urlsplit(app).scheme}://{urlsplit(app).netloc}",
            "app": f"{app}{quote(path)}?{self._start(shop, user, http.query_params)}",
        }
        page = (SCRIPTS / "host.html").read_text()
        # In a script element nothing ends the text but `<`.
        page = page.replace("{place}", json.dumps(place).replace("<", "\\u003c"))
        page = page.replace("{staff}", _choices(shop, user)).replace("{shop}", escape(shop.domain))
        answer = _answer(page, "text/html")
        answer.set_cookie(STAFF, user, path=f"/store/{shop.domain}", httponly=True, samesite="lax")
        return answer

    async def token(self, http: Request) -> Response:
        """For the page itself alone: a stranger's page may not ask in the visitor's name."""
        shop = self._world.shops.get(http.path_params["shop"])
        if shop is None or not _own(http):
            return JSONResponse({"error": "not for you"}, 403)
        return JSONResponse({"id_token": id_token(self._world, shop, _user(http))})

    async def order(self, http: Request) -> Response:
        """A buyer's order, so that whoever looks around can watch one arrive."""
        shop = self._world.shops.get(http.path_params["shop"])
        if shop is None or not _own(http):
            return JSONResponse({"said": "There is no such simulated shop."}, 403)
        skus = sorted(v["sku"] for v in shop.variants.values() if v.get("sku"))
        line = {"sku": skus[int(time.time()) % len(skus)], "quantity": 1}
        paid = {"lines": [line], "transactions": [{"kind": "SALE", "gateway": "shopify_payments"}]}
        placed = await control_orders.place(self._world, shop, {"orders": [paid]})
        return JSONResponse({"said": f"Order {placed['orders'][0]['name']} was placed."})

    async def bridge(self, _http: Request) -> Response:
        return _answer((SCRIPTS / "app_bridge.js").read_text(), "text/javascript")

    async def polaris(self, _http: Request) -> Response:
        return _answer(polaris_script(self._manifest), "text/javascript")

    async def file(self, http: Request) -> Response:
        name = http.path_params["name"]
        if name not in _FILES:
            return PlainTextResponse("There is no such file.", 404)
        return _answer((SCRIPTS / name).read_text(), _FILES[name])

    def _start(self, shop: Shop, user: str, own: Mapping[str, str]) -> str:
        """The query with which the admin opens an app; what the app had in its address stays."""
        query = {
            "embedded": "1",
            "host": host_of(shop),
            "id_token": id_token(self._world, shop, user),
            "locale": "en",
            "session": "simulated",
            "shop": shop.domain,
            "timestamp": str(int(time.time())),
        }
        signed = query | {"hmac": query_hmac(query, self._world.app.client_secret)}
        kept = {name: value for name, value in own.items() if name not in {*signed, STAFF}}
        return urlencode(kept | signed)


def polaris_script(manifest: Path = MANIFEST) -> str:
    """One script: the surface from the manifest, our style, and the code that draws."""
    surfaces = {tag: surface.shown() for tag, surface in read_surfaces(manifest).items()}
    styles = (SCRIPTS / "polaris.css").read_text()
    parts = "\n".join((SCRIPTS / f"{part}.js").read_text() for part in _PARTS)
    return f"(() => {{\nconst SURFACES = {json.dumps(surfaces)};\nconst STYLES = {json.dumps(styles)};\n{parts}\n}})();\n"


def bridge_script() -> str:
    return (SCRIPTS / "app_bridge.js").read_text()


def _user(http: Request) -> str:
    """Who of the staff looks: as the address says, else as it said last, else the account's owner."""
    asked = http.query_params.get(STAFF) or http.cookies.get(STAFF) or "1"
    return asked if asked.isascii() and asked.isdigit() and len(asked) < 16 else "1"


def _choices(shop: Shop, user: str) -> str:
    people = [*shop.staff.values(), *([] if user in shop.staff else [known(shop.staff, user)])]
    return "".join(
        f'<option value="{each.id}"{" selected" if each.id == user else ""}>'
        f"{escape(each.name)}{' (account owner)' if each.account_owner else ''}</option>"
        for each in people
    )


def _own(http: Request) -> bool:
    return http.headers.get("sec-fetch-site", "same-origin") == "same-origin"


def _answer(text: str, kind: str) -> Response:
    return Response(text, media_type=f"{kind}; charset=utf-8", headers={"Cache-Control": "no-cache"})
