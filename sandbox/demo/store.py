"""The judge's side of the simulated store: makes the plan, lets it happen, and reads what the store shows."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import httpx

from sandbox.demo.ends import Placed, Planned, planned_of, read_note, units_of
from sandbox.demo.levels import Change, Level
from sandbox.demo.prices import Row
from sandbox.demo.refund_ends import Exchanged, Refunded

_NOTE = "erp.document"
_STARTING_SECONDS = 120.0
_PAID = frozenset({"PAID", "PARTIALLY_REFUNDED", "REFUNDED"})
_PLUS = {"maximum": 20_000, "restore_rate": 1_000}
"""A shop that buys several times a second is on Shopify Plus; on a Standard one the orders would take all its points."""
# A connection kept open between two looks may be closed by the other side just as we use it.
PLAIN: dict[str, Any] = {"trust_env": False, "limits": httpx.Limits(max_keepalive_connections=0)}


class Store:
    """Speaks to the control place of one shop."""

    def __init__(self, address: str, shop: str) -> None:
        self.shop = shop
        self._client = httpx.Client(base_url=f"{address}/control", timeout=120.0, **PLAIN)

    def declare(self, *, client_id: str, client_secret: str, app: str, toml: str) -> None:
        """Tells the store which app there is and where it listens."""
        self._send("PUT", "/app", client_id=client_id, client_secret=client_secret, url=app, toml=toml)

    def plan(
        self, *, seed: int, orders: int, skus: int, erp: str, flows: Sequence[str] = ()
    ) -> tuple[list[Planned], list[Any]]:
        """The orders to come, and the items the ERP must know."""
        about = {
            "shop": self.shop,
            "seed": seed,
            "orders": orders,
            "skus": skus,
            "erp": erp,
            "flows": [*flows],
        }
        made = self._send("POST", "/plan", **about, bucket=_PLUS)
        return [planned_of(order) for order in made["orders"]], made["erp_items"]

    def install(self, app: str) -> None:
        """As a merchant does: the store grants, then the page is opened inside the admin with an id token."""
        self._send("POST", f"/shops/{self.shop}/install")
        deadline = time.monotonic() + _STARTING_SECONDS
        while not self._opened(app):
            if time.monotonic() > deadline:
                raise TimeoutError("the app's page did not open")
            time.sleep(0.3)

    def faults(self, profile: str, seed: int) -> None:
        self._send("PATCH", "/faults", profile=profile, seed=seed)

    def products(self) -> Sequence[Mapping[str, Any]]:
        """Every product of the shop."""
        found: list[Mapping[str, Any]] = self._send("GET", f"/shops/{self.shop}/products")["products"]
        return found

    def edit_product(self, product: int, **changed: Any) -> None:
        """A person in the admin."""
        self._send("PATCH", f"/shops/{self.shop}/products", product=product, **changed)

    def place(self, start: int, count: int, per_second: float) -> None:
        wanted = {"from": start, "count": count, "per_second": per_second}
        self._send("POST", f"/plan/{self.shop}/waves/1", **wanted)

    def later_acts(self, wave: int, per_second: float) -> int:
        """What happens to the orders afterwards; answers with how many acts there were."""
        done = self._send("POST", f"/plan/{self.shop}/waves/{wave}", per_second=per_second)
        return len(done["orders"])

    def fulfil(self, numbers: Mapping[str, str], *, carrier: str) -> None:
        """Whoever packs in the shop sends all that is left of these orders, under one number each."""
        acts = [
            {
                "order": f"gid://shopify/Order/{key}",
                "act": "fulfil",
                "tracking": {"number": number, "company": carrier},
            }
            for key, number in numbers.items()
        ]
        self._send("POST", f"/shops/{self.shop}/acts", acts=acts)

    def placed(self) -> dict[str, Placed]:
        """Every order of the shop by the plan's reference."""
        known = self._send("GET", f"/shops/{self.shop}/orders")["orders"]
        return {order["ref"]: _placed(order) for order in known}

    def exchanged(self) -> list[Exchanged]:
        """What buyers got for goods that came back."""
        known = self._send("GET", f"/shops/{self.shop}/orders")["orders"]
        return [
            Exchanged(
                order=order["legacy_id"],
                refunds=frozenset(gid.rpartition("/")[2] for gid in back["refunds"]),
                units=units_of((line["sku"], line["quantity"]) for line in back["exchanged"]),
            )
            for order in known
            for back in order["returns"]
            if back["exchanged"]
        ]

    def refunds(self) -> list[Refunded]:
        """Every refund of the shop, in the shop's currency."""
        known = self._send("GET", f"/shops/{self.shop}/orders")["orders"]
        return [_refunded(order, refund) for order in known for refund in order["refunds"]]

    def orders(self) -> Sequence[Mapping[str, Any]]:
        """Every order as the control place tells it, with what was sent of it."""
        found: Sequence[Mapping[str, Any]] = self._send("GET", f"/shops/{self.shop}/orders")["orders"]
        return found

    # --- stock -------------------------------------------------------------------------------------------------------

    def locations(self) -> dict[str, int]:
        """Numbers by name, the one that orders ship from first."""
        shown = self._send("GET", f"/shops/{self.shop}")["locations"]
        return {name: int(gid.rpartition("/")[2]) for name, gid in shown.items()}

    def count(self, levels: Sequence[Mapping[str, Any]]) -> None:
        """The merchant counts: sku, location, and `available` or `add`."""
        self._send("PATCH", f"/shops/{self.shop}/stock", levels=list(levels), reference="counted")

    def levels(self) -> list[Level]:
        rows = self._send("GET", f"/shops/{self.shop}/stock")["levels"]
        return [
            Level(sku=row["sku"], item=row["item"], location=row["location_id"], available=row["available"])
            for row in rows
        ]

    def book(self) -> Iterator[Change]:
        """Every change of what is available or committed, in the order in which it happened."""
        after, total = 0, 1
        while after < total:
            page = self._send("GET", f"/shops/{self.shop}/stock/book?after={after}&limit=100000")
            after, total = page["next"], page["total"]
            for row in page["rows"]:
                if row["name"] in {"available", "committed"}:
                    yield Change(**{name: row[name] for name in Change.__dataclass_fields__})

    def sell(self, **wanted: Any) -> None:
        """`count` buyers at a pace, or until `stop_selling`: each gets what is there and nothing more."""
        self._send("POST", f"/shops/{self.shop}/sales", background=True, **wanted)

    def stop_selling(self) -> None:
        self._send("POST", f"/shops/{self.shop}/sales", stop=True)

    def sales(self) -> Mapping[str, Any]:
        """How many were tried and sold, and each of them."""
        return self._send("GET", f"/shops/{self.shop}/sales?limit=100000")

    def squeeze(self, skus: Sequence[str], location: str) -> None:
        """One of each is sold right before it is next written."""
        self._send("POST", f"/shops/{self.shop}/stock/squeeze", skus=list(skus), location=location)

    def order_fault(self, kind: str, *, document: str, seconds: float) -> None:
        wanted = {"where": "graphql", "kind": kind, "document": document, "seconds": seconds}
        self._send("POST", "/faults/next", **wanted)

    # --- prices ------------------------------------------------------------------------------------------------------

    def open_price_list(self, name: str, currency: str) -> str:
        """A catalog of business customers; answers with its price list's number."""
        made = self._send("POST", f"/shops/{self.shop}/price-lists", name=name, currency=currency)
        return str(made["list"])

    def currency(self) -> str:
        return str(self._send("GET", f"/shops/{self.shop}")["currency"])

    def prices(self, list: str = "") -> dict[str, tuple[Decimal, Decimal | None]]:
        """By SKU what is paid and what is struck through, in the shop or on one of its price lists."""
        wanted = f"?list={list}" if list else ""
        rows = self._send("GET", f"/shops/{self.shop}/prices{wanted}")["prices"]
        return {row["sku"]: (Decimal(row["price"]), _decimal(row["was"])) for row in rows}

    def edit_prices(self, prices: Sequence[Mapping[str, Any]]) -> None:
        """A person in the admin: sku, `price`, and `was`."""
        self._send("PATCH", f"/shops/{self.shop}/prices", prices=[*prices])

    def price_book(self) -> Sequence[Row]:
        """Every change of every price, in the order in which it happened."""
        found, after, total = [], 0, 1
        while after < total:
            page = self._send("GET", f"/shops/{self.shop}/prices/book?after={after}&limit=100000")
            after, total = page["next"], page["total"]
            found += [_row(row) for row in page["rows"]]
        return found

    # --- the whole ---------------------------------------------------------------------------------------------------

    def pending_webhooks(self) -> int:
        return int(self._send("GET", "/webhooks")["pending"])

    def ledger(self) -> Mapping[str, Any]:
        return self._send("GET", f"/ledger?shop={self.shop}")

    def injected(self) -> Mapping[str, int]:
        counts = self._send("GET", "/webhooks")["counts"]
        named = {f"webhooks_{name}": counts.get(name, 0) for name in ("dropped", "doubled", "reordered")}
        api = self._send("GET", "/faults")["injected"]
        return named | {name: count for name, count in api.items() if name.startswith(("api_", "ordered_"))}

    def _opened(self, app: str) -> bool:
        token = self._send("POST", "/id-token", shop=self.shop, user="1")
        query = {"id_token": token["id_token"], "shop": self.shop, "host": token["host"], "embedded": "1"}
        try:
            return httpx.get(f"{app}/", params=query, timeout=30.0, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def _send(self, method: str, path: str, **sent: Any) -> dict[str, Any]:
        answer = self._client.request(method, path, json=sent or None)
        if answer.status_code != 200:
            raise RuntimeError(f"the simulated store refused {method} {path}: {answer.text[:300]}")
        found: dict[str, Any] = answer.json()
        return found


def _refunded(order: Mapping[str, Any], refund: Mapping[str, Any]) -> Refunded:
    made_of = frozenset(refund["kinds"])
    return Refunded(
        key=refund["legacy_id"],
        order=order["legacy_id"],
        name=f"{order['name']}-R{refund['legacy_id']}",
        made_of=made_of,
        money=Decimal(refund["settles_shop"]),
        currency=order["shop_currency"],
        pending="pending" in made_of,
    )


def _row(row: Mapping[str, Any]) -> Row:
    return Row(
        by=row["by"],
        list=row["list"].rpartition("/")[2],
        sku=row["sku"],
        price_before=_decimal(row["price_before"]),
        price=Decimal(row["price"]),
        was_before=_decimal(row["was_before"]),
        was=_decimal(row["was"]),
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _placed(order: Mapping[str, Any]) -> Placed:
    notes = [value for name, value in order["metafields"].items() if name.endswith(_NOTE)]
    total, agreed = Decimal(order["original_total_shop"]), Decimal(order["agreed_total_shop"])
    # What is sent in exchange may be paid for beside the order.
    exchanged = any(back["exchanged"] for back in order["returns"])
    paid = order["financial_status"] in _PAID and agreed == total and not exchanged
    return Placed(
        key=order["legacy_id"],
        name=order["name"],
        ref=order["ref"],
        total=total,
        agreed=agreed,
        # Cash that was rounded counts for what it settled.
        money=total if paid else Decimal(order["received_shop"]) - Decimal(order["rounded_shop"]),
        note=read_note(notes[0]) if notes else None,
        kind=order["kind"],
    )
