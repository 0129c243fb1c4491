"""The control place under /control: JSON in, JSON out. What a tester or the demo may do; README.md lists the verbs."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from sandbox import (
    control_orders,
    control_plan,
    control_prices,
    control_products,
    control_shops,
    control_stock,
    control_traffic,
    customers,
    echoes,
    market_views,
)
from sandbox.control_shops import ControlError, find_shop
from sandbox.control_traffic import Traffic
from sandbox.faults import Ordered
from sandbox.shop import Shop
from sandbox.subscriptions import from_json
from sandbox.webhooks import Delivery
from sandbox.world import World

Answer = dict[str, Any]
Handler = Callable[[HttpRequest], Awaitable[Response]]
ShopVerb = Callable[[World, Shop, Answer], Answer | Awaitable[Answer]]
_APP_FIELDS = (
    "client_id", "client_secret", "previous_secret", "sign_with_previous", "url", "app_id", "header_family",
    "api_version",
)  # fmt: skip


class Control:
    def __init__(self, world: World) -> None:
        self._world, self._traffic = world, Traffic(world)

    def stop(self) -> None:
        """End what goes on by itself."""
        self._traffic.counter.stop_all()

    def routes(self) -> list[Route]:
        shop = "/control/shops/{shop}"
        of_shop: list[tuple[str, str, ShopVerb]] = [
            ("PATCH", shop, control_shops.change),
            ("POST", shop + "/install", control_shops.install),
            ("POST", shop + "/uninstall", control_shops.uninstall),
            ("POST", shop + "/scopes", control_shops.change_scopes),
            ("POST", shop + "/expire-tokens", control_shops.expire_tokens),
            ("PUT", shop + "/staff/{user}", control_shops.change_staff),
            ("POST", shop + "/compliance", control_shops.compliance),
            ("POST", shop + "/orders", control_orders.place),
            ("POST", shop + "/acts", control_orders.act),
            ("GET", shop + "/orders", control_orders.known),
            ("POST", shop + "/customers", customers.made_by_hand),
            ("PATCH", shop + "/customers/{number}", customers.changed_by_hand),
            ("GET", shop + "/customers", customers.known),
            ("GET", shop, lambda world, found, _: control_shops.shown(found)),
            ("POST", shop + "/products", _add_products),
            ("DELETE", shop + "/products/{sku}", _delete_product),
            ("PATCH", shop + "/variants/{sku}", control_stock.change_variant),
            ("PUT", shop + "/locations/{name}", control_shops.change_location),
            ("DELETE", shop + "/locations/{name}", control_shops.delete_location),
            ("POST", shop + "/stock", control_stock.seed),
            ("GET", shop + "/stock", control_stock.levels),
            ("PATCH", shop + "/stock", control_stock.count),
            ("POST", shop + "/stock/poison", control_stock.poison),
            ("POST", shop + "/stock/squeeze", control_stock.squeeze),
            ("GET", shop + "/stock/book", control_stock.book),
            ("GET", shop + "/prices", control_prices.shown),
            ("PATCH", shop + "/prices", control_prices.change),
            ("POST", shop + "/prices/poison", control_prices.poison),
            ("GET", shop + "/prices/book", control_prices.book),
            ("POST", shop + "/price-lists", control_prices.open_list),
            ("POST", shop + "/markets", market_views.by_hand),
            ("GET", shop + "/products", control_products.shown),
            ("PATCH", shop + "/products", control_products.change),
            ("GET", shop + "/sales", control_stock.sold),
            ("POST", shop + "/sales", self._traffic.sell),
            ("POST", shop + "/drain", control_traffic.spend),
            ("GET", shop + "/rate", control_traffic.rate),
            ("GET", shop + "/bulk", control_traffic.operations),
            ("GET", "/control/plan/{shop}", control_plan.shown),
            ("POST", "/control/plan/{shop}/waves/{wave:int}", control_plan.wave),
        ]
        plain: list[tuple[str, str, Callable[[Answer], Any]]] = [
            ("GET", "/control", lambda _: self._overview()),
            ("PUT", "/control/app", self._app),
            ("POST", "/control/shops", lambda sent: control_shops.create(self._world, sent)),
            ("DELETE", shop, self._forget),
            ("POST", "/control/id-token", self._id_token),
            ("GET", "/control/faults", lambda _: self._faults_shown()),
            ("PATCH", "/control/faults", self._faults),
            ("POST", "/control/faults/next", self._next_fault),
            ("GET", "/control/ledger", self._ledger),
            ("POST", "/control/bulk", self._traffic.order_bulk),
            ("GET", "/control/webhooks", self._webhooks_settled),
            ("POST", "/control/webhooks", self._deliver),
            ("PATCH", "/control/webhooks", self._webhook_settings),
            ("POST", "/control/plan", lambda sent: control_plan.make(self._world, sent)),
            ("POST", "/control/reset", lambda _: self._reset()),
        ]
        made = [Route(path, self._shop_verb(verb), methods=[method]) for method, path, verb in of_shop]
        return made + [Route(path, self._plain(verb), methods=[method]) for method, path, verb in plain]

    def _shop_verb(self, verb: ShopVerb) -> Handler:
        """Verbs on a shop run in the world's own thread, long ones in turns of their own."""

        async def handle(http: HttpRequest) -> Response:
            try:
                shop = find_shop(self._world, http.path_params["shop"])
                sent = await _sent(http)
                if inspect.iscoroutinefunction(verb):
                    return _json(await verb(self._world, shop, sent))
                return _json(await self._world.run(verb, self._world, shop, sent))
            except (ControlError, KeyError, ValueError) as error:
                return _refused(error)

        return handle

    def _plain(self, verb: Callable[[Answer], Any]) -> Handler:
        async def handle(http: HttpRequest) -> Response:
            try:
                answer = verb(await _sent(http))
                return _json(await answer if inspect.isawaitable(answer) else answer)
            except (ControlError, KeyError, ValueError) as error:
                return _refused(error)

        return handle

    def _overview(self) -> Answer:
        app = {
            name: getattr(self._world.app, name)
            for name in ("client_id", "url", "header_family", "api_version")
        }
        return {
            "shops": [control_shops.shown(shop) for shop in self._world.shops.values()],
            "app": app | {"subscriptions": [asdict(entry) for entry in self._world.app.subscriptions]},
            "faults": self._faults_shown(),
            "webhooks": self._webhooks({}),
        }

    def _app(self, sent: Answer) -> Answer:
        app = self._world.app
        for name in _APP_FIELDS:
            if name in sent:
                setattr(app, name, sent[name])
        if sent.get("toml"):
            app.declare(Path(sent["toml"]))
        if "subscriptions" in sent:
            app.subscriptions = from_json(sent["subscriptions"])
        shown: Answer = self._overview()["app"]
        return shown

    def _forget(self, sent: Answer) -> Answer:
        find_shop(self._world, sent["shop"])
        del self._world.shops[sent["shop"]]
        return {"forgotten": sent["shop"]}

    def _id_token(self, sent: Answer) -> Answer:
        return control_shops.mint_id_token(self._world, find_shop(self._world, sent["shop"]), sent)

    def _faults_shown(self) -> Answer:
        faults = self._world.faults
        ordered = [asdict(entry) for entry in faults.ordered]
        return {
            "seed": faults.seed,
            "rates": asdict(faults.rates),
            "ordered": ordered,
            "injected": faults.injected,
        }

    def _faults(self, sent: Answer) -> Answer:
        if "seed" in sent:
            self._world.faults.reseed(int(sent.pop("seed")))
        self._world.faults.change(sent)
        for shop in self._world.shops.values():
            shop.index.lag = self._world.faults.rates.list_lag_seconds
        return self._faults_shown()

    def _next_fault(self, sent: Answer) -> Answer:
        ordered = Ordered(**sent)
        if ordered.kind == "slow" and ordered.where == "graphql":
            ordered.where = "slow"
        self._world.faults.ordered.append(ordered)
        return self._faults_shown()

    def _ledger(self, sent: Answer) -> Answer:
        shop, ledger = sent.get("shop"), self._world.ledger
        if "rows" in sent:
            return {"rows": ledger.rows(shop, int(sent["rows"]))}
        return ledger.summary(shop, float(sent.get("since", 0)))

    def _webhooks(self, sent: Answer) -> Answer:
        sender = self._world.sender
        answer: Answer = {"pending": sender.pending, "counts": dict(sender.counts)}
        if "rows" in sent:
            wanted = [d for d in sender.recent if sent.get("topic") in (None, d.topic)]
            answer["deliveries"] = [delivery.shown() for delivery in wanted[-int(sent["rows"]) :]]
        return answer

    async def _webhooks_settled(self, sent: Answer) -> Answer:
        if "wait" in sent:
            await self._world.sender.until_quiet(min(float(sent["wait"]), 60.0))
        return self._webhooks(sent)

    def _webhook_settings(self, sent: Answer) -> Answer:
        sender = self._world.sender
        sender.retry_base = float(sent.get("retry_base_seconds", sender.retry_base))
        if "paused" in sent:
            sender.pause(bool(sent["paused"]))
        return self._webhooks({})

    def _deliver(self, sent: Answer) -> Answer:
        raw = sent["raw"].encode() if "raw" in sent else orjson.dumps(sent.get("body", {}))
        delivery = Delivery(
            topic=str(sent.get("topic", "orders/updated")),
            shop=str(sent["shop"]),
            uri=str(sent["uri"]),
            body=raw,
            event_id=str(sent.get("event_id", "hand-made")),
            headers=sent.get("headers"),
        )
        delivery.id = str(sent.get("id", delivery.id))
        for _ in range(int(sent.get("times", 1))):
            self._world.sender.send(delivery)
        return delivery.shown()

    def _reset(self) -> Answer:
        world = self._world
        world.shops.clear()
        world.codes.clear()
        world.plans.clear()
        world.files.clear()
        world.bulk_orders.clear()
        self.stop()
        world.ledger.calls.clear()
        world.faults.ordered.clear()
        world.faults.injected.clear()
        world.faults.change({"profile": "none"})
        world.sender.forget()
        return self._overview()


def _add_products(world: World, shop: Shop, sent: Answer) -> Answer:
    made = control_shops.add_products(world, shop, sent["products"])
    echoes.products_made(world, shop, made)
    return control_shops.shown(shop)


def _delete_product(world: World, shop: Shop, sent: Answer) -> Answer:
    variant = shop.variant_by_sku(sent["sku"])
    if variant is None:
        raise ControlError(f"no such SKU: {sent['sku']}")
    shop.remove_product(variant["product"]["id"])
    echoes.product_gone(world, shop, variant["product"])
    return control_shops.shown(shop)


async def _sent(http: HttpRequest) -> Answer:
    """Body, query and path in one: a control verb does not care where a word came from."""
    raw = await http.body()
    body = orjson.loads(raw) if raw else {}
    return dict(http.query_params) | (body if isinstance(body, dict) else {}) | http.path_params


def _json(answer: Any) -> Response:
    return Response(orjson.dumps(answer), media_type="application/json")


def _refused(error: Exception) -> Response:
    text = f"missing: {error}" if isinstance(error, KeyError) else str(error)
    return Response(orjson.dumps({"error": text}), 400, media_type="application/json")
