"""Webhook bodies of stock and catalogue in the REST shape: levels, items, products, locations, bulk operations."""

from __future__ import annotations

from typing import Any

from sandbox.clock import rest_time
from sandbox.gids import number_of
from sandbox.levels import Level
from sandbox.shop import Shop

Record = dict[str, Any]


def level_body(level: Level) -> Record:
    return {
        "inventory_item_id": level.item,
        "location_id": level.location,
        "available": level.available,
        "updated_at": rest_time(level.updated_at),
        "admin_graphql_api_id": f"gid://shopify/InventoryLevel/{level.location}?inventory_item_id={level.item}",
    }


def item_body(item: Record) -> Record:
    return {
        "id": number_of(item["id"]),
        "sku": item["sku"],
        "created_at": rest_time(item["createdAt"]),
        "updated_at": rest_time(item["updatedAt"]),
        "requires_shipping": item["requiresShipping"],
        "cost": item["unitCost"] and item["unitCost"]["amount"],
        "country_code_of_origin": item["countryCodeOfOrigin"],
        "province_code_of_origin": None,
        "harmonized_system_code": item["harmonizedSystemCode"],
        "tracked": item["tracked"],
        "country_harmonized_system_codes": [],
        "admin_graphql_api_id": item["id"],
    }


def product_body(shop: Shop, product: Record) -> Record:
    return {
        "id": number_of(product["id"]),
        "admin_graphql_api_id": product["id"],
        "title": product["title"],
        "handle": product["handle"],
        "vendor": product["vendor"],
        "product_type": product["productType"],
        "status": product["status"].lower(),
        "tags": ", ".join(product["tags"]),
        "body_html": product["descriptionHtml"],
        "created_at": rest_time(product["createdAt"]),
        "updated_at": rest_time(product["updatedAt"]),
        "published_at": rest_time(product["publishedAt"]),
        "variants": [_variant(shop, product, variant) for variant in product["variants"]],
        "options": [],
        "images": [],
    }


def _variant(shop: Shop, product: Record, variant: Record) -> Record:
    item = number_of(variant["inventoryItem"]["id"])
    return {
        "id": number_of(variant["id"]),
        "admin_graphql_api_id": variant["id"],
        "product_id": number_of(product["id"]),
        "title": variant["title"],
        "sku": variant["sku"],
        "barcode": variant["barcode"],
        "price": variant["price"],
        "compare_at_price": variant["compareAtPrice"],
        "position": variant["position"],
        "taxable": variant["taxable"],
        "inventory_policy": variant["inventoryPolicy"].lower(),
        "inventory_item_id": item,
        "inventory_quantity": shop.stock.available_of([item]),
        "created_at": rest_time(variant["createdAt"]),
        "updated_at": rest_time(variant["updatedAt"]),
    }


def location_body(place: Record) -> Record:
    address = place["address"]
    return {
        "id": number_of(place["id"]),
        "admin_graphql_api_id": place["id"],
        "name": place["name"],
        "active": place["isActive"],
        "legacy": False,
        "address1": address["address1"],
        "city": address["city"],
        "zip": address["zip"],
        "country_code": address["countryCode"],
        "created_at": rest_time(place["createdAt"]),
        "updated_at": rest_time(place["updatedAt"]),
    }


def bulk_body(operation: Record) -> Record:
    return {
        "admin_graphql_api_id": operation["id"],
        "created_at": rest_time(operation["createdAt"]),
        "completed_at": rest_time(operation["completedAt"]),
        "error_code": operation["errorCode"] and operation["errorCode"].lower(),
        "status": operation["status"].lower(),
        "type": operation["type"].lower(),
    }
