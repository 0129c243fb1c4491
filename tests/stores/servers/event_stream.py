"""The event stream itself: a numbered stream, a query endpoint, confirmations, and signed posts to a subscriber."""

from __future__ import annotations

import json
import queue
import threading
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.stores.event_stream.events import NUMBER, SIGNATURE, TOPIC, sign
from tests.stores.servers.serving import serve

KEY, SECRET = "event-stream-s3cret", "signing-s3cret"
CAPTURED = "captured"


class Stream:
    """`hidden` numbers are given but their events are not visible yet. Bodies are posted by a thread of their own."""

    def __init__(self) -> None:
        self.outbox: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
        self.reset()
        threading.Thread(target=self._post_forever, daemon=True).start()

    def reset(self) -> None:
        """As on the first day."""
        self.orders: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.hidden: set[int] = set()
        self.lagging = False
        self.confirmed: dict[str, list[str]] = {}
        self.url: str | None = None
        self.answers: list[int] = []
        self.last = datetime(2026, 1, 1, tzinfo=UTC)

    def happened(self, what: str, order: str) -> None:
        self.last = max(self.last + timedelta(microseconds=1), datetime.now(UTC))
        event = {"event": what, "order": order, "seq": len(self.events) + 1, "at": self.last.isoformat()}
        self.events.append(event)
        if what != "order.confirmed":
            self.orders[order]["as_of"] = event["at"]
        if self.lagging:
            self.hidden.add(event["seq"])
        if self.url:
            self.outbox.put((self.url, event))

    def place(self, days_ago: float, paid: float, pending: bool) -> dict[str, Any]:
        number = f"E-{len(self.orders) + 1}"
        ordered = datetime.now(UTC) - timedelta(days=days_ago)
        order = {
            "id": number,
            "ordered": ordered.isoformat(),
            "currency": "KWD",
            "articles": [
                {"id": "a1", "article": "TEA", "title": "Tea", "pieces": 3, "net": "7.125", "tax": "0.499"},
                {"id": "a2", "article": "MUG", "title": "Mug", "pieces": 1, "net": "2.000", "tax": "0.140"},
            ],
            "delivery": {
                "id": "d1", "article": "post", "title": "Post", "pieces": 1, "net": "1.250", "tax": "0.088",
            },
            "net": "10.375",
            "tax": "0.727",
            "gross": "11.102",
            "payment": None if pending else _payment(number, paid),
            "look_again": 0.4,
        }  # fmt: skip
        self.orders[number] = order
        self.happened("order.placed", number)
        return order

    def pay(self, number: str) -> None:
        self.orders[number]["payment"] = _payment(number, 1)
        self.happened("order.paid", number)

    def confirm(self, wanted: list[dict[str, str]]) -> list[str]:
        for each in wanted:
            if each["order"] in self.orders and each["as"] not in self.confirmed.get(each["order"], []):
                self.confirmed.setdefault(each["order"], []).append(each["as"])
                self.happened("order.confirmed", each["order"])
        return [each["order"] for each in wanted if each["order"] not in self.orders]

    def page(self, after: int, limit: int) -> dict[str, Any]:
        seen = [e for e in self.events[after:] if e["seq"] not in self.hidden]
        return {"events": seen[:limit], "last": len(self.events)}

    def placed(self, body: dict[str, Any]) -> dict[str, Any]:
        since, until = (datetime.fromisoformat(body[name]) for name in ("from", "to"))
        rows = [o for o in self.orders.values() if since <= datetime.fromisoformat(o["ordered"]) < until]
        rows.sort(key=lambda o: (o["ordered"], o["id"]), reverse=True)
        end = body["skip"] + body["limit"]
        return {"orders": rows[body["skip"] : end], "more": len(rows) > end}

    def position(self, at: str) -> int:
        wanted = datetime.fromisoformat(at)
        return sum(datetime.fromisoformat(event["at"]) < wanted for event in self.events)

    def _post_forever(self) -> None:
        while True:
            self.answers.append(_post(*self.outbox.get()))


def _payment(number: str, paid: float) -> dict[str, Any]:
    if not paid:
        return {"state": "on_account", "items": []}
    at = datetime.now(UTC).isoformat()
    return {
        "state": CAPTURED,
        "items": [{"id": f"pay-{number}", "method": "wallet", "amount": "11.102", "at": at}],
    }


def _post(url: str, event: dict[str, Any]) -> int:
    """Until it is taken, as such platforms do."""
    body, number = json.dumps(event).encode(), str(event["seq"])
    headers = {
        "content-type": "application/json",
        TOPIC: event["event"],
        NUMBER: number,
        SIGNATURE: sign(SECRET, event["event"], number, body),
    }
    status = 0
    for _ in range(50):
        try:
            request = urllib.request.Request(url, body, headers)
            with urllib.request.urlopen(request, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            status = refused.code
            if status < 500:
                return status
        except OSError:
            status = 0
        time.sleep(0.1)
    return status


def main() -> None:
    stream = Stream()

    def handle(method: str, path: str, query: dict[str, str], body: Any, key: str) -> tuple[int, Any]:
        parts = path.strip("/").split("/")
        if parts[0] == "control":
            return 200, _control(stream, method, parts[1:], body)
        return _api(stream, method, parts, query, body) if key == KEY else (401, {})

    serve(handle)


def _control(stream: Stream, method: str, parts: list[str], body: Any) -> Any:
    match method, parts:
        case "POST", ["reset"]:
            stream.reset()
        case "POST", ["orders"]:
            pending = body.get("pending", False)
            return [stream.place(body["days_ago"], body["paid"], pending) for _ in range(body["count"])]
        case "POST", ["touch", number]:
            stream.happened("order.changed", number)
        case "POST", ["pay", number]:
            stream.pay(number)
        case "PUT", ["lag"]:
            stream.lagging = body
            stream.hidden.clear()
        case "PUT", ["subscriber"]:
            stream.url = body
    return {"confirmed": stream.confirmed, "events": stream.events, "answers": stream.answers}


def _api(stream: Stream, method: str, parts: list[str], query: dict[str, str], body: Any) -> tuple[int, Any]:
    match method, parts:
        case "GET", ["stream"]:
            return 200, stream.page(int(query["after"]), int(query["limit"]))
        case "GET", ["stream", "position"]:
            return 200, {"seq": stream.position(query["at"])}
        case "POST", ["query"] if body["want"] == "order":
            return 200, {"order": stream.orders.get(body["id"])}
        case "POST", ["query"]:
            return 200, stream.placed(body)
        case "POST", ["confirmations"]:
            return 200, {"unknown": stream.confirm(body["confirm"])}
    return 404, {}


if __name__ == "__main__":
    main()
