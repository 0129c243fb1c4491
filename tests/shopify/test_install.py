"""A shop comes and goes in any order, against a simulated Shopify and against headers that lie."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from app.errors import AccessLost, Refused, Rejected, Retry
from app.shopify.install import Installer, covers, scopes_updated, still_installed, uninstalled
from app.shopify.oauth import TokenEndpoint
from app.shopify.session import Session
from tests.shopify.conftest import InstalledShop
from tests.shopify.fakes import CLIENT_ID, NOW, SECRET, SHOP, Network, Shops, answer
from tests.shopify.test_oauth import GRANTED

BODY = orjson.dumps({"id": 1, "myshopify_domain": SHOP})
SESSION = Session(shop=SHOP, user="7")


def installer(network: Network, shops: Shops, *scopes: str) -> Installer:
    endpoint = TokenEndpoint(http=network, client_id=CLIENT_ID, client_secret=SECRET, now=lambda: NOW)
    return Installer(endpoint=endpoint, installs=shops, scopes=scopes or ("read_orders",), now=lambda: NOW)


class Access:
    """Whether Shopify still lets us in, and how often it was asked."""

    def __init__(self, *, works: bool) -> None:
        self.works, self.asked = works, 0

    async def __call__(self, shop: str) -> bool:
        self.asked += 1
        return self.works


async def gone(shops: Shops, access: Access, *, minutes_after_install: float | None) -> bool:
    at = None if minutes_after_install is None else NOW + timedelta(minutes=minutes_after_install)
    return await uninstalled(SHOP, BODY, triggered_at=at, installs=shops, still_installed=access)


async def test_the_first_document_installs_and_the_next_asks_nothing() -> None:
    network, shops = Network().will_say(answer(GRANTED)), Shops()
    await installer(network, shops).open(SESSION, "token")
    await installer(network, shops).open(SESSION, "token")
    assert (len(network.sent), shops.rows[SHOP].installed_at) == (1, NOW)


async def test_a_shop_that_lacks_a_scope_is_exchanged_again_and_keeps_its_beginning() -> None:
    shops = Shops().installed_since(NOW - timedelta(days=9))
    await installer(Network().will_say(answer(GRANTED)), shops, "read_orders", "write_orders").open(
        SESSION, "token"
    )
    assert shops.rows[SHOP].scopes == {"read_orders", "write_orders"}
    assert shops.rows[SHOP].installed_at == NOW - timedelta(days=9)


async def test_a_stale_token_installs_nothing() -> None:
    shops = Shops()
    with pytest.raises(Refused, match=r"session\.stale"):
        await installer(Network().will_say(answer({"error": "invalid_subject_token"}, 400)), shops).open(
            SESSION, "t"
        )
    assert shops.rows == {}


async def test_an_uninstall_ends_the_install() -> None:
    shops = Shops().installed_since(NOW)
    assert await gone(shops, Access(works=False), minutes_after_install=5)
    assert shops.rows == {}
    assert not await gone(shops, Access(works=False), minutes_after_install=5)


async def test_an_uninstall_that_comes_after_a_new_install_is_the_old_ones() -> None:
    shops = Shops().installed_since(NOW)
    assert not await gone(shops, Access(works=False), minutes_after_install=-5)
    assert SHOP in shops.rows


@pytest.mark.parametrize("minutes", [5, None, 60 * 24 * 365])
async def test_as_long_as_shopify_lets_us_in_no_header_removes_anything(minutes: float | None) -> None:
    shops, access = Shops().installed_since(NOW), Access(works=True)
    assert not await gone(shops, access, minutes_after_install=minutes)
    assert (SHOP in shops.rows, access.asked) == (True, 1)


async def test_an_install_that_begins_while_shopify_is_asked_stays() -> None:
    shops = Shops().installed_since(NOW)

    async def meanwhile(shop: str) -> bool:
        shops.installed_since(NOW + timedelta(minutes=9))
        return False

    assert not await uninstalled(
        SHOP, BODY, triggered_at=NOW + timedelta(minutes=5), installs=shops, still_installed=meanwhile
    )
    assert SHOP in shops.rows


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"myshopify_domain": "other.myshopify.com"}', b'{"myshopify_domain": "evil.com"}']
)
async def test_a_body_of_another_shop_removes_nothing(body: bytes) -> None:
    shops = Shops().installed_since(NOW)
    with pytest.raises((Rejected, Refused)):
        await uninstalled(SHOP, body, triggered_at=None, installs=shops, still_installed=Access(works=False))
    assert SHOP in shops.rows


async def test_tokens_that_died_with_an_earlier_stay_are_replaced_when_the_merchant_opens_the_app() -> None:
    shops, network = Shops().installed_since(NOW), Network().will_say(answer(GRANTED))
    await replace(installer(network, shops), works=Access(works=False)).confirm(SESSION, "token")
    assert shops.pairs[SHOP].refresh_token == "shprt_new"


async def test_tokens_that_work_are_left_alone() -> None:
    shops, network = Shops().installed_since(NOW), Network()
    await replace(installer(network, shops), works=Access(works=True)).confirm(SESSION, "token")
    assert network.sent == []


async def test_a_confirmation_without_an_answer_harms_nobody() -> None:
    shops, network = Shops().installed_since(NOW), Network().will_say(Retry("network.unreachable", "Away."))
    await replace(installer(network, shops), works=Access(works=False)).confirm(SESSION, "token")
    assert (SHOP in shops.rows, shops.pairs) == (True, {})


async def test_a_shop_that_leaves_and_returns_before_we_hear_of_it_stays(shop: InstalledShop) -> None:
    shops = Shops().installed_since(NOW, shop=shop.name)
    await shop.tell("POST", "/uninstall")
    await shop.tell("POST", "/install")
    token = await shop.id_token()

    async def works(name: str) -> bool:
        return await still_installed(shop.client)

    opened = Installer(endpoint=shop.endpoint, installs=shops, scopes=("read_orders",), works=works)
    await opened.open(Session(shop=shop.name, user="1"), token)
    await opened.confirm(Session(shop=shop.name, user="1"), token)
    shop.vault.put(shops.pairs[shop.name])
    late = orjson.dumps({"id": 1, "myshopify_domain": shop.name})
    assert not await uninstalled(
        shop.name, late, triggered_at=NOW + timedelta(minutes=1), installs=shops, still_installed=works
    )
    assert shop.name in shops.rows


def test_writing_covers_reading() -> None:
    assert covers({"write_orders"}, {"read_orders", "write_orders"})
    assert not covers({"read_orders"}, {"write_orders"})


async def test_shopify_is_asked_whether_we_are_still_in(shop: InstalledShop) -> None:
    assert await still_installed(shop.client)
    await shop.tell("POST", "/uninstall")
    assert not await still_installed(shop.client)


async def test_a_frozen_shop_is_still_installed(shop: InstalledShop) -> None:
    await shop.tell("PATCH", frozen=True)
    assert await still_installed(shop.client)


async def test_without_an_answer_nobody_is_gone(shop: InstalledShop) -> None:
    await shop.next_fault(where="graphql", kind="before")
    with pytest.raises(Retry):
        await still_installed(shop.client)


async def test_a_shop_leaves_and_comes_back(shop: InstalledShop) -> None:
    await shop.tell("POST", "/uninstall")
    with pytest.raises(AccessLost):
        await shop.store.check()
    await shop.tell("POST", "/install")
    await shop.sign_in()
    assert shop.name in (await shop.store.check()).account


async def test_a_change_of_scopes_is_read_from_shopify(shop: InstalledShop) -> None:
    shops = Shops().installed_since(NOW, shop=shop.name)
    await shop.tell("POST", "/scopes", scopes="read_orders,read_products")
    assert await scopes_updated(shop.name, shop.client, shops) == {"read_orders", "read_products"}
    assert shops.rows[shop.name].scopes == {"read_orders", "read_products"}


async def test_an_expired_token_is_renewed_on_the_way(shop: InstalledShop) -> None:
    await shop.tell("POST", "/expire-tokens")
    assert shop.name in (await shop.store.check()).account
    assert shop.vault.stored
    assert shop.vault.stored.version == 2


@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_answer_lost_while_renewing_is_made_good_with_the_old_refresh_token(
    shop: InstalledShop, when: str
) -> None:
    await shop.tell("POST", "/expire-tokens")
    await shop.next_fault(where="token", kind=when)
    assert shop.name in (await shop.store.check()).account


async def test_when_the_refresh_token_is_dead_the_merchant_must_come(shop: InstalledShop) -> None:
    await shop.tell("POST", "/expire-tokens", refresh=True)
    with pytest.raises(AccessLost, match=r"shopify\.grant_refused"):
        await shop.store.check()
    with pytest.raises(AccessLost, match=r"shopify\.signed_out"):
        await shop.store.check()
    await shop.sign_in()
    assert shop.name in (await shop.store.check()).account
