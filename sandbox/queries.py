"""The root queries that are simulated; every other one answers NOT_SIMULATED."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox import bulk_views, customers, definitions, level_views, market_views, product_writes
from sandbox.access import held
from sandbox.clock import iso, now, parsed
from sandbox.gids import kind_of, number_of
from sandbox.paging import page, refused
from sandbox.schema import SUPPORTED
from sandbox.search_query import compiled
from sandbox.shop import Shop

if TYPE_CHECKING:
    from sandbox.resolve import Request

Record = dict[str, Any]
WINDOW = timedelta(days=60)
_ORDER_FILTERS: dict[str, Callable[[Any], Any]] = {
    "id": lambda o: number_of(o["id"]),
    "name": lambda o: [o["name"], o["name"].lstrip("#")],
    "created_at": lambda o: o["_moments"]["createdAt"],
    "updated_at": lambda o: o["_moments"]["updatedAt"],
    "processed_at": lambda o: o["_moments"]["processedAt"],
    "financial_status": lambda o: o["displayFinancialStatus"],
    "fulfillment_status": lambda o: o["displayFulfillmentStatus"],
    "status": lambda o: ["any", "cancelled" if o["cancelledAt"] else "open", *([] if o["closed"] else ["not_closed"])],
    "test": lambda o: o["test"],
    "tag": lambda o: o["tags"],
    "source_name": lambda o: o["sourceName"],
    "po_number": lambda o: o["poNumber"],
    "email": lambda o: o["email"],
    "customer_id": lambda o: number_of(o["customerId"]) if o["customerId"] else None,
    "sku": lambda o: o["skus"],
}  # fmt: skip
_ORDER_SORT = {
    "ID": "legacyResourceId",
    "CREATED_AT": "createdAt",
    "UPDATED_AT": "updatedAt",
    "PROCESSED_AT": "processedAt",
    "ORDER_NUMBER": "legacyResourceId",
}
_TIMES: dict[str, Callable[[Any], Any]] = {
    "id": lambda r: number_of(r["id"]),
    "created_at": lambda r: parsed(r["createdAt"]),
    "updated_at": lambda r: parsed(r["updatedAt"]),
}
_VARIANT_FILTERS = _TIMES | {
    "sku": lambda v: v["sku"],
    "barcode": lambda v: v["barcode"],
    "title": lambda v: v["displayName"],
    "product_id": lambda v: number_of(v["product"]["id"]),
}
_PRODUCT_FILTERS = _TIMES | {
    "title": lambda p: p["title"],
    "sku": lambda p: [v["sku"] for v in p["variants"]],
    "tag": lambda p: p["tags"],
    "vendor": lambda p: p["vendor"],
    "status": lambda p: p["status"],
}
_CUSTOMER_FILTERS = _TIMES | {
    "email": lambda c: c["email"],
    "phone": lambda c: c["phone"],
    "tag": lambda c: c["tags"],
    "first_name": lambda c: c["firstName"],
    "last_name": lambda c: c["lastName"],
}
_ITEM_FILTERS = _TIMES | {"sku": lambda item: item["sku"]}
_LOCATION_FILTERS = _TIMES | {"name": lambda place: place["name"], "active": lambda place: place["isActive"]}

# Root list -> what it lists, what it is filtered by, what one of them is.
_LISTS: dict[str, tuple[Callable[[Shop], Any], dict[str, Callable[[Any], Any]], str]] = {
    "customers": (lambda own: own.customers.values(), _CUSTOMER_FILTERS, "Customer"),
    "products": (lambda own: own.products.values(), _PRODUCT_FILTERS, "Product"),
    "productVariants": (lambda own: own.variants.values(), _VARIANT_FILTERS, "ProductVariant"),
    "inventoryItems": (lambda own: own.items.values(), _ITEM_FILTERS, "InventoryItem"),
    "priceLists": (lambda own: own.price_lists.values(), {}, "PriceList"),
    "locations": (lambda own: own.locations.values(), _LOCATION_FILTERS, "Location"),
}


def matching(shop: Shop, name: str, query: str | None, *, includeInactive: bool = False) -> list[Record]:
    """What a root list finds, oldest first; a location that is closed only when asked for."""
    if name not in _LISTS:
        raise refused(f"A list of {name} is not simulated", "NOT_SIMULATED")
    records, filters, kind = _LISTS[name]
    test = compiled(query, filters)
    everything = list(records(shop)) if not query else [record for record in records(shop) if test(record)]
    if kind == "Location" and not includeInactive:
        return [place for place in everything if place["isActive"]]
    return everything


def orders(
    request: Request, query: str | None = None, sortKey: str = "PROCESSED_AT", **arguments: Any
) -> Record:
    """The list is found in the index; an object that is gone by now leaves a gap, as at Shopify."""
    field = _ORDER_SORT.get(sortKey)
    if field is None:
        raise refused(f"Sort key {sortKey} is not simulated", "NOT_SIMULATED")
    test = compiled(query, _ORDER_FILTERS)
    oldest = _oldest(request)
    found = sorted(
        (entry for entry in request.shop.index.visible() if entry["createdAt"] >= oldest and test(entry)),
        key=lambda entry: (entry[field], entry["legacyResourceId"]),
    )
    load = request.shop.orders.get
    return page(
        found,
        arguments,
        kind="Order",
        key=lambda entry: f"{entry[field]}|{entry['legacyResourceId']}",
        load=lambda e: load(e["id"]),
    )


def _oldest(request: Request) -> str:
    """Orders of more than 60 days need a scope of their own; without it they are simply not there."""
    return "" if "read_all_orders" in held(request.scope) else iso(now() - WINDOW)


def orders_count(request: Request, query: str | None = None, limit: int | None = 10_000, **_: Any) -> Record:
    test = compiled(query, _ORDER_FILTERS)
    count = sum(1 for entry in request.shop.index.visible() if test(entry))
    shown = min(count, limit or count)
    return {"__typename": "Count", "count": shown, "precision": "EXACT" if shown == count else "AT_LEAST"}


def _listed(name: str) -> Callable[..., Record]:
    kind = _LISTS[name][2]

    def resolve(
        request: Request,
        query: str | None = None,
        sortKey: str = "ID",
        includeInactive: bool = False,
        **arguments: Any,
    ) -> Record:
        field = {"CREATED_AT": "createdAt", "UPDATED_AT": "updatedAt", "NAME": "name", "TITLE": "title"}.get(
            sortKey
        )
        found = matching(request.shop, name, query, includeInactive=includeInactive)
        if field is None:
            # Ids only ever grow and records are kept in the order they were made: a page is cut without a sort.
            return level_views.keyset_page(
                found, arguments, kind=kind, number=lambda record: number_of(record["id"])
            )
        found.sort(key=lambda record: (str(record[field]) if field else "", number_of(record["id"])))
        return page(found, arguments, kind=kind, key=lambda r: f"{r[field] if field else ''}|{r['id']}")

    return resolve


def _one(kind: str) -> Callable[..., Record | None]:
    def resolve(request: Request, id: str | None = None) -> Record | None:
        if id is None and kind == "Location":
            return next(iter(request.shop.locations.values()))
        if kind_of(id or "") != kind:
            raise refused(f"Invalid global id '{id}' for {kind}", "RESOURCE_NOT_FOUND")
        return node(request, id)

    return resolve


def node(request: Request, id: str | None) -> Record | None:
    if id and kind_of(id) == "InventoryLevel":
        return level_views.level(request, id)
    found = request.shop.objects.get(id or "")
    if found is None or found["__typename"] != "Order":
        return found
    lag = request.world.faults.rates.object_lag_seconds
    not_yet = lag > 0 and time.time() - found["_placed"] < lag
    return None if not_yet or found["createdAt"] < _oldest(request) else found


def node_of_list(request: Request, id: str) -> Record | None:
    return request.shop.price_lists.get(id)


def nodes(request: Request, ids: list[str]) -> list[Record | None]:
    if len(ids) > 250:
        raise refused(
            "The input array size is greater than the maximum allowed of 250.", "MAX_INPUT_SIZE_EXCEEDED"
        )
    return [node(request, gid) for gid in ids]


def shop(request: Request) -> Record:
    own = request.shop
    return own.objects.setdefault(own.gid, {"__typename": "Shop", "id": own.gid, "metafields": []}) | {
        "name": own.name,
        "myshopifyDomain": own.domain,
        "url": f"https://{own.domain}",
        "email": f"owner@{own.domain.removesuffix('.myshopify.com')}.example",
        "contactEmail": f"hello@{own.domain.removesuffix('.myshopify.com')}.example",
        "currencyCode": own.currency,
        "enabledPresentmentCurrencies": [own.currency, "USD", "JPY", "KWD"],
        "taxesIncluded": own.taxes_included,
        "taxShipping": True,
        "ianaTimezone": "Europe/Berlin",
        "timezoneOffset": "+0100",
        "timezoneOffsetMinutes": 60,
        "timezoneAbbreviation": "CET",
        "weightUnit": "KILOGRAMS",
        "unitSystem": "METRIC_SYSTEM",
        "setupRequired": False,
        "shopOwnerName": "Ada Owner",
        "description": None,
        "orderNumberFormatPrefix": "#",
        "orderNumberFormatSuffix": "",
        "createdAt": own.created_at,
        "updatedAt": own.created_at,
        "primaryDomain": {
            "__typename": "Domain", "id": own.gid.replace("Shop", "Domain"), "host": own.domain,
            "url": f"https://{own.domain}", "sslEnabled": True,
        },
        "plan": {
            "__typename": "ShopPlan", "publicDisplayName": own.plan, "displayName": own.plan,
            "partnerDevelopment": own.plan == "Development", "shopifyPlus": own.plan == "Shopify Plus",
        },
    }  # fmt: skip


def current_app_installation(request: Request) -> Record:
    own = request.shop
    gid = own.gid.replace("Shop", "AppInstallation")
    return own.objects.setdefault(gid, {"__typename": "AppInstallation", "id": gid, "metafields": []}) | {
        "accessScopes": [
            {"__typename": "AccessScope", "handle": handle, "description": handle.replace("_", " ")}
            for handle in own.scopes.split(",")
        ],
        "activeSubscriptions": [],
        "launchUrl": f"https://{own.domain}/admin/apps/{request.world.app.client_id}",
        "uninstallUrl": None,
        "app": {
            "__typename": "App", "id": request.world.app.gid, "title": "Stockbridge", "handle": "stockbridge",
            "apiKey": request.world.app.client_id, "embedded": True,
        },
    }  # fmt: skip


def public_api_versions(request: Request) -> list[Record]:
    return [{"__typename": "ApiVersion", "handle": v, "displayName": v, "supported": True} for v in SUPPORTED]


ROOTS: dict[str, Callable[..., Any]] = {
    "shop": shop,
    "currentAppInstallation": current_app_installation,
    "publicApiVersions": public_api_versions,
    "orders": orders,
    "ordersCount": orders_count,
    "order": _one("Order"),
    "node": node,
    "nodes": nodes,
    "customers": _listed("customers"),
    "customer": _one("Customer"),
    "customerByIdentifier": customers.by_identifier,
    "products": _listed("products"),
    "product": _one("Product"),
    "productByIdentifier": product_writes.by_identifier,
    "productVariants": _listed("productVariants"),
    "productVariant": _one("ProductVariant"),
    "locations": _listed("locations"),
    "markets": market_views.listed,
    "priceLists": _listed("priceLists"),
    "priceList": node_of_list,
    "location": _one("Location"),
    "fulfillmentOrder": _one("FulfillmentOrder"),
    "fulfillment": _one("Fulfillment"),
    "refund": _one("Refund"),
    "return": _one("Return"),
    "inventoryItem": _one("InventoryItem"),
    "inventoryItems": _listed("inventoryItems"),
    "inventoryLevel": level_views.level,
    "bulkOperation": _one("BulkOperation"),
    "bulkOperations": bulk_views.listed,
    "currentBulkOperation": bulk_views.current,
    "metafieldDefinition": definitions.one,
    "metafieldDefinitions": definitions.many,
}
