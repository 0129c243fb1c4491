"""The memory store itself: orders in cents and milliseconds, two lists and nothing that reports by itself."""

from __future__ import annotations

import time
from typing import Any

from tests.stores.servers.serving import serve

KEY = "memory-store-s3cret"
PAGE = 20


class Shelf:
    """`hidden` orders have changed but the lists do not show it yet."""

    def __init__(self) -> None:
        self.orders: dict[int, dict[str, Any]] = {}
        self.hidden: set[int] = set()
        self.lagging = False
        self.clock = 0

    def tick(self) -> int:
        """The time, but never the same twice."""
        self.clock = max(self.clock + 1, time.time_ns() // 1_000_000)
        return self.clock

    def place(self, days_ago: float, paid: float) -> dict[str, Any]:
        now, number = self.tick(), len(self.orders) + 1
        rows = [
            {"pos": 1, "code": "TEA", "text": "Tea", "qty": 2, "cents": 2400, "off": 240, "vat": 360},
            {"pos": 2, "code": "MUG", "text": "Mug", "qty": 1, "cents": 999, "off": 0, "vat": 167},
        ]
        freight = {"text": "Parcel", "cents": 490, "vat": 82}
        due = 2400 - 240 + 999 + 490
        part = round(due * paid)
        order = {
            "no": number,
            "placed": now - round(days_ago * 86_400_000),
            "rev": now,
            "cur": "EUR",
            "who": "Ada Beispiel",
            "mail": "ada@example.com",
            "rows": rows,
            "freight": freight,
            "money": [{"ref": f"p{number}", "how": "card", "cents": part, "when": now}] if part else [],
            "sum": due,
            "vat": 360 + 167 + 82,
            "called_off": None,
        }
        self.orders[number] = order
        self.moved(number)
        return order

    def moved(self, number: int) -> None:
        if self.lagging:
            self.hidden.add(number)

    def listed(self, query: dict[str, str]) -> dict[str, Any]:
        seen = [o for o in self.orders.values() if o["no"] not in self.hidden]
        if "rev_from" in query:
            rows = sorted((o["rev"], o["no"]) for o in seen if o["rev"] >= int(query["rev_from"]))
        else:
            span = range(int(query["placed_from"]), int(query["placed_to"]))
            rows = sorted(((o["placed"], o["no"]) for o in seen if o["placed"] in span), reverse=True)
        skip = int(query.get("after") or 0)
        page = rows[skip : skip + PAGE]
        more = str(skip + PAGE) if len(rows) > skip + PAGE else None
        return {"orders": [[no, self.orders[no]["rev"]] for _, no in page], "next": more}


def main() -> None:
    shelf = Shelf()

    def handle(method: str, path: str, query: dict[str, str], body: Any, key: str) -> tuple[int, Any]:
        match method, path.strip("/").split("/"):
            case "POST", ["control", "orders"]:
                return 200, [shelf.place(body["days_ago"], body["paid"]) for _ in range(body["count"])]
            case "POST", ["control", "touch", number]:
                shelf.orders[int(number)]["rev"] = shelf.tick()
                shelf.moved(int(number))
                return 200, {}
            case "POST", ["control", "reset"]:
                shelf.orders.clear()
                shelf.lagging = False
                shelf.hidden.clear()
                return 200, {}
            case "PUT", ["control", "lag"]:
                shelf.lagging = body
                shelf.hidden.clear()
                return 200, {}
        if key != KEY:
            return 401, {}
        match method, path.strip("/").split("/"):
            case "GET", ["shop"]:
                return 200, {"shop": "Corner shop", "clock": time.time_ns() // 1_000_000}
            case "GET", ["orders"]:
                return 200, shelf.listed(query)
            case "GET", ["orders", number] if int(number) in shelf.orders:
                return 200, shelf.orders[int(number)]
        return 404, {}

    serve(handle)


if __name__ == "__main__":
    main()
