"""The start outside the admin: away with a state, back with a signed query, and every tampering in between."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx
import pytest

from app.errors import Refused
from app.shopify.grant import Grant
from app.shopify.install import Installer
from app.shopify.oauth import TokenEndpoint
from app.shopify.signed_query import verified
from tests.shopify.fakes import CLIENT_ID, NOW, PREVIOUS, SECRET, SHOP, Clock, Network, Shops, answer, browser
from tests.shopify.test_oauth import GRANTED

ORIGIN = "https://app.example"


def signed(parameters: Mapping[str, str], secret: str = SECRET) -> str:
    """As Shopify signs a query: sorted, a space as `%20`."""
    text = urlencode(sorted(parameters.items()), quote_via=quote)
    return f"{text}&hmac={hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()}"


def back(**changed: str) -> dict[str, str]:
    return {
        "code": "the-code",
        "shop": SHOP,
        "host": "YWRtaW4=",
        "timestamp": str(int(NOW.timestamp())),
    } | changed


class Journey:
    def __init__(self) -> None:
        self.clock, self.shops = Clock(), Shops()
        self.network = Network().will_say(answer(GRANTED))
        endpoint = TokenEndpoint(http=self.network, client_id=CLIENT_ID, client_secret=SECRET, now=self.clock)
        grant = Grant(
            installer=Installer(
                endpoint=endpoint, installs=self.shops, scopes=("read_orders",), now=self.clock
            ),
            client_id=CLIENT_ID,
            secrets=(SECRET, PREVIOUS),
            scopes=("read_orders", "write_orders"),
            app_url=ORIGIN,
            now=self.clock,
        )
        self.browser = browser(grant.routes(), origin=ORIGIN)

    async def leave(self, shop: str = SHOP) -> httpx.Response:
        return await self.browser.get("/auth", params={"shop": shop})

    async def state(self) -> str:
        return parse_qs(urlsplit((await self.leave()).headers["location"]).query)["state"][0]

    async def come_back(self, query: str) -> httpx.Response:
        return await self.browser.get(f"/auth/callback?{query}")

    def refused(self, answer: httpx.Response, code: str) -> bool:
        return answer.status_code == 400 and code in answer.text and not self.shops.pairs


@pytest.fixture
def journey() -> Journey:
    return Journey()


async def test_the_way_out_asks_the_shop_for_our_scopes(journey: Journey) -> None:
    answer = await journey.leave()
    target = urlsplit(answer.headers["location"])
    asked = parse_qs(target.query)
    assert (answer.status_code, target.netloc, target.path) == (302, SHOP, "/admin/oauth/authorize")
    assert asked["client_id"] == [CLIENT_ID]
    assert asked["scope"] == ["read_orders,write_orders"]
    assert asked["redirect_uri"] == [f"{ORIGIN}/auth/callback"]
    cookie = answer.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "secure", "samesite=lax", "path=/auth", "max-age=600"))


async def test_the_way_back_stores_the_shop_and_goes_home(journey: Journey) -> None:
    answer = await journey.come_back(signed(back(state=await journey.state())))
    assert (answer.status_code, answer.headers["location"]) == (302, f"https://{SHOP}/admin/apps/{CLIENT_ID}")
    assert journey.shops.pairs[SHOP].refresh_token == "shprt_new"
    assert journey.shops.rows[SHOP].installed_at == NOW
    assert journey.network.bodies[0]["code"] == "the-code"


@pytest.mark.parametrize(
    "shop", ["", "evil.com", "evil.com/.myshopify.com", "goods.myshopify.com/@evil.com", "a b"]
)
async def test_nobody_is_sent_to_what_is_no_shop(journey: Journey, shop: str) -> None:
    answer = await journey.leave(shop)
    assert (answer.status_code, "location" in answer.headers) == (400, False)


async def test_a_query_signed_with_the_previous_secret_is_accepted(journey: Journey) -> None:
    answer = await journey.come_back(signed(back(state=await journey.state()), PREVIOUS))
    assert answer.status_code == 302


async def test_a_query_that_was_touched_is_refused(journey: Journey) -> None:
    good = signed(back(state=await journey.state()))
    for bad in (
        good.replace("the-code", "a-code"),
        good.replace("goods", "other"),
        good + "&extra=1",
        good.split("&hmac=")[0],
        good.split("&hmac=")[0] + "&hmac=",
        good.split("&hmac=")[0] + "&hmac=%C3%A9",
        good.upper(),
    ):
        assert journey.refused(await journey.come_back(bad), "query.unsigned"), bad
    assert (await journey.come_back(good)).status_code == 302


async def test_a_parameter_that_occurs_twice_is_refused(journey: Journey) -> None:
    good = signed(back(state=await journey.state()))
    assert journey.refused(await journey.come_back(good + "&shop=evil.myshopify.com"), "query.malformed")
    assert journey.refused(await journey.come_back(f"code=other&{good}"), "query.malformed")


@pytest.mark.parametrize("away", [91, -91, 3_600])
async def test_a_query_from_another_time_is_refused(journey: Journey, away: int) -> None:
    state = await journey.state()
    old = signed(back(state=state, timestamp=str(int(NOW.timestamp()) - away)))
    assert journey.refused(await journey.come_back(old), "query.stale")
    near = signed(back(state=state, timestamp=str(int(NOW.timestamp()) - 89)))
    assert (await journey.come_back(near)).status_code == 302


@pytest.mark.parametrize("timestamp", ["", "soon", "-5", "1e9", "9" * 40, "٣"])
async def test_a_time_that_is_no_number_is_refused(journey: Journey, timestamp: str) -> None:
    answer = await journey.come_back(signed(back(state=await journey.state(), timestamp=timestamp)))
    assert journey.refused(answer, "query.stale")


async def test_a_state_of_another_browser_is_refused(journey: Journey) -> None:
    stranger = await Journey().state()
    await journey.state()
    assert journey.refused(await journey.come_back(signed(back(state=stranger))), "grant.wrong_state")
    assert journey.refused(await journey.come_back(signed(back())), "grant.wrong_state")


async def test_without_its_cookie_nobody_comes_back(journey: Journey) -> None:
    state = await journey.state()
    journey.browser.cookies.clear()
    assert journey.refused(await journey.come_back(signed(back(state=state))), "grant.wrong_state")


async def test_a_forged_cookie_is_refused(journey: Journey) -> None:
    state = await journey.state()
    cookie = journey.browser.cookies["stockbridge_state"]
    journey.browser.cookies.clear()
    for forged in (
        f"{state}.1.00",
        f"{state}.{cookie.split('.')[1]}.",
        f"x{cookie}",
        f"{state}",
        "..",
        f"{state}.é.é",
    ):
        answer = await journey.browser.get(
            f"/auth/callback?{signed(back(state=state))}",
            headers={"cookie": f"stockbridge_state={forged}".encode()},
        )
        assert journey.refused(answer, "grant.wrong_state"), forged


async def test_a_state_is_for_one_shop(journey: Journey) -> None:
    state = await journey.state()
    other = signed(back(state=state, shop="other.myshopify.com"))
    assert journey.refused(await journey.come_back(other), "grant.wrong_state")


async def test_a_state_lives_ten_minutes(journey: Journey) -> None:
    state = await journey.state()
    journey.clock.pass_by(minutes=11)
    late = signed(back(state=state, timestamp=str(int(journey.clock().timestamp()))))
    assert journey.refused(await journey.come_back(late), "grant.wrong_state")


async def test_a_code_that_shopify_refuses_installs_nothing(journey: Journey) -> None:
    journey.network.said = [answer({"error": "invalid_request"}, 400)]
    answer_ = await journey.come_back(signed(back(state=await journey.state())))
    assert journey.refused(answer_, "session.stale")
    assert not journey.shops.rows


def test_a_space_is_signed_as_percent_twenty() -> None:
    query = signed(back(note="two words & more=1"))
    assert verified(query, secrets=(SECRET,), now=NOW)["note"] == "two words & more=1"
    plus = query.replace("%20", "+")
    assert verified(plus, secrets=(SECRET,), now=NOW)["note"] == "two words & more=1"


def test_an_empty_secret_signs_no_query() -> None:
    with pytest.raises(Refused):
        verified(signed(back(), ""), secrets=("",), now=NOW)
    assert verified(signed(back()), secrets=(SECRET,), now=NOW)["shop"] == SHOP
