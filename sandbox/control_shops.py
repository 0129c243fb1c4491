"""Control verbs for shops: make, install, uninstall, freeze, and the id tokens of their users."""

from __future__ import annotations

from typing import Any

from sandbox import echoes, market_views, staff
from sandbox.clock import iso, now
from sandbox.gids import number_of
from sandbox.oauth import host_of, id_token
from sandbox.shop import Shop
from sandbox.world import World

Answer = dict[str, Any]
_SETTINGS = ("frozen", "scopes", "plan", "taxes_included")


class ControlError(Exception):
    """A control call that cannot be carried out; its text is the answer."""


def find_shop(world: World, domain: str) -> Shop:
    if domain not in world.shops:
        raise ControlError(f"no such shop: {domain}")
    return world.shops[domain]


def shown(shop: Shop) -> Answer:
    return {
        "shop": shop.domain,
        "id": shop.gid,
        "currency": shop.currency,
        "installed": shop.installed,
        "frozen": shop.frozen,
        "scopes": shop.scopes,
        "plan": shop.plan,
        "withheld": sorted(shop.withheld),
        "host": host_of(shop),
        "levels": len(shop.stock.levels),
        "muted": sorted(shop.muted),
        "locations": {name: place["id"] for name, place in shop.locations.items()},
        "variants": len(shop.variants),
        "orders": len(shop.orders),
        "bucket": shop.bucket.status(),
        "staff": [user.associated() for user in shop.staff.values()],
        "access_tokens": len(shop.tokens.access),
        "refresh_tokens": len(shop.tokens.refresh),
    }


def create(world: World, wanted: Answer) -> Answer:
    """Make a shop; the same call again returns the one that is there."""
    domain = str(wanted["shop"])
    if domain not in world.shops:
        shop = world.add_shop(
            domain,
            str(wanted.get("currency", "EUR")),
            scopes=str(wanted.get("scopes", world.app.scopes)),
            installed=bool(wanted.get("installed", False)),
        )
        shop.index.lag = world.faults.rates.list_lag_seconds
        for name in wanted.get("locations") or ["Main warehouse"]:
            add_location(world, shop, {"name": name} if isinstance(name, str) else name)
    shop = world.shops[domain]
    change(world, shop, wanted)
    if wanted.get("skus"):
        add_products(world, shop, simple_products(int(wanted["skus"])))
    add_products(world, shop, wanted.get("products") or [])
    if not shop.markets:
        market_views.made(shop, world.minter, name="Germany", countries=["DE"])
    return shown(shop)


def change(world: World, shop: Shop, wanted: Answer) -> Answer:
    for name in _SETTINGS:
        if name in wanted:
            setattr(shop, name, wanted[name])
    if "withheld" in wanted:
        shop.withheld = frozenset(wanted["withheld"])
    if "access_token_seconds" in wanted:
        shop.tokens.access_life = float(wanted["access_token_seconds"])
    if "muted" in wanted:
        shop.muted = frozenset(wanted["muted"])
    if "bucket" in wanted:
        shop.bucket.maximum = float(wanted["bucket"].get("maximum", shop.bucket.maximum))
        shop.bucket.restore_rate = float(wanted["bucket"].get("restore_rate", shop.bucket.restore_rate))
        shop.bucket.refill()
        if "level" in wanted["bucket"]:
            shop.bucket.take(shop.bucket.available - float(wanted["bucket"]["level"]))
    return shown(shop)


def simple_products(count: int) -> list[Answer]:
    return [
        {"title": f"Item {i:04d}", "variants": [{"sku": f"SKU-{i:04d}", "price": f"{5 + i % 90}.{i % 10}9"}]}
        for i in range(1, count + 1)
    ]


def add_products(world: World, shop: Shop, products: list[Answer]) -> list[Answer]:
    """A product that is there already is left alone, unless `double` wants the SKU once more."""
    at = iso(now())
    return [
        shop.add_product(described, world.minter, at)
        for described in products
        if described.get("double")
        or not any(shop.variant_by_sku(variant["sku"]) for variant in described["variants"])
    ]


def add_location(world: World, shop: Shop, wanted: Answer) -> Answer:
    place = shop.add_location(str(wanted["name"]), world.minter, iso(now()))
    place["isActive"] = bool(wanted.get("active", True))
    if wanted.get("service"):
        place |= {"isFulfillmentService": True, "fulfillmentService": _service(world, place)}
    return place


def _service(world: World, place: Answer) -> Answer:
    """Somebody else's warehouse, that ships by itself."""
    return {
        "__typename": "FulfillmentService",
        "id": world.minter.gid("FulfillmentService"),
        "handle": place["name"].lower().replace(" ", "-"),
        "serviceName": place["name"],
        "type": "THIRD_PARTY",
        "location": place,
        "inventoryManagement": False,
        "trackingSupport": True,
        "requiresShippingMethod": True,
        "callbackUrl": None,
    }


def change_location(world: World, shop: Shop, wanted: Answer) -> Answer:
    """`active` closes or opens it, `to` gives it another name; a new one is made."""
    name = str(wanted["name"])
    if name not in shop.locations:
        echoes.location_changed(world, shop, add_location(world, shop, wanted), "create")
        return shown(shop)
    place = shop.locations[name]
    if "active" in wanted and wanted["active"] != place["isActive"]:
        place["isActive"] = bool(wanted["active"])
        place["deactivatedAt"] = None if place["isActive"] else iso(now())
        echoes.location_changed(world, shop, place, "activate" if place["isActive"] else "deactivate")
    if wanted.get("to"):
        shop.locations = {(wanted["to"] if k == name else k): v for k, v in shop.locations.items()}
        place["name"] = str(wanted["to"])
    echoes.location_changed(world, shop, place, "update")
    return shown(shop)


def delete_location(world: World, shop: Shop, wanted: Answer) -> Answer:
    """Only a closed one may go, as in the real shop; its levels go with it."""
    place = shop.locations.get(str(wanted["name"]))
    if place is None or place["isActive"]:
        raise ControlError("no such location, or it is still active")
    shop.remove_location(str(wanted["name"]))
    world.emit(shop, "locations/delete", {"id": number_of(place["id"])})
    return shown(shop)


def install(world: World, shop: Shop, wanted: Answer) -> Answer:
    """As managed installation does: Shopify grants the scopes, the app learns of it at its first page load."""
    shop.installed = True
    shop.scopes = str(wanted.get("scopes", shop.scopes))
    return shown(shop)


def uninstall(world: World, shop: Shop, wanted: Answer) -> Answer:
    shop.tokens.revoke_all()
    world.emit(
        shop,
        "app/uninstalled",
        {"id": number_of(shop.gid), "myshopify_domain": shop.domain, "domain": shop.domain},
    )
    shop.installed = False
    return shown(shop)


def change_scopes(world: World, shop: Shop, wanted: Answer) -> Answer:
    previous, shop.scopes = shop.scopes, str(wanted["scopes"])
    body = {"id": number_of(shop.gid), "previous": previous.split(","), "current": shop.scopes.split(",")}
    world.emit(shop, "app/scopes_update", body | {"updated_at": iso(now())})
    return shown(shop)


def change_staff(world: World, shop: Shop, wanted: Answer) -> Answer:
    """Invite or change somebody, or with `account_owner` hand the account over to them."""
    number = str(wanted["user"])
    if not number.isdigit():
        raise ControlError("somebody of the staff is known by a number")
    user = staff.changed(shop.staff, number, wanted)
    return user.associated()


def expire_tokens(world: World, shop: Shop, wanted: Answer) -> Answer:
    """All access tokens run out; with `refresh: true` the refresh tokens are worth nothing either."""
    shop.tokens.expire_access()
    if wanted.get("refresh"):
        shop.tokens.refresh.clear()
    return shown(shop)


def compliance(world: World, shop: Shop, wanted: Answer) -> Answer:
    """Fire one of the three privacy topics; `body` adds to or replaces what it says."""
    topic = str(wanted["topic"])
    customer = shop.customers.get(str(wanted.get("customer", "")))
    orders = [order for order in shop.orders.values() if customer and order["customer"] is customer]
    body: Answer = {"shop_id": number_of(shop.gid), "shop_domain": shop.domain}
    if topic != "shop/redact":
        known = customer or {"id": "gid://shopify/Customer/0", "email": wanted.get("email"), "phone": None}
        body["customer"] = {"id": number_of(known["id"]), "email": known["email"], "phone": known["phone"]}
        name = "orders_to_redact" if topic == "customers/redact" else "orders_requested"
        body[name] = [number_of(order["id"]) for order in orders]
    if topic == "customers/data_request":
        body["data_request"] = {"id": world.minter.number()}
    body |= wanted.get("body") or {}
    world.emit(shop, topic, body)
    return {"fired": topic, "body": body}


def mint_id_token(world: World, shop: Shop, wanted: Answer) -> Answer:
    token = id_token(
        world,
        shop,
        str(wanted.get("user", "1")),
        float(wanted.get("seconds", 60)),
        **(wanted.get("claims") or {}),
    )
    return {"id_token": token, "shop": shop.domain, "host": host_of(shop)}
