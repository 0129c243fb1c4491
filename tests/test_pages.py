"""The documents a browser loads: for a verified shop, framed by it alone, and never a way to somewhere else."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import Message

from app.errors import Refused, Retry
from app.pages import BOUNCE, VIEWS, Bundle, Pages, frames, safe_reload
from app.settings import Settings, read
from app.shopify.install import Installer
from app.shopify.oauth import TokenEndpoint
from app.shopify.session import SessionCheck
from tests.patience import FAR
from tests.shopify.fakes import CLIENT_ID, NOW, SECRET, SHOP, Network, Shops, answer, browser, session_token
from tests.shopify.test_grant import back, signed
from tests.shopify.test_install import Access
from tests.shopify.test_oauth import GRANTED

ORIGIN = "https://app.example"


def settings(**changed: str) -> Settings:
    key = base64.b64encode(os.urandom(32)).decode()
    return read(
        {
            "DATABASE_URL": "postgres://",
            "REDIS_URL": "redis://",
            "SHOPIFY_API_KEY": CLIENT_ID,
            "SHOPIFY_API_SECRET": SECRET,
            "SEAL_KEYS": f"a:{key}",
            "APP_URL": ORIGIN,
            **changed,
        }
    )


class Site:
    def __init__(
        self, bundle: Bundle | None = None, first: Sequence[Mapping[str, object]] = (), **changed: str
    ) -> None:
        self.asked: list[tuple[str, str, dict[str, str], dict[str, str]]] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()

        async def answers(
            token: str, view: str, path: Mapping[str, str], query: Mapping[str, str]
        ) -> Sequence[Mapping[str, object]]:
            await self.may_answer.wait()
            self.asked.append((token, view, dict(path), dict(query)))
            return first

        self.network, self.shops = Network().will_say(answer(GRANTED)), Shops()
        chosen = settings(**changed)
        endpoint = TokenEndpoint(http=self.network, client_id=CLIENT_ID, client_secret=SECRET)
        self.pages = Pages(
            settings=chosen,
            sessions=SessionCheck(client_id=CLIENT_ID, secrets=chosen.secrets),
            installer=Installer(endpoint=endpoint, installs=self.shops, scopes=("read_orders",)),
            first=answers,
            now=lambda: NOW,
            bundle=bundle or Bundle(folder=Path("nowhere"), script="assets/main-a.js"),
        )
        self.browser = browser(self.pages.routes(), origin=ORIGIN)

    def installer_asks(self, *, works: bool) -> None:
        confirming = replace(self.pages.installer, works=Access(works=works))
        self.browser = browser(replace(self.pages, installer=confirming).routes(), origin=ORIGIN)

    async def open(self, path: str = "/", **query: str) -> httpx.Response:
        return await self.browser.get(path, params=query)


@pytest.fixture
def site() -> Site:
    return Site()


async def test_the_page_is_for_the_tokens_shop_and_installs_it(site: Site) -> None:
    page = await site.open(shop="other.myshopify.com", embedded="1", id_token=session_token())
    assert page.status_code == 200
    assert "other" not in page.text + str(page.headers)
    assert set(site.shops.rows) == {SHOP}
    policy = page.headers["content-security-policy"]
    assert policy.startswith(f"frame-ancestors https://{SHOP} https://admin.shopify.com;")
    assert "*" not in policy
    assert page.headers["cache-control"] == "no-store"


async def test_each_verified_shop_alone_may_frame_its_page() -> None:
    shops = (SHOP, "outlet.myshopify.com")
    for shop, other in (shops, reversed(shops)):
        token = session_token(iss=f"https://{shop}/admin", dest=f"https://{shop}")
        policy = (await Site().open(shop=other, id_token=token)).headers["content-security-policy"]
        assert policy.partition(";")[0] == f"frame-ancestors https://{shop} https://admin.shopify.com"
        assert other not in policy


async def test_opening_the_page_confirms_the_tokens_we_hold(site: Site) -> None:
    site.installer_asks(works=False)
    site.shops.installed_since(NOW)
    assert (await site.open(id_token=session_token())).status_code == 200
    assert site.shops.pairs[SHOP].refresh_token == "shprt_new"


async def test_app_bridge_is_the_first_script_and_both_are_preloaded(site: Site) -> None:
    page = await site.open(id_token=session_token())
    bridge, polaris = page.text.index("app-bridge.js"), page.text.index("polaris-1.js")
    assert page.text.index("shopify-api-key") < bridge < polaris < page.text.index("<body")
    assert page.headers["link"].count("rel=preload; as=script") == 2


async def test_what_a_view_begins_by_asking_goes_along_as_text_that_ends_no_script() -> None:
    told = [{"name": "Viewer", "variables": {}, "data": {"name": "</script><script>alert(1)//"}}]
    site, token = Site(first=told), session_token()
    page = (await site.open("/orders/abc", id_token=token, connection="c1")).text
    place = '<script type="application/json" id="first">'
    text = page[page.index(place) + len(place) :].partition("</script>")[0]
    assert json.loads(text) == told
    assert "<script>alert" not in page
    assert site.asked == [(token, "record", {"id": "abc"}, {"connection": "c1"})], (
        "the token stands in no other place"
    )


async def test_a_document_whose_answers_fail_ends_as_one_without_them(site: Site) -> None:
    async def failing(*_: object) -> Sequence[Mapping[str, object]]:
        raise RuntimeError

    whole = (await site.open("/orders", id_token=session_token())).text
    for first in (failing, Site(first=[{"data": object()}]).pages.first):
        pages = replace(site.pages, first=first)
        page = await browser(pages.routes(), origin=ORIGIN).get(
            "/orders", params={"id_token": session_token()}
        )
        assert (page.status_code, page.text) == (200, whole)


async def test_nothing_is_asked_for_a_document_that_nobody_reads(site: Site) -> None:
    assert (await site.browser.head("/orders", params={"id_token": session_token()})).status_code == 200
    assert site.asked == []


async def test_the_scripts_are_on_their_way_before_anything_is_asked() -> None:
    site, token = Site(), session_token()
    site.may_answer.clear()
    sent: asyncio.Queue[bytes] = asyncio.Queue()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            await sent.put(message["body"])

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    query = urlencode({"id_token": token}).encode()
    scope = {"type": "http", "method": "GET", "path": "/orders", "query_string": query, "headers": []}
    serving = asyncio.create_task(Starlette(routes=site.pages.routes())(scope, receive, send))
    head = await asyncio.wait_for(sent.get(), FAR)
    assert b"polaris-1.js" in head
    assert b'<div id="page">' in head
    assert site.asked == []
    site.may_answer.set()
    assert (await asyncio.wait_for(sent.get(), FAR)).endswith(b"</html>")
    await serving


async def test_a_document_without_early_answers_is_whole_and_who_has_no_token_is_told_nothing(
    site: Site,
) -> None:
    assert "application/json" not in (await site.open("/orders", id_token=session_token())).text
    asked = len(site.asked)
    for token in ("", "rubbish"):
        assert "application/json" not in (await site.open("/orders", shop=SHOP, id_token=token)).text
    assert len(site.asked) == asked


@pytest.fixture
def built(tmp_path: Path) -> Bundle:
    """What a build leaves, beside files that are nobody's."""
    (tmp_path / ".vite").mkdir()
    (tmp_path / "assets").mkdir()
    (tmp_path / ".vite" / "manifest.json").write_text(
        '{"_kit.js": {"file": "assets/kit-D3.js"}, "src/main.tsx": {"file": "assets/main-B1.js", "isEntry": true,'
        ' "imports": ["_kit.js"], "css": ["assets/main-C2.css"]},'
        ' "src/pages/stock.tsx": {"file": "assets/stock-E4.js", "imports": ["src/main.tsx", "_rows.js"]},'
        ' "_rows.js": {"file": "assets/rows-F5.js", "imports": ["_kit.js", "_row.js"]}, "_row.js": {"file": "assets/row-G6.js"}}'
    )
    for name in ("assets/main-B1.js", "assets/secret.txt", "made-of"):
        (tmp_path / name).write_text("// ours")
    return Bundle.found(tmp_path)


async def test_our_own_script_comes_last_and_is_kept_for_a_year(built: Bundle) -> None:
    site = Site(bundle=built)
    page = await site.open(id_token=session_token())
    assert page.text.index("polaris-1.js") < page.text.index('src="/assets/main-B1.js"')
    assert 'href="/assets/main-C2.css"' in page.text
    assert '<link rel="modulepreload" href="/assets/kit-D3.js">' in page.text
    script = await site.browser.get("/assets/main-B1.js")
    assert (script.status_code, script.text) == (200, "// ours")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "javascript" in script.headers["content-type"]
    assert script.headers["content-encoding"] == "gzip"
    plain = await site.browser.get("/assets/main-B1.js", headers={"Accept-Encoding": "identity"})
    assert (plain.text, plain.headers.get("content-encoding")) == ("// ours", None)
    assert plain.headers["vary"] == script.headers["vary"] == "Accept-Encoding"


async def test_what_a_view_needs_is_asked_for_by_the_document_and_what_others_need_is_not(
    built: Bundle,
) -> None:
    site = Site(bundle=built)
    asked = [
        re.findall(
            r'modulepreload" href="/assets/(\w+)-', (await site.open(path, id_token=session_token())).text
        )
        for path in ("/stock", "/orders")
    ]
    assert asked == [["kit", "stock", "rows", "row"], ["kit"]]


@pytest.mark.parametrize("name", ["secret.txt", "..%2Fmade-of", ".vite", "main-B2.js", "%2e%2e%2fmade-of"])
async def test_nothing_but_the_built_page_is_served_from_its_folder(built: Bundle, name: str) -> None:
    assert (await Site(bundle=built).browser.get(f"/assets/{name}")).status_code == 404


async def test_a_page_that_was_not_built_says_so(tmp_path: Path) -> None:
    page = await Site(bundle=Bundle.found(tmp_path)).open(id_token=session_token())
    assert "was not built" in page.text


def test_whatever_the_page_routes_to_may_be_opened_and_reloaded_and_its_module_is_known() -> None:
    text = (Path(__file__).parents[1] / "frontend" / "src" / "app.tsx").read_text()
    modules = dict(re.findall(r'import (?:\{ )?(\w+)(?: \})? from "\./pages/([^"]+)"', text))
    modules |= dict(re.findall(r'const (\w+) = arriving\(\(\) => import\("\./pages/([^"]+)"\)', text))
    routes = re.findall(r'<Route path="([^"]+)" component=\{(\w+)\}', text)
    assert {re.sub(r":(\w+)", r"{\1}", route): modules[name] for route, name in routes} == VIEWS


async def test_every_view_may_be_opened_by_its_own_address(site: Site) -> None:
    for view in VIEWS:
        path = view.replace("{id}", "5c0e")
        assert (await site.open(path, id_token=session_token())).status_code == 200
        bounced = await site.open(path, shop=SHOP, embedded="1")
        assert parse_qs(urlsplit(bounced.headers["location"]).query)["shopify-reload"][0].startswith(path)


async def test_the_scripts_addresses_are_settings() -> None:
    site = Site(
        POLARIS_URL="https://scripts.example/polaris-2.js", APP_BRIDGE_URL="http://127.0.0.1:9/bridge.js"
    )
    page = await site.open(id_token=session_token())
    assert 'src="https://scripts.example/polaris-2.js"' in page.text
    assert (
        "script-src 'self' http://127.0.0.1:9 https://scripts.example;"
        in page.headers["content-security-policy"]
    )


async def test_a_missing_or_bad_token_goes_to_the_bounce_page_without_it(site: Site) -> None:
    for token in ({}, {"id_token": session_token(exp=1)}, {"id_token": session_token("x" * 40)}):
        answer_ = await site.open(shop=SHOP, host="YWRtaW4=", embedded="1", locale="de", **token)
        target = urlsplit(answer_.headers["location"])
        query = dict(parse_qsl(target.query))
        assert (answer_.status_code, target.netloc, target.path) == (302, "", BOUNCE)
        assert "id_token" not in answer_.headers["location"]
        assert (query["shop"], query["locale"]) == (SHOP, "de")
        assert query["shopify-reload"] == f"/?shop={SHOP}&host=YWRtaW4%3D&embedded=1&locale=de"
        assert (await site.browser.get(answer_.headers["location"])).status_code == 200
    assert site.shops.rows == {}


async def test_a_token_that_shopify_calls_stale_bounces_too(site: Site) -> None:
    site.network.said = [answer({"error": "invalid_subject_token"}, 400)]
    answer_ = await site.open(shop=SHOP, embedded="1", id_token=session_token())
    assert answer_.headers["location"].startswith(BOUNCE)


async def test_a_bad_token_without_a_shop_is_refused(site: Site) -> None:
    assert (await site.open(id_token="rubbish")).status_code == 401
    assert (await site.open(id_token="rubbish", shop="evil.com")).status_code == 401


async def test_when_shopify_does_not_answer_the_page_says_so(site: Site) -> None:
    site.network.said = [Retry("network.unreachable", "Shopify can't be reached.")]
    page = await site.open(id_token=session_token())
    assert (page.status_code, "reached" in page.text) == (503, True)
    assert page.headers["content-security-policy"] == "frame-ancestors 'none'"


async def test_a_start_outside_the_admin_goes_to_the_approval_page(site: Site) -> None:
    answer_ = await site.browser.get(f"/?{signed(back())}")
    assert (answer_.status_code, answer_.headers["location"]) == (302, f"/auth?shop={SHOP}")
    forged = await site.browser.get(f"/?{signed(back(), 'a-secret-of-somebody-else')}")
    assert (forged.status_code, "location" in forged.headers) == (400, False)


async def test_who_comes_with_nothing_is_told_where_to_start(site: Site) -> None:
    for query in ({}, {"shop": SHOP}, {"shop": "evil.com", "embedded": "1"}):
        page = await site.open(**query)
        assert (page.status_code, "Shopify admin" in page.text) == (200, True)
        assert page.headers["content-security-policy"] == "frame-ancestors 'none'"


async def test_a_parameter_that_occurs_twice_is_refused(site: Site) -> None:
    assert (await site.browser.get(f"/?shop={SHOP}&shop=evil.com&embedded=1")).status_code == 400


async def test_the_bounce_page_is_app_bridge_alone_and_framed_by_its_shop(site: Site) -> None:
    page = await site.open(BOUNCE, shop=SHOP, **{"shopify-reload": "/?a=b"})
    assert page.text.count("<script") == 1
    assert f'data-api-key="{CLIENT_ID}"' in page.text
    assert (
        f"frame-ancestors https://{SHOP} https://admin.shopify.com;"
        in page.headers["content-security-policy"]
    )


@pytest.mark.parametrize(
    "shop", ["", "evil.com", "goods.myshopify.com.evil.com", "goods.myshopify.com;*", "a\r\nX: y"]
)
async def test_the_bounce_page_puts_no_foreign_host_into_its_policy(site: Site, shop: str) -> None:
    page = await site.open(BOUNCE, shop=shop, **{"shopify-reload": "/"})
    assert page.status_code == 400
    assert page.headers["content-security-policy"] == "frame-ancestors 'none'"


FOREIGN = [
    "",
    "x",
    "//evil.com",
    "/\\evil.com",
    "\\/evil.com",
    "/a\\b",
    "/\t/evil.com",
    "/\n/evil.com",
    "/\r/evil.com",
    "\t//evil.com",
    " //evil.com",
    "/\x00",
    "/\x7f",
    "https://evil.com/",
    "https://app.example.evil.com/",
    "https://app.example@evil.com/",
    "https://app.example//evil.com",
    "https:/evil.com",
    "javascript:alert(1)",
    "data:text/html,x",
    "/\u2028/evil.com",
]


@pytest.mark.parametrize("text", FOREIGN)
async def test_nobody_is_reloaded_into_a_foreign_address(site: Site, text: str) -> None:
    with pytest.raises(Refused, match=r"page\.foreign_address"):
        safe_reload(text, ORIGIN)
    answer_ = await site.browser.get(f"{BOUNCE}?shop={SHOP}&shopify-reload={quote(text, safe='')}")
    assert answer_.status_code == 400


@pytest.mark.parametrize("text", ["/", "/orders?id=1&b=%2F%2Fevil.com#top", f"{ORIGIN}/orders"])
def test_our_own_addresses_are_reloaded(text: str) -> None:
    assert safe_reload(text, ORIGIN).startswith("/")


async def test_a_path_of_another_shop_can_not_be_smuggled_through_the_query(site: Site) -> None:
    answer_ = await site.open(shop=SHOP, embedded="1", **{"shopify-reload": "https://evil.com"})
    query = parse_qs(urlsplit(answer_.headers["location"]).query)
    assert query["shopify-reload"] == [f"/?shop={SHOP}&embedded=1"]


def test_a_simulated_admin_frames_what_is_simulated() -> None:
    assert frames("http://127.0.0.1:81/shops/{shop}", SHOP) == "http://127.0.0.1:81"
    assert frames("https://{shop}", SHOP) == f"https://{SHOP} https://admin.shopify.com"
